"""Deliveries: what waits for a system is sent by a worker, in order, once, and again where it was not delivered.

Who sends holds a lock of the database for the connection and the flow, on a connection of its own: PostgreSQL drops it
when the process ends, however it ends. An attempt is written before it begins; the next one has the same key.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.exc import SQLAlchemyError

from bos.actions import pieces
from bos.actions.connections import target_of
from bos.actions.pictured import of_pack, picture
from bos.errors import BosError, Forbidden, Invalid, NotFound, Unavailable
from bos.logs import connector_incident
from bos.model.connection import Connection as Document
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import kept, speaking
from bos.ports import Attachment, Message
from bos.store import connection_states, deliveries, documents, receipts
from bos.store.engine import alone, readable, reading, transaction
from bos.store.locks import seize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.ports import Receipt, Sink

MOST_ATTEMPTS = 12
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 3600.0
"""Seconds: before the second attempt at most, and before any; doubled with each attempt between."""
LONGEST_ASKED = 86_400.0
WITH_CHART = 2
"""Attempts at a message with its chart; after them it is tried without."""
_WITHOUT = "Without its chart: it is on the dashboard."
_AT_ONCE = 200
_log = logging.getLogger(__name__)


def due(ctx: Context) -> tuple[tuple[str, str], ...]:
    """Return connection and flow of what may be sent now.

    Raises:
        Unavailable: the database does not answer.
    """
    with reading(ctx.engine) as session:
        return tuple((row.connection, row.flow) for row in deliveries.due(session, datetime.now(UTC), limit=_AT_ONCE))


def deliver(ctx: Context, connection: str, flow: str) -> bool:
    """Send the oldest message that waits for a connection and a flow; return whether an attempt was made.

    None is made where another worker sends for the two, where enough is under way with the connection, where it is
    left alone or switched off, or where the message is not due.

    Raises:
        Unavailable: the database does not answer.
    """
    with alone(ctx.engine) as held:
        try:
            free = seize(held, "delivery", connection, flow)
        except SQLAlchemyError as error:
            raise readable(error) from None
        attempt = _begun(ctx, held, connection, flow) if free else None
        if attempt is None:
            return False
        try:
            receipt = _sent(ctx, attempt)
        except BosError as error:
            _failed(ctx, attempt, error)
        except Exception as error:  # noqa: BLE001 - a connector of somebody else may raise anything
            what = f"{connection} over delivery {attempt.row.seq}"
            _failed(ctx, attempt, connector_incident(_log, what, error))
        else:
            _done(ctx, attempt, receipt)
    return True


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt at a delivery that was written; ``row`` is as it was before, ``number`` counts from 1."""

    row: Row[Any]
    document: Mapping[str, Any]
    number: int


def _begun(ctx: Context, held: Connection, connection: str, flow: str) -> _Attempt | None:
    now = datetime.now(UTC)
    with transaction(ctx.engine) as session:
        row = deliveries.first(session, connection, flow)
        if row is None or row.due_at > now:
            return None
        live = documents.head(session, "connection", connection)
        if live is None or live.retired:
            _bury(session, row, now, NotFound(f"The connection {connection} was retired."))
            return None
        document = Document.model_validate(live.doc)
        breaker = pieces.breaker_of(connection_states.find(session, connection))
        if not document.enabled or not pieces.place(held, document, breaker, now):
            return None
        number = row.attempts + 1
        if number > MOST_ATTEMPTS:
            error = Unavailable("The process that sent it ended each time before it was sent.")
            pieces.tell(session, connection, now, error)
            _bury(session, row, now, error)
            return None
        again = now + timedelta(seconds=pause(number))
        deliveries.write(session, row.seq, {"attempts": number, "tried_at": now, "due_at": again})
    return _Attempt(row, live.doc, number)


def pause(attempts: int) -> float:
    """Return the seconds until the next attempt, by chance between none and a bound that doubles with the attempts."""
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1)))  # noqa: S311 - no secret


