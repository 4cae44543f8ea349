"""Pulling: the signals of a flow are read over their connections, from where the last pull ended."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from bos.actions import connections, declared, imported, importing, pieces
from bos.actions import jobs as job_actions
from bos.actions.failure import readable
from bos.actions.lifecycle import head_of
from bos.actions.pull_windows import FIRST, Pull
from bos.actions.pulled_signals import bound
from bos.actions.pulling_rows import Meaning, read_events, stored
from bos.actions.rights import permit_flow
from bos.actions.submission import missing, refuse_retired
from bos.actions.unit import write
from bos.actions.unread import afterwards, unread
from bos.actions.untaken_rows import note_nothing, note_read, nothing_taken
from bos.auth.policy import allow
from bos.errors import BosError, Forbidden, Invalid, NotFound, Unavailable, UsageError
from bos.model.answers.jobs import Job
from bos.model.answers.pulls import Pulled, PulledSignal
from bos.model.connection import Connection as Document
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import speaking, whole
from bos.store import documents, jobs, pulls
from bos.store.engine import reading
from bos.telemetry.ingest import import_metrics
from bos.telemetry.points import put_down
from bos.telemetry.report import far_ahead
from bos.telemetry.rows import points_of
from bos.telemetry.staging import working

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from bos.actions.context import Context
    from bos.actions.tasks import Finish
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.kpi.extents import Stray
    from bos.model.answers.telemetry import Unread
    from bos.ports import Progress
    from bos.store.documents import Version
    from bos.telemetry.report import ImportReport

TASK = declared.PULL.name
_AGAIN = 2.0
"""Seconds of reading after which it is told again, and looked whether the job is cancelled."""
FARTHEST = timedelta(days=400)


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
            other = "an earlier" if since >= unit.now else "a later"
            raise UsageError(
                "A pull begins before now, and at most 400 days ago.", where="since", hint=f"Name {other} moment."
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
class _Brought:
    """What was read of a signal: the imports, and what the system said beside."""

    pull: Pull
    reports: Sequence[ImportReport]
    told: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Broken:
    """A signal that could not be read, and why."""

    pull: Pull
    error: BosError

    def words(self, flow: str) -> str:
        """Return what is wrong and what to do, without the name of the signal."""
        return f"{self.error.message.removeprefix(_name(flow, self.pull.signal))} {self.error.hint}".strip()

    @property
    def silent(self) -> str:
        """The connection whose system does not answer; empty where it does, and only this signal cannot be read."""
        answers = not isinstance(self.error, Unavailable) or "incident" in self.error.details
        return "" if answers else str(self.pull.connection["id"])


def run(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Finish:
    """Read the signals; done again after a crash, it reads what is not in the lake yet. Returns what writes the record.

    A signal that cannot be read, for whatever reason, or none of whose rows can be taken, keeps no other from being
    read; the job then fails with what is wrong, and what was read stays: the details of the error tell it. Of a system
    that does not answer no further signal is asked for.

    Raises:
        Unavailable: the lake or the database does not answer. Cancelled: somebody said so.
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
        except Exception as error:  # noqa: BLE001 - whatever a signal fails by is its own
            broken.append(_Broken(one, _of_one(flow, one.signal, error)))
        done += sum(1 for _ in one.slices())
    events = any(one.pull.meaning.events for one in brought)
    left = (afterwards(lambda: unread(ctx, flow)) if events else None) or []
    stray = {one.pull.signal: afterwards(partial(_stray, ctx, flow, one)) for one in brought}

    def finish(unit: Unit) -> dict[str, Any] | job_actions.Failed:
        result = _record(unit, flow, brought, left, stray)
        return job_actions.Failed(_record_broken(unit, flow, broken, result)) if broken else result

    return finish


