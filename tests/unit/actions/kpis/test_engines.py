"""Numbers asked for by KPI, on a dashboard, in a budget, a preview and a review are those of the engine that is set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import budgets, dashboards, kpis, previews, reviews
from bos.kpi.engines import lacking

FIRST = datetime(2026, 3, 7, tzinfo=UTC)
SPARK = "local[2]"


@pytest.fixture
def sparked(ctx):
    """Return the same installation with Spark as its engine."""
    if missing := lacking(SPARK):
        pytest.skip(f"needs Spark: {missing}")
    return replace(ctx, settings=replace(ctx.settings, engine=SPARK, memory_limit="1GB"))


def probes():
    """Return a probe each five minutes of three days, of which an hour found nothing."""
    times = (FIRST + timedelta(minutes=5 * i) for i in range(3 * 288))
    return [("gateway.up", at, 0.0 if at.day == 8 and at.hour == 3 else 1.0) for at in times]


def shown(panel):
    return (panel.id, panel.value, panel.shown, panel.status, panel.rows)


def test_a_run_keeps_the_engine_that_computed_it(ctx, ana, flow):
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"])
    assert run.engine.startswith("duckdb ")
    assert kpis.run(ctx, ana, run.run).engine == run.engine
    assert '"events"' in kpis.query(ctx, ana, flow, "sent").sql


@pytest.mark.full
def test_what_people_see_is_the_same_on_spark(ctx, sparked, ana, watched):
    flow = watched(probes())
    ours, theirs = (kpis.evaluate(one, ana, flow, by="week", dimensions=()) for one in (ctx, sparked))
    assert (ours.values, ours.result_hash) == (theirs.values, theirs.result_hash)
    assert theirs.engine.startswith("spark ")
    assert "`events`" in theirs.queries["sent"]
    assert theirs.queries["sent"] == kpis.query(sparked, ana, flow, "sent", by="week").sql

    boards = [dashboards.build(one, ana, flow) for one in (ctx, sparked)]
    assert [board.engine.split()[0] for board in boards] == ["duckdb", "spark"]
    assert f"<dd>{theirs.engine}</dd>" in dashboards.html(sparked, ana, boards[1].run)
    assert [shown(panel) for panel in boards[0].panels] == [shown(panel) for panel in boards[1].panels]
    assert boards[0].result_hash != boards[1].result_hash, "the queries stand in a dashboard and are of the engine"
    spent = [budgets.listing(one, ana, flow, at=FIRST + timedelta(days=2)).items for one in (ctx, sparked)]
    assert [one.model_dump() for one in spent[0]] == [one.model_dump() for one in spent[1]]

    weeks = [reviews.weekly(one, ana, flow, "2026-W10", version="1").kpis for one in (ctx, sparked)]
    assert [(kpi.kpi, kpi.value, kpi.n) for kpi in weeks[0]] == [(kpi.kpi, kpi.value, kpi.n) for kpi in weeks[1]]

    document = {
        "id": flow,
        "system_signals": [{"id": "gw", "signal": "gateway.up", "affects": []}],
        "outcomes": [{"id": "mean", "title": "Mean", "measure": {"formula": "availability(gw)", "unit": "ratio"}}],
    }
    drafts = [previews.preview(one, ana, flow, document, "mean", by="day") for one in (ctx, sparked)]
    assert drafts[0].value.value == drafts[1].value.value == pytest.approx(1 - 12 / 864)
    assert drafts[0].shown_buckets == drafts[1].shown_buckets
