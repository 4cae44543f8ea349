"""Static charts as SVG text: no script, colours by class (``charts.css``), ids that are unique for each chart.

The same arguments give the same bytes. A chart has a title and a description for screen readers; what it shows must
stand in a table beside it, since a picture is nothing a person can read numbers from.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from bos.look.scales import across, dates, ticks
from bos.model.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    Format = Callable[[float], str]
    Spot = tuple[str, bool]  # a place in the picture, and whether the point is not final

Kind = Literal["actual", "prior", "target", "limit"]
_TOP, _BOTTOM, _RIGHT = 12, 26, 14
_GLYPH = 6.6
"""Width of a character of the axis, in units of the picture."""
_MOST_MARKS = 32
"""Points up to which each is marked by a dot."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line: points in the order of time, with a gap where the value is ``None``.

    ``kind`` decides how it is drawn: what is (actual), the period before (prior), the target, a limit. ``part`` are
    points that are not final, such as the day that is not over: they are drawn dashed and hollow.
    """

    name: str
    points: Sequence[tuple[datetime, float | None]]
    kind: Kind = "actual"
    part: Collection[datetime] = ()


def plain(value: float) -> str:
    """Return a number as the axis shows it where nothing else is said."""
    return f"{value:,.6g}".replace(",", "\u202f")


_LOCAL = "%Y-%m-%dT%H:%M"
"""How a picture says when its time begins and ends: as clocks show it there."""


def line(
    series: Sequence[Series],
    *,
    title: str,
    desc: str,
    unit: str = "",
    width: int = 720,
    height: int = 220,
    fmt: Format | None = None,
    whole: bool = False,
) -> str:
    """Return lines over time. ``fmt`` writes the numbers of the axis; ``unit`` stands at its top where it is given.

    ``whole`` lets time run from the first point to the last, also where these have no value.
    """
    shown = fmt or plain
    values = [value for one in series for _, value in one.points if value is not None]
    moments = [moment for one in series for moment, value in one.points if whole or value is not None]
    if not values:
        return _svg(title, desc, width, height, _words(width, height, "No data"))
    marks = ticks(min(values), max(values))
    left = 12 + max(len(shown(mark)) for mark in marks) * _GLYPH
    first, last = min(moments), max(moments)
    span = (last - first).total_seconds()

    def x(moment: datetime) -> float:
        part = (moment - first).total_seconds() / span if span else 0.5
        return left + part * (width - left - _RIGHT)

    def y(value: float) -> float:
        return across(value, marks[0], marks[-1], height - _BOTTOM, _TOP)

    parts = [_axis(marks, y, left, width, shown, unit)]
    room = max(2, int((width - left) // 90))
    told = [(x(moment), words) for moment, words in dates(sorted(set(moments)), room)]
    parts += _below(told, left, width - _RIGHT, height - 8)
    order = {"limit": 0, "target": 1, "prior": 2, "actual": 3}
    parts += [_drawn(one, x, y) for one in sorted(series, key=lambda one: order[one.kind])]
    return _svg(
        title,
        desc,
        width,
        height,
        "".join(parts),
        plot=f"{left:.1f} {width - _RIGHT} {width} {first:{_LOCAL}} {last:{_LOCAL}}",
    )


def _below(told: Sequence[tuple[float, str]], left: float, right: float, at: int) -> Iterator[str]:
    """Yield words below an axis, from left to right; those that would stand over the ones before are left out."""
    end = float("-inf")
    for x, words in told:
        anchor = "start" if x < left + 24 else "end" if x > right - 24 else "middle"
        wide = len(words) * _GLYPH
        begin = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        if begin < end:
            continue
        end = begin + wide + _GLYPH
        yield f'<text class="bos-chart__tick" x="{x:.1f}" y="{at}" text-anchor="{anchor}">{words}</text>'


def _axis(
    marks: Sequence[float], y: Format | Callable[[float], float], left: float, width: int, shown: Format, unit: str
) -> str:
    out = []
    for mark in marks:
        at = y(mark)
        out.append(f'<line class="bos-chart__grid" x1="{left:.1f}" x2="{width - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        out.append(
            f'<text class="bos-chart__tick" x="{left - 6:.1f}" y="{float(at) + 4:.1f}" text-anchor="end">'
            f"{escape(shown(mark))}</text>"
        )
    if unit:
        out.append(f'<text class="bos-chart__tick" x="{left:.1f}" y="9">{escape(unit)}</text>')
    return "".join(out)


def _drawn(one: Series, x: Callable[[datetime], float], y: Callable[[float], float]) -> str:
    runs: list[list[Spot]] = [[]]
    for moment, value in one.points:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((f"{x(moment):.1f},{y(value):.1f}", moment in one.part))
    runs = [run for run in runs if run]
    out = [_lines(run, one.kind) for run in runs]
    if one.kind == "actual":
        spots = [spot for run in runs for spot in run]
        alone = {run[0] for run in runs if len(run) == 1}
        for at, part in spots:
            if part or len(spots) <= _MOST_MARKS or (at, part) in alone:
                left, top = at.split(",")
                look, size = ("bos-chart__dot bos-chart__dot--part", 4) if part else ("bos-chart__dot", 2.6)
                out.append(f'<circle class="{look}" cx="{left}" cy="{top}" r="{size}"/>')
    return "".join(out)


def _lines(run: Sequence[Spot], kind: Kind) -> str:
    """Return a line without gaps; a way that touches a point in part is a stretch of its own, dashed."""
    stretches: list[tuple[bool, list[str]]] = []
    for (one, soft), (two, softer) in pairwise(run):
        dashed = soft or softer
        if stretches and stretches[-1][0] == dashed:
            stretches[-1][1].append(two)
        else:
            stretches.append((dashed, [one, two]))
    return "".join(
        f'<polyline class="bos-chart__line bos-chart__line--{"part" if dashed else kind}" points="{" ".join(points)}"/>'
        for dashed, points in stretches
    )


def bars(
    rows: Sequence[tuple[str, float | None]],
    *,
    title: str,
    desc: str,
    unit: str = "",
    width: int = 720,
    fmt: Format | None = None,
) -> str:
    """Return a horizontal bar for each row, with its name and its value; ``None`` is written as no data."""
    shown = fmt or plain
    most = max((abs(value) for _, value in rows if value is not None), default=0.0) or 1.0
    step, left = 28, min(width * 0.42, 16 + max((len(name) for name, _ in rows), default=1) * 7.2)
    right = max((len(shown(value)) for _, value in rows if value is not None), default=7) * 7.4 + 16
    parts = []
    for position, (name, value) in enumerate(rows):
        at = 6 + position * step
        clipped = _clip(name, left / 7.0)
        parts.append(f'<text class="bos-chart__name" x="0" y="{at + 15}">{escape(clipped)}</text>')
        long = 0.0 if value is None else abs(value) / most * (width - left - right)
        if value is not None:
            parts.append(
                f'<rect class="bos-chart__bar" x="{left:.1f}" y="{at}" width="{max(long, 1):.1f}" height="20" rx="2"/>'
            )
        words = "No data" if value is None else shown(value)
        parts.append(f'<text class="bos-chart__value" x="{left + long + 8:.1f}" y="{at + 15}">{escape(words)}</text>')
    height = 12 + step * max(1, len(rows))
    if unit:
        parts.append(f'<text class="bos-chart__tick" x="{left:.1f}" y="{height + 8}">{escape(unit)}</text>')
        height += 16
    return _svg(title, desc, width, height, "".join(parts))


def spark(points: Iterable[float | None], *, part: Collection[int] = (), width: int = 120, height: int = 28) -> str:
    """Return a line without axes, for the corner of a tile; decoration beside the number, hidden from readers.

    ``part`` are places of points that are not final: the line to them is dashed. It runs from the first point that has
    a value to the last, as a chart does.
    """
    values = list(points)
    held = [(position, value) for position, value in enumerate(values) if value is not None]
    if len(held) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    low, high = min(value for _, value in held), max(value for _, value in held)
    (first, _), (last, _) = held[0], held[-1]
    runs: list[list[Spot]] = [[]]
    for position, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        x = across(position, first, last, 2, width - 2)
        y = across(value, low, high, height - 3, 3) if high > low else height / 2
        runs[-1].append((f"{x:.1f},{y:.1f}", position in part))
    lines = "".join(_lines(run, "actual") for run in runs)
    if not lines:
        return ""
    return (
        f'<svg class="bos-chart bos-chart--spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-hidden="true" focusable="false">{lines}</svg>'
    )


@dataclass(frozen=True, slots=True)
class Node:
    """A step of the funnel: how many cases reached it (``None``: it cannot be told), and what became of the rest."""

    id: str
    name: str
    reached: int | None
    dropped: int = 0
    in_flight: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A way between two steps and how many cases took it; ``None``: it cannot be told."""

    source: str
    target: str
    took: int | None


