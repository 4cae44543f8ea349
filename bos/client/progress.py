"""Progress bars for long work."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bos.model.answers.jobs import Job


class Tell(Protocol):
    """Is told how much is done, of how much where that is known, and what is going on."""

    def __call__(self, done: int, total: int | None = None, message: str = "", /) -> None:
        """Show it."""


@contextmanager
def bar(title: str) -> Iterator[Callable[[Job], None]]:
    """Give a function that shows how far a job is: a bar in a notebook or a terminal, nothing elsewhere."""
    with counted(title, unit="B") as tell:
        yield lambda job: tell(job.done, job.total, job.message)


@contextmanager
def counted(title: str, *, unit: str, delay: float = 0.0) -> Iterator[Tell]:
    """Give a function that is told how much is done, of how much, and in which words; shown as by :func:`bar`.

    What is done within ``delay`` seconds shows no bar.
    """
    if not (sys.stderr.isatty() or _in_notebook()):
        yield lambda *_: None
        return
    from tqdm.auto import tqdm  # noqa: PLC0415 - only where a person looks

    with tqdm(desc=title, unit=unit, unit_scale=True, leave=False, delay=delay) as shown:

        def tell(done: int, total: int | None = None, message: str = "") -> None:
            shown.total = total
            shown.set_description_str(message or title, refresh=False)
            shown.update(max(0, done - shown.n))

        yield tell


def _in_notebook() -> bool:
    python = sys.modules.get("IPython")
    return python is not None and hasattr(python.get_ipython(), "kernel")
