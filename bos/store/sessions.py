"""Sessions of browsers, and the tickets and tokens that kernels get from them. Callers pass hashes, never secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from bos.store.tables_sessions import access_token, session, ticket

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row


def add(connection: Connection, id_: str, person: str, at: datetime, until: datetime, **vouched: Any) -> None:
    """Write a session of a person; ``vouched`` are the columns of one that a provider vouches for."""
    values = {"session": id_, "person": person, **vouched}
    connection.execute(insert(session).values(**values, created_at=at, expires_at=until))


def live(connection: Connection, id_: str, at: datetime) -> Row[Any] | None:
    """Return a session that has neither ended nor expired, or nothing."""
    query = select(session).where(session.c.session == id_, session.c.ended_at.is_(None), session.c.expires_at > at)
    return connection.execute(query).first()


def end(connection: Connection, id_: str, at: datetime) -> None:
    """End a session: none of its tickets and tokens is good any more."""
    connection.execute(update(session).where(session.c.session == id_).values(ended_at=at))


def end_all(connection: Connection, person: str, at: datetime) -> None:
    """End every session of a person."""
    mine = (session.c.person == person, session.c.ended_at.is_(None))
    connection.execute(update(session).where(*mine).values(ended_at=at))


def forget_provider(connection: Connection, person: str) -> None:
    """Remove from the sessions of a person who they are at the provider that vouched for them."""
    gone = dict.fromkeys(("issuer", "subject", "sid", "sealed", "renew_at"))
    connection.execute(update(session).where(session.c.person == person).values(**gone))


def claim_renewal(connection: Connection, id_: str, at: datetime, until: datetime) -> Row[Any] | None:
    """Return a session whose provider is to be asked now, put off until later for others; nothing for all but one."""
    due = (session.c.session == id_, session.c.ended_at.is_(None), session.c.renew_at <= at)
    return connection.execute(update(session).where(*due).values(renew_at=until).returning(session)).first()


def note_vouched(connection: Connection, id_: str, **vouched: Any) -> None:
    """Write what a provider says anew of a session."""
    connection.execute(update(session).where(session.c.session == id_).values(**vouched))


def vouched_by(connection: Connection, issuer: str, subject: str | None, sid: str | None) -> list[Row[Any]]:
    """Return the sessions that have not ended of a subject of a provider; with ``sid``, only those of that session."""
    pairs = ((session.c.subject, subject), (session.c.sid, sid))
    where = [column == value for column, value in pairs if value is not None]
    query = select(session).where(session.c.issuer == issuer, session.c.ended_at.is_(None), *where)
    return list(connection.execute(query)) if where else []


def act_as(connection: Connection, id_: str, person: str | None, *, token: str | None) -> None:
    """Let a session act as a sample person or as itself; of its tokens, only ``token`` follows."""
    connection.execute(update(session).where(session.c.session == id_).values(acting_as=person))
    if token is not None:
        connection.execute(update(access_token).where(access_token.c.access_token == token).values(acting_as=person))


def add_ticket(connection: Connection, hash_: str, of: Row[Any], until: datetime) -> None:
    """Write a ticket of a session; it acts as the session does now."""
    values = {"ticket": hash_, "session": of.session, "acting_as": of.acting_as, "expires_at": until}
    connection.execute(insert(ticket).values(**values))


def use_ticket(connection: Connection, hash_: str, at: datetime) -> Row[Any] | None:
    """Mark a ticket as used and return it; nothing when it was used before, has expired, or never was."""
    good = (ticket.c.ticket == hash_, ticket.c.used_at.is_(None), ticket.c.expires_at > at)
    return connection.execute(update(ticket).where(*good).values(used_at=at).returning(ticket)).first()


def add_token(connection: Connection, hash_: str, id_: str, acting_as: str | None, until: datetime) -> None:
    """Write a token of a session."""
    values = {"access_token": hash_, "session": id_, "acting_as": acting_as, "expires_at": until}
    connection.execute(insert(access_token).values(**values))


def token(connection: Connection, hash_: str) -> Row[Any] | None:
    """Return a token, whether it is still good or not, or nothing."""
    return connection.execute(select(access_token).where(access_token.c.access_token == hash_)).first()


def lock_token(connection: Connection, hash_: str) -> Row[Any] | None:
    """Return a token as :func:`token` does; whoever else renews it waits."""
    query = select(access_token).where(access_token.c.access_token == hash_).with_for_update()
    return connection.execute(query).first()


def note_renewed(connection: Connection, hash_: str, at: datetime) -> None:
    """Note when a token was renewed first."""
    first = func.coalesce(access_token.c.renewed_at, at)
    connection.execute(update(access_token).where(access_token.c.access_token == hash_).values(renewed_at=first))


def forget(connection: Connection, before: datetime) -> int:
    """Remove sessions that ended or expired before a moment, with their tickets and tokens; return how many."""
    old = select(session.c.session).where(func.least(session.c.ended_at, session.c.expires_at) < before)
    for table in (ticket, access_token):
        connection.execute(delete(table).where(table.c.session.in_(old)))
    return connection.execute(delete(session).where(session.c.session.in_(old))).rowcount
