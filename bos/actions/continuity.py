"""Owner continuity: what only one person serves, and who takes it over when they leave (rule 14)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bos.actions import present
from bos.actions.holding import Holding
from bos.model.answers.people import Duty
from bos.model.ownership import accountable
from bos.model.paths import flatten
from bos.model.roles import ROLES, SIGNING_ROLES
from bos.store import books, changes, documents, places, policies, tokens
from bos.store import feedback as feedback_store
from bos.store.approval.critical import critical_paths_of
from bos.store.approval.need import Approvers, Tally, combined
from bos.store.search import documents_of_roles
from bos.store.tables import held_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bos.model.scope import Place
    from bos.store.approval.book import Book
    from bos.store.changes import StoredGroup


class Leaver:
    """One person, who holds what else, and what would be without them."""

    def __init__(self, connection: Connection, person: str, now: datetime) -> None:
        self._connection = connection
        self._person = person
        self._now = now
        self._holding = Holding.at(connection, now)
        self._roles = {
            role for role in SIGNING_ROLES if any(name == person for name, _ in self._holding.held.get(role, ()))
        }
        self._places: dict[tuple[str, str], Place] = {}

    def duties(self) -> tuple[Duty, ...]:
        """Return every field, signature, open feedback and token of a service that only this person serves."""
        served = (*self._fields(), *self._signatures(), *self._feedback()) if self._roles else ()
        return (*served, *self._tokens())

    def handed_on(self) -> Iterator[tuple[StoredGroup, str, tuple[str, ...]]]:
        """Yield open groups that wait for a role of this person and of others, with the role and the others."""
        for group, role, count in self._waiting():
            others = self._holding.of(role, self._place(group.kind, group.id), without=(self._person, *group.authors))
            if len(others) >= count and self._person not in group.authors:
                yield group, role, tuple(sorted(others))

    def to_tell(self, duty: Duty) -> tuple[str, ...]:
        """Return who hears that nobody serves a duty any more."""
        return self._holding.to_tell(self._place(duty.kind, duty.id), without=(self._person,))

    def _place(self, kind: str, id_: str) -> Place:
        if (kind, id_) not in self._places:
            self._places[kind, id_] = places.of_document(self._connection, kind, id_)
        return self._places[kind, id_]

    def _only(self, role: str, kind: str, id_: str, *, count: int = 1, without: Iterable[str] = ()) -> bool:
        """Return whether this person holds a role there, and too few others to make ``count`` without them."""
        found = self._holding.of(role, self._place(kind, id_), without=without)
        return self._person in found and len(found) <= count

    def _fields(self) -> Iterator[Duty]:
        rows = documents_of_roles(self._connection, sorted(self._roles))
        mine = {
            (row.kind, row.id): [
                role for role in row.roles if role in self._roles and self._only(role, row.kind, row.id)
            ]
            for row in rows
        }
        found = documents.live(self._connection, {name for name, roles in mine.items() if roles})
        for (kind, id_), version in sorted(found.items()):
            for role in mine[kind, id_]:
                paths = _paths_of(kind, version.doc, role)
                if paths:
                    words = f"{len(paths)} fields" if len(paths) > 1 else "1 field"
                    yield _duty("field", kind, id_, version.doc["title"], role, paths, words)

    def _signatures(self) -> Iterator[Duty]:
        for group, role, count in self._waiting():
            if self._only(role, group.kind, group.id, count=count, without=group.authors):
                paths = tuple(change.path for change in group.changes)
                yield _duty("signature", group.kind, group.id, "", role, paths, ", ".join(paths), group=group.group)

    def _waiting(self) -> Iterator[tuple[StoredGroup, str, int]]:
        """Yield open groups with each role of this person that they wait for, and how many of it have to sign."""
        open_to_sign = held_group.c.state.in_(sorted(present.OPEN_TO_SIGN))
        known: dict[tuple[str, str], Book] = {}
        rules = policies.rules(self._connection)
        for group in changes.groups(self._connection, open_to_sign):
            name = (group.kind, group.id)
            if group.state == "unsigned":
                left = _tally(group, rules).left()
            else:
                if name not in known:
                    head = documents.head(self._connection, *name)
                    known[name] = books.book(self._connection, *name, head.doc if head else None, rules=rules)
                left = {waiting.role: waiting.count for waiting in present.waiting_for(group, known[name])}
            for role in sorted(self._roles & left.keys()):
                yield group, role, left[role]

    def _feedback(self) -> Iterator[Duty]:
        for row in feedback_store.unanswered(self._connection):
            role = row.doc["owner"]
            if role in self._roles and self._only(role, "feedback", row.id):
                yield _duty("feedback", "feedback", row.id, row.doc["title"], role, (), row.doc["status"])

    def _tokens(self) -> Iterator[Duty]:
        for row in tokens.listing(self._connection, person=self._person, living_at=self._now):
            if row.kind == "service":
                words = f"good until {row.expires_at:%Y-%m-%d}"
                yield _duty("token", "token", row.api_token, row.title, "", (), words)


def _tally(group: StoredGroup, rules: Sequence[Mapping[str, Any]]) -> Tally:
    """Return what a live value still needs; its document need not be read for that."""
    approvers = Approvers(group.kind, group.id, rules)
    needs = (approvers.need(path) for change in group.changes for path in critical_paths_of(approvers, change))
    return Tally(combined(need for need in needs if need), group.votes())


def _paths_of(kind: str, document: dict[str, Any], role: str) -> tuple[str, ...]:
    """Return the fields of a document a role answers for: all of them, where the document names none but an owner."""
    paths = flatten(kind, document)
    if kind != "template":
        return tuple(paths)
    by_role = defaultdict(list)
    for path in paths:
        by_role[accountable(document, path)].append(path)
    return tuple(by_role[role])


def _duty(
    what: str,
    kind: str,
    id_: str,
    title: str,
    role: str,
    paths: tuple[str, ...],
    words: str,
    *,
    group: str | None = None,
) -> Duty:
    return Duty(
        what=what,
        kind=kind,
        id=id_,
        title=title,
        role=role,
        role_title=ROLES.get(role, ""),
        paths=paths,
        words=words,
        group=group,
    )
