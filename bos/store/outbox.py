"""What others must hear: written with the deed, sent after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from bos.store.locks import lock
from bos.store.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row


def add(connection: Connection, messages: Sequence[tuple[str, dict[str, Any]]], at: datetime) -> None:
    """Write messages of ``(topic, payload)``."""
    if messages:
        connection.execute(insert(outbox), [{"topic": t, "payload": p, "at": at} for t, p in messages])


def take(connection: Connection, *, limit: int) -> list[Row[Any]]:
    """Return the oldest messages, with all else that was written at their moments, so that no act is torn apart.

    Nobody else takes any until the transaction ends.
    """
    lock(connection, ("outbox",))
    oldest = list(connection.execute(select(outbox).order_by(outbox.c.seq).limit(limit)))
    if len(oldest) < limit:
        return oldest
    known = [row.seq for row in oldest]
    acts = select(outbox).where(outbox.c.at.in_({row.at for row in oldest}), outbox.c.seq.not_in(known))
    return [*oldest, *connection.execute(acts.order_by(outbox.c.seq))]


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove messages that were sent."""
    connection.execute(delete(outbox).where(outbox.c.seq.in_(numbers)))
