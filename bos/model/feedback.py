"""Feedback: what somebody says about a flow, its numbers or a panel, and what became of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from bos.model.document import Document, Line, Part, Slug, Text

FeedbackType = Literal["question", "problem", "idea", "praise"]
FeedbackStatus = Literal["open", "planned", "done", "declined"]

LONGEST_TITLE = 120


class About(Part):
    """What the feedback is about: a version of the flow's template, a run of its dashboard, a panel in it."""

    template_version: int | None = Field(default=None, ge=1)
    dashboard_run: Line = ""
    panel: Line = ""


class Feedback(Document):
    """What somebody said, and what became of it. Who and when are those of its version 1."""

    kind: ClassVar[str] = "feedback"
    collection: ClassVar[str] = "feedback"
    label: ClassVar[str] = "feedback"

    flow: Slug
    about: About = Field(default_factory=About)
    type: FeedbackType = "question"
    text: Text
    status: FeedbackStatus = "open"
    answer: Text = ""


def title_of(text: str) -> str:
    """Return the title of feedback: its first line that has words, cut where it is long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"
