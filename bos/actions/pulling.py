"""Pulling: the signals of a flow are read over their connections, from where the last pull ended."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bos.actions import connections, importing, pieces
from bos.actions import jobs as job_actions
from bos.actions.lifecycle import head_of
from bos.actions.pulled_signals import bound
from bos.actions.pulling_rows import Meaning, read_events, stored
from bos.actions.rights import permit_flow
from bos.actions.submission import missing, refuse_retired
from bos.actions.unit import write
from bos.actions.unread import afterwards, unread
from bos.actions.untaken_rows import note_nothing, note_read, nothing_taken
from bos.auth.policy import allow
from bos.errors import Forbidden, Invalid, NotFound, Unavailable, UsageError
from bos.model.answers.jobs import Job
from bos.model.answers.pulls import Pulled, PulledSignal
from bos.model.connection import Connection as Document
from bos.model.version import digest
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import speaking, whole
from bos.store import documents, jobs, pulls
from bos.store.engine import reading
from bos.telemetry.ingest import import_metrics
from bos.telemetry.points import put_down
from bos.telemetry.rows import points_of
from bos.telemetry.staging import working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from bos.actions.context import Context
    from bos.actions.tasks import Finish
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.errors import BosError
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


@dataclass(frozen=True, slots=True)
class _Pull:
    """A signal that is read: over which connection, by which query, from when until when.

    ``anew`` names the job where it is read again though it was read before; ``first``: it was never read.
    """

    signal: str
    connection: dict[str, Any]
    query: str
    start: datetime
    end: datetime
    meaning: Meaning
    anew: str = ""
    first: bool = False

    def upto(self, end: datetime) -> _Pull:
        """Return it up to an earlier end, from which the first one reaches back; where nothing is over, it is empty."""
        start = end - FIRST if self.first else self.start
        return replace(self, start=start, end=max(start, end))

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


@dataclass(frozen=True, slots=True)
class _Broken:
    """A signal that could not be read, and why."""

    pull: _Pull
    error: BosError

    def words(self, flow: str) -> str:
        """Return what is wrong and what to do, without the name of the signal."""
        return f"{self.error.message.removeprefix(_name(flow, self.pull.signal))} {self.error.hint}".strip()

    @property
    def silent(self) -> str:
        """The connection whose system does not answer; empty where it does, and only this signal cannot be read."""
        return str(self.pull.connection["id"]) if isinstance(self.error, Unavailable) else ""


def run(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Finish:
    """Read the signals; done again after a crash, it reads what is not in the lake yet. Returns what writes the record.

    A signal that cannot be read, or none of whose rows can be taken, keeps no other from being read; the job then
    fails with what is wrong, and what was read stays: the details of the error tell it. Of a system that does not
    answer no further signal is asked for.

    Raises:
        NotFound: a connection or connector is not there. Unavailable: the lake or the database does not answer.
    """
    flow = arguments["flow"]
    asked = _asked(ctx, job, arguments)
    total = sum(1 for one in asked for _ in one.slices())
    known = {kind: ctx.lake.batches(flow, kind) for kind in {one.kind for one in asked}}
    brought, broken = list[_Brought](), list[_Broken]()
    done = 0
    for wanted in asked:
        one = wanted
        try:
            one = _over(ctx, flow, wanted)
            if one.connection["id"] not in {other.silent for other in broken}:
                brought.append(_read(ctx, flow, one, known[one.kind], progress, (done, total)))
                with _named(flow, one.signal):
                    nothing_taken(ctx, flow, one.signal, one.start, brought[-1].reports)
        except (Forbidden, Invalid, NotFound, UsageError) as error:
            broken.append(_Broken(one, error))
        except Unavailable as error:
            if not error.code.startswith("system."):
                raise
            broken.append(_Broken(one, error))
        done += sum(1 for _ in one.slices())
    events = any(one.pull.meaning.events for one in brought)
    left = (afterwards(lambda: unread(ctx, flow)) if events else None) or []

    def finish(unit: Unit) -> dict[str, Any] | job_actions.Failed:
        result = _record(unit, flow, brought, left)
        return job_actions.Failed(_record_broken(unit, flow, broken, result)) if broken else result

    return finish


def _over(ctx: Context, flow: str, one: _Pull) -> _Pull:
    """Return a pull up to the end of the last step that is over; the system is asked nothing."""
    connector, target = connector_of(one.connection["connector"]), connections.target_of(ctx, one.connection)
    with speaking(connector, target) as system, _named(flow, one.signal):
        return one.upto(whole(system, one.query, one.end))


def _read(ctx: Context, flow: str, one: _Pull, known: set[str], progress: Progress, at: tuple[int, int]) -> _Brought:
    """Read a signal, window by window (``at``: windows done, and in all); what is in the lake is not read again."""
    found: list[ImportReport] = []
    connector, target = connector_of(one.connection["connector"]), connections.target_of(ctx, one.connection)
    words = f"Reading {one.signal} over {one.connection['id']}"
    with (
        pieces.piece(ctx, Document.model_validate(one.connection), progress, regular=True),
        speaking(connector, target) as system,
        _named(flow, one.signal),
    ):
        for done, window in enumerate(one.slices(), at[0]):
            progress(done, at[1], words)
            batch = one.batch(flow, window)
            found += stored(ctx, flow, one.kind, batch, known)
            if batch not in known:
                found += _slice(ctx, flow, one, window, system, partial(_tell, progress, done, at[1], words))
        return _Brought(one, found, tuple(map(target.without, getattr(system, "told", ()))))


@contextmanager
def _named(flow: str, signal: str) -> Iterator[None]:
    """Say of what cannot be read which signal of which flow it is; nobody looks at a pull by itself."""
    try:
        yield
    except (Forbidden, Invalid, UsageError) as error:
        error.message = f"{_name(flow, signal)}{error.message}"
        raise


def _name(flow: str, signal: str) -> str:
    return f"{signal} of {flow}: "


def _record_broken(unit: Unit, flow: str, broken: Sequence[_Broken], result: Mapping[str, Any]) -> BosError:
    """Write where signals that could not be read are to be read from, and return the one error of all of them.

    Its details have the ``signals`` that could be read, as the ``result`` tells them.
    """
    known = pulls.of_flow(unit.connection, flow)
    for one in broken:
        pull = one.pull
        if pull.signal not in known and not pull.anew:  # what is never read would else begin later each time
            pulls.note(unit.connection, flow, pull.signal, upto=pull.start, at=unit.now, added=0)
        pulls.broke(unit.connection, flow, pull.signal, at=unit.now, problem=one.words(flow))
        if "since" in (of := one.error.details):
            note_nothing(unit, flow, pull.signal, of, one.words(flow))
        if not one.silent:  # what could be read meanwhile does not make it well
            pieces.tell(unit.connection, pull.connection["id"], unit.now, one.error)
    first = broken[0].error
    first.message = " ".join(dict.fromkeys(one.error.message for one in broken))
    first.details = {**first.details, "signals": result["signals"]}
    return first


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
            first = since is None and name not in known
            begins = end - FIRST if first else since or known[name].upto
            meaning = Meaning.of(signals[name].doc, template.doc, connector_of(live.doc["connector"]))
            found.append(_Pull(name, live.doc, binding["query"], begins, end, meaning, job if since else "", first))
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
    with working(ctx.staging) as folder:
        file = folder / "points.csv"
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
            may_reject_all=True,
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
        told.append(
            PulledSignal(
                signal=pull.signal,
                connection=pull.connection["id"],
                start=pull.start,
                end=pull.end,
                **note_read(unit, flow, pull.signal, pull.end, fresh),
                told=tuple(one.told),
            )
        )
    return Pulled(flow=flow, signals=tuple(told)).model_dump(mode="json")
