"""Hours held against earlier ones across a change of the clock, worked out by instants."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bos.actions import kpis

NEW_YORK = ZoneInfo("America/New_York")
BEGAN = datetime(2025, 11, 1, 12, tzinfo=UTC)
CHANGE = datetime(2025, 11, 2, 4, tzinfo=UTC)
"""Midnight; at 06:00 UTC the clock of New York goes back from 02:00 to 01:00."""


def events_of(hour):
    """Return how many events an hour has: a number that no other hour near it has."""
    return 1 + int((hour - BEGAN).total_seconds()) // 3600 % 11


@pytest.fixture
def hourly(flow, add):
    hours = [BEGAN + timedelta(hours=n) for n in range(48)]
    add(
        "hourly",
        [
            (f"h{at:%d%H}{n}", "payment.initiated", (at + timedelta(minutes=n)).isoformat(), "1.00", "web")
            for at in hours
            for n in range(events_of(at))
        ],
    )
    return flow


@pytest.mark.parametrize(("compare", "back"), [("previous", 1), ("2 hours", 2)])
def test_the_hour_that_the_clock_shows_twice_is_two_hours(ctx, ana, hourly, compare, back):
    window = {"start": CHANGE.astimezone(NEW_YORK), "end": (CHANGE + timedelta(hours=7)).astimezone(NEW_YORK)}
    run = kpis.evaluate(ctx, ana, hourly, kpis=["sent"], by="hour", compare=compare, **window)
    hours = [CHANGE + timedelta(hours=n) for n in range(7)]
    then = [hour - timedelta(hours=back) for hour in hours]
    assert [v.bucket_start.astimezone(UTC) for v in run.values] == hours
    assert [v.compared.start.astimezone(UTC) for v in run.values] == then
    assert [(v.value, v.compared.value) for v in run.values] == [
        (events_of(now), events_of(before)) for now, before in zip(hours, then, strict=True)
    ]


@pytest.mark.parametrize(("first", "hours", "compare", "back"), [(1, 1, "previous", 1), (3, 3, "2 hours", 2)])
def test_some_hours_are_held_against_as_many_whatever_the_clock_shows(ctx, ana, hourly, first, hours, compare, back):
    start = CHANGE + timedelta(hours=first)
    end = start + timedelta(hours=hours)
    window = {"start": start.astimezone(NEW_YORK), "end": end.astimezone(NEW_YORK)}
    run = kpis.evaluate(ctx, ana, hourly, kpis=["sent"], compare=compare, **window)
    now = [start + timedelta(hours=n) for n in range(hours)]
    (value,) = run.values
    assert (value.value, value.compared.value) == (
        sum(map(events_of, now)),
        sum(events_of(hour - timedelta(hours=back)) for hour in now),
    )


def test_the_hour_in_which_the_log_ends_is_held_against_as_much_of_an_earlier_one(ctx, ana, flow, add):
    moments = ["04:05", "05:10", "05:40", "06:20", "07:10", "07:30"]
    events = [(f"e{at}", "payment.initiated", f"2026-11-01T{at}:00Z", "1.00", "web") for at in moments]
    add("ends", events)
    start, end = (datetime(2026, 11, 1, hour, tzinfo=UTC).astimezone(NEW_YORK) for hour in (4, 9))
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"], by="hour", start=start, end=end, compare="previous")
    # the log ends at 07:30 UTC: of 06:00 UTC, the second 01:00 there, only the half that ended by 06:30 counts
    assert [(v.value, v.compared.value) for v in run.values if v.n][-1] == (2, 1)
