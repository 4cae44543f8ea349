"""Panels of error budgets: what is left, day by day, and how fast it burns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.dashboards import figures
from bos.dashboards.periods import words as period_words
from bos.dashboards.standing import approval_words
from bos.dashboards.tiles import newest_of, of_points
from bos.model.answers.dashboards import Panel
from bos.model.numbers import duration, grouped, percent

if TYPE_CHECKING:
    from bos.dashboards.board import Board
    from bos.dashboards.tiles import Answered
    from bos.model.answers.budgets import BurnRate, ErrorBudget

USED_UP = "Used up"


def budget(board: Board, answered: Answered, found: ErrorBudget) -> Panel:
    """Return the panel of the error budget of a KPI."""
    title = f"Error budget: {found.title}"
    points = [(point.bucket_start, point.left) for point in found.course]
    return Panel(
        id=f"budget.{found.kpi}",
        kind="budget",
        title=title,
        summary=summary(found),
        owner=board.owner(f"outcomes[{found.kpi}].measure"),
        unit="ratio",
        period=period_words(found.start, found.at, board.held, board.zone),
        value=found.left,
        shown="Withheld" if found.withheld_reason else left_words(found),
        status=found.status,
        status_words=found.words,
        approval=found.approval,
        approval_words=approval_words(found.approval),
        withheld_reason=found.withheld_reason,
        as_of=newest_of(board, answered),
        points=of_points(answered),
        n=found.n,
        columns=("From", "Left after it", "Value", "Rests on"),
        rows=tuple((point.bucket_start.isoformat(), point.left, point.value, point.n) for point in found.course),
        figure=figures.over_time(points, name="Left", unit="ratio", lines={USED_UP: 0.0}, title=title)
        if points and found.used is not None
        else None,
    )


def left_words(found: ErrorBudget) -> str:
    """Return what is left, as people read it: overspent is below nothing."""
    if found.left is None:
        return "No data"
    return f"{percent(found.left)} left" if found.left >= 0 else f"{percent(-found.left)} overspent"


def summary(found: ErrorBudget) -> str:
    """Return the budget, what is used up of it, how fast it burns and how long it will last, in words."""
    allowed = f"{percent(found.allowed)} of all may go wrong over {found.window}"
    if found.used is None or found.value is None:
        return f"{allowed}. {found.words}."
    bad = 1 - found.value if found.direction == "at_least" else found.value
    told = [f"{allowed}; {percent(bad)} did: {percent(found.used)} of the budget is used up."]
    rates = [_rate(one) for one in found.burns if one.long_rate is not None]
    told += [f"It burns {', '.join(rates)} (1 uses it up in {found.window})."] if rates else []
    told += [f"{found.forecast.words}."] if found.forecast is not None else []
    return " ".join(told)


def _rate(one: BurnRate) -> str:
    return f"{grouped(float(f'{one.long_rate or 0:.2g}'))} over {duration(one.long)}"
