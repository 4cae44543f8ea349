"""What is told as of now does not follow an event with a wrong time in the future: all is as it was without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bos.actions import budgets, dashboards, documents, explaining, kpis, previews, reviews
from tests.unit.actions.kpis.conftest import TEMPLATE

LAST = datetime(2026, 3, 5, 10, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, tzinfo=ZoneInfo("America/New_York"))
WRONG = ("p9", "payment.posted", "2062-03-01T09:00:00Z", "9.00", "web")


@pytest.fixture
def told(add):
    """Return a function that tells something of a flow, without the wrong event and with it."""

    def twice(tell):
        before = tell()
        add("wrong", [WRONG])
        return before, tell()

    return twice


def test_an_open_window_is_compared_and_has_its_data(ctx, ana, flow, told):
    def tell():
        names = ["sent", "sent_back", "return_rate"]
        run = kpis.evaluate(ctx, ana, flow, kpis=names, start=FEBRUARY, compare="previous")
        return [(one.value, one.no_data, one.compared) for one in run.values]

    before, after = told(tell)
    assert before == after
    assert {one[1] for one in before} == {None}


def test_a_change_of_an_open_window_is_explained_to_the_same_moment(ctx, ana, flow, told):
    def tell():
        found = explaining.explain(ctx, ana, flow, "sent_back", start=LAST - timedelta(days=9), compare="previous")
        return [(one.start, one.end) for one in (found.then, found.now)]

    before, after = told(tell)
    assert before == after
    assert before[1][1] == LAST + timedelta(microseconds=1)


def test_an_error_budget_ends_with_the_log(ctx, ana, watched, told):
    flow = watched([("gateway.up", LAST, 1.0)])

    def tell():
        return {one.kpi: (one.start, one.at, one.used, one.status) for one in budgets.listing(ctx, ana, flow).items}

    before, after = told(tell)
    assert before == after
    assert before["return_rate"][1] == LAST + timedelta(microseconds=1)


def test_a_dashboard_shows_the_period_before_the_end_of_the_log(ctx, ana, flow, told):
    document = {"id": flow, "title": "Payments", "owner": "process_owner", "flow": flow, "window": "28 days"}
    documents.put(ctx, ana, "dashboard", flow, document, rationale="Four weeks.")

    def tell():
        run = dashboards.build(ctx, ana, flow)
        return run.window, [(one.id, one.value, one.change) for one in run.panels]

    before, after = told(tell)
    assert before == after
    assert before[0].words.startswith("6 Feb \u2013 5 Mar 2026")


def test_previews_and_reviews_say_where_the_log_ends(ctx, ana, flow, told):
    def tell():
        marks = previews.preview(ctx, ana, flow, TEMPLATE, "sent_back", by="quarter").marks[0]
        return marks, reviews.weekly(ctx, ana, flow, "2026-W12", version="1").notes[-1]

    before, after = told(tell)
    assert before == after
    assert before == ("so far", "The telemetry ends on 5 Mar 2026, before the week does.")
