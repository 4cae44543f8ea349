"""Runs: frozen records of what was computed, of several kinds (``kpi``, ``dashboard``, ``report``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, cast, func, insert, literal, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from bos.model.scope import EVERYWHERE, Reach
from bos.store.places import within
from bos.store.tables import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

FIRST, LOOKED = 20, 500
"""Runs of one period that are looked at for what was told first, among so many of the newest of a flow."""


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


def told_by_dashboards(
    connection: Connection,
    flow: str,
    *,
    start: datetime | None,
    end: datetime,
    before: datetime,
    filters: Mapping[str, Sequence[str | None]],
) -> list[Row[Any]]:
    """Return the first dashboard runs of a period that was over then, with their tiles (``told``), oldest first."""
    tiles = func.jsonb_path_query_array(run.c.record, cast('$.panels[*] ? (@.kind == "kpi")', JSONPATH))
    kept = cast({name: list(values) for name, values in filters.items()}, JSONB)
    own = (*_of_period(run.c.record["window"], start, end), run.c.record["filters"] == kept)
    among = run.c.run.in_(_newest_of(flow, "dashboard", end, before))
    query = select(run.c.run, run.c.at, tiles.label("told")).where(among, *own)
    return list(connection.execute(query.order_by(run.c.at, run.c.run).limit(FIRST)))


def told_by_kpis(
    connection: Connection, flow: str, *, start: datetime | None, end: datetime, before: datetime
) -> list[Row[Any]]:
    """Return the first runs of KPIs as a whole of a period that was over then, with their values (``told``)."""
    asked = run.c.record["options"]
    whole = (asked["by"].astext.is_(None), asked["dimensions"] == cast([], JSONB))
    own = (*_of_period(asked, start, end), *whole)
    among = run.c.run.in_(_newest_of(flow, "kpi", end, before))
    query = select(run.c.run, run.c.at, run.c.record["values"].label("told")).where(among, *own)
    return list(connection.execute(query.order_by(run.c.at, run.c.run).limit(FIRST)))


def _newest_of(flow: str, kind: str, end: datetime, before: datetime) -> Select[Any]:
    """Return the newest runs of a kind that were made from ``end`` on: their records are large, so few are read."""
    own = (run.c.flow == flow, run.c.kind == kind, run.c.at >= end, run.c.at < before)
    return select(run.c.run).where(*own).order_by(run.c.at.desc()).limit(LOOKED)


def _of_period(told: ColumnElement[Any], start: datetime | None, end: datetime) -> tuple[ColumnElement[bool], ...]:
    first, last = (cast(told[name].astext, DateTime(timezone=True)) for name in ("start", "end"))
    begins = first.is_(None) if start is None else first == start
    return (begins, last == end)
