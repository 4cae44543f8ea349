"""Progress bars for long work."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bos.model.answers.jobs import Job


@contextmanager
def bar(title: str) -> Iterator[Callable[[Job], None]]:
    """Give a function that shows how far a job is: a bar in a notebook or a terminal, nothing elsewhere."""
    if not (sys.stderr.isatty() or _in_notebook()):
        yield lambda _: None
        return
    from tqdm.auto import tqdm  # noqa: PLC0415 - only where a person looks

    with tqdm(desc=title, unit="B", unit_scale=True, leave=False) as shown:

        def tell(job: Job) -> None:
            shown.total = job.total
            shown.set_description_str(job.message or title, refresh=False)
            shown.update(max(0, job.done - shown.n))

        yield tell


def _in_notebook() -> bool:
    python = sys.modules.get("IPython")
    return python is not None and hasattr(python.get_ipython(), "kernel")
