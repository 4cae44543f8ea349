"""Receiving: what others send is kept in one transaction and read by a job, once; what cannot be read is told."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bos.actions import connections, declared, imported, importing, pieces
from bos.actions import jobs as job_actions
from bos.actions.arriving import in_words_of
from bos.actions.rights import may_read_rows
from bos.actions.submission import missing
from bos.actions.taken import commonest
from bos.actions.unit import Unit, rationale_of, write
from bos.auth.actor import SYSTEM
from bos.auth.policy import allow
from bos.errors import BosError, Conflict, Internal, Invalid, NotFound, Unauthenticated, Unavailable
from bos.model.answers.connections import Incoming, IncomingRow, Received, Reception
from bos.model.answers.page import Page
from bos.model.scope import HOME
from bos.model.version import digest
from bos.outgoing.connectors import connector_of, installed
from bos.outgoing.speaking import speaking
from bos.ports import Call
from bos.store import connection_states, documents, hooks, jobs
from bos.store.engine import reading, transaction
from bos.store.tags import Tag
from bos.telemetry.json_lines import as_csv, flat
from bos.telemetry.mapping import EVENT_NEEDED, METRIC_FIELDS, mapping_of, storable
from bos.telemetry.report import far_ahead
from bos.telemetry.staging import working

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.ports import Progress
    from bos.telemetry.report import ImportReport

TASK = declared.READ_HOOK.name
KEPT = timedelta(days=30)
"""How long a delivery is known, so that it is not taken twice."""
MOST_FAULTS = 3
"""How often a delivery is read that cannot be by a fault of ours; then it is dead."""
LONGEST = timedelta(days=1)
"""How long a delivery waits for what does not answer."""
_SHOWN = 100
_MOST = 1000
_NEEDED = {*EVENT_NEEDED, *METRIC_FIELDS}
"""Fields of the lake that no row can do without."""
_HEADERS = ("ce-", "content-type")
_NOTED = timedelta(seconds=10)
"""How often it is noted that somebody was turned away: whoever sends much must not make BOS write much."""

_log = logging.getLogger("bos.connectors")


def receive(ctx: Context, connection: str, key: str, headers: Mapping[str, str], body: bytes) -> Received:
    """Keep what somebody sent, if it is signed as the connection says; it is read by a job.

    Raises:
        Unauthenticated: nothing is received there, or it is not signed as it must be. Strangers learn no more, not even
            whether there is such a connection; its health and the log say what is wrong.
    """
    call = Call({name.lower(): value for name, value in headers.items()}, body, key, datetime.now(UTC))
    with reading(ctx.engine) as session:
        live = documents.head(session, "connection", connection) if "\x00" not in connection else None
    id_ = None if live is None or live.retired or not live.doc["enabled"] else _let_in(ctx, live.doc, call)
    if live is None or id_ is None:
        raise Unauthenticated(
            "Nothing is received here, or what was sent is not signed as it must be.",
            hint="Check the address, and the key on both sides. The page Connections says more.",
        )
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
    """Return the id of a delivery; nothing where it is turned away: why is no stranger's business, and is noted."""
    connector = installed().get(document["connector"])
    if connector is None or not hasattr(connector, "accept"):
        return None
    try:
        with speaking(connector, connections.target_of(ctx, document)) as system:
            return str(system.accept(call))
    except (Invalid, Unauthenticated) as error:
        _turned_away(ctx, document["id"], call.at, error)
        return None


def _turned_away(ctx: Context, connection: str, at: datetime, error: BosError) -> None:
    """Note why a delivery was not let in: a setting or a secret is wrong, or it is the fault of whoever sent it."""
    with reading(ctx.engine) as session:
        row = connection_states.find(session, connection)
    noted = [] if row is None else [one for one in (row.failed_at, row.refused_at) if one is not None]
    if noted and at - max(noted) < _NOTED:
        return
    _log.warning("a delivery to %s was turned away: %s", connection, error.message)
    with transaction(ctx.engine) as session:
        if isinstance(error, Unauthenticated):
            connection_states.refused(session, connection, at, why=error.message, hint=error.hint)
        else:
            pieces.tell(session, connection, at, error)


