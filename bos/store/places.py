"""Where documents lie: the flows they concern, with the tags of these; and what somebody may see of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, false, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from bos.model.scope import HOME, Place
from bos.store import relations
from bos.store.tables import search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Row

    from bos.model.scope import Reach


SHARED = frozenset({"signal", "calendar", "cost_rule"})
"""Kinds that flows share: such a document concerns every flow that uses it."""


def of_flow(connection: Connection, flow: str) -> Place:
    """Return the place of a flow, whether it exists or not."""
    return Place(_tagged(connection, [flow]))


def of_document(connection: Connection, kind: str, id_: str, content: Mapping[str, Any] | None = None) -> Place:
    """Return the place of a document; of one that is about to be made, or moved, by its ``content``."""
    if kind == "connection":
        return HOME
    if kind in SHARED:
        users = [user for user_kind, user in relations.users(connection, kind, id_) if user_kind == "template"]
        return Place(_tagged(connection, users), shared=not users)
    if kind == "template":
        tags = content.get("tags") if content is not None else None
        return of_flow(connection, id_) if tags is None else Place({id_: frozenset(map(str, tags))})
    if content is not None:
        return of_flow(connection, str(content.get("flow", "")))
    flow = connection.execute(select(search.c.flow).where(search.c.kind == kind, search.c.id == id_)).scalar()
    return of_flow(connection, flow or "")


def of_row(connection: Connection, row: Row[Any]) -> Place:
    """Return the place of a document from its row of the search."""
    if row.kind == "template":
        return Place({row.id: frozenset(row.tags)})
    return of_document(connection, row.kind, row.id)


def _tagged(connection: Connection, flows: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {flow: frozenset() for flow in flows if "\x00" not in flow}
    query = select(search.c.id, search.c.tags).where(search.c.kind == "template", search.c.id.in_(found))
    found.update({row.id: frozenset(row.tags) for row in connection.execute(query)} if found else {})
    return found


def within(column: ColumnElement[Any], reach: Reach) -> ColumnElement[bool]:
    """Return the condition that a column names a flow (or, empty, none) that somebody reaches."""
    if reach.everywhere:
        return true()
    flows = sorted({grant.value for grant in reach.grants if grant.scope == "flow"})
    tags = sorted({grant.value for grant in reach.grants if grant.scope == "tag"})
    if not flows and not tags:
        return false()
    found = [column == "", column.in_(flows)]
    if tags:
        tagged = select(search.c.id).where(search.c.kind == "template", search.c.tags.overlap(cast(tags, ARRAY(Text))))
        found.append(column.in_(tagged))
    return or_(*found)


def flows_within(connection: Connection, flows: Iterable[str], reach: Reach) -> set[str]:
    """Return those of some flows that somebody reaches."""
    named = set(flows)
    if reach.everywhere:
        return named
    return {flow for flow, tags in _tagged(connection, named).items() if reach.covers(Place({flow: tags}))}
