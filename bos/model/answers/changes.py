"""Answers about changes: submissions, groups that wait, signatures."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.page import Answer
from bos.model.diff import Change

GroupState = Literal["waiting", "unsigned", "live", "rejected", "withdrawn", "superseded", "rework"]
Decision = Literal["approve", "reject", "rework"]


class Waiting(Answer):
    """Who has to sign: a role, and how many of its holders still have to."""

    role: str
    count: int = 1


class Approval(Answer):
    """What is known about a critical value's approval; ``since`` is when the state began."""

    state: Literal["provisional", "approved", "held"]
    waiting_for: tuple[str, ...] = ()
    since: datetime | None = None
    group: str | None = None
    signed_by: tuple[str, ...] = ()


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
