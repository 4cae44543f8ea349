"""Schedules that are in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import and_, select

from bos.store.tables import document, version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    Found: TypeAlias = Row[*tuple[Any, ...]]

_MADE = version.alias("made")


def enabled(connection: Connection) -> Sequence[Found]:
    """Return the live schedules that are enabled, by id; ``made_at`` is the time of their version 1."""
    query = (
        select(version.c.id, version.c.doc, _MADE.c.at.label("made_at"))
        .select_from(document)
        .join(
            version,
            and_(version.c.kind == document.c.kind, version.c.id == document.c.id, version.c.n == document.c.head),
        )
        .join(_MADE, and_(_MADE.c.kind == document.c.kind, _MADE.c.id == document.c.id, _MADE.c.n == 1))
        .where(document.c.kind == "schedule", document.c.retired.is_(False), version.c.doc["enabled"].as_boolean())
        .order_by(version.c.id)
    )
    return connection.execute(query).all()