def funnel(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    *,
    title: str,
    desc: str,
    width: int = 720,
    fmt: Format | None = None,
) -> str:
    """Return the steps in order, each a bar: those who went on, who are in flight, who dropped off, who ended there.

    Beside a bar stands where most went on to. What cannot be told is said, never drawn as nothing.
    """
    shown = fmt or plain
    most = max((node.reached or 0 for node in nodes), default=0) or 1
    names = {node.id: node.name for node in nodes}
    step, left, right = 34, 186.0, 236.0
    room = width - left - right
    parts = []
    for position, node in enumerate(nodes):
        at = 6 + position * step
        parts.append(f'<text class="bos-chart__name" x="0" y="{at + 16}">{escape(_clip(node.name, 25))}</text>')
        if node.reached is None:
            parts.append(f'<text class="bos-chart__tick" x="{left}" y="{at + 16}">No signal tells this step</text>')
            continue
        parts.append(_stacked(node, left, at, room / most))
        text = shown(node.reached)
        end = left + node.reached / most * room
        parts.append(f'<text class="bos-chart__value" x="{end + 8:.1f}" y="{at + 16}">{escape(text)}</text>')
        ways = sorted((e for e in edges if e.source == node.id and e.took), key=lambda e: -(e.took or 0))
        if ways:
            share = (ways[0].took or 0) / node.reached if node.reached else 0
            words = f"{percent(share)} → {names.get(ways[0].target, ways[0].target)}"
            parts.append(
                f'<text class="bos-chart__tick" x="{width - 2}" y="{at + 16}" text-anchor="end">'
                f"{escape(_clip(words, 25))}</text>"
            )
    return _svg(title, desc, width, 12 + step * max(1, len(nodes)), "".join(parts))


