"""What others sent to BOS: kept until it is read, and known by its id for a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, cast, delete, exists, func, select, true, update
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


def standing(connection: Connection, since: datetime) -> dict[str, Row[Any]]:
    """Return for each connection that something came over when the last did, and how many stand how.

    ``read`` and ``rejected`` count the rows of what came ``since`` then alone, ``added`` all.
    """
    own = table.c
    fresh = and_(own.at >= since, own.state == "done")
    many = [func.count().filter(own.state == state).label(state) for state in ("waiting", "done", "dead")]
    rows = [func.coalesce(func.sum(one).filter(fresh), 0).label(one.name) for one in (own.read, own.rejected)]
    added = func.coalesce(func.sum(own.added), 0).label("added")
    wanted = select(own.connection, func.max(own.at).label("at"), *many, added, *rows)
    return {row.connection: row for row in connection.execute(wanted.group_by(own.connection))}


def reasons(connection: Connection, since: datetime) -> dict[str, dict[str, int]]:
    """Return of each connection why rows of what came ``since`` then were not taken, with how many, commonest first."""
    each = func.jsonb_each_text(table.c.reasons).table_valued("key", "value").render_derived()
    many = func.sum(cast(each.c.value, BigInteger)).label("many")
    wanted = select(table.c.connection, each.c.key, many).select_from(table).join(each, true())
    fresh = wanted.where(table.c.at >= since, table.c.rejected > 0).group_by(table.c.connection, each.c.key)
    found: dict[str, dict[str, int]] = {}
    for system, reason, count in connection.execute(fresh.order_by(many.desc(), each.c.key)):
        found.setdefault(system, {})[reason] = int(count)
    return found


def absent(connection: Connection, since: datetime) -> dict[str, tuple[str, ...]]:
    """Return of each connection the fields of its mapping that no row of what came ``since`` then had."""
    own = table.c
    fresh = and_(own.at >= since, own.state == "done", own.read > 0)
    name = func.jsonb_array_elements_text(own.absent).table_valued("value").render_derived()
    many = select(own.connection, func.count().label("many")).where(fresh).group_by(own.connection).subquery()
    wanted = select(own.connection, name.c.value).select_from(table).join(name, true())
    wanted = wanted.join(many, many.c.connection == own.connection).where(fresh)
    wanted = wanted.group_by(own.connection, name.c.value, many.c.many).having(func.count() == many.c.many)
    found: dict[str, tuple[str, ...]] = {}
    for system, field in connection.execute(wanted.order_by(name.c.value)):
        found[system] = (*found.get(system, ()), field)
    return found


def stranded(connection: Connection, *, limit: int) -> Sequence[Row[Any]]:
    """Return deliveries that wait though no job is to read them, and hold them."""
    runs = exists().where(job.c.id == table.c.job, job.c.state.in_(UNFINISHED))
    columns = [column for column in table.c if column.name not in {"headers", "body"}]
    wanted = select(*columns).where(table.c.state == "waiting", ~runs).order_by(table.c.at).limit(limit)
    return connection.execute(wanted.with_for_update(of=table, skip_locked=True)).all()


def forget(connection: Connection, before: datetime) -> int:
    """Forget the deliveries of before a moment that wait for nothing; return how many."""
    gone = delete(table).where(table.c.at < before, table.c.state != "waiting")
    return connection.execute(gone).rowcount
