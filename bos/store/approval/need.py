"""Whose signatures a value needs, by the field guide and the policy of the home; and which of them are there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bos.model.fields import Field, pattern_of, signed_fields
from bos.model.paths import is_item, nothing
from bos.store.approval.along import along

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Need:
    """Roles with how many people of each sign; ``order`` has pairs: the second signs once the first is complete."""

    counts: Mapping[str, int] = field(default_factory=dict)
    order: frozenset[tuple[str, str]] = frozenset()

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles, in a settled order."""
        return tuple(sorted(self.counts))

    def __or__(self, other: Need) -> Need:
        """Return what both need together: of each role the larger number, and every order."""
        counts = {
            role: max(self.counts.get(role, 0), other.counts.get(role, 0)) for role in {**self.counts, **other.counts}
        }
        return Need(counts, self.order | other.order)

    @classmethod
    def of(cls, roles: Iterable[str]) -> Need:
        """Return the need of one signature of each role."""
        return cls(dict.fromkeys(roles, 1))


class Approvers:
    """Whose signatures the fields of one document need. ``rules`` are those of the policy, as plain data."""

    def __init__(self, kind: str, id_: str = "", rules: Iterable[Mapping[str, Any]] = ()) -> None:
        self.kind = kind
        self._rules = [rule for rule in rules if rule["covers"] == kind and (not rule["only"] or id_ in rule["only"])]
        self._found: dict[str, Need | None] = {}
        self._fields = signed_fields(kind)

    def field(self, path: str) -> Field | None:
        """Return the registry entry of a path; an item, or the document, has none."""
        return None if is_item(path) else self._fields.get(pattern_of(path))

    def need(self, path: str) -> Need | None:
        """Return what a field needs where it is critical; nothing where it never is."""
        pattern = pattern_of(path)
        if is_item(path) or pattern not in self._fields:
            return None
        if pattern not in self._found:
            self._found[pattern] = self._computed(self._fields[pattern])
        return self._found[pattern]

    def critical(self, values: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
        """Return which of the values of a document are critical in it, by path, in their order."""
        read = along(document) if self.kind == "template" else frozenset()
        return {
            path: value for path, value in values.items() if self.need(path) and (path in read or self.always(path))
        }

    def blank(self, path: str, value: Any) -> bool:
        """Return whether nothing is at a field: a value that, as long as it was never signed, asks for no signature.

        Of a field that is held from its first value on, nothing is a value, too: a rule that names no document is for
        all of them.
        """
        entry = self.field(path)
        return nothing(value) and not (entry is not None and entry.first)

    def always(self, path: str) -> bool:
        """Return whether a field that can be critical is, whatever the KPIs of its document count by."""
        entry = self.field(path)
        named = entry is not None and any(rule["field"] == entry.pattern for rule in self._rules)
        return named or entry is None or not entry.along

    def _computed(self, entry: Field) -> Need | None:
        needs = [Need.of([entry.approver])] if entry.approver else []
        needs += [of_rule(rule) for rule in self._rules if rule["field"] == entry.pattern]
        return combined(needs) if needs else None


def of_rule(rule: Mapping[str, Any]) -> Need:
    """Return what a rule of the policy asks for."""
    signers = rule["signers"]
    roles = [signer["role"] for signer in signers]
    order = frozenset(pairwise(roles)) if rule["in_order"] else frozenset()
    return Need({signer["role"]: signer["count"] for signer in signers}, order)


def combined(needs: Iterable[Need]) -> Need:
    """Return what several need together."""
    whole = Need()
    for one in needs:
        whole |= one
    return whole


@dataclass(frozen=True, slots=True)
class Vote:
    """A signature for a role; a delegate's is that of both people and counts once."""

    role: str
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tally:
    """What is needed and which votes there are."""

    need: Need
    votes: tuple[Vote, ...] = ()

    def left(self) -> dict[str, int]:
        """Return the roles that still have to sign, with how many people, in a settled order.

        A group that has every signature and is still open, since less is needed than when they were given, waits for
        one more by any of the roles: nothing goes live without a signature given after such a change.
        """
        given = Counter(vote.role for vote in self.votes)
        left = {role: self.need.counts[role] - given[role] for role in self.need.roles}
        return {role: count for role, count in left.items() if count > 0} or dict.fromkeys(self.need.roles, 1)

    @property
    def complete(self) -> bool:
        """Return whether every signature is there."""
        given = Counter(vote.role for vote in self.votes)
        return all(given[role] >= count for role, count in self.need.counts.items())

    def voted(self, role: str) -> frozenset[str]:
        """Return who cannot sign for a role again: all of its votes, until every signature is there."""
        cast = () if self.complete else self.votes
        return frozenset(person for vote in cast if vote.role == role for person in vote.people)

    def earlier(self, role: str) -> tuple[str, ...]:
        """Return the roles that have to sign before a role can."""
        if not self.need.order:
            return ()
        left = {} if self.complete else self.left()
        return tuple(sorted(first for first, second in self.need.order if second == role and first in left))

    def open_to(self, people: frozenset[str], roles: Iterable[str]) -> tuple[str, ...]:
        """Return the roles of these that some people's one signature counts for now.

        Where each of two roles that sign in order is theirs, it counts for both.
        """
        if self.complete:
            return tuple(role for role in roles if role in self.need.counts)
        tally, found = self, list[str]()
        while fresh := [role for role in roles if role not in found and tally._takes(role, people)]:
            found += fresh
            tally = tally.with_votes(fresh, people)
        return tuple(sorted(found))

    def _takes(self, role: str, people: frozenset[str]) -> bool:
        return not (self.voted(role) & people) and not self.complete and role in self.left() and not self.earlier(role)

    def with_votes(self, roles: Iterable[str], people: frozenset[str]) -> Tally:
        """Return the tally with a signature of some people for some roles."""
        return Tally(self.need, (*self.votes, *(Vote(role, people) for role in roles)))
