"""Answers about documents: content, versions, differences, drafts, problems, search."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from bos.model.answers.changes import Approval, Group, Submitted
from bos.model.answers.page import Answer
from bos.model.diff import Change

State = Literal["draft", "in review", "approved with changes held", "approved", "retired"]


class ProblemAnswer(Answer):
    """One thing that is wrong: see ``bos.errors.Problem``."""

    path: str
    message: str
    hint: str = ""
    code: str = "invalid"
    refs: tuple[str, ...] = ()
    severity: Literal["error", "attention"] = "error"


class DocumentRow(Answer):
    """A document in a list; ``unowned`` are the roles that answer for fields of it and that nobody holds."""

    kind: str
    id: str
    title: str
    version: int
    state: State
    owner: str
    tags: tuple[str, ...] = ()
    unowned: tuple[str, ...] = ()
    author: str
    at: datetime


class DocumentAnswer(Answer):
    """A document as it is served: ``view`` live, or as it would be with every held change (proposed).

    ``approvals`` has every critical value by path; ``open_groups`` what waits; ``attention`` what somebody must see.
    """

    kind: str
    id: str
    version: int
    state: State
    view: Literal["live", "proposed"] = "live"
    document: dict[str, Any]
    sha256: str
    author: str
    rationale: str
    at: datetime
    approvals: dict[str, Approval] = Field(default_factory=dict)
    open_groups: tuple[Group, ...] = ()
    attention: tuple[ProblemAnswer, ...] = ()


class VersionRow(Answer):
    """One version of a document's history; ``text`` says in words what changed against the one before."""

    version: int
    at: datetime
    author: str
    rationale: str
    sha256: str
    cause: Literal["submission", "decision", "restore", "retire"]
    text: tuple[str, ...] = ()


class ChangedField(Answer):
    """One change in words: what changed, what it was, what it is."""

    what: str
    before: str
    after: str


class Difference(Answer):
    """What changed between two versions: by field, in sentences, and in words side by side (``fields``)."""

    kind: str
    id: str
    old: int
    new: int
    changes: tuple[Change, ...]
    text: tuple[str, ...]
    fields: tuple[ChangedField, ...] = ()


class Conflict(Answer):
    """A field two people changed: what the draft says, what is live now, what both began from."""

    path: str
    base: Any = None
    draft: Any = None
    live: Any = None


class Draft(Answer):
    """A person's unfinished edit. ``revision`` counts saves; a save must name the one it saw."""

    kind: str
    id: str
    revision: int
    base_version: int
    document: dict[str, Any]
    author: str
    at: datetime
    conflicts: tuple[Conflict, ...] = ()
    proposals: tuple[Group, ...] = ()


class Validation(Answer):
    """All problems of a document, and what submitting it would do (``None`` where it would be refused)."""

    valid: bool
    problems: tuple[ProblemAnswer, ...] = ()
    would: Submitted | None = None


class Hit(Answer):
    """A document or KPI that a search found; ``snippet`` marks the words found with ``**``.

    A KPI has the kind ``kpi``, the id ``FLOW/KPI``, and version and state of its flow. ``flow`` is the id of the flow
    it is of, empty where flows share it.
    """

    kind: str
    id: str
    flow: str = ""
    title: str
    snippet: str = ""
    rank: float = 0.0
    owner: str = ""
    tags: tuple[str, ...] = ()
    state: State = "in review"


class SearchFilter(Answer):
    """A value that a search can be narrowed by, what people call it, and how many documents and KPIs have it."""

    filter: Literal["tag", "owner", "role", "state", "step", "system", "regulation"]
    value: str
    label: str
    count: int


class Relation(Answer):
    """A tie between two things: a template uses a signal, a KPI reads it, a system signal can break a step."""

    kind: str
    id: str
    path: str
    target_kind: str
    target: str


class Gap(Answer):
    """Something a blueprint names but BOS cannot compute yet, and why."""

    id: str
    title: str
    reason: str


class Blueprint(Answer):
    """A starting point for a template, with the signals, calendars and cost rules it brings along."""

    name: str
    version: int = 1
    title: str
    description: str
    template: dict[str, Any]
    signals: tuple[dict[str, Any], ...] = ()
    calendars: tuple[dict[str, Any], ...] = ()
    cost_rules: tuple[dict[str, Any], ...] = ()
    not_yet_expressible: tuple[Gap, ...] = ()


class UpgradeChange(Answer):
    """A change that a newer blueprint brings.

    ``changed_here``: the flow has another value than its blueprint had, so it is left alone unless all are taken or it
    is picked. ``group`` is a proposal that waits for the same field: it is left alone unless it is picked.
    """

    change: Change
    text: str
    critical: bool
    changed_here: bool
    group: str | None = None


class Upgrade(Answer):
    """What a newer blueprint would change in a flow; ``from_version`` is empty where it is not known.

    ``needs`` are signals, calendars and cost rules that would be made. ``differs`` are those that are there with
    another content than the blueprint's: flows share them, so an upgrade leaves them alone.
    """

    id: str
    version: int
    blueprint: str
    from_version: int | None
    to_version: int
    changes: tuple[UpgradeChange, ...] = ()
    needs: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()


class Instance(Answer):
    """A flow that was made from a blueprint; ``behind``: the blueprint has changed since its last upgrade."""

    id: str
    title: str
    version: int
    from_version: int
    to_version: int
    behind: bool


class Upgraded(Answer):
    """What an upgrade did: to the template, and the documents it needed that were not there."""

    template: Submitted
    others: tuple[Submitted, ...] = ()
    skipped: tuple[str, ...] = ()


class Created(Answer):
    """What a blueprint made: the template, and the documents it needed that were not there."""

    template: Submitted
    others: tuple[Submitted, ...] = ()
