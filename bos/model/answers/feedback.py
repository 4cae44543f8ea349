"""Answers about feedback."""

from __future__ import annotations

from datetime import datetime

from bos.model.answers.page import Answer
from bos.model.feedback import FeedbackStatus, FeedbackType


class FeedbackAnswer(Answer):
    """What somebody said about a flow and what became of it; ``changed_by`` wrote the answer, where there is one."""

    id: str
    flow: str
    type: FeedbackType
    title: str
    text: str
    status: FeedbackStatus
    answer: str = ""
    author: str
    at: datetime
    template_version: int | None = None
    dashboard_run: str = ""
    panel: str = ""
    version: int
    changed_by: str
    changed_at: datetime
