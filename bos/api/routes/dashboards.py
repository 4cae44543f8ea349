"""Dashboards of flows: build one, list the runs, show one as data or as a page."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse

from bos.actions import dashboards, placing, publishing
from bos.api.bodies import DashboardBody, PlaceBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Cursor, Flow, Limit
from bos.api.replies import accepted, reply
from bos.model.answers.dashboards import DashboardRun, DashboardRunRow
from bos.model.answers.jobs import Job
from bos.model.answers.kpis import Published
from bos.model.answers.page import Page

router = APIRouter(prefix="/api/v1", tags=["dashboards"])

Run = Annotated[str, Path(description="Id of the dashboard run.")]
Part = Annotated[
    Literal["page", "body"],
    Query(description="The whole file, or what stands in it: to be shown in a page of one's own."),
]
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


@router.post("/flows/{id}/dashboard", operation_id="dashboards_build", response_model=DashboardRun, status_code=201)
def build(caller: Writer, flow: Flow, body: DashboardBody) -> Response:
    """Build the dashboard of a flow and keep it as a run; a flow without a definition gets one first."""
    done = dashboards.build(
        caller.ctx,
        caller.actor,
        flow,
        start=body.start,
        end=body.end,
        by=body.by,
        filters=body.filters,
        split=body.split,
        compare=body.compare,
    )
    return reply(done, status=201, headers={"Location": f"/api/v1/dashboard-runs/{done.run}"})


@router.get("/flows/{id}/dashboard-runs", operation_id="dashboards_runs", response_model=Page[DashboardRunRow])
def list_runs(caller: Reader, flow: Flow, cursor: Cursor = None, limit: Limit = 20) -> Response:
    """List the dashboard runs of a flow, newest first."""
    return reply(dashboards.runs(caller.ctx, caller.actor, flow, cursor=cursor, limit=limit))


@router.get("/dashboard-runs/{run}", operation_id="dashboards_run", response_model=DashboardRun)
def show_run(caller: Reader, run: Run) -> Response:
    """Show a dashboard run exactly as it was kept."""
    return reply(dashboards.run(caller.ctx, caller.actor, run))


@router.get("/dashboard-runs/{run}/html", operation_id="dashboards_html", response_class=HTMLResponse)
def show_html(caller: Reader, run: Run, part: Part = "page") -> Response:
    """Show a dashboard run as one HTML file: pictures and tables inside, no script; or its body alone."""
    text = dashboards.html(caller.ctx, caller.actor, run, part=part)
    return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})


@router.get("/dashboard-runs/{run}/published", operation_id="dashboards_published", response_model=Page[Published])
def list_published(caller: Reader, run: Run) -> Response:
    """List the values that earlier runs told of the period of a dashboard run, where it has others; KPI by KPI."""
    return reply(publishing.published(caller.ctx, caller.actor, run))


@router.post("/dashboard-runs/{run}/placements", operation_id="dashboards_place", response_model=Job, status_code=202)
def place(caller: Writer, run: Run, body: PlaceBody) -> Response:
    """Put a dashboard run into another system; one that somebody changed there stays, unless it is to be replaced."""
    return accepted(placing.start(caller.ctx, caller.actor, run, body.connection, overwrite=body.overwrite))
