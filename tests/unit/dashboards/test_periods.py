"""Which buckets are whole, and how one that is not is told, drawn and kept out of what is compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.dashboards.figures import lines_of, over_time, part_of
from bos.dashboards.periods import Held, bucket_after, covered, incomplete
from bos.dashboards.tiles import _between, few
from bos.kpi.buckets import key_of, label
from bos.model.answers.kpis import KpiValue

ZONE = "Europe/Amsterdam"


def at(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(ZONE))


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - hypothesis takes them without a zone
    st.sampled_from(["hour", "day", "week", "month", "quarter"]),
    st.sampled_from([ZONE, "UTC", "America/New_York", "Asia/Kolkata"]),
)
def test_where_a_bucket_ends_the_next_one_of_the_kpi_language_begins(moment, by, zone):
    start = label(key_of(moment.replace(tzinfo=UTC), by, zone), by, zone)
    end = bucket_after(start, by, zone)
    assert label(key_of(end, by, zone), by, zone) == end
    assert label(key_of(end - timedelta(microseconds=1), by, zone), by, zone) == start


def test_the_week_of_the_newest_event_is_not_over_and_the_first_is_covered_in_part():
    held = Held(at(2026, 1, 7, 9), at(2026, 1, 29, 17))
    whole = covered(None, None, held, ZONE)
    starts = [at(2026, 1, day) for day in (5, 12, 19, 26)]
    assert incomplete(starts, "week", ZONE, whole) == {
        starts[0].isoformat(): "in part",
        starts[-1].isoformat(): "so far",
    }


def test_a_day_that_was_asked_for_counts_as_whole_once_it_has_events():
    held = Held(at(2026, 1, 5), at(2026, 1, 29, 17))
    days = [at(2026, 1, 28), at(2026, 1, 29), at(2026, 1, 30)]
    asked = covered(at(2026, 1, 28), at(2026, 1, 31), held, ZONE)
    assert incomplete(days, "day", ZONE, asked) == {days[2].isoformat(): "so far"}
    everything = covered(None, None, held, ZONE)
    assert incomplete(days[:2], "day", ZONE, everything) == {days[1].isoformat(): "so far"}


@pytest.mark.parametrize(("unit", "found"), [("ratio", 1), ("seconds", 1), ("count", 0), ("USD", 0)])
def test_a_mean_of_few_is_of_small_numbers_but_a_count_of_few_is_a_fall(unit, found):
    starts = [at(2026, 1, day) for day in (5, 12, 19, 26)]
    values = [
        KpiValue(kpi="k", bucket_start=start, value=1.0, unit=unit, n=n)
        for start, n in zip(starts, (100, 90, 110, 8), strict=True)
    ]
    assert few(values) == set(starts[3:][:found])
    assert few([]) == set()


def test_where_nothing_was_recorded_nothing_is_called_incomplete():
    assert covered(None, None, Held(), ZONE) is None
    assert incomplete([at(2026, 1, 5)], "week", ZONE, None) == {}


@pytest.mark.parametrize("value", [4.0, None])
def test_a_figure_joins_what_is_not_whole_by_a_line_of_its_own(value):
    days = [at(2026, 1, day) for day in (1, 2, 3)]
    points = [(days[0], 1.0), (days[1], 2.0), (days[2], value)]
    figure = over_time(
        points, name="KPI", unit="", lines={"Target": 3.0}, title="KPI", part={days[2].isoformat(): "so far"}
    )
    actual, target, loose = figure["data"]
    assert actual["y"] == [1.0, 2.0, None]
    assert (loose["name"], loose["y"], loose["line"]["dash"]) == ("So far", [None, 2.0, value], "dot")
    assert target["name"] == "Target"
    assert lines_of(figure) == {"Target": 3.0}
    assert part_of(figure) == {days[2].isoformat(): "so far"}
    assert part_of(None) == {}
    money = over_time(points, name="KPI", unit="USD", lines={}, title="KPI")
    assert money["layout"]["yaxis"]["hoverformat"] == ",.2f"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0.034,), "3.40\u202f% in one month (Jan 2026)."),
        ((0.034, 0.034, 0.034), "3.40\u202f% in each of 3 months."),
        ((0.02, 0.034), "Between 2.00\u202f% (Jan 2026) and 3.40\u202f% (Feb 2026)."),
    ],
)
def test_a_course_is_told_in_words_however_short_it_is(values, words):
    held = [(at(2026, month, 1), value) for month, value in enumerate(values, 1)]
    assert _between(SimpleNamespace(by="month"), "ratio", ZONE, held) == words
