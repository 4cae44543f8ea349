"""A window of hours and the bucket of the same span say the same: both a number, or both that there are no data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import kpis

FIRST = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""
DAYS = [FIRST + timedelta(days=n) for n in range(40) if n % 7 < 5]
NAMES = ["sent", "sent_back", "kept", "return_rate", "available", "fast"]


@pytest.fixture
def offices(add, watched):
    """Return a flow that works from 8 to 18 (UTC) on weekdays, with points in these hours, returns on Tuesdays."""
    rows = []
    for day in DAYS:
        for hour in range(8, 18):
            at = (day + timedelta(hours=hour, minutes=7)).isoformat()
            rows.append((f"w{at}", "payment.initiated", at, "1.00", "web"))
            if hour == 9 and day.weekday() == 1:
                rows.append((f"w{at}", "payment.returned", at, "1.00", "web"))
    add("office", rows)
    moments = [day + timedelta(hours=hour, minutes=20) for day in DAYS for hour in range(8, 18)]
    return watched([(name, at, 1.0 if name.endswith("up") else 0.1) for at in moments for name in SIGNALS])


SIGNALS = ("gateway.up", "gateway.latency")


def told(ctx, ana, flow, start, end, by=None):
    names = [name for name in NAMES if by != "day" or name != "sent_back"]  # its days begin in another zone
    run = kpis.evaluate(ctx, ana, flow, kpis=names, start=start, end=end, by=by)
    return [(one.kpi, one.value, one.no_data and one.no_data.words) for one in run.values]


@pytest.mark.full
@pytest.mark.parametrize("day", [15, 19], ids=["Tuesday", "Saturday"])
@pytest.mark.parametrize("hour", [2, 8, 12, 18, 23])
def test_an_hour_is_the_same_asked_for_as_a_window_and_as_a_bucket(ctx, ana, offices, day, hour):
    start = FIRST + timedelta(days=day, hours=hour)
    end = start + timedelta(hours=1)
    whole = told(ctx, ana, offices, start, end)
    assert whole == told(ctx, ana, offices, start, end, by="hour")
    by_name = {name: (value, words) for name, value, words in whole}
    at_work = hour in range(8, 18) and day == 15
    assert by_name["sent"] == (int(at_work), None)
    assert (by_name["available"][0], by_name["available"][1] is None) == ((1, True) if at_work else (None, False))


@pytest.mark.full
@pytest.mark.parametrize("day", [15, 19, 20], ids=["Tuesday", "Saturday", "Sunday"])
def test_a_day_is_too(ctx, ana, offices, day):
    start = FIRST + timedelta(days=day, hours=5)  # midnight in New York
    whole = [one for one in told(ctx, ana, offices, start, start + timedelta(days=1)) if one[0] != "sent_back"]
    assert whole == told(ctx, ana, offices, start, start + timedelta(days=1), by="day")


def test_a_night_without_points_between_days_with_points_is_no_data_and_no_payment_is_nought(ctx, ana, offices):
    start = FIRST + timedelta(days=14, hours=18)
    found = {name: (value, words) for name, value, words in told(ctx, ana, offices, start, start + timedelta(hours=13))}
    assert found["sent"] == (0, None)
    assert found["available"] == (None, "No data since 19 Jan 2026 12:20: Up")


@pytest.mark.parametrize(("hour", "sent"), [(12, 1), (18, None), (16, 1)])
def test_an_hour_after_which_nothing_was_recorded_is_no_data_either_way(ctx, ana, offices, add, hour, sent):
    days = [day for n in range(40, 61) if (day := FIRST + timedelta(days=n)).weekday() in range(5)]
    moments = [(day + timedelta(hours=at, minutes=7)).isoformat() for day in days for at in range(8, 18)]
    add("more", [(f"m{at}", "payment.initiated", at, "1.00", "web") for at in moments])
    start = days[-1] + timedelta(hours=hour)
    whole = told(ctx, ana, offices, start, start + timedelta(hours=1))
    assert whole == told(ctx, ana, offices, start, start + timedelta(hours=1), by="hour")
    assert next(value for name, value, _ in whole if name == "sent") == sent
