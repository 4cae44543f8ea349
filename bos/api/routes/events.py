"""The events of a flow as they were recorded, for who wants to compute with them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from bos.actions import events
from bos.api.callers import Reader
from bos.api.parameters import Flow

router = APIRouter(prefix="/api/v1", tags=["telemetry"])

ARROW = "application/vnd.apache.arrow.stream"
MOST = 2**31 - 1


@router.get(
    "/flows/{id}/events",
    operation_id="events_list",
    response_class=StreamingResponse,
    responses={200: {"content": {ARROW: {}}, "description": "The events, as an Arrow IPC stream."}},
)
def list_events(
    caller: Reader,
    flow: Flow,
    *,
    start: Annotated[AwareDatetime | None, Query(description="First instant of the window.")] = None,
    end: Annotated[AwareDatetime | None, Query(description="First instant after the window.")] = None,
    steps: Annotated[
        list[str] | None, Query(description="Step, process signal or recorded name; may be repeated.", max_length=1000)
    ] = None,
    cases: Annotated[list[str] | None, Query(description="Id of a case; may be repeated.", max_length=1000)] = None,
    columns: Annotated[
        list[str] | None, Query(description="Column; may be repeated. All when left out.", max_length=20)
    ] = None,
    limit: Annotated[int | None, Query(ge=1, le=MOST, description="The first so many; all when left out.")] = None,
    snapshot: Annotated[
        int | None, Query(ge=0, le=MOST, description="Version of the lake; the newest when left out.")
    ] = None,
) -> Response:
    """Fetch the events of a flow in the order of time, as an Arrow IPC stream."""
    pieces = events.events(
        caller.ctx,
        caller.actor,
        flow,
        start=start,
        end=end,
        steps=tuple(steps or ()),
        cases=tuple(cases or ()),
        columns=tuple(columns or ()),
        limit=limit,
        snapshot=snapshot,
    )
    return StreamingResponse(pieces, media_type=ARROW)
