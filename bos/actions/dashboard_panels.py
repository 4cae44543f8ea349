"""Computes the panels of a dashboard: definitions and snapshots of one moment → panels as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bos.actions.dashboard_silence import Silence
from bos.actions.evaluation import Question, Window, answers, before
from bos.actions.review_numbers import signals_of, titles_of
from bos.dashboards.board import Board
from bos.dashboards.paths import departures, funnel, times
from bos.dashboards.periods import LONGER, Held, covered, day_after, day_of, period_before, suits, words
from bos.dashboards.standing import comparison
from bos.dashboards.systems import system
from bos.dashboards.tiles import Answered, few, side, tile, trend
from bos.errors import UsageError
from bos.model.answers.kpis import KpiValue
from bos.model.ownership import accountable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.actions.definitions import Definitions
    from bos.kpi import KpiSpec
    from bos.kpi.options import By, Filters
    from bos.model.answers.dashboards import Comparison, Panel
    from bos.telemetry.lake import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What panels are computed from: definitions with the system signals, and the two snapshots of the lake."""

    found: Definitions
    events: Snapshot
    metrics: Snapshot
    memory_limit: str


def board_of(
    sources: Sources,
    definition: Mapping[str, Any],
    *,
    start: datetime | None,
    end: datetime | None,
    by: By | None,
    filters: Filters,
) -> Board:
    """Return what the panels share. Without start and end the definition's window before the newest day's end is taken.

    Raises:
        UsageError: a moment has no zone, the window is empty, or a filter names what no KPI can be split by.
    """
    from bos.kpi.extents import newest  # noqa: PLC0415 - DuckDB loads where something is computed

    found, doc = sources.found, sources.found.doc
    held = Held(sources.events.first, sources.events.last)
    if start is None and end is None and definition["window"] and held.last is not None:
        end = day_after(held.last, doc["time_zone"])
        start = before(end, definition["window"], doc["time_zone"])
    Question(start=start, end=end)
    if start is not None and end is not None and start >= end:
        raise UsageError("The window ends before it begins.", where="start, end", hint="Give an end that is later.")
    known = dimensions_of(doc)
    unknown = next((name for name, _ in filters if name not in known), None)
    if unknown is not None:
        hint = f"They can be filtered by {', '.join(known)}." if known else "They declare no dimensions."
        raise UsageError(f"No KPI of this flow is split by {unknown!r}.", where="filters", hint=hint)
    return Board(
        template=doc,
        owners=_owners(doc),
        start=start,
        end=end,
        by=by or definition["by"] or suits(start, end, held),
        held=held,
        newest=newest(sources.events, found.bound(), end, memory_limit=sources.memory_limit),
        filters=filters,
    )


def dimensions_of(doc: Mapping[str, Any]) -> list[str]:
    """Return the fields that KPIs of a template declare to be split by."""
    return list(dict.fromkeys(name for outcome in doc["outcomes"] for name in outcome["measure"]["dimensions"]))


def _owners(doc: dict[str, Any]) -> dict[str, str]:
    paths = [f"outcomes[{outcome['id']}].measure" for outcome in doc["outcomes"]]
    paths += ["flow", *(f"system_signals[{use['id']}].signal" for use in doc["system_signals"])]
    return {path: role for path in paths if (role := accountable(doc, path))}


def panels_of(sources: Sources, board: Board) -> tuple[Panel, ...]:
    """Return every panel, in the order of the template. Raises as ``bos.actions.evaluation.answers``."""
    found = _answered(sources, board)
    return (
        *(tile(board, one) for one in found),
        *(trend(board, one) for one in found),
        *_journeys(sources, board),
        *_systems(sources, board),
    )


