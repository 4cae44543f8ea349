"""Where feedback is in the systems that were told of it, and how far it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, not_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables_connections import feedback_receipt as table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

_OWN = table.c
_SETTLED = or_(_OWN.done, _OWN.gone)


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Write that a system was told of feedback; how far it is there is known where others share its reference."""
    here = [table.c[name] == row[name] for name in ("connection", "address", "reference")]
    known = connection.execute(select(_OWN.state, _OWN.asked_at).where(*here, not_(_SETTLED)).limit(1)).first()
    state = {"state": known.state, "asked_at": known.asked_at} if known else {"state": ""}
    connection.execute(insert(table).values(done=False, gone=False, **state, **row).on_conflict_do_nothing())


def due(
    connection: Connection, of: str, address: str, *, asked: datetime, settled: datetime, told: datetime, limit: int
) -> list[str]:
    """Return references of a connection at an address that may be asked for, what was not asked for longest first.

    What is under way is due where it was not asked for since ``asked``; what is done or gone, where not since
    ``settled``, and while it was told after ``told``.
    """
    last = func.max(_OWN.asked_at).filter(not_(_SETTLED))
    under_way = and_(func.bool_or(not_(_SETTLED)), or_(last.is_(None), last <= asked))
    ended = and_(func.bool_and(_SETTLED), func.max(_OWN.asked_at) <= settled, func.max(_OWN.told_at) > told)
    query = select(_OWN.reference).where(_OWN.connection == of, _OWN.address == address)
    first = (func.max(_OWN.asked_at).asc().nulls_first(), func.min(_OWN.told_at), _OWN.reference)
    query = query.where(_OWN.reference != "").group_by(_OWN.reference).having(or_(under_way, ended))
    return list(connection.execute(query.order_by(*first).limit(limit)).scalars())


def of_feedback(connection: Connection, ids: Iterable[str]) -> dict[str, list[Row[Any]]]:
    """Return feedback → where it is, the first that was told first."""
    found: dict[str, list[Row[Any]]] = {}
    query = select(table).where(_OWN.feedback.in_(list(ids))).order_by(_OWN.told_at, _OWN.connection)
    for row in connection.execute(query):
        found.setdefault(row.feedback, []).append(row)
    return found


def held(connection: Connection, of: str, address: str, references: Sequence[str]) -> list[Row[Any]]:
    """Return what shares references of a connection; nobody else changes it until the transaction ends."""
    query = select(table).where(_OWN.connection == of, _OWN.address == address, _OWN.reference.in_(references))
    return list(connection.execute(query.order_by(_OWN.feedback).with_for_update()))


def write(connection: Connection, row: Row[Any], values: dict[str, Any]) -> None:
    """Write how far feedback is in a system."""
    which = and_(_OWN.feedback == row.feedback, _OWN.connection == row.connection)
    connection.execute(update(table).where(which).values(values))
