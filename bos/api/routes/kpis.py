"""KPIs of a flow: definitions, evaluations, the queries behind them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime

from bos.actions import (
    backtests,
    behaviours,
    breaches,
    budgets,
    case_events,
    cases,
    explaining,
    kpis,
    moving,
    previews,
    reruns,
    restating,
)
from bos.api.bodies import BackTestBody, EvaluationBody, PreviewBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Cursor, Flow, Limit, Moment, pairs
from bos.api.replies import reply
from bos.errors import UsageError
from bos.model.answers.backtests import BackTest
from bos.model.answers.behaviour import KpiBehaviour
from bos.model.answers.budgets import ErrorBudget
from bos.model.answers.cases import BreachList, CaseEvents, CaseList
from bos.model.answers.explanation import Explanation
from bos.model.answers.kpis import KpiPreview, KpiQuery, KpiRow, KpiRun, Rerun, Restated
from bos.model.answers.movement import Movement
from bos.model.answers.page import Page

router = APIRouter(prefix="/api/v1", tags=["kpis"])

Kpi = Annotated[str, Path(description="Name of the KPI.")]
Run = Annotated[str, Path(description="Id of the run.")]
Filtered = Annotated[
    list[str] | None, Query(alias="filter", description="`field=value`; may be repeated.", max_length=100)
]
Missing = Annotated[
    list[str] | None, Query(description="A field that is not recorded; may be repeated.", max_length=100)
]
Start = Annotated[AwareDatetime | None, Query(description="First instant of the window.")]
End = Annotated[AwareDatetime | None, Query(description="First instant after the window.")]
LaterStart = Annotated[AwareDatetime | None, Query(description="First instant of the later period.")]
LaterEnd = Annotated[AwareDatetime | None, Query(description="First instant after it.")]
Compare = Annotated[str, Query(description="`previous`, or so much earlier, such as `1 year`.")]
SplitBy = Annotated[str | None, Query(description="Field to split by; the first the KPI declares; empty: none.")]
Snapshot = Annotated[int | None, Query(ge=0, description="Version of the lake; the newest when left out.")]


@router.get("/flows/{id}/kpis", operation_id="kpis_list", response_model=Page[KpiRow])
def list_kpis(caller: Reader, flow: Flow) -> Response:
    """List the KPIs of a flow as they are defined now."""
    return reply(kpis.listing(caller.ctx, caller.actor, flow))


@router.get("/flows/{id}/kpis/{kpi}/cases", operation_id="kpis_cases", response_model=CaseList)
def list_cases(
    caller: Reader,
    flow: Flow,
    kpi: Kpi,
    *,
    part: Annotated[
        Literal["counted", "out_of", "failed"], Query(description="What it counts, is out of, or what failed.")
    ] = "counted",
    start: Start = None,
    end: End = None,
    filters: Filtered = None,
    missing: Missing = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 100,
) -> Response:
    """List the events or cases behind a KPI, the telling ones first; it stands in the journal that they were read."""
    kept = pairs(filters or (), missing or ())
    found = cases.cases(caller.ctx, caller.actor, flow, kpi, part=part, start=start, end=end, filters=kept, limit=limit)
    return reply(found)


@router.get("/flows/{id}/kpis/{kpi}/cases/events", operation_id="kpis_case_events", response_model=CaseEvents)
def list_case_events(
    caller: Reader,
    flow: Flow,
    kpi: Kpi,
    *,
    case: Annotated[str, Query(description="Id of the case.", max_length=1000)],
    snapshot: Snapshot = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most.")] = 1000,
) -> Response:
    """List the events of one case behind a KPI, in the order of time; it stands in the journal that they were read."""
    return reply(case_events.case_events(caller.ctx, caller.actor, flow, kpi, case, limit=limit, snapshot=snapshot))


@router.get("/flows/{id}/breaches", operation_id="kpis_breaches", response_model=BreachList)
def list_breaches(
    caller: Reader,
    flow: Flow,
    *,
    names: Annotated[
        list[str] | None, Query(alias="kpi", description="KPIs; all with a rule when left out.", max_length=100)
    ] = None,
    start: Start = None,
    end: End = None,
    snapshot: Snapshot = None,
    as_of: Annotated[AwareDatetime | None, Query(description="Take the definitions of that moment.")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many at most of each rule.")] = 100,
) -> Response:
    """List the cases that break the rules of a flow, with the events that prove it; it stands in the journal."""
    found = breaches.broken(
        caller.ctx, caller.actor, flow,
        kpis=names, start=start, end=end, snapshot=snapshot, as_of=as_of, cursor=cursor, limit=limit,
    )  # fmt: skip
    return reply(found)


@router.get("/flows/{id}/kpis/{kpi}/query", operation_id="kpis_query", response_model=KpiQuery)
def show_query(
    caller: Reader,
    flow: Flow,
    kpi: Kpi,
    *,
    start: Start = None,
    end: End = None,
    by: Annotated[
        Literal["hour", "day", "week", "month", "quarter"] | None, Query(description="Buckets of time.")
    ] = None,
    dimensions: Annotated[list[str] | None, Query(description="Fields to split by; may be repeated.")] = None,
    language: Annotated[
        Literal["duckdb", "spl", "promql", "adql"],
        Query(description="Of the query: BOS's own, or that of Splunk, Prometheus or AppDynamics."),
    ] = "duckdb",
) -> Response:
    """Show the SQL that computes a KPI on the newest snapshot, or its query in the language of a vendor."""
    split = tuple(dimensions or ())
    found = kpis.query(
        caller.ctx, caller.actor, flow, kpi, by=by, start=start, end=end, dimensions=split, language=language
    )
    return reply(found)


@router.get("/flows/{id}/kpis/{kpi}/explanation", operation_id="kpis_explain", response_model=Explanation)
def explain(
    caller: Reader,
    flow: Flow,
    kpi: Kpi,
    *,
    start: LaterStart = None,
    end: LaterEnd = None,
    compare: Compare = "previous",
    dimension: SplitBy = None,
    run: Annotated[str | None, Query(description="A run whose window and value are the earlier ones.")] = None,
    filters: Filtered = None,
    missing: Missing = None,
) -> Response:
    """Take the change of a KPI from an earlier period apart: data, definition, volume, mix and rate."""
    found = explaining.explain(
        caller.ctx,
        caller.actor,
        flow,
        kpi,
        start=start,
        end=end,
        compare=compare,
        dimension=dimension,
        run=run,
        filters=dict(pairs(filters or (), missing or ())),
    )
    return reply(found)


@router.get("/flows/{id}/kpis/{kpi}/movement", operation_id="kpis_movement", response_model=Movement)
def movement(
    caller: Reader,
    flow: Flow,
    kpi: Kpi,
    *,
    start: LaterStart = None,
    end: LaterEnd = None,
    compare: Compare = "previous",
    dimension: SplitBy = None,
    filters: Filtered = None,
    missing: Missing = None,
) -> Response:
    """Tell how a KPI moved that is no sum: as a whole, how its values lie, and part by part."""
    kept = dict(pairs(filters or (), missing or ()))
    found = moving.movement(
        caller.ctx, caller.actor, flow, kpi,
        start=start, end=end, compare=compare, dimension=dimension, filters=kept,
    )  # fmt: skip
    return reply(found)


@router.get("/flows/{id}/kpis/{kpi}/behaviour", operation_id="kpis_behaviour", response_model=KpiBehaviour)
def behaviour(
    caller: Reader,
    flow: Flow,
    kpi: Kpi,
    *,
    by: Annotated[Literal["hour", "day", "week", "month", "quarter"], Query(description="Buckets of time.")] = "week",
    start: Start = None,
    end: End = None,
    baseline_start: Annotated[
        AwareDatetime | None, Query(description="First instant of the period the limits come of; all points without.")
    ] = None,
    baseline_end: Annotated[AwareDatetime | None, Query(description="First instant after that period.")] = None,
) -> Response:
    """Show the process behaviour chart (XmR) of a KPI: points, natural limits, and which points are exceptional."""
    if (baseline_start is None) != (baseline_end is None):
        raise UsageError("A baseline has a start and an end.", where="baseline_start", hint="Give both, or neither.")
    baseline = (baseline_start, baseline_end) if baseline_start and baseline_end else None
    found = behaviours.behaviour(caller.ctx, caller.actor, flow, kpi, by=by, start=start, end=end, baseline=baseline)
    return reply(found)


@router.post("/flows/{id}/kpis/{kpi}/backtest", operation_id="kpis_backtest", response_model=BackTest)
def backtest(caller: Writer, flow: Flow, kpi: Kpi, body: BackTestBody) -> Response:
    """Try thresholds over the recorded course of a KPI: how often they fire, what they catch; nothing is kept."""
    found = backtests.backtest(
        caller.ctx,
        caller.actor,
        flow,
        kpi,
        proposed=[backtests.Proposal(one.level, one.value) for one in body.thresholds],
        direction=body.direction,
        by=body.by,
        hold=body.hold,
        start=body.start,
        end=body.end,
        incidents=body.incidents,
    )
    return reply(found)


@router.get("/flows/{id}/budgets", operation_id="kpis_budgets", response_model=Page[ErrorBudget])
def list_budgets(
    caller: Reader,
    flow: Flow,
    at: Annotated[Moment | None, Query(description="First instant not looked at; the newest by default.")] = None,
) -> Response:
    """List the error budgets of a flow's KPIs: used up, burn rates, how long each lasts."""
    return reply(budgets.listing(caller.ctx, caller.actor, flow, at=at))


