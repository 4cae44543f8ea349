"""How it goes with the connections: what was last heard of each, what waits for it, how far it was pulled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions.pieces import breaker_of
from bos.auth.policy import allow
from bos.model.answers.connections import ConnectionHealth
from bos.model.answers.page import Page
from bos.model.connection import Connection as Document
from bos.outgoing.connectors import installed
from bos.store import connection_states, deliveries, documents, pulls, relations
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.answers.connections import ConnectionStanding


def health(ctx: Context, actor: Actor) -> Page[ConnectionHealth]:
    """Return how it goes with every connection that is not retired, by id."""
    allow(actor, "connection.read")
    now = datetime.now(UTC)
    with reading(ctx.engine) as session:
        names = [("connection", name) for name in documents.ids(session, "connection")]
        found = [Document.model_validate(one.doc) for one in documents.live(session, names).values()]
        states, counts = connection_states.every(session), deliveries.counts(session)
        pulled = {one.id: _pulled(session, one.id) for one in found}
    items = [_health(one, states.get(one.id), counts, pulled[one.id], now) for one in found]
    return Page(items=tuple(sorted(items, key=lambda one: one.connection)))


def _pulled(session: Connection, connection: str) -> list[Row[Any]]:
    signals = [id_ for kind, id_ in relations.users(session, "connection", connection) if kind == "signal"]
    return pulls.of_signals(session, signals)


def _health(
    one: Document,
    row: Row[Any] | None,
    counts: dict[tuple[str, str], tuple[int, datetime]],
    pulled: Sequence[Row[Any]],
    now: datetime,
) -> ConnectionHealth:
    connector, breaker = installed().get(one.connector), breaker_of(row)
    waiting, oldest = counts.get((one.id, "waiting"), (0, None))
    upto = min((pull.upto for pull in pulled), default=None)
    return ConnectionHealth(
        connection=one.id,
        title=one.title,
        connector=one.connector,
        system=connector.title if connector else "",
        unproven=connector.unproven if connector else "",
        state=_state(one, row, here=connector is not None, now=now),
        tells=one.tells,
        pull_every=one.pull_every,
        breaker=breaker.state(now),
        open_until=breaker.open_until,
        failures=breaker.failures,
        tried_at=row.tried_at if row else None,
        worked_at=row.worked_at if row else None,
        failed_at=row.failed_at if row else None,
        reason=(row.reason if row else "") or "",
        hint=(row.hint if row else "") or "",
        waiting=waiting,
        waiting_since=oldest,
        dead=counts.get((one.id, "dead"), (0, None))[0],
        sent=counts.get((one.id, "sent"), (0, None))[0],
        upto=upto,
        lag_seconds=round((now - upto).total_seconds()) if upto else None,
        rows=sum(pull.added for pull in pulled),
    )


def _state(one: Document, row: Row[Any] | None, *, here: bool, now: datetime) -> ConnectionStanding:
    """Return how it stands in one word: what keeps it from working comes first."""
    breaker = breaker_of(row)
    said: tuple[tuple[bool, ConnectionStanding], ...] = (
        (not one.enabled, "off"),
        (not here, "absent"),
        (row is None or row.tried_at is None, "untried"),
        (breaker.state(now) == "open", "paused"),
        (breaker.failures > 0, "failing"),
    )
    return next((word for holds, word in said if holds), "well")
