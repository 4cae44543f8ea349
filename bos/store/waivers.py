"""Waivers: values that count as signed until a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select, tuple_, update

from bos.store.approval.book import Waived
from bos.store.tables_approval import waiver

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row


def standing(connection: Connection, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Waived]]:
    """Return by kind and id of documents, and by path, the values that count as signed now."""
    told: dict[tuple[str, str], dict[str, Waived]] = {}
    for row in found(connection, tuple_(waiver.c.kind, waiver.c.id).in_(names), *STANDING):
        told.setdefault((row.kind, row.id), {})[row.path] = _waived(row)
    return told


def _waived(row: Row[Any]) -> Waived:
    people = dict.fromkeys(one for one in (row.asked_by, row.asked_for, row.set_by, row.set_for) if one)
    return Waived(row.value_hash, row.set_at, row.ends, row.reason, tuple(people))


OPEN = waiver.c.ended_at.is_(None)
STANDING = (OPEN, waiver.c.set_at.is_not(None), waiver.c.ends > func.now())


def found(connection: Connection, *where: ColumnElement[bool], locked: bool = False) -> list[Row[Any]]:
    """Return waivers, newest first."""
    query = select(waiver).where(*where).order_by(waiver.c.at.desc(), waiver.c.waiver)
    return list(connection.execute(query.with_for_update() if locked else query))


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Write that somebody asks for a waiver."""
    connection.execute(insert(waiver).values(**values))


def set_(connection: Connection, name: str, *, by: str, for_: str | None, at: datetime) -> None:
    """Write that a waiver stands from a moment on."""
    mine = waiver.c.waiver == name
    connection.execute(update(waiver).where(mine).values(set_by=by, set_for=for_, set_at=at))


def end(connection: Connection, names: Sequence[str], *, by: str, reason: str, at: datetime) -> None:
    """Write that waivers stand no more."""
    mine = and_(waiver.c.waiver.in_(names), OPEN)
    connection.execute(update(waiver).where(mine).values(ended_at=at, ended_by=by, end_reason=reason))
