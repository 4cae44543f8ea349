"""Packs that were made, among the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, select, tuple_

from bos.store.tables import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row


def packs(
    connection: Connection, flow: str | None, *, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Row[Any]]:
    """Return packs, of one flow or of all, newest first."""
    order = (run.c.at, run.c.run)
    query = select(run).where(run.c.kind == "report").order_by(*(part.desc() for part in order)).limit(limit)
    if flow is not None:
        query = query.where(run.c.flow == flow)
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*(literal(part) for part in after)))
    return connection.execute(query).all()