def _queue(unit: Unit, flow: str, connection: str, id_: str, job: str, faults: int = 0) -> None:
    arguments = {"flow": flow, "connection": connection, "delivery": id_, "faults": faults}
    job_actions.queue(unit, TASK, arguments, id_=job)


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
        read = _import(ctx, template.doc, live.doc, call, id_)
    except (Unavailable, Internal, Conflict):
        raise
    except BosError as error:
        words, fault = storable(str(error)), error.code
        return lambda unit: _dead(unit, arguments, row.at, words, fault)
    return lambda unit: _done(unit, arguments, row.at, read)


@dataclass(frozen=True, slots=True)
class _Read:
    """What an import of a delivery did (nothing of an empty one), of events or metrics, and the fields no row had."""

    report: ImportReport | None
    what: str
    absent: tuple[str, ...] = ()


def _import(ctx: Context, template: Mapping[str, Any], connection: Mapping[str, Any], call: Call, id_: str) -> _Read:
    """Read a delivery into the lake."""
    given, flow = connection["settings"], template["id"]
    what: Any = given.get("what", "events")
    with speaking(connector_of(connection["connector"]), connections.target_of(ctx, connection)) as system:
        rows = [flat(one) for one in system.rows(call)]
        mapping = {**system.usual(), **mapping_of(given.get("map", ""))}
    if not rows:
        return _Read(None, what)
    with working(ctx.staging) as folder, in_words_of(connection["id"], "objects"):
        file = folder / connection["id"]
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
        options["mapping"], absent = _there(options["mapping"], rows)
        batch, options["ids"] = _batch(connection["id"], id_), False
        report = importing.read_in(ctx, flow, file, what=what, batch=batch, options=options)
    return _Read(report, what, absent)


