"""Figures as Plotly JSON (``data`` and ``layout``), written without plotly: the browser draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.dashboards.periods import FEW, GAPPED, IN_PART, SO_FAR
from bos.model.numbers import DURATIONS, decimals, is_money, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.model.numbers import Number

_COLOURS = {"actual": "#2b7a9b", "target": "#3d8a5b", "limit": "#c0504a", "flight": "#a9cfdf", "drop": "#e3a29c"}
"""Colours with a contrast of 3:1 at least on the light and on the dark ground."""


_NAMES = {SO_FAR: "So far", IN_PART: "Covered in part", GAPPED: "Data missing", FEW: "Small numbers"}


def over_time(
    points: Sequence[tuple[datetime, Number]],
    *,
    name: str,
    unit: str,
    lines: Mapping[str, float],
    title: str,
    part: Mapping[str, str] | None = None,
    missing: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a line with a gap where a value is missing, and a straight line for the target and each limit.

    ``part`` names points that say less than the others, such as the week so far: dotted lines of their own join them.
    ``missing`` says of points that have no value since events are missing which those are.
    """
    part = part or {}
    x = [moment.isoformat() for moment, _ in points]
    y = [None if value is None else float(value) for _, value in points]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": x,
            "y": [None if at in part else value for at, value in zip(x, y, strict=True)],
            "connectgaps": False,
            "line": {"color": _COLOURS["actual"], "width": 2},
            "marker": {"size": 5},
        }
    ]
    for label, value in lines.items():
        limit = label != "Target"
        style = {"color": _COLOURS["limit" if limit else "target"], "dash": "dot" if limit else "dash", "width": 1.5}
        ends = [x[0], x[-1]] if x else []
        traces.append(
            {"type": "scatter", "mode": "lines", "name": label, "x": ends, "y": [value] * len(ends), "line": style}
        )
    told = [words for words in _NAMES if words in part.values()]
    traces += [_joined(words, x, y, {i for i, at in enumerate(x) if part.get(at) == words}) for words in told]
    axis = {"title": {"text": "" if unit in {"ratio", *DURATIONS} else named(unit)}, "rangemode": "tozero"}
    if unit == "ratio":
        axis["tickformat"] = ".2~%"
    layout = {**_layout(title), "yaxis": axis | (_of_money(unit) if is_money(unit) else {})}
    layout["meta"] |= {"part": dict(part)} if part else {}
    layout["meta"] |= {"missing": dict(missing)} if missing else {}
    return {"data": traces, "layout": layout}


def _of_money(currency: str) -> dict[str, str]:
    """Return how an axis of amounts writes them: short at its ticks, whole where a point is asked for."""
    return {"tickprefix": "", "hoverformat": f",.{decimals(currency)}f"}


def _joined(words: str, x: Sequence[str], y: Sequence[float | None], places: set[int]) -> dict[str, Any]:
    """Return the points at some places, joined with those beside them."""
    near = {place + step for place in places for step in (-1, 0, 1)}
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": _NAMES[words],
        "x": list(x),
        "y": [value if place in near else None for place, value in enumerate(y)],
        "connectgaps": False,
        "line": {"color": _COLOURS["actual"], "width": 2, "dash": "dot"},
        "marker": {"size": 7, "symbol": "circle-open"},
    }


def part_of(figure: Mapping[str, Any] | None) -> dict[str, str]:
    """Return which points of a figure say less than the others, and what is said of them."""
    return dict(figure["layout"]["meta"].get("part", {})) if figure else {}


def missing_of(figure: Mapping[str, Any] | None) -> dict[str, str]:
    """Return which points of a figure have no value since events are missing, and which those are."""
    return dict(figure["layout"]["meta"].get("missing", {})) if figure else {}


def lines_of(figure: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the straight lines of a figure over time: the target and the limits."""
    traces = figure["data"] if figure else ()
    return {trace["name"]: trace["y"][0] for trace in traces if trace["mode"] == "lines" and trace["y"]}


def stacked(names: Sequence[str], parts: Mapping[str, Sequence[int | None]], *, title: str) -> dict[str, Any]:
    """Return a horizontal bar for each name, made of parts."""
    colours = ("actual", "flight", "drop", "target")
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": part,
            "y": list(names),
            "x": list(values),
            "marker": {"color": _COLOURS[colour]},
        }
        for (part, values), colour in zip(parts.items(), colours, strict=False)
    ]
    layout = {**_layout(title), "barmode": "stack", "yaxis": {"autorange": "reversed", "automargin": True}}
    return {"data": data, "layout": {**layout, "height": 80 + 30 * len(names)}}


def by_value(rows: Sequence[tuple[str, Number]], *, unit: str, title: str) -> dict[str, Any]:
    """Return a horizontal bar for each value of a field."""
    found = stacked([name for name, _ in rows], {}, title=title)
    values = [None if value is None else float(value) for _, value in rows]
    bar = {"type": "bar", "orientation": "h", "name": title, "y": [name for name, _ in rows], "x": values}
    found["data"] = [{**bar, "marker": {"color": _COLOURS["actual"]}}]
    found["layout"]["xaxis"] = {"tickformat": ".2~%"} if unit == "ratio" else {"title": {"text": named(unit)}}
    return found


def side_by_side(names: Sequence[str], parts: Mapping[str, Sequence[float | None]], *, title: str) -> dict[str, Any]:
    """Return horizontal bars in groups, in hours."""
    found = stacked(names, {}, title=title)
    colours = ("actual", "flight")
    found["data"] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": part,
            "y": list(names),
            "x": [None if value is None else value / 3600 for value in values],
            "marker": {"color": _COLOURS[colour]},
        }
        for (part, values), colour in zip(parts.items(), colours, strict=False)
    ]
    found["layout"] |= {"barmode": "group", "xaxis": {"title": {"text": "hours"}}}
    return found


def _layout(title: str) -> dict[str, Any]:
    return {
        "title": {"text": ""},
        "meta": {"title": title},
        "margin": {"l": 56, "r": 12, "t": 8, "b": 36},
        "height": 260,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.12},
    }
