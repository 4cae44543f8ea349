"""Groups of changes, signatures, approvals and authors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, cast, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bos.model.diff import Change
from bos.store.approval.book import OpenGroup
from bos.store.approval.need import Vote
from bos.store.places import within
from bos.store.tables import approval, author, held_change, held_group, search, signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from bos.model.scope import Reach
    from bos.store.approval.book import Plan

OPEN = ("waiting", "unsigned", "rework")


@dataclass(frozen=True, slots=True)
class Sign:
    """A signature that was given."""

    person: str
    on_behalf_of: str | None
    role: str
    decision: str
    comment: str
    at: datetime
    void: bool


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """A group as it is kept, ended ones too."""

    group: str
    kind: str
    id: str
    state: str
    authors: tuple[str, ...]
    rationale: str
    reason: str
    base_version: int
    origin: dict[str, Any] | None
    batch: str | None
    at: datetime
    changes: tuple[Change, ...]
    signatures: tuple[Sign, ...]

    def votes(self) -> tuple[Vote, ...]:
        """Return the signatures for it that count."""
        return tuple(
            Vote(sign.role, frozenset(person for person in (sign.person, sign.on_behalf_of) if person))
            for sign in self.signatures
            if sign.decision == "approve" and not sign.void
        )


def open_groups(connection: Connection, kind: str, id_: str) -> list[StoredGroup]:
    """Return the open groups of a document, oldest first."""
    mine = and_(held_group.c.kind == kind, held_group.c.id == id_, held_group.c.state.in_(OPEN))
    return groups(connection, mine)


def documents_with_nothing_to_sign(connection: Connection) -> list[tuple[str, str]]:
    """Return kind and id of the documents with a group for a live value that is empty."""
    nothing = func.coalesce(cast(held_change.c.new, Text), "null").in_(("null", '""', "[]", "{}"))
    query = (
        select(held_group.c.kind, held_group.c.id)
        .join(held_change, held_change.c.held_group == held_group.c.held_group)
        .where(held_group.c.state == "unsigned", held_change.c.op == "set", nothing)
        .distinct()
        .order_by(held_group.c.kind, held_group.c.id)
    )
    return [(row.kind, row.id) for row in connection.execute(query)]


def of_documents_within(reach: Reach) -> ColumnElement[bool]:
    """Return the condition for groups of documents that somebody may see."""
    same = and_(search.c.kind == held_group.c.kind, search.c.id == held_group.c.id)
    return exists().where(same, within(search.c.flow, reach))


def waiting_groups(connection: Connection, kind: str, id_: str) -> list[StoredGroup]:
    """Return the groups of a document that wait for signatures before they go live, oldest first."""
    mine = and_(held_group.c.kind == kind, held_group.c.id == id_, held_group.c.state == "waiting")
    return groups(connection, mine)


def groups(
    connection: Connection, *where: ColumnElement[bool], limit: int | None = None, newest: bool = False
) -> list[StoredGroup]:
    """Return groups with their changes and signatures, by time."""
    order = (held_group.c.at, held_group.c.held_group)
    query = select(held_group).where(*where).order_by(*((part.desc() for part in order) if newest else order))
    rows = connection.execute(query.limit(limit)).all()
    names = [row.held_group for row in rows]
    changes, signs = _changes(connection, names), _signatures(connection, names)
    return [
        StoredGroup(
            row.held_group,
            row.kind,
            row.id,
            row.state,
            tuple(row.authors),
            row.rationale,
            row.reason,
            row.base_version,
            row.origin,
            row.batch,
            row.at,
            tuple(changes[row.held_group]),
            tuple(signs[row.held_group]),
        )
        for row in rows
    ]


def _changes(connection: Connection, names: Sequence[str]) -> Mapping[str, list[Change]]:
    found: dict[str, list[Change]] = defaultdict(list)
    query = select(held_change).where(held_change.c.held_group.in_(names)).order_by(held_change.c.n)
    for row in connection.execute(query) if names else ():
        found[row.held_group].append(Change(op=row.op, path=row.path, old=row.old, new=row.new))
    return found


def _signatures(connection: Connection, names: Sequence[str]) -> Mapping[str, list[Sign]]:
    found: dict[str, list[Sign]] = defaultdict(list)
    query = select(signature).where(signature.c.held_group.in_(names)).order_by(signature.c.seq)
    for row in connection.execute(query) if names else ():
        sign = Sign(row.person, row.on_behalf_of, row.role, row.decision, row.comment, row.at, row.void)
        found[row.held_group].append(sign)
    return found


def as_open(group: StoredGroup) -> OpenGroup:
    """Return a stored group as the planner sees it."""
    return OpenGroup(group.group, group.state, group.changes, frozenset(group.authors))  # type: ignore[arg-type]


def write_plan(
    connection: Connection,
    kind: str,
    id_: str,
    plan: Plan,
    *,
    rationale: str,
    base_version: int,
    origin: dict[str, Any] | None,
    batch: str | None,
    at: datetime,
) -> None:
    """Write the groups of a plan, the ends of others, and the approvals that begin or end."""
    new = (*plan.held, *plan.unsigned)
    if new:
        shared = {"kind": kind, "id": id_, "rationale": rationale, "base_version": base_version, "at": at}
        rows = [
            {
                "held_group": group.group,
                "state": group.state,
                "authors": sorted(group.authors),
                "reason": group.reason,
                "origin": origin,
                "batch": batch if group.state == "waiting" else None,
                **shared,
            }
            for group in new
        ]
        connection.execute(insert(held_group), rows)
        changes = [
            {"held_group": group.group, "n": n, **change.model_dump()}
            for group in new
            for n, change in enumerate(group.changes)
        ]
        connection.execute(insert(held_change), changes)
    for closing in plan.closings:
        mine = held_group.c.held_group == closing.group
        connection.execute(update(held_group).where(mine).values(state=closing.state, reason=closing.reason))
    void([closing.group for closing in plan.closings if closing.state == "rework"], connection)
    if plan.unapproved:
        gone = and_(approval.c.kind == kind, approval.c.id == id_, approval.c.path.in_(plan.unapproved))
        connection.execute(delete(approval).where(gone))


def void(names: Sequence[str], connection: Connection) -> None:
    """Make the signatures of groups count no more."""
    if names:
        connection.execute(update(signature).where(signature.c.held_group.in_(names)).values(void=True))


def approve(
    connection: Connection,
    kind: str,
    id_: str,
    hashes: Mapping[str, str],
    *,
    signed_by: Sequence[str],
    group: str,
    at: datetime,
) -> None:
    """Write that values are signed, and forget who proposed them: the next proposal begins anew."""
    if not hashes:
        return
    rows = [
        {
            "kind": kind,
            "id": id_,
            "path": path,
            "value_hash": value_hash,
            "signed_by": list(signed_by),
            "held_group": group,
            "at": at,
        }
        for path, value_hash in hashes.items()
    ]
    statement = upsert(approval)
    changed = {name: statement.excluded[name] for name in ("value_hash", "signed_by", "held_group", "at")}
    keys = [approval.c.kind, approval.c.id, approval.c.path]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)
    forget_authors(connection, kind, id_, list(hashes))


def forget_authors(connection: Connection, kind: str, id_: str, paths: Sequence[str]) -> None:
    """Forget who proposed changes to fields: what they proposed is signed."""
    mine = and_(author.c.kind == kind, author.c.id == id_, author.c.path.in_(paths))
    connection.execute(delete(author).where(mine))


def note_authors(
    connection: Connection, kind: str, id_: str, paths: Iterable[str], people: Iterable[str], *, how: str, at: datetime
) -> None:
    """Remember who proposed changes to fields, and in which way."""
    named = sorted(people)
    rows = [
        {"kind": kind, "id": id_, "path": path, "person": one, "how": how, "at": at} for path in paths for one in named
    ]
    if rows:
        connection.execute(upsert(author).on_conflict_do_nothing(), rows)


def how_author(connection: Connection, kind: str, id_: str, paths: Sequence[str], people: Sequence[str]) -> str | None:
    """Return how one of these people became an author of one of these fields, in words, or nothing."""
    query = (
        select(author.c.how)
        .where(author.c.kind == kind, author.c.id == id_, author.c.path.in_(paths), author.c.person.in_(people))
        .order_by(author.c.at)
        .limit(1)
    )
    return connection.execute(query).scalar()


def add_signatures(
    connection: Connection,
    group: str,
    roles: Iterable[str],
    *,
    by: str,
    on_behalf_of: str | None,
    decision: str,
    comment: str,
    at: datetime,
) -> None:
    """Write one decision, once for each role it speaks for."""
    rows = [
        {
            "held_group": group,
            "person": by,
            "on_behalf_of": on_behalf_of,
            "role": role,
            "decision": decision,
            "comment": comment,
            "at": at,
        }
        for role in roles
    ]
    connection.execute(insert(signature), rows)


def after(moment: datetime, group: str) -> ColumnElement[bool]:
    """Return the condition for groups that follow a place in a list of the newest first."""
    at = held_group.c.at
    return or_(at < moment, and_(at == moment, held_group.c.held_group < group))