def _of_one(flow: str, signal: str, error: Exception) -> BosError:
    """Return what one signal could not be read by; one that nobody expected with the number of its incident.

    Raises what no other signal could be read by either: the job is cancelled, the lake or the database do not answer.
    """
    if isinstance(error, Forbidden | Invalid | NotFound | UsageError):
        return error
    if isinstance(error, Unavailable) and (error.code.startswith("system.") or "incident" in error.details):
        return error
    if isinstance(error, BosError | SQLAlchemyError):
        raise error
    found = readable(error)
    found.message = f"{_name(flow, signal)}It could not be read (incident {found.details['incident']})."
    return found


def _over(ctx: Context, flow: str, one: Pull) -> Pull:
    """Return a pull up to the end of the last step that is over; the system is asked nothing."""
    connector, target = connector_of(one.connection["connector"]), connections.target_of(ctx, one.connection)
    with speaking(connector, target) as system, _named(flow, one.signal):
        return one.over(partial(whole, system, one.query))


def _read(ctx: Context, flow: str, one: Pull, known: set[str], progress: Progress, at: tuple[int, int]) -> _Brought:
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
                found += _slice(ctx, flow, one, window, system, _Telling(progress, done, at[1], words))
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


@dataclass(slots=True)
class _Telling:
    """Tells how far a window is; what the progress raises, such as that the job is cancelled, ends it."""

    progress: Progress
    done: int
    total: int
    words: str
    rows: int = 0

    def __call__(self, rows: int) -> None:
        """Tell that so many rows are stored."""
        self.rows = rows
        self.progress(self.done, self.total, f"{self.words}: {rows:,} rows of this window")

    def while_read(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the batches that have rows, and tell the same again every two seconds of reading."""
        last = time.monotonic()
        for batch in batches:
            if time.monotonic() - last > _AGAIN:
                self(self.rows)
                last = time.monotonic()
            if batch.num_rows:
                yield batch


def _asked(ctx: Context, job: str, arguments: Mapping[str, Any]) -> list[Pull]:
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
            found.append(Pull(name, live.doc, binding["query"], begins, end, meaning, job if since else "", first))
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
    pull: Pull,
    window: tuple[datetime, datetime],
    system: Any,
    told: _Telling,
) -> list[ImportReport]:
    """Return what the imports of a window did; nothing of one without rows."""
    rows = told.while_read(system.read(pull.query, start=window[0], end=window[1]))
    batch = pull.batch(flow, window)
    if pull.meaning.events:
        return read_events(ctx, flow, batch, rows, pull.meaning, told=told)
    report = _points(ctx, flow, pull, batch, points_of(rows, pull.meaning.columns))
    return [] if report is None else [report]


def _points(ctx: Context, flow: str, pull: Pull, batch: str, points: Iterator[pa.RecordBatch]) -> ImportReport | None:
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


def _stray(ctx: Context, flow: str, one: _Brought) -> Stray | None:
    return imported.stray_of(ctx, flow, one.reports, points=not one.pull.meaning.events)


def _record(
    unit: Unit, flow: str, brought: Sequence[_Brought], left: Sequence[Unread], stray: Mapping[str, Stray | None]
) -> dict[str, Any]:
    told = []
    for one in brought:
        pull = one.pull
        fresh = [report for report in one.reports if jobs.find_batch(unit.connection, flow, report.batch) is None]
        what = {"what": pull.kind, "name": pull.connection["id"], "generated": False}
        # A part of a window that added nothing made no version: nothing is to be recorded of it.
        for report in (report for report in fresh if report.changed or "." not in report.batch):
            events = pull.meaning.events
            replaced = importing.replaced_in(unit.ctx, flow, report.batch) if events else None
            imported.record(unit, what, report, left if events else (), replaced)
        told.append(
            PulledSignal(
                signal=pull.signal,
                connection=pull.connection["id"],
                start=pull.start,
                end=pull.end,
                **note_read(unit, flow, pull, fresh),
                **far_ahead(fresh),
                **imported.far_before(stray[pull.signal]),
                told=tuple(one.told),
            )
        )
    return Pulled(flow=flow, signals=tuple(told)).model_dump(mode="json")
