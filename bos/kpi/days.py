"""The days something was recorded on, and how far they usually are apart."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

LEAST_DISTANCES = 2
"""Distances between days that make a habit."""
LEAST_IN_PART = 7
"""The same where a part of a period is judged, or what was recorded in one."""
_EXPECTED, _MOST_SPREAD = 5, 3
"""How many should have come for their absence to be no chance, and how often as many where their number spreads."""
_A_WEEK, _WEEKS, _LEFT_OUT = 7, 8, 2
"""Days of a week; in how many weeks what comes on some of them alone is known; how many it left out."""
_SPAN, _MOSTLY, _ALONE = _A_WEEK * _WEEKS, 0.8, 0.9
"""The days of these weeks; on what share of its days of the week something comes, and which share of it on them."""
_NEXT, _MOMENT, _AHEAD = timedelta(days=1), timedelta(microseconds=1), timedelta(days=15)
_MANY, _ONE_IN = 10, 20
"""From how many distances on the longest may stand out, and which share of more."""


class Day(NamedTuple):
    """A day on which something was recorded, with its first and its last event (UTC), and how many."""

    date: date
    first: datetime
    last: datetime
    many: int = 1


@dataclass(frozen=True)
class Course:
    """The days something was recorded on, in order, and the holidays on which nobody waits for any."""

    days: tuple[Day, ...] = ()
    free: frozenset[date] = frozenset()

    @classmethod
    def of(cls, days: Iterable[Day], free: Iterable[date] = ()) -> Course:
        """Return the course of days, of which some may be the same."""
        ends: dict[date, Day] = {}
        for day in days:
            known = ends.get(day.date, day)
            many = day.many if known is day else day.many + known.many
            ends[day.date] = Day(day.date, min(day.first, known.first), max(day.last, known.last), many)
        return cls(tuple(ends[day] for day in sorted(ends)), frozenset(free))

    def before(self, moment: datetime) -> int:
        """Return on how many of the days something was recorded before a moment."""
        return bisect_left(self.days, moment, key=lambda day: day.first)

    def last(self, moment: datetime) -> Day | None:
        """Return the newest day before a moment; of the day that the moment lies in, what was before it counts."""
        held = self.before(moment)
        return self.days[held - 1] if held else None

    def within(self, start: datetime, end: datetime) -> bool:
        """Return whether something was recorded in ``[start, end)``; on the day of both, any event counts."""
        first = bisect_left(self.days, start, key=lambda day: day.last)
        return first < self.before(end)

    def on(self, first: date, last: date) -> bool:
        """Return whether something was recorded on one of the days from ``first`` to ``last``."""
        held = bisect_left(self.days, first, key=lambda day: day.date)
        return held < len(self.days) and self.days[held].date <= last

    def week(self, day: Day) -> tuple[Day, ...]:
        """Return the seven days with events before one of them, as far as there are."""
        held = bisect_left(self.days, day.date, key=lambda one: one.date)
        return self.days[max(held - 7, 0) : held]

    def distance(self, moment: datetime, horizon: datetime, until: date) -> int | None:
        """Return the days from the newest before a moment to the next before ``horizon``, or else to the day ``until``.

        Nothing where there is none before the moment; 0 where events of one day lie on both sides of it.
        """
        held = self.before(moment)
        if not held:
            return None
        newest = self.days[held - 1]
        if newest.last >= moment:
            return 0
        after = held < self.before(horizon)
        return ((self.days[held].date if after else max(until, newest.date)) - newest.date).days

    def usual(self, moment: datetime, least: int = LEAST_DISTANCES, *, less: int = 1) -> int | None:
        """Return how many days from one to the next are usual by a moment; nothing where too few are known.

        That the distances are uneven counts twice, divided by ``less``; undivided, what chance explains is usual, too.
        """
        count = self.before(moment) - 1
        if count < least:
            return None
        longest, median = self._longest[count - 1]
        usual = longest + 2 * (longest - median) // less
        return usual if less > 1 else max(usual, self._by_chance(count + 1))

    def _by_chance(self, held: int) -> int:
        """Return for how many days chance explains that nothing is recorded, by the first days; 0 where it does not.

        What comes evenly, as many on each day and in the same distance, is not left out by chance. Of all else five
        should have come: that none does happens to independent events once in 150 times (Poisson, e to the power of
        -5); more where their number spreads more than that of independent ones does, three times as many at most.
        """
        mean, spread = self._spread(held)
        longest, median = self._longest[held - 2]
        if spread < mean / 4 and longest == median:
            return 0
        a_day = mean * held / ((self.days[held - 1].date - self.days[0].date).days + 1)
        return ceil(median + _EXPECTED * min(max(spread / mean, 1), _MOST_SPREAD) / a_day) - 1

    def longest(self, moment: datetime, least: int) -> int | None:
        """Return the longest distance by a moment, without those that stand out; nothing where there are too few."""
        count = self.before(moment) - 1
        return self._longest[count - 1][0] if count >= least else None

    @cached_property
    def outages(self) -> tuple[tuple[Day, Day], ...]:
        """The days around each silence that was longer than usual before it, where seven distances were known.

        Also where what comes on some days of the week alone left out two of them.
        """
        found = []
        for held, (earlier, later) in enumerate(pairwise(self.days), 1):
            usual = self.usual(later.first, LEAST_IN_PART)
            over = usual is not None and (later.date - earlier.date).days > usual
            if (over and not self.rests(held, later.date)) or self.skipped(held, later.date):
                found.append((earlier, later))
        return tuple(found)

    def rests(self, held: int, until: date) -> bool:
        """Return whether too little was to come between the newest of the first days and ``until`` to be missed.

        That is fewer than two of the days of the week that are :meth:`kept`, none of what keeps one alone; holidays do
        not count. Never where no days are kept.
        """
        kept = self.kept(held)
        return bool(kept) and len(self.awaited(held, self.days[held - 1].date, until)) < min(_LEFT_OUT, len(kept))

    def skipped(self, held: int, until: date) -> bool:
        """Return whether two days on which something comes lie between the newest of the first days and ``until``.

        Holidays do not count, and one may be a holiday that is not known. It is asked of what :meth:`kept` days of the
        week, and comes so much that chance does not explain it, as in :meth:`usual`.
        """
        newest = self.days[held - 1].date
        if (until - newest).days <= _LEFT_OUT:
            return False
        out = len(self.awaited(held, newest, until))
        mean, spread = self._spread(held)
        expected = _EXPECTED * min(max(spread / mean, 1), _MOST_SPREAD)
        return out >= _LEFT_OUT and (spread < mean / 4 or out * mean >= expected)

    def awaited(self, held: int, after: date, until: date) -> list[date]:
        """Return the days between two others on which something was to come; none where no days of the week are kept.

        By the days of the week that were :meth:`kept` up to the newest of the first days, without the holidays.
        """
        kept = self.kept(held)
        between = (after + timedelta(days=n) for n in range(1, (until - after).days)) if kept else ()
        return [day for day in between if day.weekday() in kept and day not in self.free]

    def next_day(self, day: Day) -> date:
        """Return the day on which something was to come after one: the next of those that are kept, else as usual."""
        after = day.last + _MOMENT
        awaited = self.awaited(self.before(after), day.date, day.date + _AHEAD)
        return awaited[0] if awaited else day.date + self.median(after) * _NEXT

    def kept(self, held: int) -> frozenset[int]:
        """Return the only days of the week on which something comes (Monday is 0), by the newest of the first days.

        By the eight weeks up to it; where these were not there yet, by the first eight there are. Each came in half of
        the weeks at least, all of them on eight of ten days, without the holidays, and of ten that came nine are of
        them. Nothing: no days of the week are kept, or all of them.
        """
        if held not in self._keeps:
            self._keeps[held] = self._found(held)
        return self._keeps[held]

    @cached_property
    def _keeps(self) -> dict[int, frozenset[int]]:
        """What was found by :meth:`kept`: all buckets of a trend ask for the same."""
        return {}

    def _found(self, held: int) -> frozenset[int]:
        begins = max(self.days[held - 1].date - timedelta(days=_SPAN - 1), self.days[0].date)
        ends = begins + timedelta(days=_SPAN - 1)
        if self.days[-1].date < ends:
            return frozenset()
        first, after = (bisect_left(self.days, day, key=lambda one: one.date) for day in (begins, ends + _NEXT))
        recent = {day.date for day in self.days[first:after]}
        many = Counter(day.weekday() for day in recent)
        kept = frozenset(day for day, weeks in many.items() if weeks * 2 >= _WEEKS)
        on = sum(many[day] for day in kept)
        off = sum(begins <= day <= ends and day.weekday() in kept for day in self.free - recent)
        mostly = on >= _MOSTLY * (_WEEKS * len(kept) - off) and on >= _ALONE * len(recent)
        return kept if mostly and len(kept) < _A_WEEK else frozenset()

    def median(self, moment: datetime) -> int:
        """Return the middle distance before a moment, the lower of two; 1 where there is none."""
        count = self.before(moment) - 1
        return self._longest[count - 1][1] if count > 0 else 1

    def _spread(self, held: int) -> tuple[float, float]:
        """Return the mean and the variance of how many were recorded on the first days."""
        many, squares = self._sums[held - 1]
        mean = many / held
        return mean, max(squares / held - mean**2, 0)

    @cached_property
    def _sums(self) -> tuple[tuple[int, int], ...]:
        """How many were recorded on the first day, the first two and so on, and the sum of the squares of these."""
        many = [day.many for day in self.days]
        return tuple(zip(accumulate(many), accumulate(one**2 for one in many), strict=True))

    @cached_property
    def _longest(self) -> tuple[tuple[int, int], ...]:
        """The longest distance that does not stand out, and the median (the lower), of the first one, two and so on."""
        ordered: list[int] = []
        found = []
        for earlier, later in pairwise(self.days):
            insort(ordered, (later.date - earlier.date).days)
            many = len(ordered)
            out = max(many // _ONE_IN, 1) if many >= _MANY else 0
            found.append((ordered[-1 - out], ordered[(many - 1) // 2]))
        return tuple(found)
