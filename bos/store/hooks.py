"""What others sent to BOS: kept until it is read, and known by its id for a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from bos.store.jobs import UNFINISHED
from bos.store.tables import job
from bos.store.tables_connections import hook_delivery as table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row


def add(connection: Connection, values: dict[str, Any]) -> bool:
    """Keep a delivery; return whether it is new. Of two that come at once, the second waits for the first."""
    fresh = insert(table).values(values).on_conflict_do_nothing().returning(table.c.id)
    return connection.execute(fresh).first() is not None


def find(connection: Connection, system: str, id_: str, *, locked: bool = False) -> Row[Any] | None:
    """Return a delivery."""
    wanted = select(table).where(table.c.connection == system, table.c.id == id_)
    return connection.execute(wanted.with_for_update() if locked else wanted).first()


def newest(connection: Connection, system: str, *, limit: int) -> Sequence[Row[Any]]:
    """Return the deliveries of a connection: the dead ones first, each newest first; without what was sent."""
    columns = [column for column in table.c if column.name not in {"headers", "body"}]
    wanted = select(*columns).where(table.c.connection == system)
    order = ((table.c.state == "dead").desc(), table.c.at.desc(), table.c.id)
    return connection.execute(wanted.order_by(*order).limit(limit)).all()


def change(connection: Connection, system: str, id_: str, **values: Any) -> None:
    """Write what became of a delivery."""
    connection.execute(update(table).where(table.c.connection == system, table.c.id == id_).values(values))


def stranded(connection: Connection, *, limit: int) -> Sequence[Row[Any, Any, Any]]:
    """Return deliveries that wait though no job is to read them, and hold them."""
    runs = exists().where(job.c.id == table.c.job, job.c.state.in_(UNFINISHED))
    columns = (table.c.connection, table.c.id, table.c.flow)
    wanted = select(*columns).where(table.c.state == "waiting", ~runs).order_by(table.c.at).limit(limit)
    return connection.execute(wanted.with_for_update(of=table, skip_locked=True)).all()


def forget(connection: Connection, before: datetime) -> int:
    """Forget the deliveries of before a moment that wait for nothing; return how many."""
    gone = delete(table).where(table.c.at < before, table.c.state != "waiting")
    return connection.execute(gone).rowcount
