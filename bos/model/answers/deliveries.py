"""Answers about what connected systems are told."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.page import Answer

DeliveryState = Literal["waiting", "sent", "dead", "given up"]


class Delivery(Answer):
    """One message to one system. Times are UTC.

    ``waiting``: it is tried from ``due_at`` on, once what came before it for the same connection and flow is out of
    the way. ``sent``: ``reference`` and ``link`` are what the system made of it, ``reason`` what of it was left
    out. ``dead``: it could not be delivered (``reason``, and ``hint`` what to do), and waits for a person to try
    again or give up.
    """

    delivery: int
    connection: str
    flow: str
    kind: str
    title: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    due_at: datetime | None = None
    tried_at: datetime | None = None
    ended_at: datetime | None = None
    reference: str = ""
    link: str = ""
    reason: str = ""
    hint: str = ""
