"""Reports: the data of a weekly review, making a report, the packs that were made."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

import bos
from bos.actions import reports, reviews
from bos.api.bodies import ReportBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Cursor, Flow, Limit
from bos.api.replies import accepted, reply
from bos.model.answers.jobs import Job
from bos.model.answers.page import Page
from bos.model.answers.reports import Pack, WeeklyReview

router = APIRouter(prefix="/api/v1", tags=["reports"])


@router.get("/flows/{id}/weekly-review", operation_id="reports_review", response_model=WeeklyReview)
def show_review(
    caller: Reader, flow: Flow, week: Annotated[str, Query(description="ISO week, such as `2026-W10`.")]
) -> Response:
    """Compute the data of a weekly review; nothing is kept."""
    return reply(reviews.weekly(caller.ctx, caller.actor, flow, week, version=bos.__version__))


@router.post("/flows/{id}/reports", operation_id="reports_make", response_model=Job, status_code=202)
def make_report(caller: Writer, flow: Flow, body: ReportBody) -> Response:
    """Ask for a report; the job makes and archives it."""
    return accepted(reports.start(caller.ctx, caller.actor, flow, body.report, body.period))


@router.get("/packs", operation_id="reports_list", response_model=Page[Pack])
def list_packs(
    caller: Reader,
    flow: Annotated[str | None, Query(description="Only of this flow.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """List the reports that were archived, newest first."""
    return reply(reports.listing(caller.ctx, caller.actor, flow, cursor=cursor, limit=limit))


@router.get(
    "/packs/{pack}/html",
    operation_id="reports_html",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}, "description": "The HTML file of the report."}},
)
def show_html(caller: Reader, pack: Annotated[str, Path(description="Id of the pack.")]) -> Response:
    """Show the HTML file of an archived report. It has no script; the headers forbid any."""
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"}
    return Response(reports.html(caller.ctx, caller.actor, pack), 200, headers, media_type="text/html")
