"""How it goes with each connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables_connections import connection_state

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row


def find(connection: Connection, of: str) -> Row[Any] | None:
    """Return how it goes with a connection, or nothing where it was never tried."""
    return connection.execute(select(connection_state).where(connection_state.c.connection == of)).first()


def every(connection: Connection) -> dict[str, Row[Any]]:
    """Return how it goes with every connection that was tried, by its id."""
    return {row.connection: row for row in connection.execute(select(connection_state))}


def held(connection: Connection, of: str) -> Row[Any]:
    """Return how it goes with a connection; nobody else changes it until the transaction ends."""
    own = connection_state.c
    fresh = insert(connection_state).values(connection=of, failures=0, pause=0).on_conflict_do_nothing()
    connection.execute(fresh)
    return connection.execute(select(connection_state).where(own.connection == of).with_for_update()).one()


def write(connection: Connection, of: str, values: dict[str, Any]) -> None:
    """Write how it goes with a connection."""
    fresh = insert(connection_state).values({"connection": of, "failures": 0, "pause": 0, **values})
    connection.execute(fresh.on_conflict_do_update(index_elements=["connection"], set_=values))


def refused(connection: Connection, of: str, at: datetime, *, why: str, hint: str) -> None:
    """Write that somebody who sent was turned away; it is no failure of the connection."""
    write(connection, of, {"refused_at": at, "refused_why": why, "refused_hint": hint})


def came(connection: Connection, of: str, at: datetime) -> None:
    """Write that something was let in over a connection at a moment; a later one stays."""
    own = connection_state.c
    fresh = insert(connection_state).values(connection=of, failures=0, pause=0, tried_at=at, worked_at=at)
    latest = {name: func.greatest(own[name], at) for name in ("tried_at", "worked_at")}
    connection.execute(fresh.on_conflict_do_update(index_elements=["connection"], set_=latest))
