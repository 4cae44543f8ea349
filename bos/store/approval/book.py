"""What the planner reads and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from bos.errors import Problem
from bos.model.version import digest
from bos.model.ways import values

if TYPE_CHECKING:
    from datetime import datetime

    from bos.model.diff import Change
    from bos.store.approval.need import Approvers, Need

Validate = Callable[[dict[str, Any]], tuple[Problem, ...]]
"""Content → its problems; those of severity ``error`` keep it from going live."""

RETIREMENT = ""
"""The path of a change that removes the document itself."""


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """A group nobody has ended: ``waiting`` for signatures, live but ``unsigned``, or to be proposed anew."""

    group: str
    state: Literal["waiting", "unsigned", "rework"]
    changes: tuple[Change, ...]
    authors: frozenset[str] = frozenset()

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths it changes."""
        return tuple(change.path for change in self.changes)


@dataclass(frozen=True, slots=True)
class Waived:
    """A value that counts as signed: the hash it binds, from when until when, why, and who says so."""

    value_hash: str
    since: datetime
    until: datetime
    reason: str
    people: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """All that is known of a document.

    Attributes:
        approvers: whose signatures its fields need.
        live: the live content; ``None`` before version 1.
        approvals: path → hash of the value that was signed.
        groups: the open groups.
        authors: path → who proposed a change to it since its last signed value.
        waived: path → what counts as signed for now.
        users_roles: looks up the approver roles of the approved KPIs that use it; they sign what it holds (rule 11).
    """

    approvers: Approvers
    live: dict[str, Any] | None = None
    approvals: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[OpenGroup, ...] = ()
    authors: Mapping[str, frozenset[str]] = field(default_factory=dict)
    waived: Mapping[str, Waived] = field(default_factory=dict)
    users_roles: Callable[[], frozenset[str]] = frozenset

    @property
    def kind(self) -> str:
        """Return the kind of the document."""
        return self.approvers.kind

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Return every field of the live content by path."""
        return values(self.kind, self.live) if self.live else {}

    @cached_property
    def every(self) -> Mapping[str, Any]:
        """Return every critical value of the live content by path, in its order, empty ones too."""
        return self.approvers.critical(self.values, self.live) if self.live else {}

    @cached_property
    def critical(self) -> Mapping[str, Any]:
        """Return the critical values of the live content that need a signature, by path, in their order."""
        return self.to_sign(self.every, self.approvals)

    def to_sign(self, values: Mapping[str, Any], approvals: Mapping[str, str]) -> dict[str, Any]:
        """Return which of some critical values need a signature: all but what is empty and was never signed."""
        return {
            path: value
            for path, value in values.items()
            if path in approvals or path in self.waived or not self.approvers.blank(path, value)
        }

    @cached_property
    def settled(self) -> frozenset[str]:
        """Return the paths of the critical values that are signed, or waived for now."""
        return frozenset(path for path, value in self.critical.items() if self.approved(path, value))

    def approved(self, path: str, value: Any) -> bool:
        """Return whether this very value at this path is signed, or waived for now."""
        waived = self.waived.get(path)
        return self.hash_of(path, value) in {self.approvals.get(path), waived and waived.value_hash}

    @cached_property
    def _hashes(self) -> dict[str, str]:
        return {}

    def hash_of(self, path: str, value: Any) -> str:
        """Return the hash of a value; that of the live one at a path is computed once."""
        if path not in self.values or self.values[path] is not value:
            return digest(value)
        if path not in self._hashes:
            self._hashes[path] = digest(value)
        return self._hashes[path]

    @cached_property
    def needs(self) -> dict[str, Need]:
        """Return by group whose signatures it needs, as far as somebody asked."""
        return {}

    def waiting(self) -> tuple[OpenGroup, ...]:
        """Return the groups that wait for signatures."""
        return tuple(group for group in self.groups if group.state == "waiting")


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group that comes into being; ``replaces`` are the groups whose place it takes, ``reason`` says why."""

    group: str
    state: Literal["waiting", "unsigned"]
    changes: tuple[Change, ...]
    authors: frozenset[str]
    replaces: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """A group that ends, how and why."""

    group: str
    state: Literal["live", "rejected", "withdrawn", "superseded", "rework"]
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written. Nothing, when it has no live change, no group and no closing.

    Attributes:
        live: the live content afterwards.
        changes: the changes that go live, in order.
        held: groups that wait.
        unsigned: live values nobody has signed, a group each.
        closings: groups that end.
        approved: path → hash of values that are signed now.
        unapproved: paths whose approval ends, because the value is gone.
        proposed: critical paths whose authors grow by whoever submits.
    """

    live: dict[str, Any]
    changes: tuple[Change, ...] = ()
    held: tuple[NewGroup, ...] = ()
    unsigned: tuple[NewGroup, ...] = ()
    closings: tuple[Closing, ...] = ()
    approved: Mapping[str, str] = field(default_factory=dict)
    unapproved: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Return whether nothing is to be written."""
        return not (self.changes or self.held or self.unsigned or self.closings)
