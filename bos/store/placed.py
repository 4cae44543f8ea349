"""Which dashboards BOS put into other systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables_connections import placed_dashboard as table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def version(connection: Connection, system: str, flow: str) -> str:
    """Return the version a flow's dashboard had when BOS put it there last; empty where it never did."""
    wanted = select(table.c.version).where(table.c.connection == system, table.c.flow == flow)
    return str(connection.execute(wanted).scalar() or "")


def note(connection: Connection, system: str, flow: str, *, version: str, run: str, at: datetime) -> None:
    """Note which run of a flow's dashboard was put there, and which version it has."""
    now = {"version": version, "run": run, "at": at}
    fresh = insert(table).values(connection=system, flow=flow, **now)
    connection.execute(fresh.on_conflict_do_update(index_elements=(table.c.connection, table.c.flow), set_=now))
