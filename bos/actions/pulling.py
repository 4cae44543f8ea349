"""Pulling: the signals of a flow are read over their connections, from where the last pull ended."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.actions import connections, importing, pieces
from bos.actions import jobs as job_actions
from bos.actions.lifecycle import head_of
from bos.actions.pulling_rows import Meaning, read_events, stored
from bos.actions.rights import permit_flow
from bos.actions.submission import missing, refuse_retired
from bos.actions.unit import write
from bos.actions.unread import unread
from bos.auth.policy import allow
from bos.errors import Invalid, UsageError
from bos.model.answers.connections import Pulled, PulledSignal, PullRow
from bos.model.answers.jobs import Job
from bos.model.answers.page import Page
from bos.model.connection import Connection as Document
from bos.model.version import digest
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import speaking
from bos.store import documents, jobs, pulls
from bos.store.engine import reading
from bos.telemetry.ingest import import_metrics
from bos.telemetry.points import put_down
from bos.telemetry.rows import points_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa
    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.model.answers.telemetry import Unread
    from bos.ports import Progress
    from bos.store.documents import Version
    from bos.telemetry.report import ImportReport
    from bos.telemetry.table import Kind

TASK = "telemetry.pull"
FIRST = timedelta(days=1)
"""How far back the first pull of a signal begins, where nothing is said."""
FARTHEST = timedelta(days=400)
_SLICE = timedelta(hours=6)


def start(ctx: Context, actor: Actor, flow: str, signals: Sequence[str] = (), *, since: datetime | None = None) -> Job:
    """Ask that signals of a flow are pulled, all that have a connection where none is named; return the job.

    Each is read from where it was last read up to, or ``since`` (aware), up to a little before now, as its connection
    says (``delay_seconds``). What is known already is not added again.

    Raises:
        NotFound: there is no such flow.
        Conflict: it is retired.
        Invalid: a signal is none of the flow, or has no connection or query; or none has.
        UsageError: ``since`` is not before now, or too long ago.
    """
    allow(actor, "telemetry.import")
    asked = list(dict.fromkeys(signals))

    def work(unit: Unit) -> Job:
        permit_flow(unit.connection, actor, "telemetry.import", flow)
        live = head_of(unit, "template", flow)
        refuse_retired(live)
        if since is not None and not unit.now - FARTHEST <= since < unit.now:
            raise UsageError(
                "A pull begins before now, and at most 400 days ago.", where="since", hint="Name a later moment."
            )
        known = bound(unit.connection, live.doc)
        wanted = [importing.signal_of(live.doc, name, every=True) for name in asked] or list(known)
        for name in wanted:
            if name not in known:
                raise Invalid(
                    f"The signal {name} has no connection and query to be pulled by.",
                    where="signals",
                    hint="Give its binding a connection and a query first.",
                    code="signal",
                )
        if not wanted:
            raise Invalid(
                f"No signal of {flow} has a connection and a query.",
                where="signals",
                hint="Give the binding of one a connection and a query first.",
                code="signal",
            )
        begins = since.astimezone(UTC).isoformat() if since else None
        return job_actions.queue(
            unit, TASK, {"flow": flow, "signals": wanted, "since": begins, "now": unit.now.isoformat()}
        )

    request = {"flow": flow, "signals": asked, "since": since and since.isoformat()}
    return write(ctx, actor, TASK, request, Job, work, rationale="(written by BOS) A pull was asked for.")


def bound(connection: Connection, template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the bindings of the signals of a flow that can be pulled, by the id of the signal."""
    names = list(dict.fromkeys(use["signal"] for use in importing.uses_of(template)))
    found = documents.heads(connection, "signal", names)
    bindings = {name: found[name].doc["binding"] for name in names if name in found}
    return {name: one for name, one in bindings.items() if one["connection"] and one["query"].strip()}


