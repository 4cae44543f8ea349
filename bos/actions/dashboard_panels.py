"""Computes the panels of a dashboard: definitions and snapshots of one moment → panels as data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions.budgets import budgets_of
from bos.actions.dashboard_changes import Changes
from bos.actions.dashboard_sources import Sources, asked_twice
from bos.actions.dashboard_splits import splits
from bos.actions.grounds import beginning, log_clock, newest_points, points_clock, read_systems, signals_of, stray
from bos.actions.question import Question, before
from bos.actions.silence import gaps_words
from bos.actions.vendor_queries import Vendors
from bos.dashboards.board import Board
from bos.dashboards.budgets import budget
from bos.dashboards.paths import departures, funnel, times
from bos.dashboards.periods import Held, day_after, day_of, suits
from bos.dashboards.systems import system
from bos.dashboards.tiles import Answered, tile, trend
from bos.errors import UsageError
from bos.kpi.earlier import PREVIOUS, comparing
from bos.model.answers.kpis import KpiValue
from bos.model.ownership import accountable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.actions.definitions import Definitions
    from bos.kpi import KpiSpec
    from bos.kpi.options import By, Filters
    from bos.model.answers.dashboards import Panel


def board_of(
    sources: Sources,
    definition: Mapping[str, Any],
    *,
    start: datetime | None,
    end: datetime | None,
    by: By | None,
    filters: Filters,
    split: str = "",
    compare: str = PREVIOUS,
    judged: datetime | None = None,
    trust: bool = True,
) -> Board:
    """Return what the panels share. Without start and end the definition's window before the newest day's end is taken.

    ``judged`` is until when the data must be there for a number to be trusted: by default until the end that was asked
    for, and at most until now; without one, until now. Without ``trust`` it does not matter.

    Raises:
        UsageError: a moment has no zone, the window is empty, a filter or the split names what no KPI can be split
            by, or there is nothing to compare with.
    """
    from bos.kpi.extents import ahead, newest  # noqa: PLC0415 - DuckDB loads where something is computed

    found, doc = sources.found, sources.found.doc
    old = stray(sources.events, memory_limit=sources.memory_limit)
    held = Held(old.begins if old else sources.events.first, sources.events.last)
    shows = log_clock(sources.events, memory_limit=sources.memory_limit)
    Question(start=start, end=end)
    judged = judged or min(moment for moment in (end, datetime.now(UTC)) if moment is not None)
    over = held.until(shows).until(judged)
    if start is None and end is None and definition["window"] and over.last is not None:
        end = day_after(over.last, doc["time_zone"])
        start = before(end, definition["window"], doc["time_zone"])
    comparing(compare)
    reaches = end is None and held.runs_past(shows, start)
    if start is not None and end is not None and start >= end:
        raise UsageError(
            "The window ends when it begins, or before.", where="start, end", hint="Give an end that is later."
        )
    _refuse_unknown(doc, filters, split)
    return Board(
        template=doc,
        owners=_owners(doc),
        start=start,
        end=end,
        by=by or definition["by"] or suits(start, end, held.until(shows) if reaches else held),
        held=held,
        log_clock=shows,
        ahead=ahead(sources.events, memory_limit=sources.memory_limit) if reaches else None,
        stray=old if start is None else None,
        newest=newest(sources.events, found.bound(), end, memory_limit=sources.memory_limit),
        points=newest_points(found, sources.metrics, end, memory_limit=sources.memory_limit),
        filters=filters,
        split=split,
        compare=compare,
        judged=judged,
        trust=trust,
    )


def _refuse_unknown(doc: Mapping[str, Any], filters: Filters, split: str) -> None:
    """Refuse fields that no KPI of a template declares to be split by."""
    known = dimensions_of(doc)
    asked_by = [*((name, "filters") for name, _ in filters), *([(split, "split")] if split else [])]
    unknown = next(((name, where) for name, where in asked_by if name not in known), None)
    if unknown is not None:
        hint = f"They are split by {', '.join(known)}." if known else "They declare no dimensions."
        raise UsageError(f"No KPI of this flow is split by {unknown[0]!r}.", where=unknown[1], hint=hint)


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
        *splits(sources, board, found),
        *(trend(board, one) for one in found),
        *(budget(board, one, one.budget) for one in found if one.budget is not None),
        *_journeys(sources, board),
        *_systems(sources, board),
    )


def trend_of(sources: Sources, board: Board, kpi: str) -> Panel:
    """Return the trend of one KPI, the same as among all panels. Raises as :func:`panels_of`."""
    (answered,) = _answered(sources, board, only=kpi)
    return trend(board, answered)


def _answered(sources: Sources, board: Board, *, only: str | None = None) -> list[Answered]:
    """Return what every KPI came to, or one: now, over time, and in the period before."""
    found, doc = sources.found, sources.found.doc
    every = found.specs()
    kept = tuple(spec for spec in every if only in {None, spec.id} and not _unfiltered(spec, board))
    ask = Question(start=board.start, end=board.end, filters=board.filters, judged=board.judged, trust=board.trust)
    asks = {"value": ask, "trend": replace(ask, by=board.by, start=board.drawn_start, end=board.drawn_end)}
    (now, queries), (course, trends) = asked_twice(sources, kept, ask, asks["trend"])
    changes = Changes(sources, board).of(kept, now, course)
    how: dict[str, Any] = {"filters": board.filters, "trust": board.trust, "judged": board.judged}
    budgets = budgets_of(sources, kept, end=board.end, **how)
    answered, vendors = [], Vendors.of(found)
    for spec, outcome in zip(every, doc["outcomes"], strict=True):
        if only not in {None, spec.id}:
            continue
        window = ask.window(found, spec.id)
        reason = _unfiltered(spec, board)
        value = now[spec.id][0] if not reason else _withheld(found, spec, reason, sources.events.id)
        gap, course_of = value.no_data.words if value.no_data else "", course.get(spec.id, ())
        texts = {"value": queries[spec.id], "trend": trends[spec.id]} if spec.id in queries else {}
        answered.append(
            Answered(
                outcome=outcome,
                value=value,
                start=window.start,
                end=window.end,
                zone=window.time_zone,
                change=None if gap else changes.get(spec.id),
                trend=() if value.withheld_reason else course_of,
                signals=signals_of(spec, every),
                systems=read_systems(spec, every),
                gap=gap,
                silent=gaps_words(course_of, board.by),
                budget=budgets.get(spec.id),
                queries=texts,
                vendors={what: vendors.beside(spec, question) for what, question in asks.items() if what in texts},
            )
        )
    return answered


def _unfiltered(spec: KpiSpec, board: Board) -> str:
    """Return why a KPI cannot be shown under the filters; empty where it can."""
    names = [name for name, _ in board.filters if name not in spec.dimensions]
    return f"This KPI is not split by {' or '.join(names)}, so it cannot be filtered by it." if names else ""


def _withheld(found: Definitions, spec: KpiSpec, reason: str, snapshot: str) -> KpiValue:
    mark = found.approval(spec.id)
    return KpiValue(kpi=spec.id, unit=spec.unit, withheld_reason=reason, approval=mark, snapshot=snapshot)


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
    as_of, approval = board.log_clock, sources.found.journey_approval()
    return (
        funnel(board, done, as_of=as_of, approval=approval, withheld=withheld),
        times(board, done, as_of=as_of, approval=approval, withheld=withheld),
    )


def _systems(sources: Sources, board: Board) -> list[Panel]:
    from bos.kpi.metrics import readings  # noqa: PLC0415 - DuckDB loads where something is computed

    uses, zone = sources.found.doc["system_signals"], board.zone
    of_points = beginning(sources.metrics, memory_limit=sources.memory_limit, points=True)
    first = board.start or board.held.first or of_points
    last = board.end or (board.over.last and day_after(board.over.last, zone))
    last = last or points_clock(sources.metrics, memory_limit=sources.memory_limit)
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