def _answered(sources: Sources, board: Board) -> list[Answered]:
    """Return what every KPI came to: now, over time, and in the period before."""
    found, doc = sources.found, sources.found.doc
    every = found.specs()
    kept = tuple(spec for spec in every if not _unfiltered(spec, board))
    ask = Question(start=board.start, end=board.end, filters=board.filters)
    now, queries = _asked(sources, kept, ask)
    course, trends = _asked(sources, kept, replace(ask, by=board.by))
    changes = _changes(sources, board, kept, now, course)
    silence = Silence(sources.events, found.bound(), titles_of(found), memory_limit=sources.memory_limit)
    answered = []
    for spec, outcome in zip(every, doc["outcomes"], strict=True):
        window = ask.window(found, spec.id)
        reason = _unfiltered(spec, board)
        value = now[spec.id][0] if not reason else _withheld(found, spec, reason, sources.events.id)
        names = signals_of(spec, every)
        gap = silence.words(value, names, window)
        course_of, silent = silence.course(course.get(spec.id, ()), names, board.by, window)
        texts = {} if reason else {"value": queries[spec.id], "trend": trends[spec.id]}
        answered.append(
            Answered(
                outcome=outcome,
                value=value.model_copy(update={"value": None}) if gap else value,
                start=window.start,
                end=window.end,
                zone=window.time_zone,
                change=None if gap else changes.get(spec.id),
                trend=() if value.withheld_reason else course_of,
                signals=names,
                gap=gap,
                silent=silent,
                queries=texts,
            )
        )
    return answered


def _asked(
    sources: Sources, specs: Sequence[KpiSpec], question: Question
) -> tuple[dict[str, list[KpiValue]], dict[str, str]]:
    if not specs:
        return {}, {}
    values, queries = answers(sources.found, specs, sources.events, question, memory_limit=sources.memory_limit)
    by_kpi: dict[str, list[KpiValue]] = {spec.id: [] for spec in specs}
    for value in values:
        by_kpi[value.kpi].append(value)
    return by_kpi, queries


def _unfiltered(spec: KpiSpec, board: Board) -> str:
    """Return why a KPI cannot be shown under the filters; empty where it can."""
    names = [name for name, _ in board.filters if name not in spec.dimensions]
    return f"This KPI is not split by {' or '.join(names)}, so it cannot be filtered by it." if names else ""


def _withheld(found: Definitions, spec: KpiSpec, reason: str, snapshot: str) -> KpiValue:
    mark = found.approval(spec.id)
    return KpiValue(kpi=spec.id, unit=spec.unit, withheld_reason=reason, approval=mark, snapshot=snapshot)


def _changes(
    sources: Sources,
    board: Board,
    specs: Sequence[KpiSpec],
    now: Mapping[str, Sequence[KpiValue]],
    course: Mapping[str, Sequence[KpiValue]],
) -> dict[str, Comparison]:
    """Return each KPI against the period before; where nothing was recorded then, its last two whole buckets."""
    ask = Question(start=board.start, end=board.end)
    changes: dict[str, Comparison] = {}
    groups: dict[Window, list[KpiSpec]] = {}
    for spec in specs:
        groups.setdefault(ask.window(sources.found, spec.id), []).append(spec)
    for window, alike in groups.items():
        earlier = _earlier(board, window)
        if earlier is None:
            changes |= _last_two(sources, board, window.time_zone, alike, course)
            continue
        then, _ = _asked(sources, alike, Question(start=earlier[0], end=earlier[1], filters=board.filters))
        period = words(*earlier, board.held, window.time_zone).removesuffix(f", {window.time_zone}")
        for spec in alike:
            changes[spec.id] = _compared(board, spec, now[spec.id][0], then[spec.id][0], period)
    return changes


def _earlier(board: Board, window: Window) -> tuple[datetime, datetime] | None:
    """Return the period before a window, if the log reaches back to its beginning."""
    if window.start is None or window.end is None or board.held.first is None:
        return None
    earlier = period_before(window.start, window.end, window.time_zone)
    return earlier if day_of(board.held.first, window.time_zone) <= earlier[0] else None


