"""Panels of system signals, under the steps they can break."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bos.dashboards import figures
from bos.dashboards.periods import Held, covered, incomplete
from bos.dashboards.periods import words as period_words
from bos.dashboards.standing import approval_words
from bos.model.answers.dashboards import Panel, PanelQuery
from bos.model.moments import instant, silent_since
from bos.model.numbers import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bos.dashboards.board import Board
    from bos.kpi.metrics import Readings
    from bos.model.answers.changes import Approval

COLUMNS = ("From", "Mean", "Least", "Greatest", "Points")
LATE = 4
"""A signal is silent once it misses this many of its usual distances between points."""
_LEAST = timedelta(hours=1)


def system(
    board: Board,
    use: Mapping[str, Any],
    signal: Mapping[str, Any] | None,
    found: Readings,
    *,
    approval: Approval | None,
) -> Panel:
    """Return a system signal's course; what is not there is said with the moment it ended, and is never 0."""
    title = signal["title"] if signal else use["signal"]
    unit = signal["unit"] if signal else ""
    titles = board.steps()
    steps = tuple(titles.get(step, step) for step in use["affects"])
    silent = silence(board, found)
    part = _part(board, found)
    words = _told(board, found, silent) if silent else _words(board, found, unit, part)
    if steps:
        words += f" It can break {', '.join(steps)}."
    if board.filters:
        words += " A system signal is not filtered."
    points = [(bucket.start, bucket.mean) for bucket in found.buckets]
    return Panel(
        id=f"system.{use['id']}",
        kind="system",
        title=title,
        summary=words,
        owner=board.owner(f"system_signals[{use['id']}].signal"),
        unit=unit,
        period=period_words(board.start, board.end, board.drawn, board.zone),
        value=found.latest,
        shown=shown(found.latest, unit),
        status="no_data" if silent else "none",
        status_words=silent.rstrip(".") if silent else "Recorded",
        approval=approval,
        approval_words=approval_words(approval),
        as_of=found.newest,
        n=found.points,
        steps=steps,
        columns=COLUMNS,
        rows=tuple((b.start.isoformat(), b.mean, b.low, b.high, b.points) for b in found.buckets),
        queries=(PanelQuery(title=title, text=found.sql),) if found.sql else (),
        figure=figures.over_time(points, name=f"Mean of each {board.by}", unit=unit, lines={}, title=title, part=part)
        if found.points
        else None,
    )


def silence(board: Board, found: Readings) -> str:
    """Return since when a signal is silent, as a sentence; empty where its points go on to the end of the period."""
    since = f"{silent_since(found.newest, board.zone)}."
    if found.newest is None or not found.points:
        return since
    until = min((moment for moment in (board.end, _ends(board)) if moment is not None), default=None)
    if until is None or found.first is None:
        return ""
    return since if until - found.newest > _patience(found) else ""


def _told(board: Board, found: Readings, silent: str) -> str:
    """Return a silence with the two moments that tell how long it is: the newest point, the newest event."""
    ends = _ends(board)
    if found.newest is None or ends is None or ends <= found.newest:
        return silent
    return (
        f"The newest point is of {instant(found.newest, board.zone)}; "
        f"the newest event of the flow is of {instant(ends, board.zone)}."
    )


def _ends(board: Board) -> datetime | None:
    """Return the newest event of the flow, of those that do not lie in the future."""
    return board.held.until(board.log_clock).last


def _patience(found: Readings) -> timedelta:
    """Return how long a signal may be quiet: some times its mean distance between points."""
    held = [bucket for bucket in found.buckets if bucket.points]
    first: datetime = held[0].start
    span = (found.newest or first) - first
    return max(_LEAST, LATE * span / max(1, found.points - 1))


def _part(board: Board, found: Readings) -> dict[str, str]:
    """Return the buckets that are not whole: the points began within the first, or go on in the last."""
    whole = covered(board.start, board.end, Held(found.first, found.newest), board.zone)
    return incomplete((bucket.start for bucket in found.buckets), board.by, board.zone, whole)


def _words(board: Board, found: Readings, unit: str, part: Mapping[str, str]) -> str:
    """Return what is drawn, the means of whole buckets, apart from the single points, which reach farther."""
    held = [(bucket.start.isoformat(), bucket.mean) for bucket in found.buckets if bucket.mean is not None]
    means = [mean for at, mean in held if at not in part] or [mean for _, mean in held]
    lows = [bucket.low for bucket in found.buckets if bucket.low is not None]
    highs = [bucket.high for bucket in found.buckets if bucket.high is not None]
    return (
        f"The mean of each {board.by}: between {shown(min(means), unit)} and {shown(max(means), unit)}. "
        f"Single points: last {shown(found.latest, unit)}, between {shown(min(lows), unit)} and "
        f"{shown(max(highs), unit)}."
    )
