"""Feedback: everyone may give it, also who only reads; who may write answers it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from bos.actions.rights import permit, permit_flow
from bos.actions.submission import Wish, missing, submit
from bos.actions.unit import wording, write
from bos.auth.policy import allow
from bos.model.answers.feedback import FeedbackAnswer, FeedbackReceipt
from bos.model.answers.page import Page
from bos.model.feedback import title_of
from bos.store import documents, feedback, receipts
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.model.feedback import FeedbackStatus, FeedbackType
    from bos.store.documents import Version

GIVEN = "feedback"
"""Topic of the outbox: somebody gave feedback on a flow."""


def listing(ctx: Context, actor: Actor, flow: str, *, status: FeedbackStatus | None = None) -> Page[FeedbackAnswer]:
    """Return the feedback of a flow, newest first; with ``status``, only what is in it.

    Raises:
        NotFound: there is no such flow.
    """
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "feedback.read", flow)
        _flow(connection, flow)
        found = [row for row in feedback.of_flow(connection, flow) if status in {None, row.doc["status"]}]
        there = receipts.of_feedback(connection, [row.id for row in found])
    return Page(items=tuple(answer_of(row, there.get(row.id, ())) for row in found))


def show(ctx: Context, actor: Actor, id: str) -> FeedbackAnswer:  # noqa: A002 - the name of the field
    """Return one piece of feedback.

    Raises:
        NotFound: there is none, or none that the actor may see.
    """
    allow(actor, "feedback.read")
    with reading(ctx.engine) as connection:
        permit(connection, actor, "feedback.read", "feedback", id)
        return _one(connection, id)


def give(
    ctx: Context,
    actor: Actor,
    flow: str,
    text: str,
    *,
    type: FeedbackType = "question",  # noqa: A002 - the name of the field
    panel: str = "",
    run: str = "",
    template_version: int | None = None,
) -> FeedbackAnswer:
    """Keep what somebody says about a flow; without a version it is about the live one.

    Raises:
        NotFound: there is no such flow.
        Invalid: the text is empty or cannot be stored.
    """
    allow(actor, "feedback.give")
    said = wording("text", text).strip()
    asked = {"flow": flow, "text": said, "type": type, "panel": panel, "run": run, "about": template_version}

    def work(unit: Unit) -> FeedbackAnswer:
        permit_flow(unit.connection, actor, "feedback.give", flow)
        live = _flow(unit.connection, flow)
        about = {
            "template_version": template_version or live.version,
            "dashboard_run": run,
            "panel": panel,
        }
        content = {"title": title_of(said) or "-", "flow": flow, "about": about, "type": type, "text": said}
        name = f"f{uuid.uuid4().hex}"
        document = {**content, "owner": live.doc["owner"]}
        submit(unit, "feedback", name, Wish(base_version=None, document=document, right="feedback.give"))
        given = _one(unit.connection, name)
        unit.tell(
            GIVEN,
            {"flow": flow, "id": name, "title": live.doc["title"], "about": given.title, "text": said, "type": type}
            | {"panel": panel, "author": given.author, "at": given.at.isoformat()},
        )
        return given

    why = "(written by BOS) Feedback was given."
    return write(ctx, actor, "feedback.give", asked, FeedbackAnswer, work, rationale=why)


def resolve(
    ctx: Context,
    actor: Actor,
    id: str,  # noqa: A002 - the name of the field
    *,
    status: FeedbackStatus,
    answer: str,
) -> FeedbackAnswer:
    """Say what became of feedback: its status, and an answer for the person who gave it.

    Raises:
        NotFound: there is no such feedback.
        Invalid: it is done or declined without an answer.
    """
    allow(actor, "feedback.write")
    told = wording("answer", answer).strip()

    def work(unit: Unit) -> FeedbackAnswer:
        permit(unit.connection, actor, "feedback.write", "feedback", id)
        row = _one(unit.connection, id)
        live = documents.head(unit.connection, "feedback", id)
        content = {**(live.doc if live else {}), "status": status, "answer": told}
        submit(unit, "feedback", id, Wish(base_version=row.version, document=content))
        return _one(unit.connection, id)

    request = {"id": id, "status": status, "answer": told}
    why = f"(written by BOS) Feedback was answered: {status}."
    return write(ctx, actor, "feedback.resolve", request, FeedbackAnswer, work, rationale=why)


def answer_of(row: Row[Any], there: Iterable[Row[Any]]) -> FeedbackAnswer:
    """Return stored feedback as people see it; ``there`` are the rows of where it is in other systems."""
    doc = row.doc
    return FeedbackAnswer(
        id=row.id,
        flow=doc["flow"],
        type=doc["type"],
        title=doc["title"],
        text=doc["text"],
        status=doc["status"],
        answer=doc["answer"],
        author=row.author,
        at=row.at,
        template_version=doc["about"]["template_version"],
        dashboard_run=doc["about"]["dashboard_run"],
        panel=doc["about"]["panel"],
        version=row.n,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        receipts=tuple(map(_receipt, there)),
    )


def _receipt(row: Row[Any]) -> FeedbackReceipt:
    known = "gone there, or not shown to BOS" if row.gone else row.state
    if known and not row.gone and row.asked_at and row.asked_at < row.told_at:
        words = f"Told to {row.connection} as {row.reference}, which was there before: {known}"
    elif known:
        words = f"{row.reference}: {known}"
        words += " (done)" if row.done and not row.gone and row.state.casefold() != "done" else ""
    else:
        words = f"Told to {row.connection}" + (f" as {row.reference}" if row.reference else "")
    return FeedbackReceipt(
        connection=row.connection,
        reference=row.reference,
        link=row.link if row.link.startswith(("https://", "http://")) else "",
        told_at=row.told_at,
        state=row.state,
        done=row.done,
        gone=row.gone,
        asked_at=row.asked_at,
        words=words,
    )


def _flow(connection: Connection, flow: str) -> Version:
    found = documents.head(connection, "template", flow) if "\x00" not in flow else None
    if found is None:
        raise missing("template", flow)
    return found


def _one(connection: Connection, id_: str) -> FeedbackAnswer:
    row = feedback.one(connection, id_) if "\x00" not in id_ else None
    if row is None:
        raise missing("feedback", id_)
    return answer_of(row, receipts.of_feedback(connection, [id_]).get(id_, ()))
