"""By when something had to come: a length of time after a moment, on the wall clock or on a calendar's.

What many cases come to is computed by SQL (``worked.py``); this tells of one case what a person wants to see, and until
when a signal must have arrived again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bos.kpi.binding import BusinessClock
    from bos.kpi.lengths import Span

Halts: TypeAlias = "Sequence[tuple[datetime, datetime | None]]"
"""Spans in which the clock of a case stands still, in order; without an end it stands for good."""
_DAYS = 150_000
"""Days that are looked at, about four hundred years."""


def deadline(started: datetime, within: Span, clock: BusinessClock | None, halts: Halts = ()) -> datetime | None:
    """Return the first moment (UTC) at which so much time has passed; ``None``: it never does.

    Of working days it is the midnight that ends the last of them.
    """
    if clock is None:
        return started.astimezone(UTC) + timedelta(seconds=within.seconds)
    if within.unit == "day":
        last = next(islice(_days(clock, started, halts), within.count - 1, None), None)
        return None if last is None else _at(clock, last + timedelta(days=1), 0)
    left = timedelta(seconds=within.seconds)
    for begins, ends in _running(clock, started, halts):
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return None


def over(started: datetime, end: datetime, within: Span, clock: BusinessClock | None, halts: Halts = ()) -> bool:
    """Return whether more than so much time lies between two moments."""
    if clock is not None and within.unit != "day":
        spent = timedelta()
        for begins, ends in _running(clock, started, halts):
            if begins >= end or spent > timedelta(seconds=within.seconds):
                break
            spent += min(ends, end) - begins
        return spent > timedelta(seconds=within.seconds)
    due = deadline(started, within, clock, halts)
    return due is not None and (end > due or (clock is not None and end == due))


def next_due(newest: datetime, every: Span, clock: BusinessClock | None, zone: str, by: time | None) -> datetime | None:
    """Return until when (UTC) something must have come again, ``every`` so often, since its newest (aware); or never.

    With a clock, minutes and hours are its working time and days its working days, whatever its cut-off and stops.
    Working days end at midnight, and with ``by`` at that time of day: on the last of so many days after the day of the
    newest, in the zone of the clock, else in ``zone``.
    """
    if every.unit != "day" or (clock is None and by is None):
        return deadline(newest, every, clock and replace(clock, cut_off=None))
    zone = clock.time_zone if clock else zone
    day = newest.astimezone(ZoneInfo(zone)).date()
    ahead = (day + timedelta(days=count) for count in range(1, _DAYS))
    days = (day for day in ahead if clock is None or _works(clock, day))
    last = next(islice(days, every.count - 1, None), None)
    if last is None:
        return None
    return _instant(zone, datetime.combine(last, by) if by else datetime.combine(last + timedelta(days=1), time()))


def _at(clock: BusinessClock, day: date, seconds: int) -> datetime:
    """Return the instant at which the clock on the wall shows a time; of two the first."""
    return _instant(clock.time_zone, datetime.combine(day, time()) + timedelta(seconds=seconds))


def _instant(zone: str, local: datetime) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _works(clock: BusinessClock, day: date) -> bool:
    return day.weekday() in clock.working_days and day not in clock.holidays


def _hours(clock: BusinessClock, day: date) -> tuple[datetime, datetime] | None:
    """Return when a working day begins and ends; nothing where a day is none."""
    if not _works(clock, day):
        return None
    opens, closes = _at(clock, day, clock.opens), _at(clock, day, clock.closes)
    return (opens, closes) if closes > opens else None


def _from(clock: BusinessClock, started: datetime, halts: Halts) -> Iterator[tuple[date, tuple[datetime, datetime]]]:
    """Yield the working days from the one on which the clock of a case begins, until it stands still for good."""
    local = started.astimezone(ZoneInfo(clock.time_zone)).replace(tzinfo=None)
    midnight = datetime.combine(local.date(), time())
    late = clock.cut_off is not None and local > midnight + timedelta(seconds=clock.cut_off)
    still = next((since for since, until in halts if until is None), None)
    for ahead in range(_DAYS):
        day = local.date() + timedelta(days=ahead)
        hours = _hours(clock, day)
        if hours is None or (late and ahead == 0):
            continue
        if still is not None and hours[0] > still:
            yield day, hours
            return
        yield day, hours


def _days(clock: BusinessClock, started: datetime, halts: Halts) -> Iterator[date]:
    """Yield the working days that count: those after the first at whose opening the clock does not stand still."""
    for day, (opens, _) in islice(_from(clock, started, halts), 1, None):
        if not any(since <= opens and (until is None or opens < until) for since, until in halts):
            yield day


def _running(clock: BusinessClock, started: datetime, halts: Halts) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of working time in which the clock of a case runs, in order."""
    for _, (opens, closes) in _from(clock, started, halts):
        begins = max(opens, started.astimezone(UTC))
        for since, until in halts:
            if since >= closes:
                break
            if begins < since:
                yield begins, since
            begins = max(begins, until or closes)
        if closes > begins:
            yield begins, closes
