"""Feedback: what people say about the flow, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface import parts
from widgets.wizard.fields import typed
from widgets.wizard.frame import frame
from widgets.wizard.messages import tally

if TYPE_CHECKING:
    from bos.model.answers.feedback import FeedbackAnswer
    from widgets.surface.parts import Element
    from widgets.wizard.state import State

KINDS = [("question", "Question"), ("problem", "Problem"), ("idea", "Idea"), ("praise", "Praise")]
SHAPES = {"open": "none", "planned": "warning", "done": "ok", "declined": "none"}
_SHOWN = 50


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return frame(
        state,
        heading="Feedback",
        lede="What is said here stands beside the flow until it is answered, and comes up in the next draft.",
        body=[_form(state), _listed(state), parts.actions(parts.button("Back", "stage", "dashboard", look="quiet"))],
    )


def _form(state: State) -> Element:
    about = [
        ("", "The whole flow"),
        *((row["id"], row.get("title") or row["id"]) for row in state.document["outcomes"]),
    ]
    return parts.card(
        parts.heading("Say something"),
        parts.box(
            typed(state, "feedback.kind", "Kind", "select", value="question", options=KINDS),
            typed(state, "feedback.panel", "About", "select", options=about),
            look="wz-line",
        ),
        typed(state, "feedback.text", "What you want to say", "area"),
        parts.actions(parts.button("Send feedback", "give", default=True)),
    )


def _listed(state: State) -> Element:
    rows = [row_of(one, state.document) for one in state.feedback[:_SHOWN]]
    listed = parts.listing("Feedback", rows, empty="Nobody has said anything yet.")
    return parts.box(parts.heading(f"What was said ({len(state.feedback)})"), listed)


def row_of(one: FeedbackAnswer, document: dict[str, Any]) -> Element:
    """Return feedback as a row: what, who, when, about what, and what became of it."""
    titles = {row["id"]: row.get("title") or row["id"] for row in document["outcomes"]}
    about = f" · {titles.get(one.panel, one.panel)}" if one.panel else ""
    version = f" · version {one.template_version}" if one.template_version else ""
    answer = f" Answer: {one.answer}" if one.answer else ""
    words = f"{dict(KINDS)[one.type]} · {one.author} · {one.at:%d %b %Y %H:%M} UTC{about}{version}.{answer}"
    words = " · ".join((words, *(there.words for there in one.receipts)))
    return parts.row(one.text, words, key=one.id, marks=[parts.status(one.status.capitalize(), SHAPES[one.status])])


def waiting(state: State) -> list[Element]:
    """Return what is still open, for who makes the next draft."""
    still = [one for one in state.feedback if one.status in {"open", "planned"}]
    if not still:
        return []
    rows = [row_of(one, state.document) for one in still[:_SHOWN]]
    title = f"What people said: {tally(len(still), 'entry', 'entries')} still open"
    return [parts.details(title, parts.listing("Open feedback", rows, empty=""), key="open-feedback")]
