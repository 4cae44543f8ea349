"""The static picture of a panel, drawn from its table."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.dashboards.figures import lines_of, part_of
from bos.dashboards.paths import REST
from bos.dashboards.periods import FEW, GAPPED, IN_PART, SO_FAR
from bos.look.charts import Edge, Kind, Node, Series, bars, funnel, line, spark
from bos.model.numbers import axis, duration, grouped

if TYPE_CHECKING:
    from bos.model.answers.dashboards import Panel

_MOST_BARS = 16
_BARE = [("line", "Value")]
_LESS = (SO_FAR, IN_PART, GAPPED, FEW)


def picture(panel: Panel, zone: str) -> str:
    """Return the picture of a panel, with a legend where it needs one; words where there is nothing to draw."""
    if panel.withheld_reason or not panel.rows:
        return f'<p class="bos-empty">{"Withheld" if panel.withheld_reason else "No data"}</p>'
    if panel.kind in {"trend", "budget", "system"}:
        return _course(panel, zone)
    return _funnel(panel) if panel.kind == "funnel" else _times(panel)


def sparkline(panel: Panel) -> str:
    """Return the course of a KPI without axes."""
    part = part_of(panel.figure)
    values = [None if row[1] is None else float(row[1]) for row in panel.rows]
    return spark(values, part=[i for i, row in enumerate(panel.rows) if row[0] in part])


def _course(panel: Panel, zone: str) -> str:
    if all(row[1] is None for row in panel.rows):
        return '<p class="bos-empty">No data</p>'
    text, legend = course(panel, zone, width=560, height=190)
    told = "".join(f'<li data-part="{part}">{words}</li>' for part, words in legend)
    return text if legend == _BARE else f'{text}<ul class="bos-legend">{told}</ul>'


def course(
    panel: Panel, zone: str, *, width: int, height: int, whole: bool = False
) -> tuple[str, list[tuple[str, str]]]:
    """Return the lines of a panel over time, and what each kind of line is: how it is drawn, and its name.

    ``whole`` is as in :func:`bos.look.charts.line`.
    """
    place = ZoneInfo(zone)
    points = [
        (datetime.fromisoformat(row[0]).astimezone(place), None if row[1] is None else float(row[1]))
        for row in panel.rows
    ]
    part = part_of(panel.figure)
    hollow = [point[0] for point, row in zip(points, panel.rows, strict=True) if row[0] in part and row[1] is not None]
    held = sum(row[1] is not None for row in panel.rows)
    series, legend = [Series(panel.title, points, part=hollow)], [*_BARE] if held > len(hollow) else []
    told = {part[row[0]] for row in panel.rows if row[0] in part and row[1] is not None}
    if told:  # all are drawn alike, so they are one entry
        legend.append(("part", f"{_bucket(panel)} {' or '.join(words for words in _LESS if words in told)}"))
    for name, value in lines_of(panel.figure).items():
        kind: Kind = "target" if name == "Target" else "limit"
        series.append(Series(name, [(points[0][0], value), (points[-1][0], value)], kind))
        legend.append((kind, name))
    own: dict[str, Any] = {"title": panel.title, "desc": panel.summary, "fmt": partial(axis, unit=panel.unit)}
    return line(series, width=width, height=height, whole=whole, **own), legend


def _bucket(panel: Panel) -> str:
    return panel.columns[0].removesuffix(" from")


def _funnel(panel: Panel) -> str:
    rest = {words: name for name, words in REST.items()}
    nodes: dict[str, dict[str, int | None]] = {}
    edges = []
    for step, what, count, *_ in panel.rows:
        if what == "Reached" or count is None:
            nodes[step] = {"reached": count}
        elif what in rest:
            nodes[step][rest[what]] = count
        else:
            edges.append(Edge(step, what, count))
    drawn = [
        Node(
            name,
            name,
            node["reached"],
            dropped=node.get("dropped") or 0,
            in_flight=node.get("in_flight") or 0,
            ended=node.get("ended") or 0,
        )
        for name, node in nodes.items()
    ]
    legend = (
        "<li>Went on</li>"
        '<li data-part="flight">In flight</li><li data-part="drop">Dropped off</li>'
        '<li data-part="ended">May end here</li>'
    )
    text = funnel(drawn, edges, title=panel.title, desc=panel.summary, width=960, fmt=grouped)
    scroll = f'<div class="bos-scroll" tabindex="0" role="region" aria-label="{escape(panel.title)}">{text}</div>'
    return f'{scroll}<ul class="bos-legend">{legend}</ul>'


def _times(panel: Panel) -> str:
    told = [row for row in panel.rows if row[2]]
    slow = sorted(told, key=lambda row: -row[3])[:_MOST_BARS]
    rows: list[tuple[str, float | None]] = [(f"{row[0]} → {row[1]}", row[3]) for row in slow]
    note = (
        f"The {len(slow)} slowest of {len(told)} ways, median; all are in the table"
        if len(told) > len(slow)
        else "Median"
    )
    text = bars(rows, title=panel.title, desc=panel.summary, unit=note, width=960, fmt=duration)
    return f'<div class="bos-scroll" tabindex="0" role="region" aria-label="{escape(panel.title)}">{text}</div>'
