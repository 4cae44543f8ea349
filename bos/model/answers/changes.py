"""Answers about changes: submissions, groups that wait, signatures."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import model_validator

from bos.model.answers.page import Answer
from bos.model.diff import Change

GroupState = Literal["waiting", "unsigned", "live", "rejected", "withdrawn", "superseded", "rework"]
Decision = Literal["approve", "reject", "rework"]


class Waiting(Answer):
    """Who has to sign: a role, how many of its holders still have to, and the roles that have to sign before it."""

    role: str
    count: int = 1
    after: tuple[str, ...] = ()


class Approval(Answer):
    """What is known about a critical value's approval; ``since`` is when the state began.

    ``waived``: it counts as approved until ``until``, for a ``reason``; ``signed_by`` are those who waived it.
    ``held``: a change is held, so that an approved value is used: the value's own where the state is ``held``, one of
    something else that a number rests on where it is ``provisional``.
    """

    state: Literal["provisional", "approved", "held", "waived"]
    waiting_for: tuple[str, ...] = ()
    since: datetime | None = None
    group: str | None = None
    signed_by: tuple[str, ...] = ()
    until: datetime | None = None
    reason: str = ""
    held: bool = False

    @model_validator(mode="before")
    @classmethod
    def _held(cls, given: Any) -> Any:
        return {**given, "held": True} if isinstance(given, dict) and given.get("state") == "held" else given


class GroupMark(Answer):
    """A group as a submission reports it: its field paths and who has to sign."""

    group: str
    paths: tuple[str, ...]
    waiting_for: tuple[Waiting, ...]


class Submitted(Answer):
    """What a submission did. ``version`` is the live version afterwards; 0 while there is none.

    ``live`` are the paths that went live, ``provisional`` the live values nobody has signed, ``held`` what waits.
    """

    kind: str
    id: str
    version: int
    live: tuple[str, ...] = ()
    provisional: tuple[GroupMark, ...] = ()
    held: tuple[GroupMark, ...] = ()


class Signature(Answer):
    """One decision about a group."""

    person: str
    role: str
    decision: Decision
    comment: str = ""
    at: datetime


class Group(Answer):
    """Changes that go live together or not at all. State ``unsigned``: they are live, provisional, to be signed."""

    group: str
    kind: str
    id: str
    state: GroupState
    changes: tuple[Change, ...]
    text: tuple[str, ...] = ()
    authors: tuple[str, ...]
    rationale: str
    base_version: int
    batch: str | None = None
    waiting_for: tuple[Waiting, ...] = ()
    signatures: tuple[Signature, ...] = ()
    reason: str = ""
    at: datetime


class Decided(Answer):
    """What a signature or withdrawal did: the group's state, and the live version where it made one."""

    group: str
    state: GroupState
    version: int | None = None
    waiting_for: tuple[Waiting, ...] = ()


class BatchSubmitted(Answer):
    """What a submission of several documents did: to each, in the order they were named."""

    batch: str
    submissions: tuple[Submitted, ...]


class Batch(Answer):
    """Changes of several documents in one act; each document's are one group."""

    batch: str
    author: str
    rationale: str
    at: datetime
    groups: tuple[Group, ...]


class BatchDecided(Answer):
    """What one decision about a batch did: to each group it was about; ``others`` wait for somebody else."""

    batch: str
    groups: tuple[Decided, ...]
    others: int = 0


class Waiver(Answer):
    """A critical value that counts as signed until ``ends``: asked for by its owner or the CoE, set by the other."""

    waiver: str
    kind: str
    id: str
    path: str
    state: Literal["asked", "standing", "ended"]
    reason: str
    ends: datetime
    asked_by: str
    at: datetime
    waiting_for: str = ""
    set_by: str | None = None
    set_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    end_reason: str = ""