def listing(ctx: Context, actor: Actor, flow: str) -> Page[PullRow]:
    """Return the signals of a flow that are pulled, and how far each was.

    Raises:
        NotFound: there is no such flow.
    """
    allow(actor, "telemetry.read")
    with reading(ctx.engine) as session:
        permit_flow(session, actor, "telemetry.read", flow)
        live = documents.head(session, "template", flow)
        if live is None:
            raise missing("template", flow)
        bindings, known = bound(session, live.doc), pulls.of_flow(session, flow)
    return Page(
        items=tuple(
            PullRow(
                signal=name,
                connection=binding["connection"],
                query=binding["query"],
                upto=known[name].upto if name in known else None,
                at=known[name].at if name in known else None,
                added=known[name].added if name in known else 0,
            )
            for name, binding in bindings.items()
        )
    )


@dataclass(frozen=True, slots=True)
class _Pull:
    """A signal that is read: over which connection, by which query, from when until when.

    ``anew`` names the job where it is read again though it was read before.
    """

    signal: str
    connection: dict[str, Any]
    query: str
    start: datetime
    end: datetime
    meaning: Meaning
    anew: str = ""

    @property
    def kind(self) -> Kind:
        """Return which table of the lake it goes to."""
        return "events" if self.meaning.events else "metrics"

    def slices(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield the windows it is read in: the same from the same beginning on, so that what is done stays done."""
        begins = self.start
        while begins < self.end:
            until = min(begins + _SLICE, self.end)
            yield begins, until
            begins = until

    def batch(self, flow: str, window: tuple[datetime, datetime]) -> str:
        """Return the id of the batch of a window."""
        what = [flow, self.signal, self.connection["id"], self.connection["address"], self.query, self.anew]
        if self.meaning.events:
            what += [dict(self.meaning.columns), dict(self.meaning.fixed)]
        return f"pull-{digest([*what, *(moment.isoformat() for moment in window)])[:40]}"


@dataclass(frozen=True, slots=True)
class _Brought:
    """What was read of a signal: the imports, and what the system said beside."""

    pull: _Pull
    reports: Sequence[ImportReport]
    told: Sequence[str] = ()


def run(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], dict[str, Any]]:
    """Read the signals; done again after a crash, it reads what is not in the lake yet. Returns what writes the record.

    Raises:
        Invalid: a query cannot be read, or a secret is missing. NotFound: a connection or connector is not there.
        Unavailable: a system does not answer, or is left alone for a while since it did not; what was read before it
            stays, and the next pull goes on from there.
    """
    flow = arguments["flow"]
    asked = _asked(ctx, job, arguments)
    total = sum(1 for one in asked for _ in one.slices())
    known = {kind: ctx.lake.batches(flow, kind) for kind in {one.kind for one in asked}}
    brought: list[_Brought] = []
    done = 0
    for one in asked:
        found: list[ImportReport] = []
        connector = connector_of(one.connection["connector"])
        target = connections.target_of(ctx, one.connection)
        with (
            pieces.piece(ctx, Document.model_validate(one.connection), progress),
            speaking(connector, target) as system,
        ):
            for window in one.slices():
                words = f"Reading {one.signal} over {one.connection['id']}"
                progress(done, total, words)
                batch = one.batch(flow, window)
                found += stored(ctx, flow, one.kind, batch, known[one.kind])
                if batch not in known[one.kind]:
                    told = partial(_tell, progress, done, total, words)
                    found += _slice(ctx, flow, one, window, system, told)
                done += 1
            brought.append(_Brought(one, found, tuple(map(target.without, getattr(system, "told", ())))))
    left = unread(ctx, flow) if any(one.pull.meaning.events for one in brought) else []
    return lambda unit: _record(unit, flow, brought, left)


def _tell(progress: Progress, done: int, total: int, words: str, rows: int) -> None:
    progress(done, total, f"{words}: {rows:,} rows of this window")


def _asked(ctx: Context, job: str, arguments: Mapping[str, Any]) -> list[_Pull]:
    """Return what is to be read, by the definitions of now, each from where it was left."""
    now = datetime.fromisoformat(arguments["now"])
    since = datetime.fromisoformat(arguments["since"]) if arguments["since"] else None
    found = []
    with reading(ctx.engine) as session:
        known = pulls.of_flow(session, arguments["flow"])
        signals = documents.heads(session, "signal", arguments["signals"])
        template = documents.head(session, "template", arguments["flow"])
        if template is None:
            raise missing("template", arguments["flow"])
        for name in arguments["signals"]:
            binding = signals[name].doc["binding"]
            live = documents.head(session, "connection", binding["connection"])
            if live is None:
                raise missing("connection", binding["connection"])
            refuse_unread(live)
            end = (now - timedelta(seconds=live.doc["delay_seconds"])).replace(microsecond=0)
            begins = since or (known[name].upto if name in known else end - FIRST)
            meaning = Meaning.of(signals[name].doc, template.doc, connector_of(live.doc["connector"]))
            found.append(_Pull(name, live.doc, binding["query"], begins, end, meaning, job if since else ""))
    return found


def refuse_unread(live: Version) -> None:
    """Raise Invalid where a connection is retired or switched off, or nothing can be read over it."""
    connections.refuse_off(live)
    connector = connector_of(live.doc["connector"])
    if not hasattr(connector, "read"):
        raise Invalid(
            f"Nothing can be read by the connector {connector.name}.", where="connector", hint="Name another."
        )


def _slice(
    ctx: Context,
    flow: str,
    pull: _Pull,
    window: tuple[datetime, datetime],
    system: Any,
    told: Callable[[int], None],
) -> list[ImportReport]:
    """Return what the imports of a window did; nothing of one without rows."""
    rows, batch = system.read(pull.query, start=window[0], end=window[1]), pull.batch(flow, window)
    if pull.meaning.events:
        return read_events(ctx, flow, batch, rows, pull.meaning, told=told)
    report = _points(ctx, flow, pull, batch, points_of(rows, pull.meaning.columns))
    return [] if report is None else [report]


def _points(ctx: Context, flow: str, pull: _Pull, batch: str, points: Iterator[pa.RecordBatch]) -> ImportReport | None:
    """Return what the import of the points of a window did; nothing of one without points."""
    with tempfile.TemporaryDirectory(dir=ctx.staging) as folder:
        file = Path(folder) / "points.csv"
        mapping = put_down(points, file)
        if mapping is None:
            return None
        return import_metrics(
            ctx.lake,
            flow,
            file,
            mapping=mapping,
            batch=batch,
            rejects=ctx.rejects / flow,
            signal=pull.signal,
            memory_limit=ctx.settings.memory_limit,
            time_zone="UTC",
        )


def _record(unit: Unit, flow: str, brought: Sequence[_Brought], left: Sequence[Unread]) -> dict[str, Any]:
    told = []
    for one in brought:
        pull = one.pull
        fresh = [report for report in one.reports if jobs.find_batch(unit.connection, flow, report.batch) is None]
        what = {"what": pull.kind, "name": pull.connection["id"], "generated": False}
        # A part of a window that added nothing made no version: nothing is to be recorded of it.
        for report in (report for report in fresh if report.changed or "." not in report.batch):
            events = pull.meaning.events
            replaced = importing.replaced_in(unit.ctx, flow, report.batch) if events else None
            importing.record(unit, what, report, left if events else (), replaced)
        added = sum(report.added for report in fresh)
        pulls.note(unit.connection, flow, pull.signal, upto=pull.end, at=unit.now, added=added)
        told.append(
            PulledSignal(
                signal=pull.signal,
                connection=pull.connection["id"],
                start=pull.start,
                end=pull.end,
                read=sum(report.read for report in fresh),
                added=added,
                rejected=sum(report.rejected for report in fresh),
                told=tuple(one.told),
            )
        )
    return Pulled(flow=flow, signals=tuple(told)).model_dump(mode="json")
