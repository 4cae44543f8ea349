"""A bucket that data is missing from a part of counts as no whole one: not as the last, as usual, or as volume."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import behaviours, dashboards, documents, explaining, kpis
from bos.dashboards.exports.rows import of_evaluation
from bos.model.moments import DASH
from tests.unit.actions.kpis.conftest import TEMPLATE, outcome, signal

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
FORMULAS = {"back": "count(returned)", "came": "count(initiated)", "share": "ratio(count(returned), count(initiated))"}
SILENT = range(30, 37)
"""Days without a return, from Wednesday 4 February to Tuesday 10 February."""
LAST = 67
"""Friday 13 March, on which returns ended at 07:00."""
OUTAGE = "No data from 3 Feb 2026 12:00 to 11 Feb 2026 12:00: Returned"
DEAD = "No data since 13 Mar 2026 07:00: Returned"


def week(number):
    return MONDAY + number * WEEK


@pytest.fixture
def holed(ctx, ana, add):
    """Return the id of a flow with twelve weeks of a payment a day, and a return a day but in an outage and at last."""
    for name in ("initiated", "received", "posted", "returned"):
        documents.put(ctx, ana, "signal", f"payment.{name}", signal(name), rationale="First.")
    template = TEMPLATE | {"time_zone": "UTC"}
    template["outcomes"] = [
        outcome(name, formula, "ratio" if name == "share" else "count") for name, formula in FORMULAS.items()
    ]
    template["outcomes"][0]["target"] = {"value": 1, "direction": "at_least"}
    documents.put(ctx, ana, "template", "payments", template, rationale="First.")
    rows = []
    for day in range(84):
        at = MONDAY + day * DAY
        rows.append((f"p{day}", "payment.initiated", (at + timedelta(hours=6)).isoformat(), "1.00", "web"))
        if day <= LAST and day not in SILENT:
            back = at + timedelta(hours=7 if day == LAST else 12)
            rows.append((f"p{day}", "payment.returned", back.isoformat(), "1.00", "web"))
    add("all", rows)
    return "payments"


def test_each_bucket_says_what_is_missing_from_a_part_of_it(ctx, ana, holed):
    run = kpis.evaluate(ctx, ana, holed, kpis=["back", "came"], by="week")
    told = {name: [one for one in run.values if one.kpi == name] for name in ("back", "came")}
    assert [one.value for one in told["back"]] == [7, 7, 7, 7, None, 5, 7, 7, 7, 5, None, None]
    parts = {5: OUTAGE, 9: DEAD}
    assert {at: one.ended.words for at, one in enumerate(told["back"]) if one.ended} == parts
    silent = {at: one.no_data.words for at, one in enumerate(told["back"]) if one.no_data}
    assert silent == {4: "No data since 3 Feb 2026 12:00: Returned", 10: DEAD, 11: DEAD}
    assert [(one.value, one.ended) for one in told["came"]] == [(7, None)] * 12
    outcomes = {one["id"]: one for one in documents.show(ctx, ana, "template", holed).document["outcomes"]}
    rows = of_evaluation(run, outcomes, "UTC", generated=False, marks=()).rows
    assert [row.status_words for row in rows if row.kpi == "back"][5] == OUTAGE


def test_the_day_that_events_ended_in_early_is_a_part_and_those_of_full_days_are_not(ctx, ana, holed):
    run = kpis.evaluate(ctx, ana, holed, kpis=["back"], by="day", start=week(4), end=week(10))
    told = {(one.bucket_start - MONDAY).days: one for one in run.values}
    assert {day: one.ended.words for day, one in told.items() if one.ended} == {LAST: DEAD}
    assert {day for day, one in told.items() if one.no_data} == {*SILENT, *range(LAST + 1, 70)}


def test_neither_usual_limits_nor_the_last_whole_week_are_of_weeks_that_data_is_missing_from(ctx, ana, holed):
    chart = behaviours.behaviour(ctx, ana, holed, "back")
    assert [(point.bucket_start, point.value) for point in chart.points] == [
        (week(number), 7) for number in (1, 2, 3, 6, 7, 8)
    ]
    assert {one.bucket_start: one.reason for one in chart.left_out} == {
        week(0): "The week began before the data or the window did.",
        **dict.fromkeys([week(5), week(9)], "Data is missing from a part of it."),
        **dict.fromkeys([week(4), week(10)], "Its events are missing."),
        week(11): "The week is not over, or the data ends in it.",
    }
    run = dashboards.build(ctx, ana, holed, by="week")
    tiles = {one.id: one for one in run.panels if one.kind == "kpi"}
    for name in ("back", "share"):
        assert tiles[name].change.of == f"Last week with all of its data, 2 Mar {DASH} 8 Mar 2026"
        assert (tiles[name].change.start, tiles[name].change.end) == (week(8), week(9))
    assert tiles["came"].change.of == f"Last whole week, 16 Mar {DASH} 22 Mar 2026"
    trend = next(one for one in run.panels if one.id == "trend.back")
    assert trend.figure["layout"]["meta"]["part"] == {
        **{week(number).isoformat(): "with data missing" for number in (5, 9)},
        week(11).isoformat(): "so far",
    }
    assert "2 weeks with data missing left out." in trend.summary


def test_a_last_whole_week_after_one_that_lacks_data_is_not_said_to_rest_on_little(ctx, ana, holed, add):
    more = MONDAY + 84 * DAY
    rows = [(f"q{day}", name, (more + day * DAY + timedelta(hours=12)).isoformat(), "1.00", "web")
            for day in range(8) for name in ("payment.returned", "payment.initiated")]  # fmt: skip
    add("more", rows)
    run = dashboards.build(ctx, ana, holed, by="week")
    tiles = {one.id: one for one in run.panels if one.kind == "kpi"}
    assert tiles["back"].change.of == f"Last week with all data to compare, 2 Mar {DASH} 8 Mar 2026"
    assert tiles["came"].change.of == f"Last whole week, 30 Mar {DASH} 5 Apr 2026"


@pytest.mark.parametrize(
    ("start", "end", "value", "words"),
    [
        (4, 8, 21, OUTAGE),  # the outage lies within it
        (0, 9, 56, OUTAGE),
        (6, 9, 21, None),
        (9, 10, 5, "Nothing of Returned since 13 Mar 2026 07:00"),
        (0, 12, 61, "Nothing of Returned since 13 Mar 2026 07:00"),
    ],
)
def test_a_period_that_data_is_missing_from_a_part_of_has_no_verdict(ctx, ana, holed, start, end, value, words):
    (told,) = kpis.evaluate(ctx, ana, holed, kpis=["back"], start=week(start), end=week(end)).values
    assert (told.value, told.ended and told.ended.words, told.no_data) == (value, words, None)
    if (start, end) == (4, 8):
        run = dashboards.build(ctx, ana, holed, start=week(start), end=week(end), by="week")
        tile = next(one for one in run.panels if one.id == "back")
        assert (tile.value, tile.status, tile.status_words) == (value, "no_data", OUTAGE)
        assert tile.change.better is None
    if words is None:
        run = dashboards.build(ctx, ana, holed, start=week(start), end=week(end), by="week")
        tile = next(one for one in run.panels if one.id == "back")
        assert (tile.status, tile.change.better) == ("ok", None)  # the weeks before it are not whole


def test_a_day_that_is_known_to_be_missing_by_now_is_so_of_the_week_before_too(ctx, ana, holed, add):
    """By the end of its Sunday a feed that ended on Saturday had been quiet for no longer than usual."""
    more = MONDAY + 84 * DAY
    rows = [(f"q{day}", "payment.returned", (more + day * DAY + timedelta(hours=12)).isoformat(), "1.00", "web")
            for day in range(6)]  # fmt: skip
    rows += [(f"q{day}", "payment.initiated", (more + day * DAY).isoformat(), "1.00", "web") for day in range(7)]
    add("more", rows)
    (told,) = kpis.evaluate(ctx, ana, holed, kpis=["back"], start=week(12), end=week(13)).values
    assert (told.value, told.ended) == (6, None)
    add("monday", [("q7", "payment.initiated", (more + 7 * DAY).isoformat(), "1.00", "web")])
    (told,) = kpis.evaluate(ctx, ana, holed, kpis=["back"], start=week(12), end=week(13)).values
    assert (told.value, told.ended.words) == (6, "No data since 4 Apr 2026 12:00: Returned")
    (bucket,) = kpis.evaluate(ctx, ana, holed, kpis=["back"], start=week(12), end=week(13), by="week").values
    assert (bucket.value, bucket.ended.words) == (told.value, told.ended.words)


def test_what_changed_is_told_as_missing_data_and_a_rate_as_no_more_than_it_is(ctx, ana, holed):
    found = explaining.explain(ctx, ana, holed, "back", start=week(9), end=week(10), dimension="")
    assert [(one.kind, one.amount) for one in found.parts] == [("data", -2)]
    assert found.notes[-1] == DEAD
    after = explaining.explain(ctx, ana, holed, "back", start=week(6), end=week(7), dimension="")
    assert [(one.kind, one.amount) for one in after.parts] == [("data", 2)]
    assert after.notes[-1] == OUTAGE
    calm = explaining.explain(ctx, ana, holed, "came", start=week(9), end=week(10), dimension="")
    assert (calm.parts, calm.difference) == ((), 0)
    share = explaining.explain(ctx, ana, holed, "share", start=week(9), end=week(10), dimension="")
    assert ({one.kind for one in share.parts}, share.notes[-1]) == ({"rate"}, DEAD)
