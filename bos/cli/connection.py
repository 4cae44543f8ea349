"""How a command reaches BOS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bos.client.workbench import Workbench


def workbench(home: Path | None) -> Workbench:
    """Return BOS on a home, named ``cli`` in the journal; to be used in a ``with`` statement."""
    import bos  # noqa: PLC0415 - `bos --help` needs no client

    return bos.connect(home, origin="cli")
