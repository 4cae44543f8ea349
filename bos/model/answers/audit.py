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
    """Whether the journal is whole; ``broken`` is the first entry that does not fit, ``head`` the hash of the last one.

    ``checkpoints`` is how many were compared, ``signed`` the newest entry that one of them vouches for.
    """

    ok: bool
    entries: int
    head: str
    broken: int | None = None
    reason: str = ""
    checkpoints: int = 0
    signed: int = 0


class Checkpoint(Answer):
    """An entry of the journal, signed: ``text`` is the whole of it in one word, to be kept elsewhere."""

    seq: int
    hash: str
    at: datetime
    key: str
    text: str


class Obligation(Answer):
    """A rule that a KPI is evidence for: the field that names it, who answers for it, and what there is to show.

    Nothing is blank: what is missing is said in its place, and ``gaps`` says it again.
    """

    regulation: str
    flow: str
    flow_title: str
    kpi: str
    title: str
    field: str
    target: str
    owner: str
    owner_title: str
    people: tuple[str, ...] = ()
    approval: str
    signed_by: tuple[str, ...] = ()
    template_version: int
    evidence: str
    gaps: tuple[str, ...] = ()
