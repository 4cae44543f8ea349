"""Unfinished edits: one a person and document, counted by revision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables import draft

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row


def find(connection: Connection, kind: str, id_: str, person: str) -> Row[Any] | None:
    """Return a person's draft of a document, or nothing."""
    return connection.execute(select(draft).where(_mine(kind, id_, person))).first()


def of_person(connection: Connection, person: str, *, limit: int) -> list[Row[Any]]:
    """Return a person's drafts, newest first."""
    query = select(draft).where(draft.c.person == person).order_by(draft.c.at.desc(), draft.c.kind, draft.c.id)
    return list(connection.execute(query.limit(limit)))


def write(
    connection: Connection,
    kind: str,
    id_: str,
    person: str,
    *,
    revision: int,
    base_version: int,
    doc: dict[str, Any],
    at: datetime,
) -> None:
    """Write a revision of a draft in the place of the one before."""
    values = {"revision": revision, "base_version": base_version, "doc": doc, "at": at}
    statement = insert(draft).values(kind=kind, id=id_, person=person, **values)
    keys = [draft.c.kind, draft.c.id, draft.c.person]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def remove(connection: Connection, kind: str, id_: str, person: str) -> None:
    """Remove a draft."""
    connection.execute(delete(draft).where(_mine(kind, id_, person)))


def _mine(kind: str, id_: str, person: str) -> ColumnElement[bool]:
    return and_(draft.c.kind == kind, draft.c.id == id_, draft.c.person == person)
