"""Idempotency keys: a write that is asked for twice is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from bos.store.locks import lock
from bos.store.tables import idempotency_key

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row


def find(connection: Connection, person: str, key: str) -> Row[Any] | None:
    """Return what was done under a key, or nothing; a second writer with the same key waits here for the first."""
    lock(connection, ("key", person, key))
    mine = (idempotency_key.c.person == person, idempotency_key.c.key == key)
    return connection.execute(select(idempotency_key).where(*mine)).first()


def write(connection: Connection, person: str, key: str, request: str, answer: Any, at: datetime) -> None:
    """Write what was done under a key."""
    connection.execute(insert(idempotency_key).values(person=person, key=key, request=request, answer=answer, at=at))


def forget(connection: Connection, before: datetime) -> int:
    """Remove keys older than a moment; return how many."""
    return connection.execute(delete(idempotency_key).where(idempotency_key.c.at < before)).rowcount
