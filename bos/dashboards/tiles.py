"""Panels of KPIs: a tile with the number and how it stands, and its trend."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from bos.dashboards import figures
from bos.dashboards.levels import levels, not_drawn, of_bucket
from bos.dashboards.periods import FEW, GAPPED, IN_PART, SO_FAR, covered, incomplete, short, thin
from bos.dashboards.standing import WORST, Standing, approval_words, is_gap, standing, target_mark, unjudged
from bos.errors import FormulaError
from bos.kpi.parser import parse
from bos.kpi.refs import at_moment, leaves
from bos.model.answers.dashboards import Comparison, Panel, PanelQuery
from bos.model.moments import instant
from bos.model.numbers import DURATIONS, NO_CASE, is_money, shown
from bos.model.outcomes import direction_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bos.dashboards.board import Board
    from bos.kpi.options import By
    from bos.model.answers.budgets import ErrorBudget
    from bos.model.answers.kpis import KpiValue
    from bos.model.numbers import Number

_MEANS = {"ratio", *DURATIONS}
"""Units of KPIs that are means: where they rest on little, they move by chance."""
_LOOSE = {SO_FAR: "The {by} that is not over: {value} so far.", IN_PART: "The first {by} is covered in part: {value}."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was computed of one KPI.

    ``start`` and ``end`` are the period its value covers, ``zone`` that of its buckets. ``change`` compares it with
    the period before. ``trend`` has a value a bucket. ``signals`` are the process signals it rests on, ``systems`` the
    system signals. ``gap`` says
    that events of one of them are missing, so that there is no number: a silence is no 0. ``silent`` says so of
    parts of the trend. ``budget`` is its error budget, where it has one.
    ``queries`` and ``vendors`` are the SQL and the vendors' queries of its ``value`` and its ``trend``.
    """

    outcome: Mapping[str, Any]
    value: KpiValue
    start: datetime | None
    end: datetime | None
    zone: str
    change: Comparison | None = None
    trend: Sequence[KpiValue] = ()
    signals: Sequence[str] = ()
    systems: Sequence[str] = ()
    gap: str = ""
    silent: str = ""
    budget: ErrorBudget | None = None
    queries: Mapping[str, str] = field(default_factory=dict)
    vendors: Mapping[str, tuple[PanelQuery, ...]] = field(default_factory=dict)


def tile(board: Board, found: Answered) -> Panel:
    """Return the tile of a KPI."""
    outcome, value, unit = found.outcome, found.value, found.value.unit
    stands = _stands(found)
    period = board.within(found.start, found.end, found.zone)
    text = _text(found)
    title = outcome["title"]
    change = None if value.withheld_reason else found.change
    return Panel(
        id=outcome["id"],
        kind="kpi",
        title=title,
        summary=f"{title}: {text}. {_sentence(stands.words)}",
        owner=board.owner(f"outcomes[{outcome['id']}].measure"),
        unit=unit,
        period=period,
        value=value.value,
        shown=text,
        target=target_mark(outcome["target"], unit),
        status=stands.status,
        status_words=stands.words,
        change=change,
        approval=value.approval,
        approval_words=approval_words(value.approval),
        withheld_reason=value.withheld_reason,
        trust=value.trust,
        as_of=newest_of(board, found),
        points=of_points(found),
        n=value.n,
        money=is_money(unit),
        columns=("Period", _named("Value", unit), "Rests on"),
        rows=((period, value.value, value.n), *_compared(change)),
        queries=_queries(found, "value", title),
    )


def _compared(change: Comparison | None) -> Iterator[tuple[Any, ...]]:
    """Yield the numbers that the words of a change are about, beside that of the whole period."""
    if change is None:
        return
    if change.of:
        yield change.of, change.now, change.n
    yield change.period, change.value, change.before_n