def _last_two(
    sources: Sources, board: Board, zone: str, specs: Sequence[KpiSpec], course: Mapping[str, Sequence[KpiValue]]
) -> dict[str, Comparison]:
    whole = covered(board.start, board.end, board.held, zone)
    if whole is None:
        return {}
    by = LONGER[board.by]
    found = course
    if by != board.by:
        found, _ = _asked(sources, specs, Question(start=board.start, end=board.end, by=by, filters=board.filters))
    changes = {}
    for spec in specs:
        pair = _whole_pair(found[spec.id], *whole)
        if pair is None:
            continue
        then, now, end = pair
        edges = [then.bucket_start, now.bucket_start, end]
        names = [words(edges[i], edges[i + 1], board.held, zone).removesuffix(f", {zone}") for i in (0, 1)]
        changes[spec.id] = _compared(board, spec, now, then, names[0], of=f"Last whole {by}, {names[1]}")
    return changes


def _whole_pair(
    values: Sequence[KpiValue], since: datetime, until: datetime
) -> tuple[KpiValue, KpiValue, datetime] | None:
    """Return the last two neighbours of whole buckets that rest on enough, and where the later one ends."""
    starts, thin = [value.bucket_start for value in values], few(values)
    for i in range(len(values) - 2, 0, -1):
        begin, end = starts[i - 1], starts[i + 1]
        if (
            begin is not None
            and end is not None
            and since <= begin
            and end <= until
            and not thin & {begin, starts[i]}
            and values[i].n
            and values[i - 1].n
        ):
            return values[i - 1], values[i], end
    return None


def _compared(board: Board, spec: KpiSpec, now: KpiValue, then: KpiValue, period: str, *, of: str = "") -> Comparison:
    outcome = next(outcome for outcome in board.template["outcomes"] if outcome["id"] == spec.id)
    return comparison(now.value, then.value, spec.unit, period, side(outcome), of=of)


def _journeys(sources: Sources, board: Board) -> tuple[Panel, ...]:
    from bos.kpi.journeys import Cohort, Journeys, filterable, journeys  # noqa: PLC0415 - DuckDB loads where something is computed

    signals = sources.found.bound()
    leaving = departures(sources.found.doc, signals)
    lacking = [name for name, _ in board.filters if not all(filterable(one.signal, name) for one in leaving)]
    withheld = None
    if lacking:
        withheld = f"Not every step records {' and '.join(lacking)}, so cases cannot be filtered by it."
    cohort = Cohort(board.start, board.end, board.filters)
    done = Journeys() if lacking else journeys(sources.events, leaving, cohort, memory_limit=sources.memory_limit)
    as_of, approval = sources.events.last, sources.found.journey_approval()
    return (
        funnel(board, done, as_of=as_of, approval=approval, withheld=withheld),
        times(board, done, as_of=as_of, approval=approval, withheld=withheld),
    )


def _systems(sources: Sources, board: Board) -> list[Panel]:
    from bos.kpi.metrics import readings  # noqa: PLC0415 - DuckDB loads where something is computed

    uses, zone = sources.found.doc["system_signals"], board.zone
    first = board.start or board.held.first or sources.metrics.first
    last = board.end or (board.held.last and day_after(board.held.last, zone)) or sources.metrics.last
    if not uses or first is None or last is None or first >= last:
        return []
    found = readings(
        sources.metrics,
        list(dict.fromkeys(name for use in uses for name in (use["signal"], use["id"]))),
        by=board.by,
        start=day_of(first, zone) if board.start is None else first,
        end=last,
        time_zone=zone,
        memory_limit=sources.memory_limit,
    )
    panels = []
    for use in uses:
        named = found[use["signal"]]
        own = named if named.newest is not None else found[use["id"]]  # points are recorded under either name
        signal = sources.found.systems.get(use["signal"])
        approval = sources.found.system_approval(use)
        panels.append(system(board, use, signal.doc if signal else None, own, approval=approval))
    return panels
