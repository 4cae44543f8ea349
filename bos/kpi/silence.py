"""Whether a number of 0 is a true 0: on which days events were recorded, and which signal's are missing.

The rule, by the days in the zone a week begins in:

- The flow has stopped when it has been quiet up to the end of the period for more days than ever before.
- A signal without an event in the period is missing when it was never recorded, when the flow has no event in the
  period or has stopped, or when, up to the flow's last event, it has been quiet for as long as it ever was before.
- In all other cases its events did not happen: 0 is true. A signal seen on fewer than three days has no habit that
  could be broken, so it too is 0 while the flow goes on.

A part of a period (a day of a trend) is judged more patiently, since days without events are common: the flow may be
quiet in it as long as it has not stopped, and eight days make a habit.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.kpi import BoundSignal
    from bos.telemetry.lake import Snapshot

_LEAST_DISTANCES = 2
"""Distances between days that make a habit."""
_LEAST_IN_PART = 7
"""The same where a part of a period is judged."""


@dataclass(frozen=True, slots=True)
class Course:
    """The days something was recorded on, in order, each with its last event (UTC)."""

    days: tuple[tuple[date, datetime], ...] = ()

    def before(self, end: date) -> tuple[tuple[date, datetime], ...]:
        """Return the days before a day."""
        return self.days[: bisect_left(self.days, end, key=lambda day: day[0])]

    def last(self, end: date) -> datetime | None:
        """Return the newest event before a day."""
        held = self.before(end)
        return held[-1][1] if held else None

    def quiet(self, end: date, until: date, least: int = _LEAST_DISTANCES) -> tuple[int, int | None]:
        """Return the days from the newest event before ``end`` to the day ``until``, and the most there ever were.

        The latter counts from one day with events to the next; nothing where there are fewer than ``least`` such
        distances.
        """
        held = [day for day, _ in self.before(end)]
        distances = [(later - earlier).days for earlier, later in pairwise(held)]
        most = max(distances) if len(distances) >= least else None
        return (until - held[-1]).days, most


@dataclass(frozen=True, slots=True)
class Gap:
    """A signal whose events are missing, and its newest one; nothing where it was never recorded."""

    signal: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a snapshot holds of a flow and of each bound signal before the end of a week, by days in a zone."""

    zone: str
    flow: Course = field(default_factory=Course)
    signals: Mapping[str, Course] = field(default_factory=dict)

    def day(self, moment: datetime) -> date:
        """Return the day of a moment."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def stopped(self, end: datetime) -> bool:
        """Return whether the flow has stopped before ``end``, a midnight."""
        until = self.day(end)
        if not self.flow.before(until):
            return True
        quiet, most = self.flow.quiet(until, until - timedelta(days=1))
        return most is not None and quiet > most

    def gap(self, names: Iterable[str], start: datetime, end: datetime, *, part: bool = False) -> Gap | None:
        """Return the signal that is missing from ``[start, end)`` for longest; nothing where none is.

        ``part`` says that it is a part of a period.
        """
        gaps = [
            Gap(name, self.signals[name].last(self.day(end)))
            for name in names
            if name in self.signals and self._missing(self.signals[name], start, end, part=part)
        ]
        return min(gaps, key=lambda gap: (gap.since is not None, gap.since, gap.signal), default=None)

    def late(self, names: Iterable[str], end: datetime) -> Gap | None:
        """Return a signal that has gone quiet before ``end`` for longer than ever before; nothing where none has."""
        until, newest = self.day(end), self.flow.last(self.day(end))
        for name in names:
            course = self.signals.get(name, Course())
            if newest is None or not course.before(until):
                continue
            quiet, most = course.quiet(until, self.day(newest))
            if self.stopped(end) or (most is not None and quiet > most):
                return Gap(name, course.last(until))
        return None

    def newest(self, names: Iterable[str], end: datetime) -> datetime | None:
        """Return the newest event of some signals before ``end``."""
        found = (self.signals[name].last(self.day(end)) for name in names if name in self.signals)
        return max((moment for moment in found if moment is not None), default=None)

    def _missing(self, course: Course, start: datetime, end: datetime, *, part: bool) -> bool:
        until, newest = self.day(end), self.flow.last(self.day(end))
        last = course.last(until)
        if last is not None and last >= start:
            return False
        if last is None or newest is None or self.stopped(end) or (newest < start and not part):
            return True
        quiet, most = course.quiet(until, self.day(newest), _LEAST_IN_PART if part else _LEAST_DISTANCES)
        return most is not None and quiet >= most


def recorded(
    snapshot: Snapshot, signals: Mapping[str, BoundSignal], end: datetime, zone: str, *, memory_limit: str
) -> Recorded:
    """Return what was recorded before ``end``, a midnight in the zone. Raises Unavailable: the lake cannot be read."""
    from bos.kpi.connection import opened  # noqa: PLC0415 - DuckDB loads where something is computed
    from bos.kpi.journeys import emitted  # noqa: PLC0415 - as above

    bound = {name: signal for name, signal in signals.items() if signal.bound}
    local = "CAST(timezone('" + zone.replace("'", "''") + "', newest) AS DATE)"
    before = f"event_time < CAST('{end.astimezone(UTC).isoformat()}' AS TIMESTAMPTZ)"
    # A day of any zone begins on a quarter of an hour: what is newest in each is asked for its day, not every event.
    quarter = "step, epoch_us(event_time) // 900_000_000"

    def days(condition: str) -> str:
        newest = f"SELECT step, max(event_time) AS newest FROM events WHERE {condition} GROUP BY {quarter}"  # noqa: S608 - own words
        return f"{local}, epoch_us(max(newest)) FROM ({newest}) GROUP BY ALL"

    with opened(snapshot, memory_limit=memory_limit) as cursor:
        rows = cursor.execute(f"SELECT step, {days(before)}").fetchall()
        own = {
            name: cursor.execute(f"SELECT {days(f'{before} AND {emitted(signal)}')}").fetchall()
            for name, signal in bound.items()
            if signal.where
        }
    steps: dict[str, list[tuple[date, int]]] = {}
    for step, day, last in rows:
        steps.setdefault(step, []).append((day, last))
    courses = {
        name: _course(own[name] if name in own else steps.get(signal.event, [])) for name, signal in bound.items()
    }
    return Recorded(zone, _course([(day, last) for _, day, last in rows]), courses)


def _course(rows: Sequence[tuple[date, int]]) -> Course:
    from bos.kpi.connection import moment  # noqa: PLC0415 - as above

    newest: dict[date, int] = {}
    for day, last in rows:
        newest[day] = max(last, newest.get(day, last))
    return Course(tuple((day, moment(newest[day])) for day in sorted(newest)))