@router.post("/flows/{id}/runs", operation_id="kpis_evaluate", response_model=KpiRun, status_code=201)
def evaluate(caller: Writer, flow: Flow, body: EvaluationBody) -> Response:
    """Compute KPIs and keep the result: versions read, snapshot, queries, values and their hash."""
    done = kpis.evaluate(
        caller.ctx,
        caller.actor,
        flow,
        kpis=body.kpis,
        start=body.start,
        end=body.end,
        by=body.by,
        dimensions=body.dimensions,
        compare=body.compare,
        snapshot=body.snapshot,
        as_of=body.as_of,
    )
    return reply(done, status=201, headers={"Location": f"/api/v1/runs/{done.run}"})


@router.post("/flows/{id}/preview", operation_id="kpis_preview", response_model=KpiPreview)
def preview(caller: Writer, flow: Flow, body: PreviewBody) -> Response:
    """Compute a KPI as an unfinished template defines it; nothing is kept."""
    return reply(previews.preview(caller.ctx, caller.actor, flow, body.document, body.kpi, by=body.by))


@router.get("/flows/{id}/runs", operation_id="kpis_runs", response_model=Page[KpiRun])
def list_runs(caller: Reader, flow: Flow, cursor: Cursor = None, limit: Limit = 20) -> Response:
    """List the runs of a flow, newest first."""
    return reply(kpis.runs(caller.ctx, caller.actor, flow, cursor=cursor, limit=limit))


@router.get("/runs/{run}", operation_id="kpis_run", response_model=KpiRun)
def show_run(caller: Reader, run: Run) -> Response:
    """Show a run exactly as it was kept."""
    return reply(kpis.run(caller.ctx, caller.actor, run))


@router.post("/runs/{run}/rerun", operation_id="kpis_rerun", response_model=Rerun)
def rerun(caller: Writer, run: Run) -> Response:
    """Compute a run of KPIs or of a dashboard again: whether the same comes out, or exactly why not."""
    return reply(reruns.rerun(caller.ctx, caller.actor, run))


@router.get("/runs/{run}/restated", operation_id="kpis_restated", response_model=Restated)
def restated(caller: Reader, run: Run) -> Response:
    """Show the values of a run (KPIs or dashboard) that are others now, with difference and cause; writes nothing."""
    return reply(restating.restated(caller.ctx, caller.actor, run))
