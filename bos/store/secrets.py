"""Secrets of connections, as they are kept: encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables_connections import connection_secret

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

_KEY = (connection_secret.c.connection, connection_secret.c.name)


def put(connection: Connection, values: dict[str, Any]) -> None:
    """Keep a secret in the place of the one before."""
    change = {name: value for name, value in values.items() if name not in {"connection", "name"}}
    connection.execute(insert(connection_secret).values(values).on_conflict_do_update(index_elements=_KEY, set_=change))


def drop(connection: Connection, of: str, name: str) -> bool:
    """Remove a secret of a connection; return whether there was one."""
    which = (connection_secret.c.connection == of, connection_secret.c.name == name)
    return bool(connection.execute(delete(connection_secret).where(*which)).rowcount)


def listing(connection: Connection, of: str | None = None) -> list[Row[Any]]:
    """Return the secrets of a connection, or of all, by name."""
    query = select(connection_secret).order_by(*_KEY)
    return list(connection.execute(query if of is None else query.where(connection_secret.c.connection == of)))


def reseal(connection: Connection, row: Row[Any], key: str, sealed: str) -> None:
    """Keep a secret encrypted with another key."""
    which = (connection_secret.c.connection == row.connection, connection_secret.c.name == row.name)
    connection.execute(update(connection_secret).where(*which).values(key=key, sealed=sealed))
