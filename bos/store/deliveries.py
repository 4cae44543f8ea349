"""What systems are told: rows that wait, were sent, could not be, or were given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, or_, select, update

from bos.store.tables_connections import connection_state, delivery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

ENDED = ("sent", "given up")


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write deliveries that wait."""
    if rows:
        connection.execute(insert(delivery), [{"state": "waiting", "attempts": 0, **row} for row in rows])


def due(connection: Connection, now: datetime, *, limit: int) -> list[Row[Any]]:
    """Return the oldest delivery of each connection and flow, where it is due and the connection is not left alone.

    Connections take turns, so that one of which much waits keeps no other waiting.
    """
    own = delivery.c
    oldest = select(func.min(own.seq)).where(own.state == "waiting").group_by(own.connection, own.flow)
    heads = select(own.seq, own.connection, own.flow, own.due_at).where(own.seq.in_(oldest)).subquery()
    rested = connection_state.c.open_until
    turn = func.row_number().over(partition_by=heads.c.connection, order_by=(heads.c.due_at, heads.c.seq))
    query = (
        select(heads.c.seq, heads.c.connection, heads.c.flow)
        .outerjoin(connection_state, connection_state.c.connection == heads.c.connection)
        .where(heads.c.due_at <= now, or_(rested.is_(None), rested <= now))
        .order_by(turn, heads.c.due_at, heads.c.seq)
        .limit(limit)
    )
    return list(connection.execute(query))


def first(connection: Connection, of: str, flow: str) -> Row[Any] | None:
    """Return the oldest delivery of a connection and a flow that waits, or nothing."""
    own = delivery.c
    query = select(delivery).where(own.connection == of, own.flow == flow, own.state == "waiting")
    return connection.execute(query.order_by(own.seq).limit(1)).first()


def find(connection: Connection, seq: int, *, locked: bool = False) -> Row[Any] | None:
    """Return a delivery, or nothing; ``locked`` keeps others from changing it until the transaction ends."""
    query = select(delivery).where(delivery.c.seq == seq)
    return connection.execute(query.with_for_update() if locked else query).first()


def write(connection: Connection, seq: int, values: dict[str, Any], *, state: str = "waiting") -> Row[Any] | None:
    """Write values of a delivery that is in a state; return it as it is then, or nothing where it was in another."""
    which = and_(delivery.c.seq == seq, delivery.c.state == state)
    return connection.execute(update(delivery).where(which).values(**values).returning(delivery)).first()


def listing(connection: Connection, *, states: Sequence[str], of: str | None, limit: int) -> list[Row[Any]]:
    """Return deliveries in one of the states, newest first, to one connection or to all."""
    query = select(delivery).where(delivery.c.state.in_(states)).order_by(delivery.c.seq.desc()).limit(limit)
    return list(connection.execute(query if of is None else query.where(delivery.c.connection == of)))


def counts(connection: Connection) -> dict[tuple[str, str], tuple[int, datetime]]:
    """Return how many deliveries of a connection are in a state, and since when the oldest is there."""
    own = delivery.c
    query = select(own.connection, own.state, func.count().label("many"), func.min(own.created_at).label("oldest"))
    rows = connection.execute(query.group_by(own.connection, own.state))
    return {(row.connection, row.state): (row.many, row.oldest) for row in rows}


def left_out(connection: Connection) -> dict[str, str]:
    """Return what of the newest message that was sent to a connection was left out, where something was."""
    own = delivery.c
    newest = select(func.max(own.seq)).where(own.state == "sent").group_by(own.connection)
    query = select(own.connection, own.reason).where(own.seq.in_(newest), own.reason.is_not(None))
    return {row.connection: row.reason for row in connection.execute(query)}


def forget(connection: Connection, before: datetime) -> None:
    """Remove what was sent, or given up, before a moment."""
    connection.execute(delete(delivery).where(delivery.c.state.in_(ENDED), delivery.c.ended_at < before))
