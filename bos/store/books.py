"""How documents stand with their approvals: what the planner must know of them, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import select, tuple_

from bos.store import changes, policies, waivers
from bos.store.approval.book import Book
from bos.store.approval.need import Approvers
from bos.store.approval.users import roles_of_users
from bos.store.tables import approval, author, held_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Table

    from bos.store.changes import StoredGroup

Name: TypeAlias = tuple[str, str]
"""Kind and id of a document."""


@dataclass(frozen=True, slots=True)
class StoredApproval:
    """A signed value: the hash it binds, who signed, in which group, when."""

    path: str
    value_hash: str
    signed_by: tuple[str, ...]
    group: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of one document: the planner's book, the signed values by path, the open groups, oldest first."""

    book: Book
    signed: Mapping[str, StoredApproval]
    groups: Sequence[StoredGroup]


def standings(
    connection: Connection, lives: Mapping[Name, dict[str, Any]], *, rules: Sequence[Mapping[str, Any]] | None = None
) -> dict[Name, Standing]:
    """Return how documents stand, by their names; ``lives`` has the live content of each.

    ``rules`` are those of the policy, read where not given.
    """
    rules = policies.rules(connection) if rules is None else rules
    names = list(lives)
    signed, authors = _signed(connection, names), _authors(connection, names)
    waived = waivers.standing(connection, names)
    groups: dict[Name, list[StoredGroup]] = defaultdict(list)
    for group in changes.groups(connection, _of(held_group, names), held_group.c.state.in_(changes.OPEN)):
        groups[group.kind, group.id].append(group)
    return {
        name: Standing(
            Book(
                Approvers(*name, rules),
                live,
                {path: one.value_hash for path, one in signed[name].items()},
                tuple(changes.as_open(group) for group in groups[name]),
                {path: frozenset(people) for path, people in authors[name].items()},
                waived.get(name, {}),
                partial(roles_of_users, connection, *name, rules),
            ),
            signed[name],
            groups[name],
        )
        for name, live in lives.items()
    }


def standing(connection: Connection, kind: str, id_: str, live: dict[str, Any]) -> Standing:
    """Return how one document stands, whose live content is given."""
    return standings(connection, {(kind, id_): live})[kind, id_]


def book(
    connection: Connection,
    kind: str,
    id_: str,
    live: dict[str, Any] | None,
    *,
    rules: Sequence[Mapping[str, Any]] | None = None,
) -> Book:
    """Return all that the planner must know of a document; ``live`` is nothing where there is none yet."""
    if live is None:
        return Book(Approvers(kind, id_, policies.rules(connection) if rules is None else rules))
    return standings(connection, {(kind, id_): live}, rules=rules)[kind, id_].book


def _of(table: Table, names: Iterable[Name]) -> ColumnElement[bool]:
    return tuple_(table.c.kind, table.c.id).in_(list(names))


def _signed(connection: Connection, names: Iterable[Name]) -> Mapping[Name, dict[str, StoredApproval]]:
    found: dict[Name, dict[str, StoredApproval]] = defaultdict(dict)
    for row in connection.execute(select(approval).where(_of(approval, names)).order_by(approval.c.path)):
        one = StoredApproval(row.path, row.value_hash, tuple(row.signed_by), row.held_group, row.at)
        found[row.kind, row.id][row.path] = one
    return found


def _authors(connection: Connection, names: Iterable[Name]) -> Mapping[Name, dict[str, set[str]]]:
    found: dict[Name, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in connection.execute(select(author).where(_of(author, names))):
        found[row.kind, row.id][row.path].add(row.person)
    return found
