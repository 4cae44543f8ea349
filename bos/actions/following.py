"""What became of feedback in the systems that were told of it: they are asked now and then, and answers are kept.

It is told on the feedback, which stays open: what is done elsewhere still waits for a person's answer here.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.exc import SQLAlchemyError

from bos.actions import pieces
from bos.actions.connections import refuse_off, target_of
from bos.actions.submission import missing
from bos.actions.unit import write
from bos.auth.actor import SYSTEM
from bos.auth.policy import allow
from bos.errors import BosError, Invalid, Unavailable
from bos.logs import connector_incident
from bos.model.answers.feedback import FollowedUp
from bos.model.connection import Connection as Document
from bos.model.scope import HOME
from bos.outgoing.connectors import connector_of, installed
from bos.outgoing.speaking import speaking
from bos.ports import State, silent
from bos.store import connection_states, documents, receipts
from bos.store.engine import alone, readable, reading, transaction
from bos.store.locks import seize
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Tracker
    from bos.store.documents import Version

OFTEN = timedelta(minutes=15)
"""A reference that is under way is asked for at most so often."""
SELDOM = timedelta(days=1)
FOLLOWED = timedelta(days=90)
"""One that is done or gone is asked for at most so often, and so long after it was told: it may be opened again."""
MOST = 50
"""So many references of a connection are asked for at a time."""
_TOGETHER = 4
_LONGEST_NAME = 100
_WHY = "(written by BOS) {} was asked how far what it was told is."
_log = logging.getLogger(__name__)


def tick(ctx: Context) -> int:
    """Ask every connection that is due, several at a time; return of how many references a system said something.

    Raises:
        Unavailable: the database does not answer.
    """
    with reading(ctx.engine) as session:
        names = [("connection", name) for name in documents.ids(session, "connection")]
        found = [Document.model_validate(one.doc) for one in documents.live(session, names).values()]
    asked = [one.id for one in found if one.enabled and hasattr(installed().get(one.connector), "states")]
    if not asked:
        return 0
    with ThreadPoolExecutor(min(_TOGETHER, len(asked)), thread_name_prefix="follow") as pool:
        return sum(pool.map(partial(_tried, ctx), asked))


def _tried(ctx: Context, connection: str) -> int:
    try:
        return follow(ctx, connection)
    except BosError as error:
        _log.warning("%s was not asked how far it is: %s", connection, error.message)
        return 0


def follow(ctx: Context, connection: str) -> int:
    """Ask a system for what is due; return how many references it was asked for.

    It is not asked where another worker asks, where enough is under way with it, where it is left alone or switched
    off, or where nothing is due.

    Raises:
        Invalid: a setting or a secret is missing. NotFound: the connector is not installed.
        Unavailable: the system, or the database, does not answer.
    """
    now = datetime.now(UTC)
    with alone(ctx.engine) as held:
        try:
            free = seize(held, "following", connection)
        except SQLAlchemyError as error:
            raise readable(error) from None
        if not free:
            return 0
        with reading(ctx.engine) as session:
            live = documents.head(session, "connection", connection)
            if live is None or live.retired:
                return 0
            breaker = pieces.breaker_of(connection_states.find(session, connection))
            due = _due(session, live, now, often=OFTEN, seldom=SELDOM)
        document = Document.model_validate(live.doc)
        if not due or not document.enabled or not pieces.place(held, document, breaker, now):
            return 0
        try:
            found = _states(ctx, live.doc, due)
        except Unavailable as error:
            with transaction(ctx.engine) as session:
                pieces.note(session, connection, datetime.now(UTC), error)
            raise
        return _keep(ctx, SYSTEM, live, due, found).asked


def ask(ctx: Context, actor: Actor, connection: str) -> FollowedUp:
    """Ask a system now how far what it was told of feedback is, what it was not asked for longest first.

    Raises:
        NotFound: there is no such connection, or its connector is not installed.
        Conflict: it is retired.
        Invalid: it is switched off, a setting or a secret is missing, or its connector follows nothing.
        Unavailable: the system does not answer, or is left alone.
    """
    allow(actor, "connection.test", HOME)
    with reading(ctx.engine) as session:
        live = documents.head(session, "connection", connection) if "\x00" not in connection else None
        if live is None:
            raise missing("connection", connection)
        due = _due(session, live, datetime.now(UTC), often=timedelta(0), seldom=timedelta(0))
    refuse_off(live)
    if not hasattr(connector_of(live.doc["connector"]), "states"):
        raise Invalid(
            f"{connection} does not say what became of what it was told.",
            where=connection,
            hint="Ask a connection to a system in which people work on it, such as Jira.",
        )
    found: Mapping[str, State] = {}
    if due:
        with pieces.piece(ctx, Document.model_validate(live.doc), silent):
            found = _states(ctx, live.doc, due)
    return _keep(ctx, actor, live, due, found)


def _due(session: Connection, live: Version, now: datetime, *, often: timedelta, seldom: timedelta) -> list[str]:
    """Return what a system may be asked for; what was told at another address means nothing to it."""
    since = {"asked": now - often, "settled": now - seldom, "told": now - FOLLOWED}
    return receipts.due(session, live.id, live.doc["address"], **since, limit=MOST)


def _states(ctx: Context, document: Mapping[str, Any], references: Sequence[str]) -> Mapping[str, State]:
    """Return what a system says, in words that can be stored: one line, without its secrets."""
    connector, target = connector_of(document["connector"]), target_of(ctx, document)
    try:
        with speaking(connector, target) as system:
            found = cast("Tracker", system).states(references)
            return {name: State(_line(target.without(one.name)), bool(one.done)) for name, one in found.items()}
    except BosError:
        raise
    except Exception as error:  # noqa: BLE001 - a connector of somebody else may raise anything
        raise connector_incident(_log, f"{document['id']} over what it was asked for", error) from None


def _line(text: str) -> str:
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _keep(ctx: Context, actor: Actor, live: Version, asked: Sequence[str], found: Mapping[str, State]) -> FollowedUp:
    """Write what a system said of what it was asked for; the journal tells of what is done now, gone, or so no more."""
    connection, address = live.id, live.doc["address"]

    def work(unit: Unit) -> FollowedUp:
        for row in receipts.held(unit.connection, connection, address, asked):
            _note(unit, row, found.get(row.reference))
        if asked:
            pieces.note(unit.connection, connection, unit.now)
        gone = len(set(asked) - set(found))
        done = sum(found[name].done for name in asked if name in found)
        return FollowedUp(connection=connection, asked=len(asked), done=done, gone=gone)

    request = {"connection": connection}
    return write(ctx, actor, "feedback.follow", request, FollowedUp, work, rationale=_WHY.format(connection))


def _note(unit: Unit, row: Row[Any], said: State | None) -> None:
    state = State(row.state, row.done) if said is None else said
    values = {"state": state.name, "done": state.done, "gone": said is None, "asked_at": unit.now}
    receipts.write(unit.connection, row, values)
    if (state.done, said is None) != (row.done, row.gone):
        told = {"connection": row.connection, "reference": row.reference}
        before = {**told, "state": row.state, "done": row.done, "gone": row.gone}
        after = {**told, "state": state.name, "done": state.done, "gone": said is None}
        unit.note(Tag.FEEDBACK_ELSEWHERE, kind="feedback", id=row.feedback, before=before, after=after)