def _stacked(node: Node, left: float, at: int, scale: float) -> str:
    reached = node.reached or 0
    rest = {"flight": node.in_flight, "drop": node.dropped, "ended": node.ended}
    pieces = {"on": reached - sum(rest.values()), **rest}
    x, out = left, []
    for name, count in pieces.items():
        if count > 0:
            wide = count * scale
            out.append(
                f'<rect class="bos-chart__part bos-chart__part--{name}" x="{x:.1f}" y="{at}" width="{wide:.1f}" '
                'height="22"/>'
            )
            x += wide
    return "".join(out)


def _clip(text: str, most: float) -> str:
    return text if len(text) <= most else f"{text[: max(1, int(most) - 1)].rstrip()}…"


def _words(width: int, height: int, text: str) -> str:
    return f'<text class="bos-chart__name" x="{width / 2:g}" y="{height / 2:g}" text-anchor="middle">{text}</text>'


def _svg(title: str, desc: str, width: int, height: int, body: str, *, plot: str = "") -> str:
    """Return a picture; ``plot`` says where its time runs: left, right, of how wide, from when, until when."""
    name = "bos-" + hashlib.sha256(f"{title}\n{desc}\n{body}".encode()).hexdigest()[:12]
    where = f' data-plot="{plot}"' if plot else ""
    return (
        f'<svg class="bos-chart" role="img"{where} viewBox="0 0 {width} {height}" aria-labelledby="{name}-t {name}-d" '
        f'preserveAspectRatio="xMinYMin meet"><title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(desc)}</desc>{body}</svg>'
    )
