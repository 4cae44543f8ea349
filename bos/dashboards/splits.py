"""Panels of KPIs split by a field: what each value of it comes to, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.dashboards import figures
from bos.dashboards.standing import Standing, approval_words, standing, target_mark, unjudged
from bos.dashboards.tiles import newest_of, small
from bos.model.answers.dashboards import Panel, PanelQuery
from bos.model.numbers import NO_CASE, is_money, shown, signed, value_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.dashboards.board import Board
    from bos.dashboards.tiles import Answered
    from bos.model.answers.kpis import KpiValue

MOST = 50
"""Values of a field that a panel shows."""
GONE = "Not in this period"
"""What is said of a value that only the earlier period has."""
_SMALL = "small numbers"


def split(
    board: Board, found: Answered, parts: Sequence[KpiValue], sql: str, shares: Mapping[str | None, float]
) -> Panel:
    """Return what a KPI comes to for each value of the field that the board is split by.

    ``shares`` are what each contributed to the change from the earlier period; empty where that is not known.
    """
    outcome, unit = found.outcome, found.value.unit
    named = board.split.replace("_", " ")
    title = f"{outcome['title']} by {named}"
    thin, most = small(parts), _moved(found, shares)
    rows = tuple(_row(one, outcome, shares, few=one in thin) for one in sorted(parts, key=_order)[:MOST])
    told = {row[0] for row in rows}
    gone = sorted((name for name in shares if name not in told), key=str)
    rows += tuple((name, None, 0, GONE, shares[name]) for name in gone[: MOST - len(rows)])
    reason = found.value.withheld_reason or next((one.withheld_reason for one in parts if not one.dimensions), None)
    numbers = [(value_words(row[0]), row[1]) for row in rows if row[1] is not None]
    return Panel(
        id=f"split.{outcome['id']}",
        kind="split",
        title=title,
        summary=f"Withheld: {reason}" if reason else found.gap or _words(rows, parts, unit, named) + most,
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
        columns=(
            *(named.capitalize(), f"Value ({unit})" if is_money(unit) else "Value", "Rests on", "Status"),
            *(["Of the change"] if shares else []),
        ),
        rows=() if reason or found.gap else rows,
        queries=(PanelQuery(title=title, text=sql),) if sql else (),
        figure=figures.by_value(numbers, unit=unit, title=title) if numbers and not reason and not found.gap else None,
    )


def _row(one: KpiValue, outcome: Any, shares: Mapping[str | None, float], *, few: bool) -> tuple[Any, ...]:
    """Return the value of the field (``None``: missing), what the KPI comes to, what that rests on, how it stands.

    Where it is known, what the value contributed to the change stands last.
    """
    told = next(iter(one.dimensions.values()), None)
    value = None if told is None else str(told)
    stands = standing(one.value, one.unit, outcome)
    if one.withheld_reason:
        stands = Standing("withheld", f"Withheld: {one.withheld_reason}")
    elif one.value is None:
        stands = Standing("none", NO_CASE)
    elif one.ended is not None:
        stands = unjudged(one.ended.words, outcome)
    words = f"{stands.words} · {_SMALL}" if few else stands.words
    return (value, one.value, one.n, words, *([shares.get(value)] if shares else []))


def _moved(found: Answered, shares: Mapping[str | None, float]) -> str:
    """Return in words which value contributed most to the change; nothing where there was none."""
    part = max(shares, key=lambda name: abs(shares[name]), default=None)
    if not shares or found.change is None or not shares[part]:
        return ""
    told = signed(shares[part], found.value.unit)
    return f" Most of the change against {found.change.period}: {value_words(part)}, {told}."


def _order(one: KpiValue) -> tuple[bool, float, str]:
    told = next(iter(one.dimensions.values()), None)
    return (one.value is None, 0.0 if one.value is None else -float(one.value), str(told))


def _words(rows: Sequence[tuple[Any, ...]], parts: Sequence[KpiValue], unit: str, named: str) -> str:
    """Return the largest and the smallest in words; one of small numbers is neither."""
    telling = [row for row in rows if row[1] is not None and not row[3].endswith(_SMALL)]
    if not telling:
        return "No value for any part."
    (most, *_), least = telling, telling[-1]
    told = f"Largest: {value_words(most[0])}, {shown(most[1], unit)}"
    told += f"; smallest: {value_words(least[0])}, {shown(least[1], unit)}." if least is not most else "."
    return told + (f" The {MOST} largest of {len(parts)} values of {named}." if len(parts) > MOST else "")
