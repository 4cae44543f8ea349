"""Answers about the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bos.model.answers.page import Answer


class Entry(Answer):
    """One entry of the journal. ``tag`` says what was done; the vocabulary is on the audit page of the guide."""

    seq: int
    at: datetime
    actor: str
    on_behalf_of: str | None = None
    tag: str
    kind: str | None = None
    id: str | None = None
    path: str | None = None
    rationale: str = ""
    before: Any = None
    after: Any = None
    request_id: str = ""
    origin: str = ""
    hash: str


class Verification(Answer):
    """Whether the chain holds; ``broken`` is the first entry that does not fit, ``head`` the hash of the last one."""

    ok: bool
    entries: int
    head: str
    broken: int | None = None
    reason: str = ""
