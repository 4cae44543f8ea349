"""A connection tried on purpose: a test message is told, what is bound to it is read; nothing of it is kept."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from bos.actions import connections, fitting, pieces
from bos.actions.submission import missing, refuse_retired
from bos.actions.unit import write
from bos.auth.policy import allow
from bos.errors import Forbidden, Invalid, Unavailable
from bos.model.answers.connections import Tried
from bos.model.connection import Connection as Document
from bos.model.scope import HOME
from bos.model.version import digest
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import kept, speaking, whole
from bos.ports import Message
from bos.store import documents, relations
from bos.store.engine import reading, transaction
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Connector, Receipt, Sink, Source

SPAN = timedelta(hours=1)
"""How much is read: the last hour that the system has whole."""
_UNBOUND = "connection.unbound"


def test(ctx: Context, actor: Actor, connection: str) -> Tried:
    """Tell a connected system a test message, where it can be told; read what is bound to it, where it can be read.

    Of what is read, only how much it is and which columns it has is answered: it may be personal. It is tried also
    where the system is left alone after failures; success ends that.

    Raises:
        NotFound: there is no such connection, or its connector is not installed.
        Conflict: it is retired.
        Invalid: a setting or a secret is missing, or there is nothing to try: no signal is bound to what only reads.
        Unavailable: the system does not answer, or not as it should.
    """
    allow(actor, "connection.test", HOME)
    with reading(ctx.engine) as session:
        live = documents.head(session, "connection", connection) if "\x00" not in connection else None
        if live is None:
            raise missing("connection", connection)
        refuse_retired(live)
        bound = [id_ for kind, id_ in relations.users(session, "connection", connection) if kind == "signal"]
        signals = documents.live(session, [("signal", name) for name in bound])
    queries = [text for found in signals.values() if (text := found.doc["binding"]["query"].strip())]
    connector = connector_of(live.doc["connector"])
    fitting.refuse_unfit(connector, live.doc)
    try:
        receipt, read = _tried(ctx, actor, connector, live.doc, queries[:1])
    except Unavailable as error:
        with transaction(ctx.engine) as session:
            pieces.note(session, connection, datetime.now(UTC), error)
        raise
    except (Forbidden, Invalid) as error:
        if error.code != _UNBOUND:
            with transaction(ctx.engine) as session:
                pieces.tell(session, connection, datetime.now(UTC), error)
        raise

    def work(unit: Unit) -> Tried:
        pieces.note(unit.connection, connection, unit.now)
        unit.note(Tag.CONNECTION_TRIED, kind="connection", id=connection)
        return Tried(
            connection=connection,
            told=receipt is not None,
            reference=receipt.reference if receipt else "",
            link=receipt.link if receipt else "",
            read=read is not None,
            **(read or {}),
        )

    return write(ctx, actor, "connection.try", {"connection": connection}, Tried, work)


def _tried(
    ctx: Context, actor: Actor, connector: type[Connector], document: Mapping[str, Any], queries: list[str]
) -> tuple[Receipt | None, dict[str, Any] | None]:
    tells, reads = hasattr(connector, "send"), hasattr(connector, "read") and bool(queries)
    if not tells and not reads:
        raise Invalid(
            "No signal is bound to the connection by a query, so there is nothing to read.",
            where=str(document["id"]),
            hint="Bind a signal to it first; bos connector doctor looks at the system itself.",
            code=_UNBOUND,
        )
    receipt, read = None, None
    target = connections.target_of(ctx, document)
    with speaking(connector, target) as system:
        if tells:
            message = _message(actor, str(document["title"]))
            receipt = kept(cast("Sink", system).send(message, key=_key(ctx, actor)), target)
        if reads:
            read = _read(cast("Source", system), queries[0], Document.model_validate(document).delay_seconds)
    return receipt, read


def _message(actor: Actor, title: str) -> Message:
    words = (
        f"{actor.display or actor.person} tries the connection {title}. Nothing happened, and nothing is to be done."
    )
    return Message(kind="test", flow="", title="Test message of BOS", paragraphs=(words,))


def _key(ctx: Context, actor: Actor) -> str:
    """Return the key of the message: the same for a request that is repeated."""
    return digest([actor.person, ctx.idempotency_key])[:40] if ctx.idempotency_key else uuid.uuid4().hex


def _read(system: Source, query: str, delay: int) -> dict[str, Any]:
    end = whole(system, query, datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=delay))
    rows, columns = 0, dict[str, None]()
    for batch in system.read(query, start=end - SPAN, end=end):
        rows += batch.num_rows
        columns |= dict.fromkeys(batch.schema.names)
    return {"rows": rows, "columns": tuple(columns), "start": end - SPAN, "end": end}
