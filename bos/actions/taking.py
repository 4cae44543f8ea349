"""Taking: files that arrive over a connection go into the telemetry of a flow, each once, and stay where they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.actions import connections, imported, importing, pieces
from bos.actions import jobs as job_actions
from bos.actions.arriving import in_words_of, reading_of_file
from bos.actions.lifecycle import head_of
from bos.actions.rights import permit_flow
from bos.actions.submission import missing, refuse_retired
from bos.actions.taken import TAKING, commonest
from bos.actions.unit import write
from bos.auth.policy import allow
from bos.errors import BosError, Conflict, Internal, Invalid, Unavailable
from bos.model.answers.files import TakenFile, TakenFiles
from bos.model.answers.jobs import Job
from bos.model.connection import Connection as Document
from bos.model.version import digest
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import speaking
from bos.store import documents, jobs, taken_files
from bos.store.engine import reading
from bos.store.locks import lock
from bos.telemetry.ingest import committed
from bos.telemetry.input_file import format_of_name
from bos.telemetry.json_lines import as_csv, json_lines
from bos.telemetry.mapping import mapping_of
from bos.telemetry.staging import working

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Row

    from bos.actions.arriving import Kind
    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Arrived, Progress
    from bos.store.documents import Version
    from bos.telemetry.report import ImportReport
    from bos.telemetry.withdrawal import Replaces

TASK = TAKING
_JSON_LINES = (".jsonl", ".ndjson")


def start(ctx: Context, actor: Actor, flow: str, connection: str) -> Job:
    """Ask that the files that arrived over a connection are taken into a flow; return the job.

    Raises:
        NotFound: there is no such flow or connection.
        Conflict: the flow or the connection is retired.
        Invalid: the connection is switched off, or no files arrive over it.
    """
    allow(actor, "telemetry.import")

    def work(unit: Unit) -> Job:
        permit_flow(unit.connection, actor, "telemetry.import", flow)
        refuse_retired(head_of(unit, "template", flow))
        refuse_untaken(head_of(unit, "connection", connection))
        return job_actions.queue(unit, TASK, {"flow": flow, "connection": connection})

    why = f"(written by BOS) The files of {connection} were to be taken."
    return write(ctx, actor, TASK, {"flow": flow, "connection": connection}, Job, work, rationale=why)


def refuse_untaken(live: Version) -> None:
    """Refuse a connection over which no files are taken.

    Raises:
        Conflict: it is retired. Invalid: it is switched off, or no files arrive over it.
    """
    connections.refuse_off(live)
    connector = connector_of(live.doc["connector"])
    if not hasattr(connector, "arrivals"):
        raise Invalid(f"No files arrive by the connector {connector.name}.", where="connector", hint="Name another.")
    if live.doc["settings"].get("what", "events") not in {"events", "metrics"}:
        raise Invalid("Files have events or metrics.", where="what", hint="Write events.")


@dataclass(frozen=True, slots=True)
class Taking:
    """Into which flow, by which template, over which connection."""

    flow: str
    template: Mapping[str, Any]
    connection: Mapping[str, Any]

    @property
    def what(self) -> Any:
        """Return what the files have."""
        return self.connection["settings"].get("what", "events")

    def batch(self, arrived: Arrived) -> str:
        """Return the id of the batch of a file: the same bytes are one batch of a flow, whatever their name."""
        return f"file-{digest([self.flow, self.what, arrived.sha256])[:40]}"

    def record_of(self, arrived: Arrived) -> dict[str, Any]:
        """Return what the record of the import of a file says of it."""
        return {
            "what": self.what,
            "name": arrived.name,
            "sha256": arrived.sha256,
            "generated": False,
            "connection": self.connection["id"],
            "reading": reading_of_file(self.template, self.connection["settings"], Path(arrived.name)),
        }


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of a file: the report of its import, or why there is none; neither where it was taken before."""

    arrived: Arrived
    report: ImportReport | None = None
    problem: str = ""
    waits: bool = False


