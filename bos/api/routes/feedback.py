"""Feedback on a flow: give it, list it, answer it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from bos.actions import feedback
from bos.api.bodies import FeedbackBody, ResolutionBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Flow
from bos.api.replies import reply
from bos.model.answers.feedback import FeedbackAnswer
from bos.model.answers.page import Page
from bos.model.feedback import FeedbackStatus

router = APIRouter(prefix="/api/v1", tags=["feedback"])

FeedbackId = Annotated[str, Path(alias="id", description="Id of the feedback.")]


@router.get("/flows/{id}/feedback", operation_id="feedback_list", response_model=Page[FeedbackAnswer])
def list_feedback(
    caller: Reader,
    flow: Flow,
    status: Annotated[FeedbackStatus | None, Query(description="Only in this status.")] = None,
) -> Response:
    """List the feedback of a flow, newest first."""
    return reply(feedback.listing(caller.ctx, caller.actor, flow, status=status))


@router.post("/flows/{id}/feedback", operation_id="feedback_give", response_model=FeedbackAnswer, status_code=201)
def give_feedback(caller: Writer, flow: Flow, body: FeedbackBody) -> Response:
    """Give feedback on a flow or a panel of its dashboard; also who only reads may."""
    done = feedback.give(
        caller.ctx,
        caller.actor,
        flow,
        body.text,
        type=body.type,
        panel=body.panel,
        run=body.run,
        template_version=body.template_version,
    )
    return reply(done, status=201, headers={"Location": f"/api/v1/feedback/{done.id}"})


@router.get("/feedback/{id}", operation_id="feedback_show", response_model=FeedbackAnswer)
def show_feedback(caller: Reader, id_: FeedbackId) -> Response:
    """Show feedback: what was said, what became of it, and where it is in the systems that were told of it."""
    return reply(feedback.show(caller.ctx, caller.actor, id_))


@router.post("/feedback/{id}/resolution", operation_id="feedback_resolve", response_model=FeedbackAnswer)
def resolve_feedback(caller: Writer, id_: FeedbackId, body: ResolutionBody) -> Response:
    """Say what became of feedback: its status and an answer."""
    return reply(feedback.resolve(caller.ctx, caller.actor, id_, status=body.status, answer=body.answer))
