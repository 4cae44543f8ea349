"""People, their groups, the roles they hold and who stands in for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from bos.model.scope import Grant
from bos.store.tables import idempotency_key
from bos.store.tables_people import (
    delegation,
    membership,
    people_group,
    person,
    person_identity,
    role_binding,
    sign_on,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from bos.model.scope import Place


def find(connection: Connection, name: str, *, held: bool = False) -> Row[Any] | None:
    """Return a person, disabled ones too, or nothing; ``held`` for a change: whoever else changes them waits."""
    query = select(person).where(person.c.person == name)
    return connection.execute(query.with_for_update() if held else query).first()


def listing(connection: Connection, *, after: str | None, limit: int | None, disabled: bool = True) -> list[Row[Any]]:
    """Return people by id."""
    query = select(person).order_by(person.c.person).limit(limit)
    if after is not None:
        query = query.where(person.c.person > after)
    if not disabled:
        query = query.where(person.c.disabled_at.is_(None))
    return list(connection.execute(query))


def add(connection: Connection, name: str, *, display: str, email: str, source: str, at: datetime) -> bool:
    """Write a person; return whether they were not known yet. Who is known stays as they are."""
    values = {"person": name, "display": display, "email": email, "source": source, "at": at}
    statement = upsert(person).values(**values).on_conflict_do_nothing().returning(person.c.person)
    return connection.execute(statement).first() is not None


def by_identity(connection: Connection, identities: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return by identity (in lower case) who is known by it: as their id, their address, or an identity of theirs."""
    wanted = sorted({name for name in identities if name and "\x00" not in name})
    found: dict[str, set[str]] = defaultdict(set)
    for column in (person.c.person, person.c.email):
        query = select(person.c.person, func.lower(column).label("name")).where(func.lower(column).in_(wanted))
        for row in connection.execute(query):
            found[row.name].add(row.person)
    more = select(person_identity).where(person_identity.c.identity.in_(wanted))
    for row in connection.execute(more):
        found[row.identity].add(row.person)
    return {name: frozenset(people) for name, people in found.items()}


def identities_of(connection: Connection, name: str) -> tuple[str, ...]:
    """Return by what else a person is known."""
    query = select(person_identity.c.identity).where(person_identity.c.person == name)
    return tuple(connection.execute(query.order_by(person_identity.c.identity)).scalars())


def write_identities(connection: Connection, name: str, identities: Iterable[str]) -> None:
    """Write by what else a person is known, in the place of what was there."""
    connection.execute(delete(person_identity).where(person_identity.c.person == name))
    rows = [{"identity": one, "person": name} for one in sorted(set(identities))]
    if rows:
        connection.execute(insert(person_identity), rows)


def set_disabled(connection: Connection, name: str, at: datetime | None) -> None:
    """Write since when a person is disabled; ``None``: they are not."""
    connection.execute(update(person).where(person.c.person == name).values(disabled_at=at))


def erase(connection: Connection, name: str, display: str, at: datetime) -> None:
    """Write that a person was erased: ``display`` in the place of their name, no address, nothing they are known by.

    Answers kept for requests that come twice, which have the name, go too.
    """
    values = {"display": display, "email": "", "erased_at": at, "disabled_at": func.coalesce(person.c.disabled_at, at)}
    connection.execute(update(person).where(person.c.person == name).values(**values))
    write_identities(connection, name, ())
    connection.execute(delete(sign_on).where(sign_on.c.person == name))
    connection.execute(delete(idempotency_key).where(idempotency_key.c.answer["person"].astext == name))


def bind(connection: Connection, values: dict[str, Any]) -> None:
    """Write a role of a person or a group."""
    connection.execute(insert(role_binding).values(**values))


def binding(connection: Connection, name: str) -> Row[Any] | None:
    """Return a binding, ended ones too, or nothing; whoever else changes it waits."""
    query = select(role_binding).where(role_binding.c.role_binding == name).with_for_update()
    return connection.execute(query).first()


def end_binding(connection: Connection, name: str, at: datetime) -> None:
    """End a binding: one that has not begun never begins."""
    ends = func.greatest(at, role_binding.c.starts)
    connection.execute(update(role_binding).where(role_binding.c.role_binding == name).values(ends=ends))


def bindings(connection: Connection, *where: ColumnElement[bool]) -> list[Row[Any]]:
    """Return bindings by role and holder, those that ended too unless ``where`` says otherwise."""
    order = (role_binding.c.role, role_binding.c.person, role_binding.c.people_group, role_binding.c.role_binding)
    return list(connection.execute(select(role_binding).where(*where).order_by(*order)))


def holds_at(at: datetime) -> ColumnElement[bool]:
    """Return the condition for bindings that hold at a moment."""
    ends = or_(role_binding.c.ends.is_(None), role_binding.c.ends > at)
    return and_(role_binding.c.starts <= at, ends)


def roles_of(connection: Connection, name: str, at: datetime) -> tuple[frozenset[str], frozenset[Grant]]:
    """Return the roles a person holds on all flows, and those on some, themselves or by a group."""
    groups = select(membership.c.people_group).where(membership.c.person == name)
    mine = or_(role_binding.c.person == name, role_binding.c.people_group.in_(groups))
    columns = (role_binding.c.role, role_binding.c.scope, role_binding.c.value)
    rows = list(connection.execute(select(*columns).where(mine, holds_at(at)).distinct()))
    everywhere = frozenset(row.role for row in rows if row.scope == "all")
    return everywhere, frozenset(Grant(row.role, row.scope, row.value) for row in rows if row.scope != "all")


