"""What is read off the live content of documents, so that lists, searches and relations need not open them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from bos.model.kinds import ordered
from bos.store import facets, relations, search
from bos.store.tables import document, version
from bos.store.tables import search as rows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_AT_ONCE = 200


def write(
    connection: Connection,
    kind: str,
    content: dict[str, Any],
    *,
    version: int,
    state: str,
    author: str,
    at: datetime,
) -> None:
    """Write what a document is found by and tied to, in the place of what was written before.

    A retired document stays to be found, and is tied to nothing.
    """
    retired = state == "retired"
    ties = () if retired else relations.ties(kind, content)
    relations.write(connection, kind, content["id"], ties)
    facets.write(connection, kind, content, set() if retired else facets.marks(kind, content, ties))
    search.write(connection, kind, content, version=version, state=state, author=author, at=at)


def renew(connection: Connection) -> None:
    """Write it anew for every document, as after a change of what is read off."""
    live = and_(version.c.kind == document.c.kind, version.c.id == document.c.id, version.c.n == document.c.head)
    listed = and_(rows.c.kind == document.c.kind, rows.c.id == document.c.id)
    query = (
        select(document.c.kind, version.c.doc, rows.c.version, rows.c.state, rows.c.author, rows.c.at)
        .join(version, live)
        .join(rows, listed)
        .order_by(document.c.kind, document.c.id)
    )
    found = connection.execute(query).yield_per(_AT_ONCE)
    for part in found.partitions():
        for kind, content, number, state, author, at in part:
            write(connection, kind, ordered(kind, content), version=number, state=state, author=author, at=at)
