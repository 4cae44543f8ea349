"""Answers about long work and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from bos.model.answers.page import Answer

JobState = Literal["queued", "running", "done", "failed", "cancelled"]


class Job(Answer):
    """A long piece of work, ``done`` of ``total`` units (``None``: unknown).

    ``error`` is a problem (RFC 9457) when it failed.
    """

    id: str
    task: str
    state: JobState
    done: int = 0
    total: int | None = None
    message: str = ""
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    author: str
    created_at: datetime
    finished_at: datetime | None = None
