"""Telemetry: files are taken in, looked at and kept in order. Long work answers with a job."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from bos.actions import retention, telemetry
from bos.actions.uploads import Upload
from bos.api.bodies import RetentionBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Flow
from bos.api.replies import accepted, reply
from bos.errors import UsageError
from bos.model.answers.jobs import Job
from bos.model.answers.page import Page
from bos.model.answers.telemetry import RetentionDue, TelemetryStatus
from bos.telemetry.mapping import mapping_of

router = APIRouter(prefix="/api/v1", tags=["telemetry"])

WRITE_BYTES = 1024 * 1024
_FILE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}

Batch = Annotated[str, Path(description="Id of the import's batch.")]


@router.post(
    "/flows/{id}/imports",
    operation_id="telemetry_import",
    response_model=Job,
    status_code=202,
    openapi_extra={"requestBody": _FILE},
)
async def start_import(
    request: Request,
    caller: Writer,
    flow: Flow,
    *,
    name: Annotated[str, Query(description="Name of the file, with its ending.")],
    what: Annotated[Literal["events", "metrics"], Query(description="What the file has.")] = "events",
    format_: Annotated[
        Literal["xes", "csv", "parquet"] | None, Query(alias="format", description="By the name when left out.")
    ] = None,
    mapping: Annotated[
        str, Query(alias="map", description="Lake field and column: `case=COL,step=COL`, or a JSON object.")
    ] = "",
    time_zone: Annotated[str | None, Query(description="Zone (IANA) of times without offset.")] = None,
    currency: Annotated[str | None, Query(description="Currency (ISO 4217) of amounts without one.")] = None,
    signal: Annotated[str | None, Query(description="System signal that all points of a metric file are of.")] = None,
    generated: Annotated[bool, Query(description="The telemetry was generated, not recorded.")] = False,
) -> Response:
    """Take in a file, sent as the body; what is left out comes from the template's event log."""
    columns = mapping_of(mapping)
    with await run_in_threadpool(Upload, caller.ctx.staging, name) as upload:
        await _receive(request, upload)
        job = await run_in_threadpool(
            telemetry.start_import,
            caller.ctx,
            caller.actor,
            flow,
            upload.path,
            what=what,
            format=format_,
            mapping=columns,
            time_zone=time_zone,
            currency=currency,
            signal=signal,
            generated=generated,
            sha256=upload.sha256,
        )
    return accepted(job)


async def _receive(request: Request, upload: Upload) -> None:
    waiting = bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= WRITE_BYTES:
                await run_in_threadpool(upload.write, bytes(waiting))
                waiting.clear()
    except ClientDisconnect:
        raise UsageError("The file was cut off; nothing was kept.", hint="Send it again.", code="upload") from None
    await run_in_threadpool(upload.write, bytes(waiting))
    await run_in_threadpool(upload.finish)


@router.get(
    "/flows/{id}/imports/{batch}/rejects",
    operation_id="telemetry_rejects",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "The rejected rows, each with its reason."}},
)
def show_rejects(caller: Reader, flow: Flow, batch: Batch) -> Response:
    """Fetch the rows of an import that were not taken, as CSV: file, row, reason, content."""
    pieces = telemetry.rejects(caller.ctx, caller.actor, flow, batch)
    headers = {"Content-Disposition": f'attachment; filename="{flow}-{batch}-rejects.csv"'}
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/flows/{id}/telemetry", operation_id="telemetry_status", response_model=TelemetryStatus)
def show_status(caller: Reader, flow: Flow) -> Response:
    """Show what the lake holds for a flow: snapshot, events, cases, times, size."""
    return reply(telemetry.status(caller.ctx, caller.actor, flow))


@router.get("/telemetry", operation_id="telemetry_list", response_model=Page[TelemetryStatus])
def list_statuses(caller: Reader) -> Response:
    """Show what the lake holds for every flow that has telemetry."""
    return reply(telemetry.statuses(caller.ctx, caller.actor))


@router.post("/flows/{id}/compactions", operation_id="telemetry_compact", response_model=Job, status_code=202)
def compact(caller: Writer, flow: Flow) -> Response:
    """Join the small files of a flow; no row changes."""
    return accepted(telemetry.compact(caller.ctx, caller.actor, flow))


@router.get("/flows/{id}/retention", operation_id="telemetry_due", response_model=RetentionDue)
def show_due(caller: Reader, flow: Flow) -> Response:
    """Show what the flow holds longer than its signals say."""
    return reply(retention.due(caller.ctx, caller.actor, flow))


@router.post("/flows/{id}/retentions", operation_id="telemetry_retain", response_model=Job, status_code=202)
def retain(caller: Writer, flow: Flow, body: RetentionBody) -> Response:
    """Leave events before a time, or what signals keep no longer, out of the newest snapshot; older ones keep it."""
    done = telemetry.retain(caller.ctx, caller.actor, flow, before=body.before, rationale=body.rationale)
    return accepted(done)
