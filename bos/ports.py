"""The seams: what a connector, a job and a clock offer to the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    import pyarrow as pa


class Progress(Protocol):
    """Told how far a long piece of work is.

    Raises:
        bos.errors.Cancelled: when the person who started the work cancelled it.
    """

    def __call__(self, done: int, total: int | None = None, message: str = "") -> None:
        """Report ``done`` of ``total`` units (``None``: unknown) and a sentence for a person."""


def silent(done: int, total: int | None = None, message: str = "") -> None:
    """Report progress to nobody."""
    del done, total, message


class Source(Protocol):
    """A system that telemetry is pulled from. Connectors implement it; entry point group ``bos.connectors``."""

    name: str

    def read(self, query: str, *, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """Return the native answer to ``query`` over ``[start, end)`` (UTC), batch by batch."""


class Sink(Protocol):
    """A system that is told something. Connectors implement it; entry point group ``bos.connectors``."""

    name: str

    def send(self, message: Mapping[str, object], *, key: str) -> None:
        """Deliver ``message`` once; the same ``key`` sent again changes nothing."""
