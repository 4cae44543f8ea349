"""Tokens of people and of services. Callers pass hashes, never secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from bos.store.tables_sessions import api_token

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Write a token."""
    connection.execute(insert(api_token).values(**values))


def find(connection: Connection, name: str) -> Row[Any] | None:
    """Return a token by its id, one that is good no more too, or nothing; whoever else changes it waits."""
    query = select(api_token).where(api_token.c.api_token == name).with_for_update()
    return connection.execute(query).first()


def living(connection: Connection, hash_: str, at: datetime) -> Row[Any] | None:
    """Return the token with a hash while it has neither ended nor expired, or nothing."""
    good = (api_token.c.ended_at.is_(None), api_token.c.expires_at > at)
    return connection.execute(select(api_token).where(api_token.c.sha256 == hash_, *good)).first()


def listing(
    connection: Connection,
    *,
    person: str | None,
    living_at: datetime | None,
    before: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> list[Row[Any]]:
    """Return tokens, the newest first: of a person, still good at a moment, made before another one; empty: of all."""
    query = select(api_token).order_by(api_token.c.at.desc(), api_token.c.api_token.desc()).limit(limit)
    if person is not None:
        query = query.where(api_token.c.person == person)
    if living_at is not None:
        query = query.where(api_token.c.ended_at.is_(None), api_token.c.expires_at > living_at)
    if before is not None:
        at, name = before
        query = query.where(or_(api_token.c.at < at, (api_token.c.at == at) & (api_token.c.api_token < name)))
    return list(connection.execute(query))


def note_used(connection: Connection, name: str, at: datetime) -> None:
    """Note when a token was used last."""
    connection.execute(update(api_token).where(api_token.c.api_token == name).values(used_at=at))


def end(connection: Connection, name: str, at: datetime, by: str) -> None:
    """Let a token be good no more."""
    connection.execute(update(api_token).where(api_token.c.api_token == name).values(ended_at=at, ended_by=by))
