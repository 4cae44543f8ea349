"""Pieces of work with a connected system: not too many at once, none while it is left alone, each noted."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from bos.errors import Forbidden, Invalid, Unavailable, UsageError
from bos.outgoing.breaker import Breaker
from bos.store import connection_states
from bos.store.engine import alone, readable, reading, transaction
from bos.store.locks import seize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.errors import BosError
    from bos.model.connection import Connection as Document
    from bos.ports import Progress

PAUSED = "system.paused"
"""Code of the error that a system is left alone; it says why, in the words of the system."""
_WAIT_SECONDS = 0.5


def breaker_of(row: Row[Any] | None) -> Breaker:
    """Return the breaker of a connection from its row, or of one that was never tried."""
    return Breaker() if row is None else Breaker(row.failures, row.open_until, row.pause)


def place(held: Connection, connection: Document, breaker: Breaker, now: datetime) -> bool:
    """Take one of the places of a connection for as long as the session of ``held`` lives; return whether one was free.

    A connection has ``at_once`` places; none while it is left alone, and one for whoever tries it again after that.

    Raises:
        Unavailable: the database does not answer.
    """
    many = {"closed": connection.at_once, "half-open": 1, "open": 0}[breaker.state(now)]
    try:
        return any(seize(held, "piece", connection.id, str(number)) for number in range(many))
    except SQLAlchemyError as error:
        raise readable(error) from None


def note(session: Connection, connection: str, now: datetime, error: BosError | None = None) -> None:
    """Write that a system did a piece of work, or why not (``error``: an Unavailable that it is to blame for)."""
    row = connection_states.held(session, connection)
    if error is None:
        found, more = breaker_of(row).worked(), dict[str, Any](worked_at=now)
    else:
        found = breaker_of(row).failed(now, error.details.get("retry_after"))
        more = {"failed_at": now, "reason": error.message, "hint": error.hint}
    values = {"failures": found.failures, "open_until": found.open_until, "pause": found.pause}
    connection_states.write(session, connection, {**values, "tried_at": now, **more})


def tell(session: Connection, connection: str, now: datetime, error: BosError) -> None:
    """Write why work was not done that no system is to blame for: it counts for no pause."""
    values = {"tried_at": now, "failed_at": now, "reason": error.message, "hint": error.hint}
    connection_states.write(session, connection, values)


@contextmanager
def piece(ctx: Context, connection: Document, progress: Progress, *, regular: bool = False) -> Iterator[None]:
    """Have a place of a connection for as long as the block lasts, and note how it went; a place is waited for.

    ``regular`` work that cannot be done as it is asked is told, too, though no system is to blame: nobody looks at it.

    Raises:
        Unavailable: the system is left alone (``system.paused``; ``details.retry_after`` are the seconds left).
    """
    with alone(ctx.engine) as held:
        while not place(held, connection, _awake(ctx, connection.id), datetime.now(UTC)):
            progress(0, None, f"Waiting: enough is under way with {connection.id}")
            time.sleep(_WAIT_SECONDS)
        try:
            yield
        except Unavailable as error:
            if error.code.startswith("system."):
                _noted(ctx, connection.id, error)
            raise
        except (Forbidden, Invalid, UsageError) as error:
            if regular:
                with transaction(ctx.engine) as session:
                    tell(session, connection.id, datetime.now(UTC), error)
            raise
    _noted(ctx, connection.id, None)


def _noted(ctx: Context, connection: str, error: BosError | None) -> None:
    with transaction(ctx.engine) as session:
        note(session, connection, datetime.now(UTC), error)


def _awake(ctx: Context, connection: str) -> Breaker:
    """Return the breaker of a connection that may be asked. Raises Unavailable for one that is left alone."""
    now = datetime.now(UTC)
    with reading(ctx.engine) as session:
        row = connection_states.find(session, connection)
    found = breaker_of(row)
    if row is not None and found.open_until is not None and found.state(now) == "open":
        raise Unavailable(
            f"{connection} is left alone until {found.open_until.astimezone(UTC):%H:%M:%S} UTC: {row.reason}",
            where=connection,
            hint=row.hint or "Try again then.",
            code=PAUSED,
            details={"retry_after": (found.open_until - now).total_seconds()},
        )
    return found
