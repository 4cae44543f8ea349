"""A signal's binding tried as it is typed: a little of what the system has, as it would become events or points."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from bos.actions import connections, fitting, importing, pieces, subjects, trying_rows
from bos.actions.pulling import refuse_unread
from bos.actions.pulling_rows import Meaning
from bos.actions.reading import note_read
from bos.actions.refusals import Said
from bos.actions.rights import permit, permit_flow
from bos.actions.submission import missing
from bos.errors import Invalid, Unavailable, UsageError
from bos.model.answers.trying import TriedReason, TriedSignal
from bos.model.connection import Connection as Document
from bos.model.kinds import ordered
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import speaking, whole
from bos.store import documents, relations
from bos.store.engine import reading
from bos.telemetry.maintenance import rules_of
from bos.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.actions.trying_rows import Sample
    from bos.auth.actor import Actor
    from bos.ports import Progress, Source
    from bos.telemetry.pseudonyms import Protection

MOST = 1_000
"""Rows that are looked at."""
SPANS = (timedelta(hours=1), timedelta(days=1))
"""How much is read: the last hour that the system has whole; the last day where that has no row."""
LONGEST = timedelta(days=1)
PATIENCE_SECONDS = 20.0
"""How long rows are taken, and how long a place of the connection is waited for."""
_QUERY_NOTED = 1_000


@dataclass(frozen=True, slots=True)
class _Try:
    """What is tried: the signal with its binding as typed, its flow and connection, and whom rows may not name."""

    flow: dict[str, Any]
    signal: dict[str, Any]
    connection: dict[str, Any]
    guarded: bool

    @property
    def binding(self) -> dict[str, Any]:
        return cast("dict[str, Any]", self.signal["binding"])


@dataclass(frozen=True, slots=True)
class _Found:
    """What a system answered over a window: rows, whether it has more, and what it said beside.

    ``spanless``: no whole span that the query counts by lies in it.
    """

    start: datetime
    end: datetime
    batches: tuple[pa.RecordBatch, ...]
    more: bool
    told: tuple[str, ...]
    spanless: bool = False

    @property
    def rows(self) -> int:
        return sum(batch.num_rows for batch in self.batches)


def try_signal(
    ctx: Context,
    actor: Actor,
    flow: str,
    signal: str,
    binding: Mapping[str, Any] | None = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> TriedSignal:
    """Read a little over the binding of a signal, and return at most 20 rows as they would become events or points.

    ``binding`` is laid field by field over the live one, and need not be saved. Read is ``[start, end)`` (aware, at
    most a day), else the last hour up to ``delay_seconds`` before now, else the last day; at most 1,000 rows. The
    signal is named as the flow names it, or by its id. Nothing goes into the lake; the journal keeps who read rows by
    which query, and each call is a reading of its own, also under the same key. Rows that may name persons are
    guarded: names are replaced as an import does, and of columns that no field takes no value is answered. What the
    system says of a failure is told in its own words to who may test connections, to others in those of BOS.

    Raises:
        NotFound: there is no such flow, signal or connection, or its connector is not installed.
        Forbidden: whoever asks may not read single rows of the flow, or not change the signal.
        Invalid: the binding is not whole or breaks rules, or the system cannot read the query.
        UsageError: the window ends before it begins, is longer than a day, or lies ahead.
        Unavailable: the system does not answer, is left alone for a while, or has enough under way.
    """
    with reading(ctx.engine) as session:
        permit_flow(session, actor, "telemetry.rows", flow)
        asked = _asked(session, actor, flow, signal, binding or {})
    rules = rules_of(ctx.lake.table(flow))
    connector = connector_of(asked.connection["connector"])
    fitting.refuse_unfit(connector, asked.connection)
    last = (datetime.now(UTC) - timedelta(seconds=asked.connection["delay_seconds"])).replace(microsecond=0)
    windows = _windows(last, start, end)
    document, target = Document.model_validate(asked.connection), connections.target_of(ctx, asked.connection)
    said = Said(actor, document.id)
    work = pieces.piece(ctx, document, _patience(document.id))
    with said.told(), work, said.asking(), speaking(connector, target) as system:
        query = asked.binding["query"]
        windows = _over(cast("Source", system), query, windows, last, named=bool(start or end))
        found = _read(cast("Source", system), query, windows)
        found = replace(found, spanless=_spanless(cast("Source", system), query, found))
    found = replace(found, told=said.beside(tuple(map(target.without, found.told))))
    told = {"what": "try", "signal": asked.signal["id"], "connection": document.id, "rows": found.rows}
    told |= {"query": asked.binding["query"][:_QUERY_NOTED], "mapping": asked.binding["mapping"]}
    told |= {"start": found.start.isoformat(), "end": found.end.isoformat()}
    note_read(replace(ctx, idempotency_key=None), actor, flow, told)
    return _answer(ctx, asked, found, rules)


def _asked(session: Connection, actor: Actor, flow: str, name: str, typed: Mapping[str, Any]) -> _Try:
    template = documents.head(session, "template", flow) if "\x00" not in flow else None
    if template is None:
        raise missing("template", flow)
    used = {use["id"]: use["signal"] for use in importing.uses_of(template.doc)}
    id_ = str(used.get(name, name))
    permit(session, actor, "signal.write", "signal", id_)
    live = documents.head(session, "signal", id_) if "\x00" not in id_ else None
    if live is None:
        raise missing("signal", id_)
    content = {**live.doc, "binding": {**live.doc["binding"], **typed}}
    problems = tuple(
        one
        for one in validate("signal", content, lambda *_: None)
        if one.severity == "error" and one.path.startswith("binding")
    )
    if problems:
        raise Invalid(problems[0].message, where=problems[0].path, hint=problems[0].hint, problems=problems)
    signal = ordered("signal", content)
    binding = signal["binding"]
    if not binding["connection"] or not binding["query"].strip():
        raise Invalid(
            f"The signal {id_} has no {'query' if binding['connection'] else 'connection'} to be tried by.",
            where="binding",
            hint="Give its binding a connection and a query first.",
            code="signal",
        )
    connection = documents.head(session, "connection", binding["connection"])
    if connection is None:
        raise missing("connection", binding["connection"], documents.ids(session, "connection"))
    refuse_unread(connection)
    return _Try(template.doc, signal, connection.doc, _guarded(session, signal, used, connection.doc["id"]))


def _guarded(session: Connection, signal: Mapping[str, Any], used: Mapping[str, str], connection: str) -> bool:
    """Return whether rows may name persons: the signal says so, or another of the flow or of the connection does.

    Which event rows are is only typed: it may be that of another signal.
    """
    bound = [id_ for kind, id_ in relations.users(session, "connection", connection) if kind == "signal"]
    known = documents.heads(session, "signal", {*used.values(), *bound})
    return any(one["pii"] in subjects.PROTECTED for one in (signal, *(version.doc for version in known.values())))


def _windows(last: datetime, start: datetime | None, end: datetime | None) -> tuple[tuple[datetime, datetime], ...]:
    """Return the windows that are read, each only where those before have no row; ``last``: where a pull would end."""
    if start is None and end is None:
        return tuple((last - span, last) for span in SPANS)
    if start is None:
        until = cast("datetime", end).astimezone(UTC)
        begins = until - SPANS[0]
    else:
        begins = start.astimezone(UTC)
        until = end.astimezone(UTC) if end else min(begins + LONGEST, last)
    if not begins < until <= begins + LONGEST or begins >= datetime.now(UTC):
        raise UsageError(
            "What is tried begins before now, before it ends, and is a day at most.",
            where="start",
            hint="Name another beginning, or end.",
        )
    return ((begins, until),)


def _over(
    system: Source, query: str, windows: tuple[tuple[datetime, datetime], ...], last: datetime, *, named: bool
) -> tuple[tuple[datetime, datetime], ...]:
    """Return the windows up to the end of the last step that is over, as a pull would read it.

    Those that nobody named reach as far back from there as from where they ended.
    """
    if not hasattr(system, "whole"):
        return windows
    found = []
    for start, end in windows:
        until = whole(system, query, min(end, last))
        begins = start if named else until - (end - start)
        found.append((begins, max(begins, until)))
    return tuple(found)


def _patience(connection: str) -> Progress:
    """Return what waits a while for a place of a connection, and no longer: somebody looks at a page meanwhile."""
    until = time.monotonic() + PATIENCE_SECONDS

    def wait(*_: object, **__: object) -> None:
        if time.monotonic() > until:
            raise Unavailable(
                f"Enough is under way with {connection}.", where=connection, hint="Try again in a minute."
            )

    return wait


def _read(system: Source, query: str, windows: tuple[tuple[datetime, datetime], ...]) -> _Found:
    """Return the first rows of the first window that has any, else that the last has none."""
    for start, end in windows:
        batches, rows, more = list[Any](), 0, False
        until = time.monotonic() + PATIENCE_SECONDS
        answer = system.read(query, start=start, end=end) if start < end else iter(())
        for batch in answer:
            if not batch.num_rows:
                continue
            batches.append(batch.slice(0, MOST - rows))
            more = rows + batch.num_rows > MOST or (rows + batch.num_rows > 0 and time.monotonic() > until)
            rows += batches[-1].num_rows
            if more:
                break
        if close := getattr(answer, "close", None):
            close()
        found = _Found(start, end, tuple(batches), more, tuple(getattr(system, "told", ())))
        if found.rows:
            break
    return found


def _spanless(system: Source, query: str, found: _Found) -> bool:
    """Return whether there can be no row, since the last span that is over at the end begins before the beginning."""
    if found.rows or not hasattr(system, "whole"):
        return False
    within = found.end - timedelta(microseconds=1)
    begins = whole(system, query, within)
    return begins < found.start and begins != within  # where nothing is counted, it is the moment itself


def _answer(ctx: Context, asked: _Try, found: _Found, rules: str) -> TriedSignal:
    protection = _protection(ctx, asked, rules)
    sample, problem = _mapped(asked, found, protection)
    return TriedSignal(
        flow=asked.flow["id"],
        signal=asked.signal["id"],
        connection=asked.connection["id"],
        query=asked.binding["query"],
        start=found.start,
        end=found.end,
        events=asked.signal["type"] == "process",
        read=found.rows,
        more=found.more,
        taken=sample.taken,
        counted=sample.counted,
        columns=trying_rows.columns_of(found.batches),
        hidden=sample.hidden,
        fields=tuple(dict.fromkeys(name for row in sample.rows for name in row.mapped)),
        problem=problem.message if problem else "",
        hint=(problem.hint or "") if problem else "",
        reasons=tuple(
            TriedReason(reason=reason, rows=many)
            for reason, many in sorted(sample.reasons.items(), key=lambda item: (-item[1], item[0]))
        ),
        notes=(*sample.notes, *found.told),
        rows=sample.rows,
        spanless=found.spanless,
    )


def _protection(ctx: Context, asked: _Try, rules: str) -> Protection | None:
    """Return what replaces every name of the rows; nothing where no signal and no import before says so."""
    usual = subjects.protection_of(ctx, asked.flow["id"]).after(rules)
    if not asked.guarded and not usual.protected and not usual.before:
        return None
    return replace(usual, protected=usual.protected | {asked.binding["event"]}, named=frozenset())


def _mapped(asked: _Try, found: _Found, protection: Protection | None) -> tuple[Sample, Invalid | UsageError | None]:
    """Return what the rows become; where the mapping does not hold for any, the rows as they are, and why."""
    guarded = protection is not None
    try:
        meaning = Meaning.of(asked.signal, asked.flow, connector_of(asked.connection["connector"]))
        if meaning.events:
            sample = trying_rows.as_events(
                found.batches, meaning, asked.binding, flow=asked.flow["id"], protection=protection
            )
        else:
            sample = trying_rows.as_points(found.batches, meaning, guarded=guarded)
    except (Invalid, UsageError) as error:
        return trying_rows.unmapped(found.batches, guarded=guarded), error
    return sample, None
