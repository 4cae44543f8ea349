"""Feedback of a flow, with who gave it and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import and_, select

from bos.store.tables import document, version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    Found: TypeAlias = Row[*tuple[Any, ...]]

_GIVEN = version.alias("given")
_QUERY = (
    select(
        version.c.id,
        version.c.doc,
        version.c.n,
        version.c.author.label("changed_by"),
        version.c.at.label("changed_at"),
        _GIVEN.c.author,
        _GIVEN.c.at,
    )
    .select_from(document)
    .join(
        version, and_(version.c.kind == document.c.kind, version.c.id == document.c.id, version.c.n == document.c.head)
    )
    .join(_GIVEN, and_(_GIVEN.c.kind == document.c.kind, _GIVEN.c.id == document.c.id, _GIVEN.c.n == 1))
    .where(document.c.kind == "feedback", document.c.retired.is_(False))
)


def of_flow(connection: Connection, flow: str) -> Sequence[Found]:
    """Return the feedback of a flow as it stands, newest first: ``author`` and ``at`` are those of version 1."""
    mine = _QUERY.where(version.c.doc["flow"].astext == flow)
    return connection.execute(mine.order_by(_GIVEN.c.at.desc(), version.c.id)).all()


def unanswered(connection: Connection) -> Sequence[Found]:
    """Return the feedback of every flow that waits for an answer or for what was planned."""
    waits = version.c.doc["status"].astext.in_(["open", "planned"])
    return connection.execute(_QUERY.where(waits).order_by(version.c.id)).all()


def one(connection: Connection, id_: str) -> Found | None:
    """Return one piece of feedback, or nothing."""
    return connection.execute(_QUERY.where(version.c.id == id_)).first()
