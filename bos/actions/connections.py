"""Connected systems: which connectors there are, and whether a system is well."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions import secrets
from bos.actions.fitting import unfit, wants
from bos.actions.submission import missing, refuse_retired
from bos.auth.policy import allow
from bos.errors import BosError, Internal, Invalid
from bos.model.answers.connections import ConnectorAnswer, Diagnosis, FindingRow, Way
from bos.model.answers.page import Page
from bos.model.connection import Connection
from bos.model.scope import HOME
from bos.outgoing.allowed import Allowed
from bos.outgoing.connectors import connector_of, installed, left_out
from bos.outgoing.folders import Folders
from bos.outgoing.speaking import speaking, whole
from bos.outgoing.target import Reached
from bos.store import documents, relations
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.ports import Connector
    from bos.store.documents import Version


def connectors(actor: Actor) -> Page[ConnectorAnswer]:
    """Return the connectors that are installed, by name, and after them what is left out, with the reason."""
    allow(actor, "connection.read")
    out = (
        ConnectorAnswer(
            name=one.name, title=one.value, schemes=(), settings=(), secrets=(), unproven="", reads=False, tells=False,
            problem=one.why,
        )
        for one in left_out()
    )  # fmt: skip
    return Page(items=(*map(_connector, installed().values()), *out))


_WAYS: Mapping[str, Way] = {
    "read": "pull", "arrivals": "folder", "accept": "receive", "send": "tell", "place": "place",
}  # fmt: skip
"""What only a connector of that kind has → how its system is used."""


def _connector(found: type[Connector]) -> ConnectorAnswer:
    ways = tuple(way for part, way in _WAYS.items() if hasattr(found, part))
    return ConnectorAnswer(
        name=found.name,
        title=found.title,
        schemes=tuple(found.schemes),
        settings=wants(found.settings),
        secrets=wants(found.secrets),
        unproven=found.unproven,
        reads=not {"pull", "folder", "receive"}.isdisjoint(ways),
        tells=not {"tell", "place"}.isdisjoint(ways),
        ways=ways,
        purpose=str(getattr(found, "purpose", "")),
        example=str(getattr(found, "example", "")),
    )


def target_of(ctx: Context, document: Mapping[str, Any]) -> Reached:
    """Return a connected system as its connector gets it."""
    found = Connection.model_validate(document)
    return Reached(
        connection=found.id,
        address=found.address,
        settings=dict(found.settings),
        timeout=float(found.timeout_seconds),
        allowed=Allowed.of(ctx.settings.outgoing_hosts, ctx.settings.outgoing_private),
        secrets=secrets.reader(ctx, found.id, found.address),
        ca_file=ctx.settings.outgoing_ca_file,
        folders=Folders.of(ctx.settings.incoming_folders),
    )


def refuse_off(live: Version) -> None:
    """Raise Conflict where a connection is retired, Invalid where it is switched off."""
    refuse_retired(live)
    if not Connection.model_validate(live.doc).enabled:
        raise Invalid(f"The connection {live.id} is switched off.", where="enabled", hint="Switch it on first.")


def diagnose(ctx: Context, actor: Actor, connection: str) -> Diagnosis:
    """Look at a connected system without changing anything there.

    Raises:
        NotFound: there is no such connection, or its connector is not installed.
    """
    allow(actor, "connection.test", HOME)
    with reading(ctx.engine) as session:
        live = documents.head(session, secrets.KIND, connection)
        if live is None:
            raise missing(secrets.KIND, connection)
        users = [one for one in relations.users(session, secrets.KIND, connection) if one[0] == "signal"]
        queries = {one.id: str(one.doc["binding"]["query"]) for one in documents.live(session, users).values()}
    connector = connector_of(live.doc["connector"])
    begun, now = time.monotonic(), datetime.now(UTC)
    findings = tuple(_look(ctx, connector, live.doc, queries))
    return Diagnosis(
        connection=connection,
        connector=connector.name,
        unproven=connector.unproven,
        well=all(one.ok for one in findings),
        findings=findings,
        at=now,
        seconds=round(time.monotonic() - begun, 3),
    )


def _look(
    ctx: Context, connector: type[Connector], document: Mapping[str, Any], queries: Mapping[str, str]
) -> Iterator[FindingRow]:
    wrong = list(unfit(connector, document))
    if wrong:
        for one in wrong:
            what = "Address" if one.path == "address" else "Settings"
            yield FindingRow(what=what, ok=False, words=one.message, hint=one.hint)
        return
    target = target_of(ctx, document)
    try:
        with speaking(connector, target) as system:
            for one in system.doctor():
                what, words, hint = map(target.without, (one.what, one.words, one.hint))
                yield FindingRow(what=what, ok=one.ok, words=words, hint=hint)
            yield from _unreadable(system, target, queries)
    except Internal:
        raise
    except BosError as error:
        yield FindingRow(what="Connection", ok=False, words=error.message, hint=error.hint or "")


def _unreadable(system: Any, target: Reached, queries: Mapping[str, str]) -> Iterator[FindingRow]:
    """Yield the signals of which nobody can tell up to when they are to be read, and what a query hides from BOS.

    The system is asked nothing.
    """
    for signal, query in sorted(queries.items()):
        try:
            whole(system, query, datetime.now(UTC))
        except Invalid as error:
            words, hint = target.without(error.message), target.without(error.hint or "")
            yield FindingRow(what=f"Signal {signal}", ok=False, words=words, hint=hint)
        else:
            for words in getattr(system, "unseen", lambda _: ())(query):
                yield FindingRow(what=f"Signal {signal}", ok=True, words=target.without(words))
