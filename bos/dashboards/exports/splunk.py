"""A dashboard for Splunk Dashboard Studio: data sources, visualizations, inputs and a layout, as one JSON definition.

It is what stands in ``<definition>`` of a view of version 2; nothing of it was run on a Splunk server.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bos.dashboards.exports.cards import left_of
from bos.dashboards.exports.parcel import Parcel, file_name, marks_of, sentences
from bos.model.numbers import decimals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.dashboards.exports.cards import Card, Query
    from bos.model.answers.dashboards import DashboardRun

_MARK = "Generated, not run: no Splunk server has seen these searches."
_COLOURS = {"green": "#118832", "yellow": "#CBA700", "red": "#D41F1F", "blue": "#006D9C"}
_INPUT, _TOKEN = "input_time", "bos_time"
_WIDE, _TILE, _HIGH, _COURSE = 1200, 300, 180, 280
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&])")


def splunk(run: DashboardRun, cards: Sequence[Card]) -> Parcel:
    """Return the definition: a number for each KPI, its course, and in words what Splunk cannot show."""
    left = tuple(left_of(run, cards, "Splunk"))
    marks = marks_of(run, _MARK)
    notes = [f"Mark: {mark}" for mark in marks] + ["Not carried:", *sentences(left)]
    return Parcel(
        target="splunk",
        file=file_name(run.flow, run.run, "splunk.json"),
        media_type="application/json",
        content=_written(_definition(run, cards, notes)),
        carried=tuple(card.tile.id for card in cards if card.value is not None),
        marks=marks,
        not_carried=left,
    )


def _written(definition: dict[str, Any]) -> bytes:
    """Return JSON that can stand in CDATA: ``<`` and ``>`` are escaped, so no ``]]>`` is in it."""
    text = json.dumps(definition, indent=2, sort_keys=True)
    return (text.replace("<", "\\u003c").replace(">", "\\u003e") + "\n").encode("ascii")


def _definition(run: DashboardRun, cards: Sequence[Card], notes: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"dataSources": {}, "visualizations": {}}
    blocks = []
    for at, card in enumerate(cards):
        x, y = _TILE * (at % 4), _HIGH * (at // 4)
        blocks.append(_block(f"viz_{card.tile.id}", x, y, _TILE, _HIGH))
        _number(found, card)
    below = _HIGH * -(-len(cards) // 4)
    courses = [card for card in cards if card.trend is not None]
    for at, card in enumerate(courses):
        blocks.append(_block(f"viz_trend_{card.tile.id}", 600 * (at % 2), below + _COURSE * (at // 2), 600, _COURSE))
        _course(found, card)
    below += _COURSE * -(-len(courses) // 2)
    found["visualizations"]["viz_about"] = _words("About this export", notes)
    blocks.append(_block("viz_about", 0, below, _WIDE, 400))
    return {
        "title": _plain(run.title),
        "description": _plain(run.description),
        **found,
        "inputs": {_INPUT: _range()},
        "layout": {
            "globalInputs": [_INPUT],
            "tabs": {"items": [{"layoutId": "layout_1", "label": "KPIs"}]},
            "layoutDefinitions": {"layout_1": {"type": "grid", "options": {"width": _WIDE}, "structure": blocks}},
        },
    }


def _range() -> dict[str, Any]:
    return {
        "type": "input.timerange",
        "title": "Time range",
        "options": {"token": _TOKEN, "defaultValue": "-30d@d,now"},
    }


def _block(item: str, x: int, y: int, wide: int, high: int) -> dict[str, Any]:
    return {"type": "block", "item": item, "position": {"x": x, "y": y, "w": wide, "h": high}}


def _plain(text: str) -> str:
    """Return a text in which Splunk sees no token: it takes ``$name$`` for one, and ``$$`` for a ``$``."""
    return text.replace("$", "$$")


def _words(title: str, lines: Sequence[str]) -> dict[str, Any]:
    """Return lines as Markdown that says what they say: every sign of it is escaped."""
    text = "\n\n".join(_MARKDOWN.sub(r"\\\1", " ".join(line.split())) for line in lines)
    return {"type": "splunk.markdown", "title": _plain(title), "options": {"markdown": _plain(text)}}


def _source(card: Card, query: Query) -> dict[str, Any]:
    """Return the search of a KPI; a window that is fixed stays, all else follows the input."""
    times = {"earliest": query.earliest, "latest": query.latest}
    if not query.latest:
        times = {"earliest": f"${_TOKEN}.earliest$", "latest": f"${_TOKEN}.latest$"}
    return {
        "type": "ds.search",
        "name": card.tile.id,
        "options": {"query": _plain(query.text), "queryParameters": times},
    }


def _precision(unit: str) -> int:
    return 4 if unit == "ratio" else decimals(unit)


def _number(found: dict[str, Any], card: Card) -> None:
    name = card.tile.id
    if card.value is None:
        found["visualizations"][f"viz_{name}"] = _words(card.tile.title, ["Not carried.", card.why])
        return
    found["dataSources"][f"ds_{name}"] = _source(card, card.value)
    unit = {"unit": card.tile.unit, "unitPosition": "after"} if card.tile.unit not in {"", "count", "number"} else {}
    found["visualizations"][f"viz_{name}"] = {
        "type": "splunk.singlevalue",
        "title": _plain(card.tile.title),
        "description": _plain(card.description()),
        "dataSources": {"primary": f"ds_{name}"},
        "options": {
            "majorValue": "> primary | seriesByName('bos_value') | lastPoint()",
            "majorColor": "> majorValue | rangeValue(limits)",
            "numberPrecision": _precision(card.tile.unit),
            "sparklineDisplay": "off",
            "trendDisplay": "off",
            **unit,
        },
        "context": {"limits": _ranges(card)},
    }


def _ranges(card: Card) -> list[dict[str, Any]]:
    """Return the limits as ranges ``[from, to)`` with colours."""
    steps = card.steps()
    found = []
    for at, (value, colour) in enumerate(steps):
        own: dict[str, Any] = {"value": _COLOURS[colour]}
        own |= {} if value is None else {"from": value}
        own |= {"to": steps[at + 1][0]} if at + 1 < len(steps) else {}
        found.append(own)
    return found


def _course(found: dict[str, Any], card: Card) -> None:
    if card.trend is None:
        return
    name = f"trend_{card.tile.id}"
    found["dataSources"][f"ds_{name}"] = _source(card, card.trend)
    found["visualizations"][f"viz_{name}"] = {
        "type": "splunk.line",
        "title": _plain(f"{card.tile.title} by {card.trend.by}"),
        "description": _plain(card.description()),
        "dataSources": {"primary": f"ds_{name}"},
        "options": {
            "x": "> primary | seriesByName('_time')",
            "y": "> primary | frameBySeriesNames('bos_value')",
            "nullValueDisplay": "gaps",
        },
    }
