"""How watched KPIs stand, and who hears of their changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables import document, version
from bos.store.tables_people import person
from bos.store.tables_watch import watch_state, watch_subscription

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

EVERY = ""
"""Stands for every KPI of a flow."""
_WATCHED: ColumnElement[str] = literal_column("""'$.outcomes[*].watch ? (@.type() == "object")'::jsonpath""")


def flows(connection: Connection) -> list[str]:
    """Return the flows with a live KPI that is watched, by id."""
    query = (
        select(version.c.id)
        .select_from(document)
        .join(
            version,
            and_(version.c.kind == document.c.kind, version.c.id == document.c.id, version.c.n == document.c.head),
        )
        .where(document.c.kind == "template", document.c.retired.is_(False))
        .where(func.jsonb_path_exists(version.c.doc, _WATCHED))
        .order_by(version.c.id)
    )
    return list(connection.execute(query).scalars())


def states(connection: Connection, flow: str, *, held: bool = False) -> dict[str, Row[Any]]:
    """Return KPI → how it stands; ``held``: nobody else changes them until the transaction ends."""
    query = select(watch_state).where(watch_state.c.flow == flow)
    rows = connection.execute(query.with_for_update() if held else query)
    return {row.kpi: row for row in rows}


def write(connection: Connection, flow: str, kpi: str, values: dict[str, Any]) -> None:
    """Write how a KPI stands."""
    query = insert(watch_state).values(flow=flow, kpi=kpi, **values)
    connection.execute(query.on_conflict_do_update(index_elements=["flow", "kpi"], set_=values))


def held_of(connection: Connection) -> set[str]:
    """Return the flows of which it is known how a KPI stands."""
    return set(connection.execute(select(watch_state.c.flow).distinct()).scalars())


def forget(connection: Connection, flow: str, kpis: Iterable[str] | None = None) -> None:
    """Forget how KPIs stand that are watched no more; ``None``: all of the flow."""
    own = [watch_state.c.flow == flow]
    own += [] if kpis is None else [watch_state.c.kpi.in_(list(kpis))]
    connection.execute(delete(watch_state).where(*own))


def acknowledge(connection: Connection, flow: str, kpi: str, *, by: str, why: str, at: datetime) -> None:
    """Note that somebody looks after a KPI's state."""
    own = (watch_state.c.flow == flow, watch_state.c.kpi == kpi)
    told = {"acknowledged_by": by, "acknowledged_at": at, "acknowledgement": why}
    connection.execute(update(watch_state).where(*own).values(**told))


def subscribe(connection: Connection, flow: str, kpi: str, who: str, at: datetime) -> bool:
    """Let a person hear of a KPI; return whether that is new."""
    query = insert(watch_subscription).values(flow=flow, kpi=kpi, person=who, at=at).on_conflict_do_nothing()
    return connection.execute(query).rowcount == 1


def unsubscribe(connection: Connection, flow: str, kpi: str, who: str) -> bool:
    """Let a person hear of a KPI no more; return whether they did."""
    own = watch_subscription.c
    query = delete(watch_subscription).where(own.flow == flow, own.kpi == kpi, own.person == who)
    return connection.execute(query).rowcount == 1


def subscribers(connection: Connection, flow: str) -> dict[str, tuple[str, ...]]:
    """Return KPI (``EVERY`` for all) → who hears of it, without those who are disabled."""
    own = watch_subscription.c
    query = (
        select(own.kpi, own.person)
        .outerjoin(person, person.c.person == own.person)
        .where(own.flow == flow, person.c.disabled_at.is_(None))
        .order_by(own.kpi, own.person)
    )
    found: dict[str, tuple[str, ...]] = {}
    for kpi, who in connection.execute(query):
        found[kpi] = (*found.get(kpi, ()), who)
    return found
