"""Deliveries as people see them: what waits, was sent or could not be; dead letters are tried again or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.actions.unit import rationale_of, write
from bos.auth.policy import allow
from bos.errors import Conflict, NotFound, UsageError
from bos.model.answers.deliveries import Delivery
from bos.model.answers.page import Page
from bos.model.scope import HOME
from bos.store import deliveries
from bos.store.engine import reading
from bos.store.tags import Tag

if TYPE_CHECKING:
    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.model.answers.deliveries import DeliveryState

STATES: tuple[DeliveryState, ...] = ("waiting", "sent", "dead", "given up")
MOST = 500
_LARGEST = 2**63 - 1


def listing(
    ctx: Context,
    actor: Actor,
    *,
    connection: str | None = None,
    state: DeliveryState | None = None,
    limit: int = 100,
) -> Page[Delivery]:
    """Return deliveries, newest first: to one connection or to all, in one state or in any.

    Raises:
        UsageError: the limit is not 1 to 500.
    """
    allow(actor, "connection.test", HOME)
    if not 0 < limit <= MOST:
        raise UsageError(f"The limit must be 1 to {MOST}.", where="limit", hint="Use another.")
    if connection is not None and "\x00" in connection:
        return Page(items=())
    with reading(ctx.engine) as session:
        states = STATES if state is None else (state,)
        rows = deliveries.listing(session, states=states, of=connection, limit=limit)
    return Page(items=tuple(map(_answer, rows)))


def _answer(row: Row[Any]) -> Delivery:
    return Delivery(
        delivery=row.seq,
        connection=row.connection,
        flow=row.flow,
        kind=row.kind,
        title=row.message["title"],
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at if row.state == "waiting" else None,
        tried_at=row.tried_at,
        ended_at=row.ended_at,
        reference=row.reference or "",
        link=row.link or "",
        reason=row.reason or "",
        hint=row.hint or "",
    )


def retry(ctx: Context, actor: Actor, delivery: int, *, rationale: str) -> Delivery:
    """Let a dead letter be tried again, with the key it had, so that nothing is doubled there.

    Raises:
        NotFound: there is no such delivery.
        Conflict: it is no dead letter.
        Invalid: the rationale is missing.
    """
    return _decided(ctx, actor, delivery, rationale, Tag.DELIVERY_RETRIED)


def give_up(ctx: Context, actor: Actor, delivery: int, *, rationale: str) -> Delivery:
    """Give a dead letter up: it is not tried again. Raises as :func:`retry`."""
    return _decided(ctx, actor, delivery, rationale, Tag.DELIVERY_GIVEN_UP)


def _decided(ctx: Context, actor: Actor, delivery: int, rationale: str, tag: Tag) -> Delivery:
    allow(actor, "delivery.decide", HOME)
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> Delivery:
        row = deliveries.find(unit.connection, delivery, locked=True) if 0 < delivery <= _LARGEST else None
        if row is None:
            raise NotFound(f"There is no delivery {delivery}.", where=str(delivery), hint="List the deliveries.")
        if row.state != "dead":
            raise Conflict(
                f"The delivery {delivery} is {row.state}, so there is nothing to decide.",
                where=str(delivery),
                hint="List those that are dead.",
                code="delivery",
            )
        if tag is Tag.DELIVERY_RETRIED:
            values: dict[str, Any] = {"state": "waiting", "attempts": 0, "due_at": unit.now, "ended_at": None}
        else:
            values = {"state": "given up", "ended_at": unit.now}
        told = {"delivery": delivery, "flow": row.flow, "title": row.message["title"], "reason": row.reason}
        unit.note(tag, kind="connection", id=row.connection, after=told)
        return _answer(deliveries.write(unit.connection, delivery, values, state="dead") or row)

    return write(ctx, actor, tag.value, {"delivery": delivery, "why": why}, Delivery, work, rationale=why)
