"""Reading a file again on purpose: what it says by the mapping of now takes the place of what it had brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.actions import connections, declared, imported, pieces, taking
from bos.actions import jobs as job_actions
from bos.actions.lifecycle import head_of
from bos.actions.rights import permit_flow
from bos.actions.submission import missing, refuse_retired
from bos.actions.taken import commonest
from bos.actions.unit import rationale_of, write
from bos.auth.policy import allow
from bos.errors import Conflict, NotFound
from bos.model.answers.connections import ReadAgain
from bos.model.answers.jobs import Job
from bos.model.connection import Connection as Document
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import speaking
from bos.ports import Arrived
from bos.store import documents, jobs, taken_files
from bos.store.engine import reading
from bos.store.locks import lock
from bos.store.tags import Tag
from bos.telemetry.ingest import committed
from bos.telemetry.staging import working
from bos.telemetry.withdrawal import Replaces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection as Session

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Progress
    from bos.telemetry.report import ImportReport

TASK = declared.REREAD.name


def start(ctx: Context, actor: Actor, flow: str, connection: str, name: str, *, rationale: str) -> Job:
    """Ask that a file that was taken is read again, as its connection and flow say now; return the job that does it.

    The rows that it had brought are left out, in the same version of the lake that has those of now, and so are those
    of what it had said before whose ids come again; older versions keep them. It must be in the folder still, with the
    content that was taken.

    Raises:
        NotFound: there is no such flow or connection, or no file of that name was taken.
        Conflict: the flow or the connection is retired.
        Invalid: the rationale is missing, the connection is switched off, or no files arrive over it.
    """
    allow(actor, "telemetry.import")
    allow(actor, "telemetry.upkeep")
    why = rationale_of(actor, rationale)
    asked = {"flow": flow, "connection": connection, "name": name}

    def work(unit: Unit) -> Job:
        for right in ("telemetry.import", "telemetry.upkeep"):
            permit_flow(unit.connection, actor, right, flow)
        refuse_retired(head_of(unit, "template", flow))
        taking.refuse_untaken(head_of(unit, "connection", connection))
        row = taken_files.of_flow(unit.connection, connection, flow).get(name)
        if row is None or not row.sha256:
            raise NotFound(
                f"No file {name!r} of {connection} was taken into {flow}.",
                where="name",
                hint="List the files of the flow.",
            )
        return job_actions.queue(unit, TASK, {**asked, "sha256": row.sha256})

    return write(ctx, actor, TASK, {**asked, "why": why}, Job, work, rationale=why)


def run_rereading(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Read the file again; done again after a crash, it finds what was committed. Returns what writes the record.

    Raises:
        NotFound: the file is not in the folder any more, or not whole.
        Conflict: it has another content than was taken.
        InputError, UsageError: it cannot be read; what it had brought stays.
        Unavailable, Forbidden: the folder cannot be read.
    """
    flow, name = arguments["flow"], arguments["connection"]
    with reading(ctx.engine) as session:
        template, live = documents.head(session, "template", flow), documents.head(session, "connection", name)
    if template is None or live is None:
        raise missing("template" if template is None else "connection", flow if template is None else name)
    taking.refuse_untaken(live)
    asked = taking.Taking(flow, template.doc, live.doc)
    file = Arrived(arguments["name"], 0, arguments["sha256"])
    batch = f"{asked.batch(file)}-{job}"
    if batch in ctx.lake.batches(flow, asked.what):
        report = committed(ctx.lake, flow, asked.what, batch)
    else:
        report = _read(ctx, asked, file, batch, progress)
    return lambda unit: _record(unit, asked, file, report)


def _read(ctx: Context, asked: taking.Taking, file: Arrived, batch: str, progress: Progress) -> ImportReport:
    document, target = Document.model_validate(asked.connection), connections.target_of(ctx, asked.connection)
    with (
        pieces.piece(ctx, document, progress),
        speaking(connector_of(document.connector), target) as system,
        working(ctx.staging) as folder,
    ):
        progress(0, None, f"Reading {file.name} again")
        copy = folder / Path(file.name).name
        system.fetch(_there(system, file, document.id), copy)
        with reading(ctx.engine) as session:
            replaces = Replaces(asked.batch(file), _contents(session, asked, file))
        return taking.import_file(ctx, asked, copy, batch, replaces=replaces)


def _contents(session: Session, asked: taking.Taking, file: Arrived) -> tuple[str, ...]:
    return taken_files.contents(session, asked.connection["id"], asked.flow, file.name, asked.batch(file))


def _there(system: Any, file: Arrived, connection: str) -> Arrived:
    """Return the file as it is in the folder, with the content that was taken."""
    name = file.name
    found: Arrived | None = next((one for one in system.arrivals() if one.name == name and not one.problem), None)
    if found is None:
        words = f"{name} is not in the folder any more, or not whole."
        raise NotFound(words, where=connection, hint="Put it there again, with the same content.")
    if found.sha256 != file.sha256:
        raise Conflict(
            f"{name} has another content than was taken.",
            where=connection,
            hint="Take the files, so that its content of now is taken, too; or put the file of then there again.",
            code="changed",
        )
    return found


def _record(unit: Unit, asked: taking.Taking, file: Arrived, report: ImportReport) -> dict[str, Any]:
    lock(unit.connection, ("takings", asked.flow))
    before = jobs.newest_reading(unit.connection, asked.flow, asked.batch(file))
    if jobs.find_batch(unit.connection, asked.flow, report.batch) is None:
        imported.record(unit, asked.record_of(file), report)
    taken_files.mark_stale(unit.connection, asked.flow, _contents(unit.connection, asked, file))
    values = {"batch": report.batch, "read": report.read, "rejected": report.rejected, "at": unit.now}
    taken_files.read_again(unit.connection, asked.flow, file.sha256, values)
    more = report.added - report.withdrawn
    short = _short(unit, asked, file, report) if report.lost else ()
    taken_files.count(unit.connection, asked.connection["id"], asked.flow, file.name, more)
    told = ReadAgain(
        flow=asked.flow,
        connection=asked.connection["id"],
        name=file.name,
        batch=report.batch,
        snapshot=report.snapshot if report.version else None,
        withdrawn=report.withdrawn,
        reasons=commonest(report.reasons),
        staying=report.staying,
        read=report.read,
        added=report.added,
        duplicates=report.duplicates,
        rejected=report.rejected,
        unread_columns=report.unread,
        short=tuple(short),
    ).model_dump(mode="json")
    unit.note(Tag.TELEMETRY_REREAD, kind="template", id=asked.flow, after={**told, "replaces": before})
    return told


def _short(unit: Unit, asked: taking.Taking, file: Arrived, report: ImportReport) -> list[str]:
    root = asked.batch(file)
    return taken_files.mark_short(unit.connection, asked.flow, asked.what, root, file.name, report.own)
