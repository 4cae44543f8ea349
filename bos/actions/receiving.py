"""Receiving: what others send is kept in one transaction and read by a job, once; what cannot be read is told."""

from __future__ import annotations

import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.actions import connections, importing
from bos.actions import jobs as job_actions
from bos.actions.submission import missing
from bos.actions.unit import Unit, rationale_of, write
from bos.auth.actor import SYSTEM
from bos.auth.policy import allow
from bos.errors import BosError, Conflict, Internal, Invalid, NotFound, Unavailable
from bos.model.answers.connections import Incoming, IncomingRow, Received
from bos.model.answers.page import Page
from bos.model.scope import HOME
from bos.model.version import digest
from bos.outgoing.connectors import connector_of, installed
from bos.outgoing.speaking import speaking
from bos.ports import Call
from bos.store import documents, hooks, jobs
from bos.store.engine import reading
from bos.store.tags import Tag
from bos.telemetry.json_lines import as_csv, flat
from bos.telemetry.mapping import mapping_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.ports import Progress
    from bos.telemetry.report import ImportReport

TASK = "hook.read"
KEPT = timedelta(days=30)
"""How long a delivery is known, so that it is not taken twice."""
_SHOWN = 100
_MOST = 1000
_HEADERS = ("ce-", "content-type")


def receive(ctx: Context, connection: str, key: str, headers: Mapping[str, str], body: bytes) -> Received:
    """Keep what somebody sent, if it is signed as the connection says; it is read by a job.

    Raises:
        NotFound: nothing is received there.
        Unauthenticated: it is not signed with the key, or too long ago.
    """
    call = Call({name.lower(): value for name, value in headers.items()}, body, key, datetime.now(UTC))
    with reading(ctx.engine) as session:
        live = documents.head(session, "connection", connection) if "\x00" not in connection else None
    id_ = None if live is None or live.retired or not live.doc["enabled"] else _let_in(ctx, live.doc, call)
    if live is None or id_ is None:
        raise NotFound("Nothing is received here.", hint="Check the address, and the connection.")
    flow = live.doc["settings"].get("flow", "")
    kept = {name: value for name, value in call.headers.items() if name.startswith(_HEADERS)}

    def work(unit: Unit) -> Received:
        job = uuid.uuid4().hex
        values = {"connection": connection, "id": id_, "flow": flow, "at": call.at, "state": "waiting", "job": job}
        if not hooks.add(unit.connection, {**values, "headers": kept, "body": body, "problem": "", "added": 0}):
            return Received(delivery=id_, known=True)
        _queue(unit, flow, connection, id_, job)
        return Received(delivery=id_, known=False)

    request = {"connection": connection, "delivery": id_}
    return write(ctx, SYSTEM, "hook.receive", request, Received, work, rationale="(written by BOS) It was sent here.")


def _let_in(ctx: Context, document: Mapping[str, Any], call: Call) -> str | None:
    """Return the id of a delivery; nothing where a connection cannot receive: why is no stranger's business."""
    connector = installed().get(document["connector"])
    if connector is None or not hasattr(connector, "accept"):
        return None
    try:
        with speaking(connector, connections.target_of(ctx, document)) as system:
            return str(system.accept(call))
    except Invalid:
        return None


def _queue(unit: Unit, flow: str, connection: str, id_: str, job: str) -> None:
    job_actions.queue(unit, TASK, {"flow": flow, "connection": connection, "delivery": id_}, id_=job)


