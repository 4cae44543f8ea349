"""How KPIs are evaluated: bucket, window, time zone, dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from bos.errors import UsageError
from bos.model.document import is_zone

if TYPE_CHECKING:
    from datetime import datetime

By = Literal["hour", "day", "week", "month", "quarter"]
"""Buckets. Weeks begin on Monday."""
Filters: TypeAlias = "tuple[tuple[str, tuple[str | None, ...]], ...]"
"""Field and the values (as text) it must have one of; ``None`` is that it is not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One way to look at KPIs.

    Attributes:
        by: split into buckets of time; ``None`` gives one value.
        start: first instant of the window (aware), ``None`` for all that was recorded.
        end: first instant after the window (aware).
        time_zone: IANA zone in which hours, days, weeks, months and quarters begin.
        dimensions: fields to split by.
        filters: field and the values it must have (as text) for an event or case to count; ``None`` stands for missing.
    """

    by: By | None = None
    start: datetime | None = None
    end: datetime | None = None
    time_zone: str = "UTC"
    dimensions: tuple[str, ...] = ()
    filters: Filters = ()

    def __post_init__(self) -> None:
        """Check the values against one another."""
        if self.by is not None and self.by not in get_args(By):
            raise UsageError(f"There is no bucket called {self.by!r}.", hint=f"Buckets are {', '.join(get_args(By))}.")
        if not is_zone(self.time_zone):
            raise UsageError(
                f"{self.time_zone!r} is not a time zone.", hint="Use a name of the IANA list, such as Europe/Amsterdam."
            )
        self._check_window()
        if len(set(self.dimensions)) < len(self.dimensions):
            raise UsageError("A dimension is named twice.", hint="Name each dimension once.")

    def _check_window(self) -> None:
        for name, moment in (("from", self.start), ("to", self.end)):
            if moment is not None and moment.tzinfo is None:
                raise UsageError(f"The {name} of the window has no time zone.", hint="Write 2026-01-31T00:00:00+00:00.")
        check_order(self.start, self.end)

    @property
    def placed(self) -> bool:
        """Whether events and cases must be placed: in time, or by the field of an event."""
        return bool(self.by or self.start or self.end or self.read)

    @property
    def told(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Fields and the values they must have one of, apart from those that must be missing."""
        return tuple((name, tuple(one for one in values if one is not None)) for name, values in self.filters)

    @property
    def read(self) -> tuple[str, ...]:
        """Fields that place events and cases: those to split by, then those that only filter."""
        return tuple(dict.fromkeys((*self.dimensions, *(name for name, _ in self.filters))))


def check_order(start: datetime | None, end: datetime | None) -> None:
    """Raise UsageError where a window ``[start, end)`` (aware) ends when it begins, or before."""
    if start is not None and end is not None and start.astimezone(UTC) >= end.astimezone(UTC):
        raise UsageError("The window ends when it begins, or before.", hint="Give a to that is later than from.")