def _there(mapping: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return a mapping without the fields that no row has, where none needs them, and those fields."""
    known = {name for row in rows for name in row}
    kept = {key: name for key, name in mapping.items() if name in known or key in _NEEDED}
    return kept, tuple(sorted({name for key, name in mapping.items() if key not in kept}))


def _batch(connection: str, id_: str) -> str:
    """Return the id of the batch that a delivery is in the lake."""
    return f"hook-{digest([connection, id_])[:40]}"


def _done(unit: Unit, arguments: Mapping[str, Any], at: datetime, found: _Read) -> dict[str, Any]:
    report = found.report
    connection, id_ = arguments["connection"], arguments["delivery"]
    connection_states.came(unit.connection, connection, at)
    added = report.added if report else 0
    if report is not None and jobs.find_batch(unit.connection, report.flow, report.batch) is None:
        imported.record(unit, {"what": found.what, "name": connection, "generated": False}, report)
    read, rejected = (report.read, report.rejected) if report else (0, 0)
    told = {"read": read, "rejected": rejected, "reasons": dict(report.reasons) if report else {}}
    told["absent"] = found.absent
    hooks.change(unit.connection, connection, id_, state="done", added=added, body=None, problem="", **told)
    far = far_ahead([report] if report else [])
    answer = Incoming(connection=connection, delivery=id_, state="done", added=added, rejected=rejected, **far)
    return answer.model_dump(mode="json")


def _dead(unit: Unit, arguments: Mapping[str, Any], at: datetime, words: str, fault: str) -> dict[str, Any]:
    """Write that a delivery cannot be read; ``words`` may quote it, so the journal has the kind of ``fault`` alone."""
    connection, id_ = arguments["connection"], arguments["delivery"]
    connection_states.came(unit.connection, connection, at)
    hooks.change(unit.connection, connection, id_, state="dead", problem=words)
    after = {"delivery": id_, "code": fault, "problem": f"bos connection incoming {connection} says what is wrong."}
    unit.note(Tag.INCOMING_DEAD, kind="connection", id=connection, after=after)
    return Incoming(connection=connection, delivery=id_, state="dead", problem=words).model_dump(mode="json")


def reception(ctx: Context, actor: Actor, connection: str) -> Reception:
    """Return where a system sends to over a connection, and how it proves who it is; no secret is told.

    Raises:
        NotFound: there is no such connection, or its connector is not installed.
        Invalid: nothing is received over it, or a setting is missing.
    """
    allow(actor, "connection.test", HOME)
    with reading(ctx.engine) as session:
        live = documents.head(session, "connection", connection)
    if live is None:
        raise missing("connection", connection)
    connector = connector_of(live.doc["connector"])
    if not hasattr(connector, "accept"):
        raise Invalid(
            f"{connector.title} sends nothing to BOS.", where=connection, hint="Choose a connection that does."
        )
    with speaking(connector, connections.target_of(ctx, live.doc)) as system:
        proof = str(system.proof()) if hasattr(connector, "proof") else ""
    return Reception(
        connection=connection, address=f"{ctx.settings.address}/api/v1/hooks/{quote(connection)}", proof=proof
    )


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
        open_to = {flow for flow in {row.flow for row in rows} if may_read_rows(session, actor, flow)}
        far = jobs.far_ahead(session, [_batch(row.connection, row.id) for row in rows])
    told = ((row, far.get(_batch(row.connection, row.id), {})) for row in rows)
    return Page(items=tuple(_answer(row, ahead, whole=row.flow in open_to) for row, ahead in told))


def _answer(row: Row[Any], far: Mapping[str, Any], *, whole: bool) -> IncomingRow:
    kept = imported.rejects_address(row.flow, _batch(row.connection, row.id)) if row.rejected else None
    told = {
        "read": row.read,
        "rejected": row.rejected,
        "reasons": commonest(row.reasons) if whole else {},
        "reject_file": kept,
        "absent": row.absent,
        **far,
    }
    return IncomingRow(delivery=row.id, at=row.at, state=row.state, problem=row.problem, added=row.added, **told)


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


def again(unit: Unit, row: Any, faults: int = 0) -> None:
    """Queue a job that reads a delivery, after so many that could not by a fault of ours."""
    job = uuid.uuid4().hex
    hooks.change(unit.connection, row.connection, row.id, state="waiting", job=job)
    _queue(unit, row.flow, row.connection, row.id, job, faults)


def tidy(ctx: Context) -> None:
    """Let deliveries be read whose job failed before it could, and forget those of a month ago that wait for nothing.

    One that cannot be read by a fault of ours time and again, or for a day since something is away, is dead.

    Raises:
        Unavailable: the database does not answer.
    """

    def work(unit: Unit) -> Received:
        hooks.forget(unit.connection, unit.now - KEPT)
        for row in hooks.stranded(unit.connection, limit=_MOST):
            _once_more(unit, row)
        return Received(delivery="", known=True)

    write(ctx, SYSTEM, "hook.tidy", {}, Received, work, rationale="(written by BOS) Its job had failed.")


def _once_more(unit: Unit, row: Row[Any]) -> None:
    """Let a delivery be read whose job ended before it could, unless that was tried often enough; say why it waits."""
    job = jobs.find(unit.connection, row.job)
    if job is None or job.error is None:
        again(unit, row)
        return
    error = job.error
    passes = error["status"] == Unavailable.status
    faults = job.arguments.get("faults", 0) + (not passes)
    words = storable(f"{error['detail']} {error['hint']}".strip())
    if faults >= MOST_FAULTS or (passes and unit.now - row.at > LONGEST):
        _dead(unit, {"connection": row.connection, "delivery": row.id}, row.at, words, error["code"])
        return
    hooks.change(unit.connection, row.connection, row.id, problem=words)
    again(unit, row, faults)
