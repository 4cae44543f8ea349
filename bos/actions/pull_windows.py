"""What a pull reads of a signal: over which connection, by which query, in which windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.model.version import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bos.actions.pulling_rows import Meaning
    from bos.telemetry.table import Kind

FIRST = timedelta(days=1)
"""How far back the first pull of a signal begins, where nothing is said."""
_SLICE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Pull:
    """A signal that is read: over which connection, by which query, from when until when.

    ``anew`` names the job where it is read again though it was read before; ``first``: it was never read.
    """

    signal: str
    connection: dict[str, Any]
    query: str
    start: datetime
    end: datetime
    meaning: Meaning
    anew: str = ""
    first: bool = False

    def over(self, whole: Callable[[datetime], datetime]) -> Pull:
        """Return it up to the end of the last step that is over, from which the first one reaches back.

        One that goes on does so at the beginning of the step that the last one ended in, as where its query was
        another. ``whole`` gives the end of the last step that is over at a moment; where nothing is over, it is empty.
        """
        end = whole(self.end)
        start = end - FIRST if self.first else self.start if self.anew else whole(self.start)
        return replace(self, start=start, end=max(start, end))

    @property
    def kind(self) -> Kind:
        """Return which table of the lake it goes to."""
        return "events" if self.meaning.events else "metrics"

    def slices(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield the windows it is read in: the same from the same beginning on, so that what is done stays done."""
        begins = self.start
        while begins < self.end:
            until = min(begins + _SLICE, self.end)
            yield begins, until
            begins = until

    def batch(self, flow: str, window: tuple[datetime, datetime]) -> str:
        """Return the id of the batch of a window."""
        what = [flow, self.signal, self.connection["id"], self.connection["address"], self.query, self.anew]
        if self.meaning.events:
            what += [dict(self.meaning.columns), dict(self.meaning.fixed)]
        return f"pull-{digest([*what, *(moment.isoformat() for moment in window)])[:40]}"
