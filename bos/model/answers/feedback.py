"""Answers about feedback."""

from __future__ import annotations

from datetime import datetime

from bos.model.answers.page import Answer
from bos.model.feedback import FeedbackStatus, FeedbackType


class FeedbackReceipt(Answer):
    """Where feedback is in a system that was told of it, and how far it is there.

    ``words`` say it in a line. ``state`` is the system's own word of ``asked_at``, empty where it was not asked yet or
    does not say. ``gone``: it is not there any more, or not shown to BOS. ``link`` is an address a browser may open.
    """

    connection: str
    reference: str = ""
    link: str = ""
    told_at: datetime
    state: str = ""
    done: bool = False
    gone: bool = False
    asked_at: datetime | None = None
    words: str


class FollowedUp(Answer):
    """How many references a system was asked for, how many of them are done there, and how many are not there."""

    connection: str
    asked: int
    done: int
    gone: int


class FeedbackAnswer(Answer):
    """What somebody said about a flow and what became of it; ``changed_by`` wrote the answer, where there is one.

    ``receipts`` say where it is in the systems that were told of it; an answer to it is given here all the same.
    """

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
    receipts: tuple[FeedbackReceipt, ...] = ()