def _sent(ctx: Context, attempt: _Attempt) -> Receipt:
    connector = connector_of(attempt.document["connector"])
    if not hasattr(connector, "send"):
        raise Invalid(
            f"Nothing can be told by the connector {connector.name}.",
            hint="Take the flow out of what the connection tells, or name another connector.",
        )
    said, key, target = attempt.row.message, attempt.row.key, target_of(ctx, attempt.document)
    with speaking(connector, target) as system:
        sink, message, reason = cast("Sink", system), message_of(ctx, said), ""
        drawn = any(file.media_type.startswith("image/") for file in message.attachments)
        if drawn and attempt.number <= WITH_CHART:
            try:
                return kept(sink.send(message, key=key), target)
            except (Forbidden, Invalid) as error:  # nobody is to hear of it never for the sake of a picture
                reason = f" {error.message}"
        receipt = sink.send(message_of(ctx, said, chart=False) if drawn else message, key=key)
    left_out = drawn or said.get("chart")
    return kept(replace(receipt, left_out=f"The chart was left out.{reason}") if left_out else receipt, target)


def message_of(ctx: Context, said: Mapping[str, Any], *, chart: bool = True) -> Message:
    """Return a message as it was written, with its file where that is still there, with its charts or without."""
    file = _file(ctx, said.get("file"))
    images = (*picture(said), *of_pack(said.get("charts", ()))) if chart else ()
    without = said.get("chart") and not images
    return Message(
        kind=said["kind"],
        flow=said["flow"],
        title=said["title"],
        paragraphs=(*said["paragraphs"], *((_WITHOUT,) if without else ())),
        facts=tuple((label, value) for label, value in said["facts"]),
        links=tuple((label, address) for label, address in said["links"]),
        thread=said["thread"],
        attachments=images if file is None else (*images, file),
    )


def _file(ctx: Context, file: str | None) -> Attachment | None:
    path = ctx.home.path / "reports" / file if file else None
    if path is None or not path.is_file():
        return None
    return Attachment(f"{path.parent.name}.html", "text/html", path.read_bytes())


def _done(ctx: Context, attempt: _Attempt, receipt: Receipt) -> None:
    now, row = datetime.now(UTC), attempt.row
    values = {"state": "sent", "ended_at": now, "reference": receipt.reference, "link": receipt.link}
    with transaction(ctx.engine) as session:
        deliveries.write(session, row.seq, {**values, "reason": receipt.left_out or None, "hint": None})
        if feedback := row.message.get("feedback"):
            there = {"feedback": feedback, "connection": row.connection, "address": attempt.document["address"]}
            receipts.add(session, {**there, "reference": receipt.reference, "link": receipt.link, "told_at": now})
        pieces.note(session, row.connection, now)


def _failed(ctx: Context, attempt: _Attempt, error: BosError) -> None:
    """Write why a message was not delivered: it waits on where that may pass, or is a dead letter.

    One that the system refuses is the fault of no system, but the connection does not do well while that was the last.
    """
    now, row = datetime.now(UTC), attempt.row
    with transaction(ctx.engine) as session:
        if isinstance(error, Unavailable):
            pieces.note(session, row.connection, now, error)
        else:
            pieces.tell(session, row.connection, now, error)
        if not isinstance(error, Unavailable) or attempt.number >= MOST_ATTEMPTS:
            _bury(session, row, now, error)
            return
        asked = min(float(error.details.get("retry_after") or 0), LONGEST_ASKED)
        again = now + timedelta(seconds=asked + pause(attempt.number))
        deliveries.write(session, row.seq, {"due_at": again, "reason": error.message, "hint": error.hint})


def _bury(session: Connection, row: Row[Any], now: datetime, error: BosError) -> None:
    _log.warning("delivery %s to %s is a dead letter: %s", row.seq, row.connection, error.message)
    values = {"state": "dead", "ended_at": now, "reason": error.message, "hint": error.hint}
    deliveries.write(session, row.seq, values)
