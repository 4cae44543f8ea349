"""Process behaviour charts of KPIs, worked by hand and against pandas, and which buckets are not judged."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from bos.actions import behaviours, documents
from bos.errors import NotFound, UsageError
from tests.unit.actions.kpis.conftest import TEMPLATE

DAY = timedelta(days=1)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
# Ten calm days, then one far up, then eight below the average of all (the last day has not ended).
SERIES = (10, 12, 11, 9, 10, 12, 11, 9, 10, 12, 30, 8, 8, 9, 8, 8, 9, 8, 8)


@pytest.fixture
def counted(ctx, ana, flow, add):
    """Return the flow in UTC, with so many debits a day from 1 June."""
    documents.put(ctx, ana, "template", flow, copy.deepcopy(TEMPLATE) | {"time_zone": "UTC"}, base_version=1,
                  rationale="In UTC.")  # fmt: skip
    rows = [
        (
            f"d{at}.{i}",
            "payment.initiated",
            (JUNE + at * DAY + timedelta(hours=9, minutes=i)).isoformat(),
            "1.00",
            "web",
        )
        for at, many in enumerate((*SERIES, 3))
        for i in range(many)
    ]
    add("june", rows)
    return flow


def chart(ctx, ana, flow, **options):
    return behaviours.behaviour(ctx, ana, flow, "sent", **({"by": "day", "start": JUNE} | options))


def test_limits_ranges_and_rules_of_a_course_equal_those_of_pandas(ctx, ana, counted):
    found = chart(ctx, ana, counted)
    series = pd.Series(SERIES, dtype=float)
    moved = series.diff().abs()
    centre, mean = series.mean(), moved.mean()
    lower, upper = centre - 2.66 * mean, centre + 2.66 * mean
    assert [point.value for point in found.points] == list(SERIES)
    assert (found.limits.points, found.limits.centre) == (19, pytest.approx(centre))
    assert (found.limits.lower, found.limits.upper) == (pytest.approx(lower), pytest.approx(upper))
    assert (found.limits.mean_range, found.limits.upper_range) == (pytest.approx(mean), pytest.approx(3.268 * mean))
    assert [point.moving_range for point in found.points][1:] == pytest.approx(list(moved[1:]))
    side = (series < centre).astype(int)
    eight = side.rolling(8).sum() == 8
    for at, point in enumerate(found.points):
        assert ("outside" in point.rules) == (not lower <= series[at] <= upper)
        assert ("one_side" in point.rules) == bool(eight[at])
        assert point.range_outside == (moved[at] > 3.268 * mean)
    assert [at for at, point in enumerate(found.points) if point.rules] == [10, 18]
    assert [one.partition(":")[0] for one in found.exceptional] == ["11 Jun 2026", "12 Jun 2026", "19 Jun 2026"]
    assert found.exceptional[0] == (
        "11 Jun 2026: 30 lies outside its natural limits; moved farther from the one before than chance does."
    )
    assert found.exceptional[2] == "19 Jun 2026: 8 has been for eight days on one side of its average."
    assert found.words.endswith("3 of 19 days are exceptional.")


def test_the_day_the_data_ends_in_and_parts_of_days_are_left_out_with_the_reason(ctx, ana, counted):
    found = chart(ctx, ana, counted, start=JUNE + timedelta(hours=6))
    assert len(found.points) == 18
    assert [(one.bucket_start, one.value, one.reason) for one in found.left_out] == [
        (JUNE, 10, "The day began before the data or the window did."),
        (JUNE + 19 * DAY, 3, "The day is not over, or the data ends in it."),
    ]


@pytest.mark.parametrize(
    ("by", "first"),
    [("hour", "2026-01-30T17:00"), ("day", "2026-01-30"), ("week", "2026-01-26"), ("month", "2026-01-01")],
)
def test_the_bucket_that_the_data_begins_in_is_left_out_whatever_its_length(ctx, ana, flow, by, first):
    # the log begins on 30 January 17:30 in New York, in the middle of its hour, day, week and month
    found = behaviours.behaviour(ctx, ana, flow, "sent", by=by)
    left = found.left_out[0]
    assert left.bucket_start.replace(tzinfo=None) == datetime.fromisoformat(first)
    assert left.reason == f"The {by} began before the data or the window did."


def test_the_bucket_that_begins_with_the_first_event_is_judged(ctx, ana, flow, add):
    add("before", [("b1", "payment.initiated", "2026-01-20T05:00:00Z", "1.00", "web")])
    found = behaviours.behaviour(ctx, ana, flow, "sent", by="day")
    assert (found.points[0].bucket_start, found.points[0].value) == (datetime(2026, 1, 20, 5, tzinfo=UTC), 1)


def test_limits_of_a_baseline_judge_what_comes_later(ctx, ana, counted):
    """Worked by hand: ten days of 106 have centre 10.6; moving ranges 2 1 2 1 2 1 2 1 2 are 14 in 9."""
    found = chart(ctx, ana, counted, baseline=(JUNE, JUNE + 10 * DAY))
    spread = 2.66 * 14 / 9
    assert (found.limits.points, found.limits.centre) == (10, pytest.approx(10.6))
    assert (found.limits.lower, found.limits.upper) == (pytest.approx(10.6 - spread), pytest.approx(10.6 + spread))
    assert [point.baseline for point in found.points] == [True] * 10 + [False] * 9
    assert not any(point.rules for point in found.points[:10])
    # 8 is nearer the lower limit (6.46) than the centre, 9 is not: of the days 12, 13, 14, 15 three are
    assert [at for at, point in enumerate(found.points) if "near_limit" in point.rules] == [14, 15, 17, 18]
    # the limits may come of days that are not shown
    later = chart(ctx, ana, counted, start=JUNE + 10 * DAY, baseline=(JUNE, JUNE + 10 * DAY))
    assert (later.limits, len(later.points)) == (found.limits, 9)
    assert later.points[0].rules == ("outside",)


def test_below_ten_points_it_says_how_many_are_missing(ctx, ana, counted):
    found = chart(ctx, ana, counted, end=JUNE + 9 * DAY)
    assert (found.limits, found.missing, found.exceptional) == (None, 1, ())
    assert found.words == "Natural limits take 10 days; 9 can be judged, so 1 is missing."
    assert [point.moving_range for point in found.points] == [None, 2, 1, 2, 1, 2, 1, 2, 1]


def test_a_ratio_of_nothing_and_a_silent_signal_are_no_points(ctx, ana, counted):
    rate = behaviours.behaviour(ctx, ana, counted, "to_post", by="day", start=JUNE, end=JUNE + 5 * DAY)
    assert (rate.points, rate.missing, len(rate.left_out)) == ((), 10, 5)
    assert {one.reason for one in rate.left_out} <= {
        "Its events are missing.",
        "It has no value: nothing happened in it.",
    }


def test_bad_questions_are_refused(ctx, ana, counted):
    with pytest.raises(NotFound, match="no KPI"):
        behaviours.behaviour(ctx, ana, counted, "nothing")
    with pytest.raises(UsageError, match="baseline ends before"):
        chart(ctx, ana, counted, baseline=(JUNE + DAY, JUNE))
    with pytest.raises(UsageError, match="no time zone"):
        chart(ctx, ana, counted, start=datetime(2026, 6, 1))  # noqa: DTZ001 - without a zone
