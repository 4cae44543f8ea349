"""Whether a number is a true 0: on which days events were recorded, and which signal's are missing.

The rule, by the days in the zone a week begins in:

- A distance is from one day with events to the next, or to where the look ends. What is usual for a signal, or for the
  flow, is its longest distance so far without the few that stand out (of ten on the longest, beyond forty one in
  twenty), and as much again as that is longer than the median, twice for a signal and half for the flow: a week for
  what comes every week, a day for what comes daily, more the less regular it is. What comes to a signal unevenly, in
  number or distance, is missed once five should have come, which chance alone leaves out once in 150 times (Poisson).
- The flow has stopped where the distance around the end of the period is longer than is usual for it.
- A signal without an event in the period is missing when it was not recorded before, when the flow has no event in the
  period or has stopped, or when the distance around the period is longer than is usual for the signal.
- What keeps some days of the week (:meth:`bos.kpi.days.Course.kept`) is missed after two of these that are no holidays
  (one, where it keeps but one), and not before, however far apart its days are; and no flow has stopped on days on
  which half of what goes on is not to come.
- In all other cases its events did not happen: 0 is true. A signal seen on fewer than three days has no habit that
  could be broken, so it too is 0 while the flow goes on.

What system signals measure is told by points, which have no 0: a signal without a point in a part of a period, or in a
period, has no data there. What they make of a period that they were silent in for half of it, and for longer than is
usual, is no number either, wherever in it that was.

A number that stands has no verdict where a signal, seen on eight days, has been quiet before its end for longer than
usual while the flow went on, or where the flow has stopped before it. A log whose newest events were imported within a
week of them is fed: it goes on as long as it has events. One that was imported later was taken out of a system and is
over: it ends with what comes late of its cases, so it went on as long as cases began.

Nor has a number of a bucket, or of a period that is not all that was recorded, where days of a signal are missing from
a part of it (:mod:`bos.kpi.outages`), by all that is known by now.

A part of a period (a day of a trend) may be without any event of the flow, where the distance around it is usual; and
eight days of a signal make a habit there. Where too few distances were known by then, what came later in the period
tells what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from bos.kpi.days import LEAST_DISTANCES, LEAST_IN_PART, Course

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

_NEXT, _MOMENT = timedelta(days=1), timedelta(microseconds=1)
WHOLE_FLOW = "the whole flow"
"""What is missing where a gap names no signal."""
_LESS = 4
"""A flow has many signals, so its days are even: how much less patient it is with a flow whose are not."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A signal whose events are missing (empty: the whole flow), and its newest one; nothing: it was never recorded.

    ``until``: the first after them, where they came again, or came at all, within what is asked of.
    """

    signal: str
    since: datetime | None
    until: datetime | None = None


class Silence(NamedTuple):
    """A silence, and the first and the last day of it, also one that the events ended, or began, within."""

    gap: Gap
    first: date
    last: date


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
    apart: Callable[[str, datetime, datetime], bool] = lambda *_: True
    """Returns whether the totals that a formula holds against one another differ in a period, or one is not there."""
    silences: dict[tuple[str, datetime], Sequence[Silence]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was found by :mod:`bos.kpi.outages`, by signal and horizon."""

    def day(self, moment: datetime) -> date:
        """Return the day of a moment."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def begins(self, day: date) -> datetime:
        """Return when a day begins (UTC)."""
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def stopped(self, end: datetime, horizon: datetime | None = None) -> bool:
        """Return whether the flow has stopped before ``end``, as it was known at a horizon."""
        horizon = horizon or end
        quiet = self.flow.distance(end, horizon, self.day(horizon))
        usual = self.flow.usual(end, less=_LESS)
        if usual is None:
            usual = self.flow.usual(horizon, less=_LESS)
        newest = self.flow.last(end)
        if quiet is None or newest is None:
            return True
        return usual is not None and quiet > usual and not self._rests(end, newest.date, newest.date + _NEXT * quiet)

    def _rests(self, end: datetime, newest: date, until: date) -> bool:
        """Return whether nobody waits for the flow between the newest day before ``end`` and another.

        So it is where half of what comes on some days of the week alone, and came to that day, is due on none of these:
        what is may have fallen silent by itself. What else came up to it must not be overdue; nobody knows where
        nothing keeps days of the week.
        """
        keeps: list[Sequence[date]] = []
        late = False
        for course in self.signals.values():
            held = course.before(end)
            if not held:
                continue
            last = course.days[held - 1].date
            if course.kept(held):
                keeps += [] if course.awaited(held, last, newest) else [course.awaited(held, newest, until)]
            elif (newest - last).days < course.median(end):
                usual = course.usual(end, LEAST_IN_PART)
                late |= usual is not None and (until - last).days > usual
        due = sum(map(bool, keeps))
        return bool(keeps) and 2 * due <= len(keeps) and not late

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

    def fading(self, names: Iterable[str], start: datetime, end: datetime) -> Gap | None:
        """Return a signal, seen often, that fell silent in the first half of ``[start, end)``; nothing: none has.

        Where the flow itself, seen as often, did so and has been quiet for more than twice as long as usual, the gap
        names no signal.
        """
        half, newest = start + (end - start) / 2, self.flow.last(end)
        usual = self.flow.usual(end, LEAST_IN_PART, less=_LESS)
        if newest is not None and newest.last < half and usual is not None:
            until = max(self.day(end), newest.date)
            if (until - newest.date).days > 2 * usual and not self._rests(end, newest.date, until):
                return Gap("", newest.last)
        for name in names:
            course = self.signals.get(name, Course())
            last = course.last(end)
            if last is not None and last.last < half and self._overdue(course, end, least=LEAST_IN_PART):
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
            return all(self._overdue(one, end, least=LEAST_IN_PART, twice=True, until=until) for one in heard)

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
        newest = self.flow.last(end)
        until = None if newest is None else newest.date
        held = (name for name in names if name in self.signals)
        return self._quietest((name for name in held if self._overdue(self.signals[name], end, until=until)), end)

    def ended(self, names: Iterable[str], end: datetime) -> Gap | None:
        """Return a signal, seen often, that :meth:`late` would tell by the days on which the flow went on; or nothing.

        A log that was taken out of a system ends with what comes late of its cases: once no case begins any more, that
        some of its signals end before others is no silence. A few days of something rare are no habit.
        """
        return self._quietest((name for name in names if self.quiet(name, end)), end)

    def quiet(self, name: str, end: datetime) -> bool:
        """Return whether a signal, seen often, has been quiet before ``end`` for too long while the flow went on."""
        return self._quiet(self.signals.get(name, Course()), end)

    def _quiet(self, course: Course, end: datetime) -> bool:
        return self._gone(course, self.flow, end) and self._gone(course, self.goes_on(), end)

    def _gone(self, course: Course, goes_on: Course, end: datetime) -> bool:
        """Return whether a signal, seen often, was quiet for too long before the newest day of what goes on."""
        newest, held = goes_on.last(end), course.before(end)
        if newest is None or not held:
            return False
        return self._overdue(course, end, least=LEAST_IN_PART, until=newest.date) or course.skipped(held, newest.date)

    def _quietest(self, names: Iterable[str], end: datetime) -> Gap | None:
        """Return which of some signals has been quiet for longest; nothing: there is none. They are asked in turn."""
        if self.stopped(end):
            return Gap("", self.newest_of_all(end))
        gaps = [Gap(name, self._since(name, end)) for name in names]
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
        least: int = LEAST_DISTANCES,
        twice: bool = False,
        until: date | None = None,
    ) -> bool:
        """Return whether a signal has been quiet before ``end``, while the flow went on, for longer than usual.

        Its days count to the day ``until``, by default the first on which the flow may not have gone on.
        """
        usual = course.usual(end, least)
        if usual is None:
            return False
        most = max(usual, 2 * (course.longest(end, least) or 0)) if twice else usual
        return _quiet_for(course, end, end, until or self._went_on(end), most)

    def _went_on(self, horizon: datetime) -> date:
        """Return the first day on which the flow may not have gone on: after its newest, at most that of a moment."""
        newest = self.flow.last(horizon)
        over = self.day(horizon)
        return over if newest is None else min(newest.date + _NEXT, over)

    def _by_its_days(self, course: Course, start: datetime, end: datetime, horizon: datetime) -> bool | None:
        """Return whether a signal that keeps days of the week is missing from ``[start, end)``, which has none of it.

        Not before the next of its days; from that on where it is silent for too long. Nothing: that does not tell.
        """
        last = course.last(start)
        if last is None or not course.kept(course.before(start)):
            return None
        if self.day(end - _MOMENT) < course.next_day(last):
            return False
        silent = any(earlier == last and later.first < horizon for earlier, later in course.outages)
        return True if silent or (course.last(horizon) == last and self._quiet(course, horizon)) else None

    def _missing(self, course: Course, start: datetime, end: datetime, horizon: datetime, *, part: bool) -> bool:
        if course.within(start, end):
            return False
        if not course.before(start) or self.stopped(end):
            return True
        if not self.flow.within(start, end) and (not part or self.stopped(start, horizon)):
            return True
        if part and (kept := self._by_its_days(course, start, end, horizon)) is not None:
            return kept
        least = LEAST_IN_PART if part else LEAST_DISTANCES
        usual = course.usual(start, least)
        if usual is None:
            usual = course.usual(horizon, least)
        return usual is not None and _quiet_for(course, start, horizon, self._went_on(horizon), usual)


def _quiet_for(course: Course, moment: datetime, horizon: datetime, until: date, most: int) -> bool:
    """Return whether a signal is silent around a moment for more days than ``most``, and was to come on some."""
    quiet, held = course.distance(moment, horizon, until), course.before(moment)
    return quiet is not None and quiet > most and not course.rests(held, course.days[held - 1].date + quiet * _NEXT)


def _longest_of(gaps: Sequence[Gap]) -> Gap | None:
    return min(gaps, key=lambda gap: (gap.since is not None, gap.since, gap.signal), default=None)
