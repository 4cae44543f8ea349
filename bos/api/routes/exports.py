"""Exports: files for other tools, and what each of them cannot carry."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from bos.actions import export_openslo, exports
from bos.api.callers import Reader
from bos.api.parameters import Flow
from bos.api.replies import attached, reply
from bos.model.answers.exports import DashboardFormat, DataFormat, ExportNotes, TemplateFormat

router = APIRouter(prefix="/api/v1", tags=["exports"])

DashboardRunId = Annotated[str, Path(description="Id of the dashboard run.")]
KpiRunId = Annotated[str, Path(description="Id of the run.")]
_WORDS = "The file, to be kept under the name it comes with."
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DATA = ("text/csv", "application/vnd.apache.parquet", _SHEET)


def _file(*types: str) -> dict[int | str, dict[str, Any]]:
    """Return how a file of one of these types is described."""
    return {200: {"content": {name: {} for name in types}, "description": _WORDS}}


@router.get(
    "/dashboard-runs/{run}/export/{target}",
    operation_id="exports_dashboard",
    response_class=Response,
    responses=_file(*_DATA, "application/json", "application/x-ipynb+json"),
)
def dashboard(caller: Reader, run: DashboardRunId, target: DashboardFormat) -> Response:
    """Export a dashboard run as a file; what is withheld stays withheld, and what is not carried stands in the file."""
    return attached(exports.dashboard(caller.ctx, caller.actor, run, target))


@router.get(
    "/dashboard-runs/{run}/export/{target}/notes", operation_id="exports_dashboard_notes", response_model=ExportNotes
)
def dashboard_notes(caller: Reader, run: DashboardRunId, target: DashboardFormat) -> Response:
    """Say what the export of a dashboard run carries, what it is marked with, and what it cannot carry."""
    return reply(exports.dashboard(caller.ctx, caller.actor, run, target).notes())


@router.get("/runs/{run}/export/{target}", operation_id="exports_run", response_class=Response, responses=_file(*_DATA))
def evaluation(caller: Reader, run: KpiRunId, target: DataFormat) -> Response:
    """Export the values of a run of KPIs as a file."""
    return attached(exports.evaluation(caller.ctx, caller.actor, run, target))


@router.get("/runs/{run}/export/{target}/notes", operation_id="exports_run_notes", response_model=ExportNotes)
def evaluation_notes(caller: Reader, run: KpiRunId, target: DataFormat) -> Response:
    """Say what the export of a run of KPIs carries, what it is marked with, and what it cannot carry."""
    return reply(exports.evaluation(caller.ctx, caller.actor, run, target).notes())


@router.get(
    "/flows/{id}/export/{target}",
    operation_id="exports_template",
    response_class=Response,
    responses=_file("application/yaml"),
)
def template(caller: Reader, flow: Flow, target: TemplateFormat) -> Response:  # noqa: ARG001 - part of the address
    """Export the live template of a flow as OpenSLO v1; what is not carried stands in the file."""
    return attached(export_openslo.template(caller.ctx, caller.actor, flow))


@router.get("/flows/{id}/export/{target}/notes", operation_id="exports_template_notes", response_model=ExportNotes)
def template_notes(caller: Reader, flow: Flow, target: TemplateFormat) -> Response:  # noqa: ARG001 - as above
    """Say what the export of a template carries, what it is marked with, and what it cannot carry."""
    return reply(export_openslo.template(caller.ctx, caller.actor, flow).notes())
