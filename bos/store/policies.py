"""The approval policy that holds now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.policy import POLICY_ID
from bos.store.documents import head
from bos.store.locks import lock, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

NAME = ("document", "policy", POLICY_ID)
"""The lock of the policy."""


def rules(connection: Connection) -> Sequence[Mapping[str, Any]]:
    """Return the rules of the live policy; none where the home has no policy yet."""
    found = head(connection, "policy", POLICY_ID)
    return found.doc["rules"] if found is not None else ()


def hold(connection: Connection, kind: str, id_: str) -> None:
    """Lock a document for a change of it; the policy stays as it is until the transaction ends.

    The policy comes first, so that nobody who holds a document waits for whoever changes the policy.
    """
    name = ("document", kind, id_)
    if name != NAME:
        share(connection, [NAME])
    lock(connection, name)
