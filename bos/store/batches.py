"""Batches: acts on several documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from bos.store.tables_approval import change_batch

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row


def add(connection: Connection, name: str, *, author: str, rationale: str, at: datetime) -> None:
    """Write a batch."""
    row = {"change_batch": name, "author": author, "rationale": rationale, "at": at}
    connection.execute(insert(change_batch).values(**row))


def find(connection: Connection, name: str) -> Row[Any] | None:
    """Return a batch, or nothing."""
    return connection.execute(select(change_batch).where(change_batch.c.change_batch == name)).first()
