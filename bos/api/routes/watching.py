"""Watched KPIs of a flow: how they stand, who looks after them, who hears of changes."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from bos.actions import watching
from bos.api.bodies import AcknowledgementBody, SubscriptionBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Flow
from bos.api.replies import reply
from bos.model.answers.page import Page
from bos.model.answers.watching import Subscription, Watched

router = APIRouter(prefix="/api/v1", tags=["kpis"])


@router.get("/flows/{id}/watch", operation_id="watch_list", response_model=Page[Watched])
def list_watched(caller: Reader, flow: Flow) -> Response:
    """List the watched KPIs of a flow with the state that counts, since when, and what it costs."""
    return reply(watching.listing(caller.ctx, caller.actor, flow))


@router.post("/flows/{id}/watch/{kpi}/acknowledgements", operation_id="watch_acknowledge", response_model=Watched)
def acknowledge(
    caller: Writer, flow: Flow, kpi: Annotated[str, Path(description="Name of the KPI.")], body: AcknowledgementBody
) -> Response:
    """Say that one looks after a KPI that is not as it should be; it holds until its state changes."""
    done = watching.acknowledge(
        caller.ctx, caller.actor, flow, kpi, rationale=body.rationale, instead_of=body.instead_of
    )
    return reply(done)


@router.post("/flows/{id}/watch/subscriptions", operation_id="watch_subscribe", response_model=Subscription)
def subscribe(caller: Writer, flow: Flow, body: SubscriptionBody) -> Response:
    """Hear of the changes of a watched KPI, or of every one of the flow; or hear no more."""
    return reply(watching.subscribe(caller.ctx, caller.actor, flow, kpi=body.kpi, on=body.on))
