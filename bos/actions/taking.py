"""Taking: files that arrive over a connection go into the telemetry of a flow, each once, and stay where they are."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.actions import connections, importing
from bos.actions import jobs as job_actions
from bos.actions.lifecycle import head_of
from bos.actions.rights import permit_flow
from bos.actions.submission import missing, refuse_retired
from bos.actions.unit import write
from bos.auth.policy import allow
from bos.errors import BosError, Conflict, Internal, Invalid, Unavailable
from bos.model.answers.connections import TakenFile, TakenFiles
from bos.model.answers.jobs import Job
from bos.model.version import digest
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import speaking
from bos.store import documents, jobs
from bos.store.engine import reading
from bos.telemetry.ingest import committed
from bos.telemetry.json_lines import as_csv, json_lines
from bos.telemetry.mapping import mapping_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Arrived, Progress
    from bos.store.documents import Version
    from bos.telemetry.report import ImportReport

TASK = "telemetry.take"
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
        _refuse_untaken(head_of(unit, "connection", connection))
        return job_actions.queue(unit, TASK, {"flow": flow, "connection": connection})

    why = f"(written by BOS) The files of {connection} were to be taken."
    return write(ctx, actor, TASK, {"flow": flow, "connection": connection}, Job, work, rationale=why)


def _refuse_untaken(live: Version) -> None:
    connections.refuse_off(live)
    connector = connector_of(live.doc["connector"])
    if not hasattr(connector, "arrivals"):
        raise Invalid(f"No files arrive by the connector {connector.name}.", where="connector", hint="Name another.")
    if live.doc["settings"].get("what", "events") not in {"events", "metrics"}:
        raise Invalid("Files have events or metrics.", where="what", hint="Write events.")


@dataclass(frozen=True, slots=True)
class _Taking:
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


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of a file: the report of its import, or why it was refused; neither where it was taken before."""

    arrived: Arrived
    report: ImportReport | None = None
    problem: str = ""


def run_taking(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Take the files; done again after a crash, it finds what was committed. Returns what writes the record.

    A file that cannot be read as telemetry is refused and told, and stops no other.

    Raises:
        Unavailable, Forbidden: the folder cannot be read. What was taken before stays taken.
    """
    del job
    flow, name = arguments["flow"], arguments["connection"]
    with reading(ctx.engine) as session:
        template, live = documents.head(session, "template", flow), documents.head(session, "connection", name)
    if template is None or live is None:
        raise missing("template" if template is None else "connection", flow if template is None else name)
    _refuse_untaken(live)
    taking = _Taking(flow, template.doc, live.doc)
    known = ctx.lake.batches(flow, taking.what)
    found: list[_Found] = []
    with speaking(connector_of(live.doc["connector"]), connections.target_of(ctx, live.doc)) as system:
        for done, arrived in enumerate(system.arrivals()):
            progress(done, None, f"Taking {arrived.name}")
            twin = any(one.arrived.sha256 == arrived.sha256 for one in found)
            found.append(_Found(arrived) if twin else _take(ctx, taking, system, arrived, known))
    return lambda unit: _record(unit, taking, found)


def _take(ctx: Context, taking: _Taking, system: Any, arrived: Arrived, known: set[str]) -> _Found:
    batch = taking.batch(arrived)
    with reading(ctx.engine) as session:
        if jobs.find_batch(session, taking.flow, batch) is not None:
            return _Found(arrived)
    if batch in known:
        return _Found(arrived, committed(ctx.lake, taking.flow, taking.what, batch))
    with tempfile.TemporaryDirectory(dir=ctx.staging) as folder:
        file = Path(folder) / Path(arrived.name).name
        system.fetch(arrived, file)
        try:
            report = _import(ctx, taking, file, batch)
        except (Unavailable, Internal, Conflict):
            raise
        except BosError as error:
            return _Found(arrived, problem=str(error))
    return _Found(arrived, report)


def _import(ctx: Context, taking: _Taking, file: Path, batch: str) -> ImportReport:
    given = taking.connection["settings"]
    lines = given.get("format") == "jsonl" or ("format" not in given and file.suffix in _JSON_LINES)
    if lines:
        name, source = file.name, file
        file = file.with_name(f"{file.name}.csv")
        as_csv(lambda: json_lines(source, name=name), file)
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
    return importing.read_in(ctx, taking.flow, file, what=taking.what, batch=batch, options=options)


def _record(unit: Unit, taking: _Taking, found: list[_Found]) -> dict[str, Any]:
    told = []
    for one in found:
        if (report := one.report) is not None:
            about = {"what": taking.what, "name": one.arrived.name, "sha256": one.arrived.sha256, "generated": False}
            importing.record(unit, about, report)
        told.append(
            TakenFile(
                name=one.arrived.name,
                sha256=one.arrived.sha256,
                state="refused" if one.problem else "known" if report is None else "taken",
                problem=one.problem,
                read=report.read if report else 0,
                added=report.added if report else 0,
                rejected=report.rejected if report else 0,
            )
        )
    return TakenFiles(flow=taking.flow, connection=taking.connection["id"], files=tuple(told)).model_dump(mode="json")
