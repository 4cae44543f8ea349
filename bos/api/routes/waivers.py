"""Waivers: values that count as signed until a date."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from bos.actions import waivers
from bos.api.bodies import WaiverBody, WaiverDecisionBody, WhyBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Collection, Id
from bos.api.replies import reply
from bos.model.answers.changes import Waiver
from bos.model.answers.page import Page
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1", tags=["changes"])

WaiverId = Annotated[str, Path(alias="waiver", description="Id of the waiver.")]


@router.get("/{collection}/{id}/waivers", operation_id="waivers_list", response_model=Page[Waiver])
def list_waivers(caller: Reader, collection: Collection, id_: Id) -> Response:
    """List the waivers of a document, ended ones too, newest first."""
    return reply(waivers.listing(caller.ctx, caller.actor, COLLECTIONS[collection], id_))


@router.get("/waivers", operation_id="waivers_waiting", response_model=Page[Waiver])
def list_waiting(caller: Reader) -> Response:
    """List the waivers that were asked for and that you may agree to or refuse."""
    return reply(waivers.waiting(caller.ctx, caller.actor))


@router.post("/{collection}/{id}/waivers", operation_id="waivers_ask", response_model=Waiver, status_code=201)
def ask_waiver(caller: Writer, collection: Collection, id_: Id, body: WaiverBody) -> Response:
    """Ask, as the owner of a value or as the CoE, that it counts as signed until a date; the other sets it."""
    done = waivers.ask(
        caller.ctx, caller.actor, COLLECTIONS[collection], id_, path=body.path, ends=body.ends, reason=body.reason
    )
    return reply(done, status=201)


@router.post("/waivers/{waiver}/signatures", operation_id="waivers_decide", response_model=Waiver)
def decide_waiver(caller: Writer, waiver: WaiverId, body: WaiverDecisionBody) -> Response:
    """Agree to a waiver that was asked for, or refuse it; to refuse needs words."""
    return reply(waivers.decide(caller.ctx, caller.actor, waiver, decision=body.decision, comment=body.comment))


@router.post("/waivers/{waiver}/end", operation_id="waivers_end", response_model=Waiver)
def end_waiver(caller: Writer, waiver: WaiverId, body: WhyBody) -> Response:
    """End a waiver before its date, or take it back: the value waits for its signature again."""
    return reply(waivers.end(caller.ctx, caller.actor, waiver, reason=body.rationale))
