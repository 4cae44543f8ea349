"""How far before and after a period the events lie that decide a number of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.check import placing_signals
from bos.kpi.refs import at_moment, leaves, rule_of, selections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bos.kpi.nodes import Leaf, Measure, Span

WEEK = timedelta(days=7)
_REST = timedelta(days=3)
"""A weekend, and a holiday beside it."""
_WORKING = {"minute": 4.2, "hour": 4.2, "day": 1.4}
"""How much longer working time is by the calendar: eight hours of a day, five days of a week."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Signals whose events after a period, or ``before`` it, decide a number of the period, not later than ``limit``.

    So the end of a case whose beginning places it in the period decides whether it was converted.
    """

    names: tuple[str, ...]
    before: bool = False
    limit: timedelta | None = None

    def of(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """Return ``[start, end)`` with the time before or after it in which such events lie.

        That is as long as the KPI waits for them, but a week, or as long as the period, at most; as long again as the
        period, a week at most, where it waits without end.
        """
        long = end - start
        far = min(long, WEEK) if self.limit is None else min(self.limit, max(long, WEEK))
        return (start - far, end) if self.before else (start, end + far)


def reaches(measure: Measure, anchor: str) -> Iterator[Reach]:
    """Yield what decides the numbers of a measure before and after the period its anchor places them in."""
    for leaf in leaves(measure):
        names = dict.fromkeys(selection.signal for selection in selections(leaf))
        if not names or at_moment(leaf):
            continue
        placing = placing_signals(anchor, leaf)
        others = tuple(name for name in names if name not in placing or isinstance(rule_of(leaf), n.NeverTwice))
        if others:
            yield Reach(others, before=_before(leaf, anchor), limit=_limit(leaf))


def _before(leaf: Leaf, anchor: str) -> bool:
    """Return whether what decides lies before what places: it is placed by the last of a case, or of a rule."""
    return anchor == "end" or (anchor == "event" and isinstance(rule_of(leaf), n.Precedes | n.DifferentPersons))


def _limit(leaf: Leaf) -> timedelta | None:
    match leaf:
        case n.Conversion(within=within) if within is not None:
            return timedelta(seconds=within.seconds)
        case n.Conformance(n.FollowedBy(within=within, clock=clock)):
            return _working(within) if clock == "business" else timedelta(seconds=within.seconds)
        case _:
            return None


def _working(within: Span) -> timedelta:
    return timedelta(seconds=within.seconds) * _WORKING[within.unit] + _REST