def trend(board: Board, found: Answered) -> Panel:
    """Return the course of a KPI over the period, with its target and limits."""
    outcome, unit, stands = found.outcome, found.value.unit, _stands(found)
    title = f"{outcome['title']} by {board.by}"
    rows = tuple(
        (value.bucket_start.isoformat(), value.value, value.n)
        for value in found.trend
        if value.bucket_start is not None
    )
    points = [(value.bucket_start, value.value) for value in found.trend if value.bucket_start is not None]
    drawn, part = of_bucket(outcome, board.template["outcomes"], board.by), _part(board, found)
    lines = levels(outcome) if drawn else {}
    words = _course(board, found, part)
    if not drawn and points and not found.value.withheld_reason:
        words = f"{words} {not_drawn(outcome, board.by)}".rstrip()
    return Panel(
        id=f"trend.{outcome['id']}",
        kind="trend",
        title=title,
        summary=words,
        owner=board.owner(f"outcomes[{outcome['id']}].measure"),
        unit=unit,
        period=board.course(found.start, found.end, found.zone),
        value=found.value.value,
        shown=_text(found),
        target=target_mark(outcome["target"], unit),
        status=stands.status,
        status_words=stands.words,
        approval=found.value.approval,
        approval_words=approval_words(found.value.approval),
        withheld_reason=found.value.withheld_reason,
        as_of=newest_of(board, found),
        points=of_points(found),
        n=found.value.n,
        money=is_money(unit),
        columns=(f"{board.by.capitalize()} from", _named("Value", unit), "Rests on"),
        rows=rows,
        queries=_queries(found, "trend", title),
        figure=figures.over_time(
            points, name=outcome["title"], unit=unit, lines=lines, title=title, part=part, missing=_missing(found)
        )
        if points
        else None,
    )


def _missing(found: Answered) -> dict[str, str]:
    """Return the buckets that have no value since events are missing, and which those are."""
    gone = [(one.bucket_start, one.no_data) for one in found.trend]
    return {at.isoformat(): why.words for at, why in gone if at is not None and why is not None}


def _stands(found: Answered) -> Standing:
    if found.value.withheld_reason:
        return Standing("withheld", f"Withheld: {found.value.withheld_reason}")
    if found.gap:
        return Standing("no_data", found.gap)
    if found.value.ended is not None:
        return unjudged(found.value.ended.words, found.outcome)
    if _no_case(found):
        return Standing("none", "Nothing is open" if _at_moment(found) else NO_CASE)
    own = standing(found.value.value, found.value.unit, found.outcome)
    spent = found.budget
    if (
        spent is None
        or spent.status not in {"breach", "warning"}
        or WORST.index(spent.status) >= WORST.index(own.status)
    ):
        return own
    return Standing(spent.status, spent.words)


def _text(found: Answered) -> str:
    if found.value.withheld_reason:
        return "Withheld"
    return NO_CASE if _no_case(found) else shown(found.value.value, found.value.unit)


def _no_case(found: Answered) -> bool:
    """Return whether there is no value because nothing happened, or nothing is open, and no event is missing."""
    return found.value.value is None and not found.gap and (bool(found.signals) or _at_moment(found))


def _at_moment(found: Answered) -> bool:
    """Return whether a KPI tells what is open at a moment."""
    try:
        return any(at_moment(leaf) for leaf in leaves(parse(found.outcome["measure"]["formula"])))
    except FormulaError:
        return False


def _part(board: Board, found: Answered) -> dict[str, str]:
    """Return the buckets of a trend that are not whole or rest on little, and what is said of them."""
    return marks_of(found.trend, board.by, found.zone, covered(found.start, found.end, board.over, found.zone))


def marks_of(values: Sequence[KpiValue], by: By, zone: str, whole: tuple[datetime, datetime] | None) -> dict[str, str]:
    """Return the buckets that say less than the others, by their start in ISO 8601, and what is said of them.

    ``whole`` is from when until when the log is known whole.
    """
    starts = [value.bucket_start for value in values if value.bucket_start is not None]
    thin = few(values)
    small = {at.isoformat(): FEW for at in starts if at.astimezone(UTC) in thin}
    gapped = {one.bucket_start.isoformat(): GAPPED for one in values if one.bucket_start is not None and one.ended}
    return small | gapped | incomplete(starts, by, zone, whole)


