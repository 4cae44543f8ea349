"""Until when something must have come again: worked by hand over a bank's hours, held against counting minutes."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.kpi.binding import BusinessClock
from bos.kpi.deadlines import next_due
from bos.kpi.lengths import Span

NEW_YORK = "America/New_York"
BANK = BusinessClock("bank", NEW_YORK, (0, 1, 2, 3, 4), 9 * 3600, 17 * 3600, holidays=(date(2026, 5, 25),))


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NEW_YORK))


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ("2026-05-20T10:00", 2, "2026-05-20T12:00"),  # a Wednesday
        ("2026-05-20T16:00", 1, "2026-05-20T17:00"),  # the last minute of a day is one of it
        ("2026-05-20T16:00", 2, "2026-05-21T10:00"),
        ("2026-05-20T05:00", 1, "2026-05-20T10:00"),  # before it opens
        ("2026-05-20T22:00", 1, "2026-05-21T10:00"),  # after it closes
        ("2026-05-22T16:30", 1, "2026-05-26T09:30"),  # Friday before Memorial Day
        ("2026-05-22T17:05", 8, "2026-05-26T17:00"),
        ("2026-05-23T12:00", 9, "2026-05-27T10:00"),  # a Saturday
        ("2026-03-06T16:00", 2, "2026-03-09T10:00"),  # over the night the clock changes
    ],
)
@pytest.mark.parametrize("clock", [BANK, replace(BANK, cut_off=15 * 3600)])
def test_working_time_passes_in_the_hours_of_the_bank(since, hours, until, clock):
    assert next_due(local(since), Span(hours, "hour"), clock, "UTC", None) == local(until)


@pytest.mark.parametrize(
    ("newest", "days", "by", "clock", "until"),
    [
        ("2026-05-20T10:00", 1, None, BANK, "2026-05-22T00:00"),  # something of Thursday, until Thursday is over
        ("2026-05-20T23:59", 1, "16:00", BANK, "2026-05-21T16:00"),
        ("2026-05-20T00:00", 2, "08:00", BANK, "2026-05-22T08:00"),  # the data of Thursday, on Friday morning
        ("2026-05-21T10:00", 2, "08:00", BANK, "2026-05-26T08:00"),  # Thursday, Friday, and Monday is Memorial Day
        ("2026-05-23T10:00", 1, "16:00", BANK, "2026-05-26T16:00"),  # Saturday
        ("2026-05-22T10:00", 1, "16:00", None, "2026-05-23T16:00"),  # without a calendar Saturday is a day
        ("2026-03-07T10:00", 1, "02:30", None, "2026-03-08T03:30"),  # there is no 02:30: the clock goes from 2 to 3
        ("2026-10-31T10:00", 1, "01:30", None, "2026-11-01T01:30"),  # twice: the first
        ("2026-03-07T10:00", 1, None, None, "2026-03-08T11:00"),  # 24 hours
    ],
)
def test_days_end_at_midnight_or_at_a_time_of_day(newest, days, by, clock, until):
    due = next_due(local(newest), Span(days, "day"), clock, NEW_YORK, time.fromisoformat(by) if by else None)
    assert due == local(until).astimezone(UTC)


def test_time_on_the_wall_passes_always():
    since = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)  # half an hour before the clock of New York changes
    newest = since.astimezone(ZoneInfo(NEW_YORK))
    assert next_due(newest, Span(2, "hour"), None, NEW_YORK, None) == since + timedelta(hours=2)


def test_a_calendar_that_never_works_never_ends():
    closed = BusinessClock("closed", NEW_YORK, (), 9 * 3600, 17 * 3600)
    for every in (Span(1, "minute"), Span(1, "day")):
        assert next_due(local("2026-05-20T10:00"), every, closed, NEW_YORK, None) is None


def minute_by_minute(since, minutes):
    """Return the end of the last of so many minutes that lie in the bank's hours."""
    moment = since
    while minutes:
        here = moment.astimezone(ZoneInfo(NEW_YORK))
        works = here.weekday() < 5 and here.date() != date(2026, 5, 25) and 9 <= here.hour < 17
        moment += timedelta(minutes=1)
        minutes -= works
    return moment


@given(st.integers(0, 30 * 24 * 60), st.integers(1, 40 * 60))
def test_it_is_what_counting_minutes_gives(offset, minutes):
    since = datetime(2026, 5, 10, 4, tzinfo=UTC) + timedelta(minutes=offset)
    assert next_due(since, Span(minutes, "minute"), BANK, "UTC", None) == minute_by_minute(since, minutes)