def held(
    connection: Connection, roles: Iterable[str], at: datetime, *, places: Iterable[Place] | None = None
) -> dict[str, list[tuple[str, Grant | None]]]:
    """Return by role who holds it, people who are disabled left out; a grant says where, ``None`` on all flows.

    With ``places`` only what holds on all flows or may hold there is read.
    """
    wanted = sorted(set(roles))
    found: dict[str, list[tuple[str, Grant | None]]] = {role: [] for role in wanted}
    member = select(membership.c.people_group, membership.c.person).subquery()
    who = func.coalesce(role_binding.c.person, member.c.person)
    query = (
        select(who.label("person"), role_binding.c.role, role_binding.c.scope, role_binding.c.value)
        .outerjoin(member, member.c.people_group == role_binding.c.people_group)
        .join(person, person.c.person == who)
        .where(role_binding.c.role.in_(wanted), person.c.disabled_at.is_(None), holds_at(at), _at(places))
        .distinct()
        .order_by(who)
    )
    for row in connection.execute(query) if wanted else ():
        where = None if row.scope == "all" else Grant(row.role, row.scope, row.value)
        found[row.role].append((row.person, where))
    return found


def _at(places: Iterable[Place] | None) -> ColumnElement[bool]:
    """Return the condition for bindings that may hold at some places."""
    if places is None:
        return true()
    asked = list(places)
    if any(place.shared for place in asked):
        return true()
    flows = sorted({flow for place in asked for flow in place.flows})
    tags = sorted({tag for place in asked for its in place.flows.values() for tag in its})
    scope, value = role_binding.c.scope, role_binding.c.value
    return or_(scope == "all", and_(scope == "flow", value.in_(flows)), and_(scope == "tag", value.in_(tags)))


def holders_in(rows: Sequence[tuple[str, Grant | None]], role: str, place: Place) -> frozenset[str]:
    """Return who of those that hold a role somewhere (as :func:`held` gives them) holds it on a whole place."""
    everywhere = {name for name, grant in rows if grant is None}
    some: dict[str, list[Grant]] = defaultdict(list)
    for name, grant in rows:
        if grant is not None:
            some[name].append(grant)
    return frozenset(everywhere | {name for name, grants in some.items() if place.within(role, grants)})


def write_group(
    connection: Connection, name: str, title: str, members: Iterable[str], at: datetime, *, follows: str = ""
) -> None:
    """Write a group and who is in it, in the place of what was there."""
    statement = upsert(people_group).values(people_group=name, title=title, follows=follows, at=at)
    keys = [people_group.c.people_group]
    told = {"title": title, "follows": follows}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=told))
    connection.execute(delete(membership).where(membership.c.people_group == name))
    rows = [{"people_group": name, "person": one, "at": at} for one in sorted(set(members))]
    if rows:
        connection.execute(insert(membership), rows)


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """A group of people as it is kept."""

    name: str
    title: str
    members: tuple[str, ...]
    follows: str = ""


def groups(connection: Connection, *names: str) -> list[StoredGroup]:
    """Return groups by id; all of them, where none is named."""
    query = select(people_group).order_by(people_group.c.people_group)
    if names:
        query = query.where(people_group.c.people_group.in_(names))
    members: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(membership).order_by(membership.c.person)):
        members[row.people_group].append(row.person)
    return [
        StoredGroup(row.people_group, row.title, tuple(members.get(row.people_group, ())), row.follows)
        for row in connection.execute(query)
    ]


def groups_of(connection: Connection, name: str) -> list[str]:
    """Return the groups a person is in."""
    query = select(membership.c.people_group).where(membership.c.person == name).order_by(membership.c.people_group)
    return list(connection.execute(query).scalars())


def delegate(connection: Connection, values: dict[str, Any]) -> None:
    """Write that somebody stands in for somebody."""
    connection.execute(insert(delegation).values(**values))


def delegations(connection: Connection, *where: ColumnElement[bool]) -> list[Row[Any]]:
    """Return delegations, those that begin last first."""
    order = (delegation.c.starts.desc(), delegation.c.delegation)
    return list(connection.execute(select(delegation).where(*where).order_by(*order)))


def end_delegation(connection: Connection, name: str, at: datetime) -> None:
    """End a delegation: one that has not begun never begins."""
    ends = func.greatest(at, delegation.c.starts)
    connection.execute(update(delegation).where(delegation.c.delegation == name).values(ends=ends))


def stands_in(connection: Connection, delegate_: str, for_: str, at: datetime) -> bool:
    """Return whether one person stands in for another at a moment, both of whom BOS lets in."""
    query = (
        select(delegation.c.delegation)
        .join(person, person.c.person == delegation.c.person)
        .where(
            delegation.c.delegate == delegate_,
            delegation.c.person == for_,
            delegation.c.starts <= at,
            delegation.c.ends > at,
            person.c.disabled_at.is_(None),
        )
    )
    return connection.execute(query.limit(1)).first() is not None
