"""The audit trail."""

from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from bos.actions import audit, obligations
from bos.api.callers import Reader
from bos.api.parameters import Collection, Cursor, Limit
from bos.api.replies import reply
from bos.model.answers.audit import Checkpoint, Entry, Obligation, Verification
from bos.model.answers.page import Page
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1/journal", tags=["audit"])
duties = APIRouter(prefix="/api/v1/obligations", tags=["audit"])

LINES = "application/x-ndjson"


@router.get("", operation_id="audit_entries", response_model=Page[Entry])
def list_entries(
    caller: Reader,
    *,
    collection: Annotated[Collection | None, Query(description="Only about this kind.")] = None,
    id_: Annotated[str | None, Query(alias="id", description="Only about this document.")] = None,
    tag: Annotated[str | None, Query(description="Only with this tag, such as `change.live`.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """List entries of the journal, newest first."""
    kind = COLLECTIONS[collection] if collection else None
    return reply(audit.entries(caller.ctx, caller.actor, kind=kind, id=id_, tag=tag, cursor=cursor, limit=limit))


@router.get("/verification", operation_id="audit_verify", response_model=Verification)
def verify(
    caller: Reader,
    checkpoint: Annotated[
        list[str] | None, Query(description="A checkpoint kept elsewhere; may be repeated.", max_length=1000)
    ] = None,
) -> Response:
    """Check the journal from the first entry to the last, and every checkpoint; names the first that does not fit."""
    return reply(audit.verify(caller.ctx, caller.actor, checkpoints=checkpoint or ()))


@router.get("/checkpoint", operation_id="audit_checkpoint", response_model=Checkpoint)
def checkpoint(caller: Reader) -> Response:
    """Sign the last entry: a word to be kept elsewhere, which shows later that nothing was changed or cut off."""
    return reply(audit.checkpoint(caller.ctx, caller.actor))


@router.get(
    "/export", operation_id="audit_export", response_class=StreamingResponse, responses={200: {"content": {LINES: {}}}}
)
def export(caller: Reader) -> Response:
    """Export the journal as JSON lines that can be verified without BOS; the first line is a header."""
    lines = iter(audit.export(caller.ctx, caller.actor))
    first = next(lines, b"")  # what fails at once is told as a problem, not as a file that breaks off
    headers = {"Content-Disposition": 'attachment; filename="journal.jsonl"'}
    return StreamingResponse(chain([first], lines), headers=headers, media_type=LINES)


@duties.get("", operation_id="obligations_list", response_model=Page[Obligation])
def list_obligations(caller: Reader) -> Response:
    """List each rule a KPI is evidence for, with its field, who answers for it, and what there is to show."""
    return reply(obligations.obligations(caller.ctx, caller.actor))
