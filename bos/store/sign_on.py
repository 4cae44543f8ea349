"""Who somebody is that the provider of the sign-on vouches for, and their groups that come from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from bos.store.tables_people import membership, people_group, sign_on

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row


def of_subject(connection: Connection, issuer: str, subject: str) -> Row[Any] | None:
    """Return who a subject of a provider is, or nothing."""
    query = select(sign_on).where(sign_on.c.issuer == issuer, sign_on.c.subject == subject)
    return connection.execute(query).first()


def of_person(connection: Connection, issuer: str, person: str) -> Row[Any] | None:
    """Return which subject of a provider a person is, or nothing."""
    query = select(sign_on).where(sign_on.c.issuer == issuer, sign_on.c.person == person)
    return connection.execute(query).first()


def add(connection: Connection, issuer: str, subject: str, person: str, at: datetime) -> None:
    """Write who a subject is."""
    values = {"issuer": issuer, "subject": subject, "person": person, "at": at, "seen_at": at}
    connection.execute(insert(sign_on).values(**values))


def seen(connection: Connection, issuer: str, subject: str, at: datetime) -> None:
    """Write when somebody signed in last."""
    mine = (sign_on.c.issuer == issuer, sign_on.c.subject == subject)
    connection.execute(update(sign_on).where(*mine).values(seen_at=at))


def forget(connection: Connection, person: str) -> list[Row[Any]]:
    """Remove who a person is at any provider; return what was there."""
    return list(connection.execute(delete(sign_on).where(sign_on.c.person == person).returning(sign_on)))


def write_groups(
    connection: Connection, person: str, told: Iterable[str], at: datetime
) -> tuple[list[str], list[str]] | None:
    """Write in which groups a person is that follow one of the provider's: those that follow one of ``told``.

    Return the groups of before and of now, or nothing when nothing changed.
    """
    followed = select(people_group.c.people_group, people_group.c.follows).where(people_group.c.follows != "")
    known = {row.people_group: row.follows for row in connection.execute(followed)}
    mine = select(membership.c.people_group).where(membership.c.person == person)
    before, named = set(connection.execute(mine).scalars()) & set(known), set(told)
    after = {name for name, follows in known.items() if follows in named}
    if before == after:
        return None
    gone = (membership.c.person == person, membership.c.people_group.in_(before - after))
    connection.execute(delete(membership).where(*gone))
    rows = [{"people_group": name, "person": person, "at": at} for name in sorted(after - before)]
    if rows:
        connection.execute(insert(membership), rows)
    return sorted(before), sorted(after)
