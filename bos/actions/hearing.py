"""Who hears: the connections that are told of what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.model.connection import Connection as Document
from bos.store import documents

if TYPE_CHECKING:
    from sqlalchemy import Connection


def hearing(connection: Connection) -> list[Document]:
    """Return the connections that are switched on and not retired."""
    names = [("connection", name) for name in documents.ids(connection, "connection")]
    found = [Document.model_validate(one.doc) for one in documents.live(connection, names).values()]
    return [one for one in found if one.enabled]


def is_heard(connection: Connection, flow: str, topic: str) -> bool:
    """Return whether some connection tells of a kind of message of a flow."""
    return any(topic in one.tells.get(flow, ()) for one in hearing(connection))
