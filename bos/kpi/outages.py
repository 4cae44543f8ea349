"""When signals that were seen often were silent for longer than usual, and what of a period that reaches into."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.kpi.days import LEAST_IN_PART, Course
from bos.kpi.silence import Gap, Silence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, time

    from bos.kpi.days import Day
    from bos.kpi.silence import Recorded

_NEXT, _MOMENT = timedelta(days=1), timedelta(microseconds=1)
_SHORT = timedelta(hours=22)
"""A day is longer, also where a clock is moved."""


def broken(held: Recorded, names: Iterable[str], start: datetime, end: datetime) -> Gap | None:
    """Return a signal that was silent for half of ``[start, end)`` and then came again; nothing where none was."""
    half = (end - start) / 2
    for name in names:
        for silence in _silences(held, name, end):
            gap = silence.gap
            between = gap.since is not None and gap.until is not None and gap.until - max(gap.since, start) >= half
            if between and _days(held, silence, start, end) is not None:
                return gap
    return None


def in_part(held: Recorded, names: Iterable[str], start: datetime, end: datetime, horizon: datetime) -> Gap | None:
    """Return a signal that is missing from a part of ``[start, end)``, as it was known at ``horizon``; or nothing.

    Of what is not whole days, such as an hour, it is enough that the silence begins or ends in it.
    """
    silences = (silence for name in names for silence in _silences(held, name, horizon))
    return next((one.gap for one in silences if _days(held, one, start, end) is not None), None)


def uneven(
    held: Recorded, names: Sequence[str], formula: str, start: datetime, end: datetime, horizon: datetime
) -> Gap | None:
    """Return a signal that is missing from a part of ``[start, end)``, on days on which another of ``names`` is not.

    On these days the totals of the formula have to differ: where none holds anything, such as on a holiday, nothing is
    missing. What is a part, and the horizon, are as in :func:`in_part`.
    """
    courses = {name: held.signals[name] for name in names if name in held.signals}
    silent = [name for name in courses if _silences(held, name, horizon)]
    if not silent:
        return None
    sides = replace(held, flow=Course.of(chain.from_iterable(course.days for course in courses.values())))
    for name in silent:
        others = [course for other, course in courses.items() if other != name]
        for silence in _silences(sides, name, horizon):
            days = _days(sides, silence, start, end)
            if days is None or not any(other.on(*days) for other in others):
                continue
            first, last = max(days[0], held.day(start)), min(days[1], held.day(end - _MOMENT))
            if first > last or held.apart(formula, max(held.begins(first), start), min(held.begins(last + _NEXT), end)):
                return silence.gap
    return None


def lagging(held: Recorded, names: Sequence[str], formula: str, end: datetime) -> Gap | None:
    """Return a signal whose newest day before ``end`` is an earlier one than that of another of ``names``.

    Its total of the days since may be still to come; where the totals of the formula do not differ on these, it is not.
    """
    newest = {name: held.signals[name].last(end) for name in names if name in held.signals}
    days = {name: day for name, day in newest.items() if day is not None}
    if not days:
        return None
    name, last = min(days.items(), key=lambda pair: pair[1].last)
    if last.date == max(day.date for day in days.values()):
        return None
    return Gap(name, last.last) if held.apart(formula, held.begins(last.date + _NEXT), end) else None


def _silences(held: Recorded, name: str, horizon: datetime) -> Sequence[Silence]:
    """Return when a signal was silent before a moment: until it was first recorded, in between, and since its newest.

    All buckets of a trend ask for the same.
    """
    if (name, horizon) not in held.silences:
        held.silences[name, horizon] = tuple(_found(held, name, horizon))
    return held.silences[name, horizon]


def _found(held: Recorded, name: str, horizon: datetime) -> Iterator[Silence]:
    course = held.signals.get(name, Course())
    newest, usual = course.last(horizon), course.usual(horizon, LEAST_IN_PART)
    if newest is None or usual is None:
        return
    first, median = course.days[0], course.median(horizon)
    if held.flow.days and (first.date - held.flow.days[0].date).days > usual:
        yield Silence(Gap(name, None, first.first), date.min, first.date - median * _NEXT)
    for earlier, later in course.outages:
        if later.first < horizon:
            begins = _first_day(held, course, earlier)
            last = later.date if _begun_late(held, course, later) else _last_day(course, earlier, later)
            yield Silence(Gap(name, earlier.last, later.first), begins, max(begins, last))
    if held.quiet(name, horizon):
        yield Silence(Gap(name, min(newest.last, horizon)), _first_day(held, course, newest), date.max)


def _first_day(held: Recorded, course: Course, day: Day) -> date:
    """Return the first day of a silence after a day: when the next was to come, a day later for what comes daily.

    It is the day itself, where its events ended earlier than on any shortly before, so that a feed that ended at ten is
    not taken for one that had come to the end of its day.
    """
    ended = _clock(held, day.last)
    cut = course.median(day.last + _MOMENT) == 1 and all(ended < _clock(held, one.last) for one in course.week(day))
    return day.date if cut else course.next_day(day)


def _last_day(course: Course, earlier: Day, later: Day) -> date:
    """Return the last day of a silence between two days, of those on which something was to come."""
    awaited = course.awaited(course.before(later.first), earlier.date, later.date)
    return awaited[-1] if awaited else later.date - course.median(later.first) * _NEXT


def _begun_late(held: Recorded, course: Course, day: Day) -> bool:
    """Return whether events of a day began later than on any day shortly before, of what comes daily."""
    begun = _clock(held, day.first)
    return course.median(day.first) == 1 and all(begun > _clock(held, one.first) for one in course.week(day))


def _clock(held: Recorded, moment: datetime) -> time:
    return moment.astimezone(ZoneInfo(held.zone)).time()


def _days(held: Recorded, silence: Silence, start: datetime, end: datetime) -> tuple[date, date] | None:
    """Return the first and the last day of a silence that are of ``[start, end)``; nothing where none is.

    Of what is not whole days they are those of all the silence, where it reaches into it.
    """
    gap, first, last = silence.gap, max(silence.first, held.day(start)), min(silence.last, held.day(end - _MOMENT))
    if end - start < _SHORT:
        reaches = (gap.since is None or gap.since < end) and (gap.until is None or gap.until > start)
        return (silence.first, silence.last) if reaches else None
    return (first, last) if first <= last else None
