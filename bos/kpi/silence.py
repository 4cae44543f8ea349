"""Whether a number is a true 0: on which days events were recorded, and which signal's are missing.

The rule, by the days in the zone a week begins in:

- A distance is from one day with events to the next, or to where the look ends. What is usual for a signal, or for the
  flow, is its longest distance so far without the few that stand out (of ten on the longest, beyond forty one in
  twenty), and as much again as that is longer than the median, twice for a signal and half for the flow: a week for
  what comes every week, a day for what comes daily, more the less regular it is.
- The flow has stopped where the distance around the end of the period is longer than is usual for it.
- A signal without an event in the period is missing when it was not recorded before, when the flow has no event in the
  period or has stopped, or when the distance around the period is longer than is usual for the signal.
- In all other cases its events did not happen: 0 is true. A signal seen on fewer than three days has no habit that
  could be broken, so it too is 0 while the flow goes on.

What system signals measure is told by points, which have no 0: a signal without a point in a part of a period, or in a
period, has no data there. What they make of a period that they were silent in for half of it, and for longer than is
usual, is no number either, wherever in it that was.

A number that stands has no verdict where a signal, seen on eight days, has been quiet before its end for longer than
usual while the flow went on, or where the flow has stopped before it. A log whose newest events were imported within a
week of them is fed: it goes on as long as it has events. One that was imported later was taken out of a system and is
over: it ends with what comes late of its cases, so it went on as long as cases began.

A part of a period (a day of a trend) may be without any event of the flow, where the distance around it is usual; and
eight days of a signal make a habit there. Where too few distances were known by then, what came later in the period
tells what is usual.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

WHOLE_FLOW = "the whole flow"
"""What is missing where a gap names no signal."""
_LEAST_DISTANCES = 2
"""Distances between days that make a habit."""
_LEAST_IN_PART = 7
"""The same where a part of a period is judged, or what was recorded in one."""
_LESS = 4
"""A flow has many signals, so its days are even: how much less patient it is with a flow whose are not."""
_MANY, _ONE_IN = 10, 20
"""From how many distances on the longest may stand out, and which share of more."""


class Day(NamedTuple):
    """A day on which something was recorded, with its first and its last event (UTC)."""

    date: date
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Course:
    """The days something was recorded on, in order."""

    days: tuple[Day, ...] = ()

    @classmethod
    def of(cls, days: Iterable[Day]) -> Course:
        """Return the course of days, of which some may be the same."""
        ends: dict[date, Day] = {}
        for day in days:
            known = ends.get(day.date, day)
            ends[day.date] = Day(day.date, min(day.first, known.first), max(day.last, known.last))
        return cls(tuple(ends[day] for day in sorted(ends)))

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

    def usual(self, moment: datetime, least: int = _LEAST_DISTANCES, *, less: int = 1) -> int | None:
        """Return how many days from one to the next are usual by a moment; nothing where too few are known.

        That the distances are uneven counts twice, divided by ``less``.
        """
        count = self.before(moment) - 1
        if count < least:
            return None
        longest, median = self._longest[count - 1]
        return longest + 2 * (longest - median) // less

    def longest(self, moment: datetime, least: int) -> int | None:
        """Return the longest distance by a moment, without those that stand out; nothing where there are too few."""
        count = self.before(moment) - 1
        return self._longest[count - 1][0] if count >= least else None

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


@dataclass(frozen=True, slots=True)
class Gap:
    """A signal whose events are missing (empty: the whole flow), and its newest one; nothing: it was never recorded.

    ``until``: the first after them, where they came again, or came at all, within what is asked of.
    """

    signal: str
    since: datetime | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a snapshot holds of a flow and of each bound signal, by days in a zone.

    What is asked of it is asked as of a ``horizon``: nothing that was recorded from then on is known. ``hours`` are the
    signals of hours that are asked of, by quarters instead of days.
    """

    zone: str
    flow: Course = field(default_factory=Course)
    signals: Mapping[str, Course] = field(default_factory=dict)
    hours: Mapping[str, Course] = field(default_factory=dict)
    goes_on: Callable[[], Course] = Course
    """Returns the days on which the flow went on, read once somebody asks: its own while it is fed, else those on which
    a case began."""

    def day(self, moment: datetime) -> date:
        """Return the day of a moment."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def stopped(self, end: datetime, horizon: datetime | None = None) -> bool:
        """Return whether the flow has stopped before ``end``, as it was known at a horizon."""
        horizon = horizon or end
        quiet = self.flow.distance(end, horizon, self.day(horizon))
        usual = self.flow.usual(end, less=_LESS)
        if usual is None:
            usual = self.flow.usual(horizon, less=_LESS)
        return quiet is None or (usual is not None and quiet > usual)

    def gap(
        self,
        names: Iterable[str],
        start: datetime,
        end: datetime,
        *,
        horizon: datetime | None = None,
        part: bool = False,
    ) -> Gap | None:
        """Return the signal that is missing from ``[start, end)`` for longest; nothing where none is.

        ``part`` says that it is a part of a period, which ends at ``horizon``.
        """
        gaps = [
            Gap(name, self._since(name, start))
            for name in names
            if name in self.signals and self._missing(self.signals[name], start, end, horizon or end, part=part)
        ]
        return _longest_of(gaps)

    def unseen(self, names: Iterable[str], start: datetime, end: datetime) -> Gap | None:
        """Return the signal without anything in ``[start, end)`` for longest, however usual that is."""
        courses = {name: self.hours.get(name) or self.signals.get(name, Course()) for name in names}
        newest = {name: course.last(start) for name, course in courses.items() if not course.within(start, end)}
        return _longest_of([Gap(name, last and last.last) for name, last in newest.items()])

    def broken(self, names: Iterable[str], start: datetime, end: datetime) -> Gap | None:
        """Return a signal, seen often, that was silent for half of ``[start, end)`` and then came again.

        It is one that was silent for longer than was usual before.
        """
        half = (end - start) / 2
        for name in names:
            course = self.signals.get(name, Course())
            held = course.days[max(course.before(start) - 1, 0) : course.before(end)]
            for earlier, later in pairwise(held):
                usual = course.usual(later.first, _LEAST_IN_PART)
                quiet = later.first - max(earlier.last, start)
                if quiet >= half and usual is not None and (later.date - earlier.date).days > usual:
                    return Gap(name, earlier.last, later.first)
        return None

    def begun(self, names: Iterable[str], start: datetime, end: datetime) -> Gap | None:
        """Return a signal, seen often, that was first recorded half of ``[start, end)`` later than another of them."""
        held = {name: self.signals[name] for name in names if name in self.signals and self.signals[name].days}
        begins = max(start, min((course.days[0].first for course in held.values()), default=start))
        for name, course in held.items():
            first, usual = course.days[0], course.usual(end, _LEAST_IN_PART)
            after = first.first - begins >= (end - start) / 2
            if after and usual is not None and (first.date - self.day(begins)).days > usual:
                return Gap(name, None, first.first)
        return None

    def fading(self, names: Iterable[str], start: datetime, end: datetime) -> Gap | None:
        """Return a signal, seen often, that fell silent in the first half of ``[start, end)``; nothing: none has.

        Where the flow itself, seen as often, did so and has been quiet for more than twice as long as usual, the gap
        names no signal.
        """
        half, newest = start + (end - start) / 2, self.newest_of_all(end)
        quiet = self.flow.distance(end, end, self.day(end))
        usual = self.flow.usual(end, _LEAST_IN_PART, less=_LESS)
        if newest is not None and newest < half and usual is not None and (quiet or 0) > 2 * usual:
            return Gap("", newest)
        for name in names:
            course = self.signals.get(name, Course())
            last = course.last(end)
            if last is not None and last.last < half and self._overdue(course, end, least=_LEAST_IN_PART):
                return Gap(name, last.last)
        return None

    def standing(self, names: Sequence[str], end: datetime) -> Gap | None:
        """Return why nothing is known of what is open before ``end``; nothing where it is known.

        ``names`` are the signals that open and close it, what opens it first. What is open stands while the flow goes
        on, unless what opens it was never recorded, or all that were, and often, have been quiet for more than twice as
        long as usual: that nothing opens or closes for a while is no silence. Once that was so, nothing is known
        until what opens it is recorded again: what closes it may end what was never seen to begin. Where the flow has
        stopped, the gap names no signal.
        """
        courses = {name: self.signals[name] for name in names if name in self.signals}
        opens = next(iter(courses.values()), None)
        newest = opens.last(end) if opens is not None else None
        if opens is not None and newest is None:
            return Gap(next(iter(courses)), None)
        if self.stopped(end):
            return Gap("", self.newest_of_all(end))
        if newest is None:
            return None
        after = {day.first for one in courses.values() for day in one.days if newest.date < day.date}
        moments = {*(moment for moment in after if moment < end), end}
        gone = any(self._all_gone(list(courses.values()), moment) for moment in moments)
        return Gap(next(iter(courses)), newest.last) if gone else None

    def _all_gone(self, courses: Sequence[Course], end: datetime) -> bool:
        """Return whether all signals that were recorded before a moment had been quiet for far too long by then."""
        heard = [course for course in courses if course.before(end)]

        def gone(until: date | None) -> bool:
            return all(self._overdue(one, end, least=_LEAST_IN_PART, twice=True, until=until) for one in heard)

        if not gone(None):
            return False
        goes_on = self.goes_on()
        newest = goes_on.last(end)
        return goes_on == self.flow or newest is None or gone(newest.date)

    def late(self, names: Iterable[str], end: datetime) -> Gap | None:
        """Return a signal that has been quiet before ``end`` for longer than usual; nothing where none has.

        Days count to that of the flow's newest event, which may have ended within its day: what comes late on a day is
        not missed before the next. Where the flow has stopped, the gap names no signal.
        """
        return self._ended(names, end, self.flow, _LEAST_DISTANCES)

    def ended(self, names: Iterable[str], end: datetime) -> Gap | None:
        """Return a signal, seen often, that :meth:`late` would tell by the days on which the flow went on; or nothing.

        A log that was taken out of a system ends with what comes late of its cases: once no case begins any more, that
        some of its signals end before others is no silence. A few days of something rare are no habit.
        """
        found = self._ended(names, end, self.flow, _LEAST_IN_PART)
        if found is None or not found.signal:
            return found
        return self._ended(names, end, self.goes_on(), _LEAST_IN_PART)

    def _ended(self, names: Iterable[str], end: datetime, goes_on: Course, least: int) -> Gap | None:
        """Return the signal that has been quiet for longest, and longer than usual, while something goes on."""
        if self.stopped(end):
            return Gap("", self.newest_of_all(end))
        newest = goes_on.last(end)
        courses = {name: self.signals[name] for name in names if name in self.signals}
        gaps = [
            Gap(name, self._since(name, end))
            for name, course in courses.items()
            if newest is not None and self._overdue(course, end, least=least, until=newest.date)
        ]
        return min(gaps, key=lambda gap: (gap.since or end, gap.signal), default=None)

    def newest(self, names: Iterable[str], end: datetime) -> datetime | None:
        """Return the newest event of some signals before ``end``."""
        found = (self._since(name, end) for name in names if name in self.signals)
        return max((moment for moment in found if moment is not None), default=None)

    def newest_of_all(self, end: datetime) -> datetime | None:
        """Return the newest event of the flow before ``end``."""
        last = self.flow.last(end)
        return last and min(last.last, end)

    def _since(self, name: str, moment: datetime) -> datetime | None:
        last = self.signals[name].last(moment)
        return last and last.last

    def _overdue(
        self,
        course: Course,
        end: datetime,
        *,
        least: int = _LEAST_DISTANCES,
        twice: bool = False,
        until: date | None = None,
    ) -> bool:
        """Return whether a signal has been quiet before ``end``, while the flow went on, for longer than usual.

        Its days count to the day ``until``, by default the first on which the flow may not have gone on.
        """
        quiet, usual = course.distance(end, end, until or self._went_on(end)), course.usual(end, least)
        if quiet is None or usual is None:
            return False
        return quiet > (max(usual, 2 * (course.longest(end, least) or 0)) if twice else usual)

    def _went_on(self, horizon: datetime) -> date:
        """Return the first day on which the flow may not have gone on: after its newest, at most that of a moment."""
        newest = self.flow.last(horizon)
        over = self.day(horizon)
        return over if newest is None else min(newest.date + timedelta(days=1), over)

    def _missing(self, course: Course, start: datetime, end: datetime, horizon: datetime, *, part: bool) -> bool:
        if course.within(start, end):
            return False
        if not course.before(start) or self.stopped(end):
            return True
        if not self.flow.within(start, end) and (not part or self.stopped(start, horizon)):
            return True
        least = _LEAST_IN_PART if part else _LEAST_DISTANCES
        quiet, usual = course.distance(start, horizon, self._went_on(horizon)), course.usual(start, least)
        if usual is None:
            usual = course.usual(horizon, least)
        return quiet is not None and usual is not None and quiet > usual


def _longest_of(gaps: Sequence[Gap]) -> Gap | None:
    return min(gaps, key=lambda gap: (gap.since is not None, gap.since, gap.signal), default=None)
