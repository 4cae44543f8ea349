"""Runs: frozen records of what was computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, select, tuple_

from bos.store.tables import run

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row


def write(connection: Connection, values: dict[str, Any]) -> None:
    """Write a run."""
    connection.execute(insert(run).values(kind="kpi", **values))


def find(connection: Connection, name: str) -> dict[str, Any] | None:
    """Return the record of a run, or nothing."""
    found = connection.execute(select(run.c.record).where(run.c.run == name)).first()
    return dict(found.record) if found else None


def newest(connection: Connection, flow: str, *, after: tuple[datetime, str] | None, limit: int) -> list[Row[Any]]:
    """Return runs of a flow, newest first."""
    order = (run.c.at, run.c.run)
    query = select(run).where(run.c.flow == flow).order_by(*(part.desc() for part in order)).limit(limit)
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*(literal(part) for part in after)))
    return list(connection.execute(query))