def run_taking(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Take the files; done again after a crash, it finds what was committed. Returns what writes the record.

    A file that cannot be read now, or not as telemetry, is told, and stops no other.

    Raises:
        Unavailable, Forbidden: the folder cannot be read, or is left alone for a while. What was taken before stays.
    """
    del job
    flow, name = arguments["flow"], arguments["connection"]
    with reading(ctx.engine) as session:
        template, live = documents.head(session, "template", flow), documents.head(session, "connection", name)
    if template is None or live is None:
        raise missing("template" if template is None else "connection", flow if template is None else name)
    refuse_untaken(live)
    taking = Taking(flow, template.doc, live.doc)
    known = ctx.lake.batches(flow, taking.what)
    found: list[_Found] = []
    document, target = Document.model_validate(live.doc), connections.target_of(ctx, live.doc)
    with (
        pieces.piece(ctx, document, progress, regular=True),
        speaking(connector_of(document.connector), target) as system,
    ):
        for done, arrived in enumerate(system.arrivals()):
            progress(done, None, f"Taking {arrived.name}")
            twin = any(one.arrived.sha256 == arrived.sha256 and not one.problem for one in found)
            found.append(_Found(arrived) if twin else _take(ctx, taking, system, arrived, known))
    return lambda unit: _record(unit, taking, found)


def _take(ctx: Context, taking: Taking, system: Any, arrived: Arrived, known: set[str]) -> _Found:
    if arrived.problem:
        return _Found(arrived, problem=arrived.problem, waits=True)
    batch = taking.batch(arrived)
    with reading(ctx.engine) as session:
        if jobs.find_batch(session, taking.flow, batch) is not None:
            return _Found(arrived)
    if batch in known:
        return _Found(arrived, committed(ctx.lake, taking.flow, taking.what, batch))
    with working(ctx.staging) as folder:
        file = folder / Path(arrived.name).name
        try:
            system.fetch(arrived, file)
        except Unavailable as error:
            return _Found(arrived, problem=str(error), waits=True)
        try:
            report = import_file(ctx, taking, file, batch)
        except (Unavailable, Internal, Conflict):
            raise
        except BosError as error:
            kept = f" It is that of the import {batch}." if "rejected" in error.details else ""
            return _Found(arrived, problem=f"{error}{kept}")
    return _Found(arrived, report)


def import_file(
    ctx: Context, taking: Taking, file: Path, batch: str, *, replaces: Replaces | None = None
) -> ImportReport:
    """Read a file into the lake as one batch, as its connection says; what it ``replaces`` gives way to it.

    Raises:
        InputError, UsageError, Invalid, Unavailable: as :func:`importing.read_in`, in words of the connection.
    """
    given, name = taking.connection["settings"], file.name
    lines = given.get("format") == "jsonl" or ("format" not in given and file.suffix in _JSON_LINES)
    if lines:
        source, file = file, file.parent / "rows" / name
        file.parent.mkdir()
        as_csv(lambda: json_lines(source, name=name), file)
    format_ = given.get("format") or format_of_name(file) or "csv"
    kind: Kind = "objects" if lines else "table" if format_ == "csv" else "other"
    with in_words_of(taking.connection["id"], kind):
        options = importing.options_of(
            taking.template,
            file,
            what=taking.what,
            format_="csv" if lines else given.get("format"),
            mapping=mapping_of(given.get("map", "")),
            time_zone=given.get("time_zone"),
            currency=given.get("currency"),
            signal=given.get("signal"),
        )
        more: dict[str, Any] = {"batch": batch, "options": options, "replaces": replaces, "may_be_empty": True}
        return importing.read_in(ctx, taking.flow, file, what=taking.what, **more)


def _record(unit: Unit, taking: Taking, found: list[_Found]) -> dict[str, Any]:
    connection = taking.connection["id"]
    lock(unit.connection, ("takings", taking.flow))
    before = taken_files.of_flow(unit.connection, connection, taking.flow)
    told = []
    for one in found:
        report = one.report
        if report is not None and jobs.find_batch(unit.connection, taking.flow, report.batch) is not None:
            report = None  # another taking was first
        if report is not None:
            about = taking.record_of(one.arrived)
            stale = _is_stale(unit, taking, about, before.get(one.arrived.name))
            imported.record(unit, {**about, "stale": stale}, report)
        told.append(_told(taking, one, report, before.get(one.arrived.name)))
        _note(unit, taking, one.arrived, told[-1], before.get(told[-1].name))
    taken_files.settle(unit.connection, connection, taking.flow, [one.name for one in told])
    return TakenFiles(flow=taking.flow, connection=connection, files=tuple(told)).model_dump(mode="json")


def _is_stale(unit: Unit, taking: Taking, about: Mapping[str, Any], before: Row[Any] | None) -> bool:
    """Return whether rows of what a file had said before may be there as they were read then, otherwise than now."""
    if before is None or not before.batch or before.sha256 == about["sha256"]:
        return False
    known = jobs.find_batch(unit.connection, taking.flow, before.batch)
    report = known.report if known is not None else {}
    otherwise = "reading" in report and report["reading"] != about["reading"] and report["added"] > 0
    return bool(report.get("stale")) or otherwise


def _told(taking: Taking, one: _Found, report: ImportReport | None, before: Row[Any] | None) -> TakenFile:
    state: Any = "known" if report is None else "taken"
    taken = before.sha256 if before else ""
    if one.problem:
        state = "waiting" if one.waits else "refused"
    return TakenFile(
        name=one.arrived.name,
        sha256=one.arrived.sha256,
        state=state,
        problem=one.problem,
        changed=bool(taken) and not one.problem and taken != one.arrived.sha256,
        read=report.read if report else 0,
        added=report.added if report else 0,
        rejected=report.rejected if report else 0,
        duplicates=report.duplicates if report else 0,
        unread_columns=report.unread if report else (),
        batch=report.batch if report else "" if one.arrived.problem else taking.batch(one.arrived),
        reasons=commonest(report.reasons) if report else {},
        ahead=report.ahead if report else 0,
        farthest=report.farthest if report else None,
    )


def _note(unit: Unit, taking: Taking, arrived: Arrived, told: TakenFile, before: Row[Any] | None) -> None:
    """Write what became of a file, where that is something new; the content that was taken stays known."""
    taken = before.sha256 if before else ""
    sha256 = taken if told.problem else told.sha256
    batch = before.batch if before else ""
    if not told.problem:
        batch = jobs.newest_reading(unit.connection, taking.flow, taking.batch(arrived))
    same = before is not None and (sha256, told.problem) == (taken, before.problem)
    if before is not None and same and batch == before.batch:
        return
    if before is not None and same and not before.batch:  # taken before its batch was kept
        taken_files.complete(unit.connection, taking.connection["id"], taking.flow, told.name, taking.batch(arrived))
    values = {"connection": taking.connection["id"], "flow": taking.flow, "name": told.name, "sha256": sha256}
    values |= {"problem": told.problem, "added": told.added + (before.added if before else 0)}
    values["at"] = before.at if before is not None and same else unit.now
    rows = (told.read, told.rejected) if told.state == "taken" or before is None else (before.read, before.rejected)
    values |= dict(zip(("read", "rejected"), rows, strict=True))
    changed = unit.now if told.changed else before.changed_at if before else None
    taken_files.write(unit.connection, {**values, "batch": batch, "changed_at": changed})
