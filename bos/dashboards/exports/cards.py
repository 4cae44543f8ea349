"""KPIs as other tools show them: a number with its limits, its course, and the queries both come from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bos.dashboards.standing import is_gap, standing
from bos.model.answers.exports import NotCarried

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta

    from bos.model.answers.dashboards import DashboardRun, Panel, Status

_COLOURS = {"ok": "green", "warning": "yellow", "breach": "red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query of a KPI: over ``span`` before the time it is asked at, or by buckets.

    ``earliest`` and ``latest`` are epoch seconds of a window that is fixed; empty where it follows the time range.
    """

    text: str
    by: str = ""
    span: timedelta | None = None
    marking: str = ""
    notes: tuple[str, ...] = ()
    earliest: str = ""
    latest: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A KPI: its tile in the run, its definition, its queries; ``why`` says what of them is missing."""

    tile: Panel
    outcome: Mapping[str, Any] | None = None
    value: Query | None = None
    trend: Query | None = None
    why: str = ""

    def description(self) -> str:
        """Return what a reader must know of the number, a line each."""
        tile, outcome = self.tile, self.outcome
        lines = [outcome["description"] if outcome else ""]
        lines += [f"Target: {tile.target.shown}" if tile.target else "No target set.", tile.approval_words]
        lines += [f"Definition: {outcome['measure']['formula']} ({tile.unit})" if outcome else ""]
        for query in (self.value, self.trend):
            lines += [f"Query: {query.marking}", *query.notes] if query else []
        return "\n".join(dict.fromkeys(line for line in lines if line))

    def steps(self) -> list[tuple[float | None, str]]:
        """Return from which value on a number has which colour; the first is where all begins (``None``)."""
        if self.outcome is None:
            return [(None, "blue")]
        limits = {threshold["value"] for threshold in self.outcome["thresholds"]}
        limits |= {self.outcome["target"]["value"]} if self.outcome["target"] else set()
        limits |= {-limit for limit in limits} if is_gap(self.outcome) else set()
        edges = sorted(limits)
        if not edges:
            return [(None, "blue")]
        middles = [(one + two) / 2 for one, two in pairwise(edges)]
        found: list[tuple[float | None, str]] = [(None, self._colour(edges[0] - 1))]
        for edge, inside in zip(edges, (*middles, edges[-1] + 1), strict=True):
            colour = self._colour(inside)
            if colour != found[-1][1]:
                found.append((edge, colour))
        return found

    def _colour(self, value: float) -> str:
        status: Status = standing(value, self.tile.unit, self.outcome or {}).status
        return _COLOURS.get(status, "blue")


_PANELS = {
    "split": "A split is a table of the run; the tool has filters of its own.",
    "budget": "What is left of an error budget rests on every bucket of its window; read it in BOS.",
    "funnel": "Which way a case went on needs all its events.",
    "times": "The time from step to step needs all events of a case.",
    "system": "The tool has the signal itself; the panel shows what BOS recorded.",
}
_RULES = (
    ("Approval", "The tool knows no held or unapproved change: a mark is a text of the day of the export."),
    ("Withheld values", "The tool shows what its query gives, also where BOS would withhold it."),
    ("No data", "BOS tells a silence from 0; the tool shows what its query gives."),
    ("Money", "BOS never adds currencies and is exact to the cent; the tool adds floating numbers."),
    ("Cost rules and cases", "What a failure costs, and the cases behind a number, are read in BOS."),
    ("Change against an earlier period", "The tool's own comparison knows no calendar of the flow."),
    ("Limits", "A value exactly at a limit is coloured as beyond it; in BOS it has not passed it."),
)


def left_of(run: DashboardRun, cards: Sequence[Card], tool: str) -> Iterator[NotCarried]:
    """Yield what a dashboard of another tool cannot carry: KPIs without a query first."""
    for card in cards:
        if card.value is None:
            yield NotCarried(what=card.tile.title, where=card.tile.id, why=card.why)
        elif card.why:
            yield NotCarried(what=f"{card.tile.title}, its course", where=f"trend.{card.tile.id}", why=card.why)
        elif card.trend is not None and card.trend.by != run.window.by:
            words = f"{tool} can ask it by {card.trend.by}, not by {run.window.by} of {run.window.time_zone}."
            yield NotCarried(what=f"Buckets of {card.tile.title}", where=f"trend.{card.tile.id}", why=words)
        if card.value is not None and card.value.latest:
            words = "The window of the run is written into its search: it stands still."
            yield NotCarried(what=f"Time range of {card.tile.title}", where=card.tile.id, why=words)
    for panel in run.panels:
        if panel.kind in _PANELS:
            yield NotCarried(what=panel.title, where=panel.id, why=_PANELS[panel.kind])
    if run.filters:
        yield NotCarried(what="Filters as choices", why="The filters of the run are written into each query.")
    for what, why in _RULES:
        yield NotCarried(what=what, why=why)
