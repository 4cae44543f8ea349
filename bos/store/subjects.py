"""The own keys of people: those in telemetry, and those BOS knows."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables_people import subject_key

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

KEY_BYTES = 32


def keys(connection: Connection, lookups: Collection[str], at: datetime) -> dict[str, str | None]:
    """Return the key of each person, made now where there is none; of whoever was erased, nothing."""
    rows = [{"lookup": lookup, "key": secrets.token_hex(KEY_BYTES), "at": at} for lookup in sorted(lookups)]
    if rows:
        connection.execute(insert(subject_key).on_conflict_do_nothing(), rows)
    return known(connection, lookups)


def known(connection: Connection, lookups: Collection[str]) -> dict[str, str | None]:
    """Return the key of each person who has or had one; of whoever was erased, nothing."""
    query = select(subject_key.c.lookup, subject_key.c.key).where(subject_key.c.lookup.in_(lookups))
    return {row.lookup: row.key for row in connection.execute(query)}


def find(connection: Connection, lookup: str) -> str | None:
    """Return the key of a person, held for a change; nothing where there is none, or none any more."""
    query = select(subject_key.c.key).where(subject_key.c.lookup == lookup).with_for_update()
    return connection.execute(query).scalar()


def erase(connection: Connection, lookup: str, at: datetime) -> None:
    """Destroy the key of a person; that there was one stays."""
    mine = subject_key.c.lookup == lookup
    connection.execute(update(subject_key).where(mine).values(key=None, erased_at=at))
