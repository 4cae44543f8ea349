"""When a span has passed: worked by hand over a bank's hours, held against counting minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.kpi.binding import BusinessClock
from bos.kpi.deadline import deadline

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
def test_working_time_passes_in_the_hours_of_the_bank(since, hours, until):
    assert deadline(local(since), timedelta(hours=hours), BANK) == local(until)


def test_time_on_the_wall_passes_always():
    since = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)  # half an hour before the clock of New York changes
    assert deadline(since.astimezone(ZoneInfo(NEW_YORK)), timedelta(hours=2)) == since + timedelta(hours=2)


def test_a_calendar_that_never_works_never_ends():
    closed = BusinessClock("closed", NEW_YORK, (), 9 * 3600, 17 * 3600)
    assert deadline(local("2026-05-20T10:00"), timedelta(minutes=1), closed) is None


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
    assert deadline(since, timedelta(minutes=minutes), BANK) == minute_by_minute(since, minutes)
