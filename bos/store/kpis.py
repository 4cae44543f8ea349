"""Runs: frozen records of what was computed, of several kinds (``kpi``, ``dashboard``, ``report``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, select, tuple_

from bos.model.scope import EVERYWHERE, Reach
from bos.store.places import within
from bos.store.tables import run

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row


def write(connection: Connection, values: dict[str, Any], *, kind: str = "kpi") -> None:
    """Write a run of a kind."""
    connection.execute(insert(run).values(kind=kind, **values))


def find(connection: Connection, name: str, *, kind: str = "kpi") -> dict[str, Any] | None:
    """Return the record of a run of a kind, or nothing."""
    found = connection.execute(select(run.c.record).where(run.c.run == name, run.c.kind == kind)).first()
    return dict(found.record) if found else None


def newest(
    connection: Connection,
    flow: str | None,
    *,
    after: tuple[datetime, str] | None,
    limit: int,
    kind: str = "kpi",
    reach: Reach = EVERYWHERE,
) -> list[Row[Any]]:
    """Return runs of a kind, of one flow or of all, newest first; of those, what ``reach`` lets see."""
    order = (run.c.at, run.c.run)
    query = select(run).where(run.c.kind == kind).order_by(*(part.desc() for part in order)).limit(limit)
    if flow is not None:
        query = query.where(run.c.flow == flow)
    if not reach.everywhere:
        query = query.where(within(run.c.flow, reach))
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*(literal(part) for part in after)))
    return list(connection.execute(query))
