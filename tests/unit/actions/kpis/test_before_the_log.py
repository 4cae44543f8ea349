"""One event of 1970 stretches no chart, no bucket and no limits; it is counted, and told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bos.actions import behaviours, dashboards, kpis, reviews
from bos.dashboards.page import page_of
from bos.kpi.extents import stray

OLD = ("p9", "payment.initiated", "1970-01-01T00:00:00Z", "9.00", "web")
AHEAD = ("p8", "payment.posted", "2062-03-01T09:00:00Z", "3.00", "web")
RECORDED = "All that was recorded: 30 Jan \N{EN DASH} 5 Mar 2026, America/New_York"


def panels(run):
    return {panel.id: panel for panel in run.panels}


@pytest.mark.parametrize("year", ["1970", "1900"])
def test_charts_begin_with_the_log_and_say_what_is_not_drawn(ctx, ana, flow, add, year):
    before = dashboards.build(ctx, ana, flow)
    add("wrong", [(*OLD[:2], f"{year}-01-01T12:00:00Z", *OLD[3:])])
    after = dashboards.build(ctx, ana, flow)
    assert after.window.by == before.window.by == "day"
    assert after.window.words == f"{RECORDED}; also 1 event years before it, of 1 Jan {year}"
    old, new = panels(before), panels(after)
    for name in (name for name in old if name.startswith("trend.")):
        assert (new[name].rows, new[name].figure) == (old[name].rows, old[name].figure)
        day = "30 Jan 2026"
        assert new[name].summary == f"{old[name].summary} What lies before {day} is not drawn."
    assert (new["sent"].value, old["sent"].value) == (4, 3)
    assert new["sent"].change == old["sent"].change


@pytest.mark.full
def test_what_is_usual_is_of_the_log_and_not_of_the_years_before_it(ctx, ana, flow, add):
    def told():
        found = behaviours.behaviour(ctx, ana, flow, "sent", by="day")
        return found.points, found.left_out, found.limits

    before = told()
    add("wrong", [OLD])
    assert told() == before


@pytest.mark.full
def test_an_earlier_period_of_before_the_log_is_not_taken_for_one_without_events(ctx, ana, flow, add):
    window = {"start": datetime(2026, 2, 1, 5, tzinfo=UTC), "end": datetime(2026, 3, 6, 5, tzinfo=UTC)}

    def told():
        (value,) = kpis.evaluate(ctx, ana, flow, kpis=["sent"], compare="previous", **window).values
        return value.compared

    before = told()
    add("wrong", [OLD])
    assert told() == before


def test_the_newest_event_is_the_one_of_the_clock_and_what_lies_far_is_told_beside_it(ctx, ana, flow, add):
    add("wrong", [OLD, AHEAD])
    run = dashboards.build(ctx, ana, flow)
    assert run.as_of == datetime(2026, 3, 5, 10, tzinfo=UTC)
    assert {panel.as_of.year for panel in run.panels if panel.as_of} == {2026}
    assert run.window.words.endswith("also 1 event years before it, of 31 Dec 1969 and 1 event after it, of 1 Mar 2062")
    part = dashboards.build(
        ctx, ana, flow, start=datetime(2026, 2, 1, tzinfo=UTC), end=datetime(2026, 3, 1, tzinfo=UTC)
    )
    assert part.apart == (
        "1 event of 31 Dec 1969 lies years before the others", "1 event of 1 Mar 2062 lies in the future",
    )  # fmt: skip
    assert "Newest event 5 Mar 2026 05:00 · 1 event of 31 Dec 1969 lies years before the others" in page_of(part)
    review = reviews.weekly(ctx, ana, flow, "2026-W10", version="1")
    assert review.as_of == run.as_of
    assert review.notes[:2] == tuple(f"{words}." for words in part.apart)


@pytest.mark.full
def test_points_that_lie_far_are_told_too(ctx, ana, watched):
    good = [("gateway.up", datetime(2026, 3, day, 10, tzinfo=UTC), 1.0) for day in range(1, 5)]
    far = [("gateway.up", datetime(year, 1, 1, 12, tzinfo=UTC), 1.0) for year in (1970, 2062)]
    run = dashboards.build(ctx, ana, watched([*good, *far]))
    assert run.apart == (
        "1 point of 1 Jan 1970 lies years before the others", "1 point of 1 Jan 2062 lies in the future",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        (["1970-01-01T00:00:00Z"], 1),
        (["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"], None),  # two of nine are no stray ones
        (["2024-03-01T00:00:00Z"], None),  # less than two years before the others
    ],
)
def test_only_few_events_that_lie_years_before_the_others_are_stray(ctx, flow, add, moments, told):
    add("wrong", [(f"w{at}", "payment.initiated", at, "1.00", "web") for at in moments])
    found = stray(ctx.lake.snapshot(flow), memory_limit="512MB")
    assert (found and found.events) == told
    if found:
        assert found.begins == datetime(2026, 1, 30, 22, 30, tzinfo=UTC)