def run_reading(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Read a delivery into the lake; done again, it finds what was committed. Returns what writes the record.

    What cannot be read is dead: it is kept, told and can be tried again; it stops no other.

    Raises:
        Unavailable: the lake or the database does not answer; the delivery waits.
    """
    del job
    flow, connection, id_ = arguments["flow"], arguments["connection"], arguments["delivery"]
    progress(0, None, f"Reading what {connection} sent")
    with reading(ctx.engine) as session:
        row, live = hooks.find(session, connection, id_), documents.head(session, "connection", connection)
        template = documents.head(session, "template", flow)
    if row is None or row.state == "done":
        return lambda _: Incoming(connection=connection, delivery=id_, state="done").model_dump(mode="json")
    try:
        if live is None or template is None:
            raise missing("connection" if live is None else "template", connection if live is None else flow)
        call = Call(row.headers, row.body, "", row.at)
        report, what = _import(ctx, template.doc, live.doc, call, id_)
    except (Unavailable, Internal, Conflict):
        raise
    except BosError as error:
        words = str(error)
        return lambda unit: _dead(unit, arguments, words)
    return lambda unit: _done(unit, arguments, report, what)


def _import(
    ctx: Context, template: Mapping[str, Any], connection: Mapping[str, Any], call: Call, id_: str
) -> tuple[ImportReport | None, str]:
    """Return what an import of a delivery did, and whether it is of events or metrics; nothing of an empty one."""
    given, flow = connection["settings"], template["id"]
    what: Any = given.get("what", "events")
    with speaking(connector_of(connection["connector"]), connections.target_of(ctx, connection)) as system:
        rows = [flat(one) for one in system.rows(call)]
        mapping = {**system.usual(), **mapping_of(given.get("map", ""))}
    if not rows:
        return None, what
    with tempfile.TemporaryDirectory(dir=ctx.staging) as folder:
        file = Path(folder) / f"{connection['id']}.csv"
        as_csv(lambda: rows, file)
        options = importing.options_of(
            template,
            file,
            what=what,
            format_="csv",
            mapping=mapping,
            time_zone=given.get("time_zone"),
            currency=given.get("currency"),
            signal=given.get("signal"),
        )
        batch = f"hook-{digest([connection['id'], id_])[:40]}"
        return importing.read_in(ctx, flow, file, what=what, batch=batch, options=options), what


def _done(unit: Unit, arguments: Mapping[str, Any], report: ImportReport | None, what: str) -> dict[str, Any]:
    connection, id_ = arguments["connection"], arguments["delivery"]
    added = report.added if report else 0
    if report is not None and jobs.find_batch(unit.connection, report.flow, report.batch) is None:
        importing.record(unit, {"what": what, "name": connection, "generated": False}, report)
    hooks.change(unit.connection, connection, id_, state="done", added=added, body=None, problem="")
    rejected = report.rejected if report else 0
    answer = Incoming(connection=connection, delivery=id_, state="done", added=added, rejected=rejected)
    return answer.model_dump(mode="json")


def _dead(unit: Unit, arguments: Mapping[str, Any], words: str) -> dict[str, Any]:
    connection, id_ = arguments["connection"], arguments["delivery"]
    hooks.change(unit.connection, connection, id_, state="dead", problem=words)
    unit.note(Tag.INCOMING_DEAD, kind="connection", id=connection, after={"delivery": id_, "problem": words})
    return Incoming(connection=connection, delivery=id_, state="dead", problem=words).model_dump(mode="json")


def incoming(ctx: Context, actor: Actor, connection: str) -> Page[IncomingRow]:
    """Return the last hundred deliveries of a connection, the dead ones first; never what was sent.

    Raises:
        NotFound: there is no such connection.
    """
    allow(actor, "connection.test", HOME)
    with reading(ctx.engine) as session:
        if documents.head(session, "connection", connection) is None:
            raise missing("connection", connection)
        rows = hooks.newest(session, connection, limit=_SHOWN)
    return Page(
        items=tuple(
            IncomingRow(delivery=row.id, at=row.at, state=row.state, problem=row.problem, added=row.added)
            for row in rows
        )
    )


def retry(ctx: Context, actor: Actor, connection: str, delivery: str, *, rationale: str) -> IncomingRow:
    """Let a dead delivery be read again, after what was wrong was put right.

    Raises:
        NotFound: there is no such delivery. Invalid: it is not dead.
    """
    allow(actor, "connection.write", HOME)
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> IncomingRow:
        row = hooks.find(unit.connection, connection, delivery, locked=True)
        if row is None:
            raise NotFound(f"The connection {connection} has no delivery {delivery!r}.", where="delivery")
        if row.state != "dead":
            raise Invalid(f"The delivery is {row.state}, not dead.", where="delivery", hint="There is nothing to do.")
        again(unit, row)
        return IncomingRow(delivery=row.id, at=row.at, state="waiting", problem=row.problem, added=0)

    request = {"connection": connection, "delivery": delivery, "why": why}
    return write(ctx, actor, "hook.retry", request, IncomingRow, work, rationale=why)


def again(unit: Unit, row: Any) -> None:
    """Queue a job that reads a delivery."""
    job = uuid.uuid4().hex
    hooks.change(unit.connection, row.connection, row.id, state="waiting", job=job)
    _queue(unit, row.flow, row.connection, row.id, job)


def tidy(ctx: Context) -> None:
    """Let deliveries be read whose job failed before it could, and forget those of a month ago that wait for nothing.

    Raises:
        Unavailable: the database does not answer.
    """

    def work(unit: Unit) -> Received:
        hooks.forget(unit.connection, unit.now - KEPT)
        for row in hooks.stranded(unit.connection, limit=_MOST):
            again(unit, row)
        return Received(delivery="", known=True)

    write(ctx, SYSTEM, "hook.tidy", {}, Received, work, rationale="(written by BOS) Its job had failed.")
