"""How far before and after a period the events lie that decide a number of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.kpi import nodes as n
from bos.kpi.check import placing_signals
from bos.kpi.refs import at_moment, leaves, rule_of, selections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bos.kpi.nodes import Leaf, Measure

WEEK, MONTH = timedelta(days=7), timedelta(days=31)
_NEXT = timedelta(days=1)
_WORKDAYS, _HOURS = 5, 8
"""Days of a week that are worked, and hours of a day, where nobody asks the calendar."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Signals whose events after a period, or ``before`` it, decide a number of the period, not later than ``limit``.

    So the end of a case whose beginning places it in the period decides whether it was converted. A limit that is
    ``working`` is of days from Monday to Friday.
    """

    names: tuple[str, ...]
    before: bool = False
    limit: timedelta | None = None
    working: bool = False

    def of(self, start: datetime, end: datetime, zone: str) -> tuple[datetime, datetime]:
        """Return ``[start, end)`` with the time before or after it in which such events lie.

        That is as long as the KPI waits for them, but a month, or as long as the period, at most; a week where it waits
        without end.
        """
        far = self._calendar(end, zone) if self.working else self.limit
        far = WEEK if far is None else min(far, max(end - start, MONTH))
        return (start - far, end) if self.before else (start, end + far)

    def _calendar(self, end: datetime, zone: str) -> timedelta:
        """Return after how long so many days from Monday to Friday have gone by."""
        far, left = timedelta(), self.limit or _NEXT
        while left > timedelta():
            left -= _NEXT if (end + far).astimezone(ZoneInfo(zone)).weekday() < _WORKDAYS else timedelta()
            far += _NEXT
        return far


def reaches(measure: Measure, anchor: str, *, charged: bool = False) -> Iterator[Reach]:
    """Yield what decides the numbers of a measure before and after the period its anchor places them in.

    Where its failures are ``charged``, how late they are counts, too: a week at least.
    """
    for leaf in leaves(measure):
        names = dict.fromkeys(selection.signal for selection in selections(leaf))
        if not names or at_moment(leaf):
            continue
        placing = placing_signals(anchor, leaf)
        others = tuple(name for name in names if name not in placing or isinstance(rule_of(leaf), n.NeverTwice))
        if others:
            limit, working = _limit(leaf)
            if charged and limit is not None and not working:
                limit = max(limit, WEEK)
            yield Reach(others, _before(leaf, anchor), limit, working)


def _before(leaf: Leaf, anchor: str) -> bool:
    """Return whether what decides lies before what places: it is placed by the last of a case, or of a rule."""
    return anchor == "end" or (anchor == "event" and isinstance(rule_of(leaf), n.Precedes | n.DifferentPersons))


def _limit(leaf: Leaf) -> tuple[timedelta | None, bool]:
    """Return how long a measure waits, and whether that is working time."""
    match leaf:
        case n.Conversion(within=within) if within is not None:
            return timedelta(seconds=within.seconds), False
        case n.Conformance(n.FollowedBy(within=within, clock="business")):
            days = within.count if within.unit == "day" else ceil(within.seconds / 3600 / _HOURS)
            return timedelta(days=days), True
        case n.Conformance(n.FollowedBy(within=within)):
            return timedelta(seconds=within.seconds), False
        case _:
            return None, False
