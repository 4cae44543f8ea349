"""Whether the actor may do something with a document or a flow. The table is ``bos.auth.policy``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.auth.policy import allow, reach
from bos.errors import Forbidden
from bos.model.scope import HOME
from bos.store import documents, places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from bos.auth.actor import Actor

UNTOLD = "Whoever may test connections sees why."
"""What stands where a system said why: its words may name what is inside of it."""

WITHHELD = "Whoever may read single rows of the flow sees why."
"""What stands where it is said why a file cannot be read: that may quote its first row."""


def hears_systems(actor: Actor) -> bool:
    """Return whether the actor may see what connected systems said of a failure; for others, see ``UNTOLD``."""
    return reach(actor, "connection.test").covers(HOME)


def permit(
    connection: Connection,
    actor: Actor,
    action: str,
    kind: str,
    id_: str,
    content: Mapping[str, Any] | None = None,
) -> None:
    """Return when the actor may do something with a document, which need not exist.

    ``content`` is that of a document about to be made, or what it is to become. Nothing is asked of the database where
    a role holds on all flows.

    Raises:
        Forbidden: they may not (``role``); a document that is not there is refused alike.
    """
    allow(actor, action)
    if not reach(actor, action).everywhere:
        allow(actor, action, places.of_document(connection, kind, id_, content))


def permit_draft(
    connection: Connection, actor: Actor, action: str, kind: str, id_: str, content: Mapping[str, Any]
) -> None:
    """Return when the actor may do something with a document, or with what is to become one.

    What a draft says of its flow and tags counts only while there is no such document. Raises as :func:`permit`.
    """
    allow(actor, action)
    if reach(actor, action).everywhere:
        return
    there = documents.head(connection, kind, id_) is not None
    permit(connection, actor, action, kind, id_, None if there else content)


def permit_flow(connection: Connection, actor: Actor, action: str, flow: str) -> None:
    """Return when the actor may do something with a flow, which need not exist. Raises as :func:`permit`."""
    permit(connection, actor, action, "template", flow)


def may_read_rows(connection: Connection, actor: Actor, flow: str) -> bool:
    """Return whether somebody may read single rows of a flow; for others, see ``WITHHELD``."""
    try:
        permit_flow(connection, actor, "telemetry.rows", flow)
    except Forbidden:
        return False
    return True
