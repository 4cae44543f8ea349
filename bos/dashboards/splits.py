"""Panels of KPIs split by a field: what each value of it comes to, the largest first."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from bos.dashboards import figures
from bos.dashboards.numbers import DURATIONS, NO_CASE, is_money, shown
from bos.dashboards.standing import Standing, approval_words, standing, target_mark
from bos.dashboards.tiles import newest_of
from bos.model.answers.dashboards import Panel, PanelQuery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.dashboards.board import Board
    from bos.dashboards.tiles import Answered
    from bos.model.answers.kpis import KpiValue

MOST = 50
"""Values of a field that a panel shows."""
MISSING = "not recorded"
"""What stands for events and cases that lack the field."""
_SMALL = "small numbers"
_MEANS, _TENTH = {"ratio", *DURATIONS}, 10


def split(board: Board, found: Answered, parts: Sequence[KpiValue], sql: str) -> Panel:
    """Return what a KPI comes to for each value of the field that the board is split by."""
    outcome, unit = found.outcome, found.value.unit
    named = board.split.replace("_", " ")
    title = f"{outcome['title']} by {named}"
    rows = tuple(_row(one, board.split, outcome, _few(parts)) for one in sorted(parts, key=_order)[:MOST])
    reason = found.value.withheld_reason or next((one.withheld_reason for one in parts if not one.dimensions), None)
    numbers = [(row[0] or MISSING, row[1]) for row in rows if row[1] is not None]
    return Panel(
        id=f"split.{outcome['id']}",
        kind="split",
        title=title,
        summary=f"Withheld: {reason}" if reason else found.gap or _words(rows, parts, unit, named),
        owner=board.owner(f"outcomes[{outcome['id']}].measure"),
        unit=unit,
        period=board.within(found.start, found.end, found.zone),
        target=target_mark(outcome["target"], unit),
        approval=found.value.approval,
        approval_words=approval_words(found.value.approval),
        withheld_reason=reason,
        as_of=newest_of(board, found),
        n=sum(one.n for one in parts),
        money=is_money(unit),
        columns=(named.capitalize(), f"Value ({unit})" if unit else "Value", "Rests on", "Status"),
        rows=() if reason or found.gap else rows,
        queries=(PanelQuery(title=title, text=sql),) if sql else (),
        figure=figures.by_value(numbers, unit=unit, title=title) if numbers and not reason and not found.gap else None,
    )


def _row(one: KpiValue, name: str, outcome: Any, thin: set[str]) -> tuple[Any, ...]:
    """Return the value of the field (``None``: missing), what the KPI comes to, what that rests on, how it stands."""
    told = one.dimensions.get(name)
    value = None if told is None else str(told)
    stands = standing(one.value, one.unit, outcome)
    if one.withheld_reason:
        stands = Standing("withheld", f"Withheld: {one.withheld_reason}")
    elif one.value is None:
        stands = Standing("none", NO_CASE)
    return (value, one.value, one.n, f"{stands.words} · {_SMALL}" if str(told) in thin else stands.words)


def _few(parts: Sequence[KpiValue]) -> set[str]:
    """Return the values for which a ratio or a duration rests on less than a tenth of what it usually rests on."""
    held = [one for one in parts if one.n and one.unit in _MEANS]
    usual = median(one.n for one in held) if held else 0
    return {str(next(iter(one.dimensions.values()))) for one in held if one.n * _TENTH < usual}


def _order(one: KpiValue) -> tuple[bool, float, str]:
    told = next(iter(one.dimensions.values()), None)
    return (one.value is None, 0.0 if one.value is None else -float(one.value), str(told))


def _words(rows: Sequence[tuple[Any, ...]], parts: Sequence[KpiValue], unit: str, named: str) -> str:
    """Return the largest and the smallest in words; one of small numbers is neither."""
    telling = [row for row in rows if row[1] is not None and not row[3].endswith(_SMALL)]
    if not telling:
        return "No value for any part."
    (most, *_), least = telling, telling[-1]
    told = f"Largest: {most[0] or MISSING}, {shown(most[1], unit)}"
    told += f"; smallest: {least[0] or MISSING}, {shown(least[1], unit)}." if least is not most else "."
    return told + (f" The {MOST} largest of {len(parts)} values of {named}." if len(parts) > MOST else "")
