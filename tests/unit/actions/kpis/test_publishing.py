"""What was published of a period, beside what a later dashboard has for it; counted by hand."""

from datetime import UTC, datetime

import pytest

from bos.actions import dashboards, kpis, publishing, restating
from bos.errors import NotFound

LATE = [("p9", "payment.initiated", "2026-02-09T09:00:00Z", "1.00", "web")]
FEBRUARY = {"start": datetime(2026, 2, 1, 5, tzinfo=UTC), "end": datetime(2026, 3, 1, 5, tzinfo=UTC)}


def told(found):
    return {one.kpi: (one.value, one.now, one.difference, one.run, one.kind) for one in found.items}


def test_the_first_value_of_a_period_that_was_over_stands_beside_another_one_of_now(ctx, ana, flow, add):
    first = kpis.evaluate(ctx, ana, flow, kpis=["sent"], **FEBRUARY)
    board = dashboards.build(ctx, ana, flow, **FEBRUARY)
    kpis.evaluate(ctx, ana, flow, kpis=["amount"], by="month", **FEBRUARY)
    assert publishing.published(ctx, ana, board.run).items == ()
    add("late", LATE)
    kpis.evaluate(ctx, ana, flow, kpis=["amount"], **FEBRUARY)
    again = dashboards.build(ctx, ana, flow, **FEBRUARY)
    # February: p2 and p3, then p9 as well; one of two came back, then one of three
    assert told(publishing.published(ctx, ana, again.run)) == {
        "sent": (2, 3, 1, first.run, "kpi"),
        "return_rate": (0.5, 0.333333333333, -0.166666666667, board.run, "dashboard"),
        "amount": (57.75, 58.75, 1, board.run, "dashboard"),
    }


def test_another_period_another_filter_and_a_period_without_end_are_no_restatement(ctx, ana, flow, add):
    filters = {"channel": ["web"]}
    of_web = dashboards.build(ctx, ana, flow, filters=filters, **FEBRUARY)
    dashboards.build(ctx, ana, flow)
    add("late", LATE)
    asked = ({}, FEBRUARY, {**FEBRUARY, "filters": {"channel": ["branch"]}}, {**FEBRUARY, "start": None})
    for other in asked:
        assert publishing.published(ctx, ana, dashboards.build(ctx, ana, flow, **other).run).items == ()
    again = dashboards.build(ctx, ana, flow, filters=filters, **FEBRUARY)
    assert told(publishing.published(ctx, ana, again.run)) == {"sent": (1, 2, 1, of_web.run, "dashboard")}
    with pytest.raises(NotFound, match="no dashboard run"):
        publishing.published(ctx, ana, "nothing")


def test_the_values_of_a_dashboard_are_restated_with_its_filters(ctx, ana, flow, add):
    whole = dashboards.build(ctx, ana, flow, **FEBRUARY)
    of_web = dashboards.build(ctx, ana, flow, filters={"channel": ["web"]}, **FEBRUARY)
    of_branch = dashboards.build(ctx, ana, flow, filters={"channel": ["branch"]}, **FEBRUARY)
    assert restating.restated(ctx, ana, whole.run).items == ()
    add("late", LATE)
    found = restating.restated(ctx, ana, whole.run)
    assert {one.kpi: (one.then, one.now, one.difference) for one in found.items} == {
        "sent": (2, 3, 1),
        "return_rate": (0.5, 0.333333333333, -0.166666666667),
        "amount": (57.75, 58.75, 1),
    }
    assert {one.words for one in found.items} == {("Arrived since: 1 Initiated.",)}
    (sent,) = restating.restated(ctx, ana, of_web.run).items
    assert (sent.kpi, sent.then, sent.now) == ("sent", 1, 2)
    branch = restating.restated(ctx, ana, of_branch.run)
    assert (branch.items, branch.compared) == ((), 1)
