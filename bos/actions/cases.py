"""The cases behind a number of a flow: single rows, so reading them is a right of its own and stands in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions.definitions import live_definitions
from bos.actions.evaluation import plain
from bos.actions.kpis import chosen
from bos.actions.question import Question, filters_of, refuse_undeclared
from bos.actions.reading import note_read
from bos.actions.rights import permit_flow
from bos.dashboards.evidence import Names, evidence
from bos.model.answers.cases import CaseList, CaseRow
from bos.model.numbers import shown
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.actions.question import Window
    from bos.auth.actor import Actor
    from bos.kpi.cases import Case, Cases, Part


def cases(
    ctx: Context,
    actor: Actor,
    flow: str,
    kpi: str,
    *,
    part: Part = "counted",
    start: datetime | None = None,
    end: datetime | None = None,
    filters: Mapping[str, Sequence[str | None]] | None = None,
    limit: int = 100,
) -> CaseList:
    """Return the cases behind a KPI, the telling ones first. The window is ``[start, end)`` (aware).

    An end alone stands for the KPI's own window before it, as it does in an evaluation. ``filters`` are fields that the
    KPI can be split by, with the values that count.

    Raises:
        NotFound: there is no such flow, or no such KPI of it.
        Forbidden: whoever asks may not read single rows.
        UsageError: the KPI has no such cases, or does not declare a field; a moment or the limit is not right.
        Invalid, Unavailable: the definition is not as it should be; the lake cannot be read.
    """
    from bos.kpi import cases as engine  # noqa: PLC0415 - half a second that only queries need

    wanted = filters_of(filters)
    question = Question(start=start, end=end, filters=wanted)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "telemetry.rows", flow)
        found = live_definitions(connection, flow)
        generated = jobs.has_generated(connection, flow)
    (spec,) = chosen(found, (kpi,))
    refuse_undeclared(spec, wanted)
    window = question.window(found, kpi)
    held = ctx.lake.snapshot(flow)
    behind = engine.cases(
        held, spec, found.bound(), part=part,
        known=found.specs(), systems=found.series(),
        start=window.start, end=window.end, time_zone=window.time_zone, filters=wanted, limit=limit,
        memory_limit=ctx.settings.memory_limit,
    )  # fmt: skip
    asked = {"kpi": kpi, "part": part, "filters": dict(wanted), "limit": limit, **_told(window)}
    note_read(ctx, actor, flow, {"what": "cases", "snapshot": held.id, **asked})
    return CaseList(
        flow=flow,
        kpi=kpi,
        part=part,
        parts=behind.parts,
        start=window.start,
        end=window.end,
        time_zone=window.time_zone,
        total=behind.total,
        unit=behind.unit,
        values=behind.values,
        late_unit=behind.late_unit,
        items=_rows(behind, names_of(found, window.time_zone)),
        approval=found.approval(kpi),
        snapshot=held.id,
        generated=generated,
    )


def names_of(found: Definitions, time_zone: str) -> Names:
    """Return what the events of a flow are called: the titles of their signals."""
    docs = {use["id"]: found.signals.get(use["signal"]) for use in found.doc["process_signals"]}
    titles = {name: version.doc["title"] for name, version in docs.items() if version is not None}
    events = {signal.event: titles.get(name, name) for name, signal in found.bound().items() if signal.event}
    return Names(titles, events, time_zone)


def _told(window: Window) -> dict[str, str | None]:
    moments = (("start", window.start), ("end", window.end))
    return {name: moment.isoformat() if moment else None for name, moment in moments}


def _rows(behind: Cases, names: Names) -> tuple[CaseRow, ...]:
    return tuple(_row(one, behind.unit, names) for one in behind.items)


def _row(one: Case, unit: str, names: Names) -> CaseRow:
    why = evidence(one.proof, names) if one.proof else None
    value = one.value if isinstance(one.value, str) else plain(one.value)
    words = str(value) if isinstance(value, str) else shown(value, unit)
    told = "" if value is None else words
    return CaseRow(case=one.case, at=one.at, value=value, shown=told, note=one.note, late=one.late, evidence=why)
