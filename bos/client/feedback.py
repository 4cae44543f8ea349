"""Feedback of a flow: what people said, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.client.documents import quoted
from bos.client.listing import Listing
from bos.model.answers.feedback import FeedbackAnswer
from bos.model.answers.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.client.transport import Calls


def listed(calls: Calls, flow: str, status: str | None) -> Listing[FeedbackAnswer]:
    """Return the feedback of a flow, newest first."""
    path = f"/api/v1/flows/{quoted(flow)}/feedback"
    return Listing(calls.pages(Page[FeedbackAnswer], path, params={"status": status}))


def shown(calls: Calls, id_: str) -> FeedbackAnswer:
    """Return one piece of feedback."""
    return calls.ask(FeedbackAnswer, "GET", f"/api/v1/feedback/{quoted(id_)}")


def give(calls: Calls, flow: str, body: Mapping[str, object], *, key: str | None) -> FeedbackAnswer:
    """Give feedback on a flow; the same ``key`` gives it once."""
    headers = {"Idempotency-Key": key} if key else None
    return calls.ask(FeedbackAnswer, "POST", f"/api/v1/flows/{quoted(flow)}/feedback", json=body, headers=headers)


def resolve(calls: Calls, id_: str, *, status: str, answer: str) -> FeedbackAnswer:
    """Say what became of feedback."""
    body = {"status": status, "answer": answer}
    return calls.ask(FeedbackAnswer, "POST", f"/api/v1/feedback/{quoted(id_)}/resolution", json=body)