def few(values: Sequence[KpiValue]) -> set[datetime]:
    """Return the buckets (UTC) in which a ratio or a duration rests on less than a tenth of what is usual."""
    return {value.bucket_start.astimezone(UTC) for value in small(values) if value.bucket_start is not None}


def small(values: Sequence[KpiValue]) -> list[KpiValue]:
    """Return the ratios and durations that rest on less than a tenth of what the middle one of them rests on."""
    held = [value for value in values if value.n and value.unit in _MEANS]
    return [value for value, few in zip(held, thin([one.n for one in held]), strict=True) if few]


def _course(board: Board, found: Answered, part: Mapping[str, str]) -> str:
    """Return the trend in words; a bucket that says less is told apart, never as the least or the greatest."""
    if found.value.withheld_reason:
        return f"Withheld: {found.value.withheld_reason}"
    unit, zone = found.value.unit, found.zone
    held = [(v.bucket_start, v.value) for v in found.trend if v.value is not None and v.bucket_start is not None]
    if not held:
        return f"No value in any part of this period. {found.silent}".strip()
    whole = [pair for pair in held if pair[0].isoformat() not in part]
    told = [_between(board, unit, zone, whole)] if whole else []
    loose = {part[at.isoformat()]: value for at, value in reversed(held) if at.isoformat() in part}
    told += [words.format(by=board.by, value=shown(loose[say], unit)) for say, words in _LOOSE.items() if say in loose]
    thin, holed = (sum(part.get(at.isoformat()) == mark for at, _ in held) for mark in (FEW, GAPPED))
    told += [f"{thin} {board.by}{'s' if thin > 1 else ''} of small numbers left out."] if thin else []
    told += [f"{holed} {board.by}{'s' if holed > 1 else ''} with data missing left out."] if holed else []
    return " ".join(filter(None, (*told, found.silent, board.undrawn(zone))))


def _between(board: Board, unit: str, zone: str, held: Sequence[tuple[datetime, Number]]) -> str:
    low = min(held, key=_size)
    high = max(held, key=_size)
    if len(held) == 1:
        return f"{shown(low[1], unit)} in one {board.by} ({short(low[0], board.by, zone)})."
    if low[1] == high[1]:
        return f"{shown(low[1], unit)} in each of {len(held)} {board.by}s."
    return (
        f"Between {shown(low[1], unit)} ({short(low[0], board.by, zone)}) and {shown(high[1], unit)} "
        f"({short(high[0], board.by, zone)})."
    )


def _size(pair: tuple[datetime, Number]) -> float:
    return float(pair[1] or 0)


def side(outcome: Mapping[str, Any]) -> str | None:
    """Return the side from which a KPI is watched; nothing for a gap, which is watched from both."""
    return None if is_gap(outcome) else direction_of(outcome["target"], outcome["thresholds"])


def newest_of(board: Board, found: Answered) -> datetime | None:
    """Return the newest event a KPI reads, or the newest point of one that reads no events."""
    events = [board.newest[name] for name in found.signals if name in board.newest]
    points = [board.points[name] for name in found.systems if name in board.points]
    return max(events or points, default=None)


def of_points(found: Answered) -> bool:
    """Return whether a KPI reads points of system signals and no events."""
    return bool(found.systems) and not found.signals


def freshness(panel: Panel, zone: str) -> str:
    """Return how fresh a panel is, in words."""
    what = "point" if panel.points or panel.kind == "system" else "event"
    return f"newest {what} {instant(panel.as_of, zone)}" if panel.as_of else f"no {what} yet"


def _queries(found: Answered, what: str, title: str) -> tuple[PanelQuery, ...]:
    if what not in found.queries:
        return ()
    return (PanelQuery(title=title, text=found.queries[what]), *found.vendors.get(what, ()))


def _named(word: str, unit: str) -> str:
    return f"{word} ({unit})" if unit and unit != "count" else word


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
