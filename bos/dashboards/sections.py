"""The sections of the page: tiles under their headings, what is listed of them, charts that are folded where many."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bos.dashboards.layout import MANY, OF_A_KPI
from bos.dashboards.standing import WORST, worst

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bos.model.answers.dashboards import DashboardRun, HiddenPanel, Panel

_MOST_LISTED = 8
_ALL, _OTHERS = "Value outcomes", "Other value outcomes"


def section(title: str, inside: str, name: str = "") -> str:
    """Return a section of the page under its heading; ``name`` is what an address calls it."""
    own = f' id="{name}"' if name else ""
    return f'<section class="bos-section"><h2{own}>{escape(title)}</h2>{inside}</section>'


def is_many(run: DashboardRun) -> bool:
    """Return whether a dashboard has so many KPIs that it is grouped, listed and folded."""
    return sum(panel.kind == "kpi" for panel in run.panels) > MANY


def groups(run: DashboardRun) -> dict[str, list[Panel]]:
    """Return heading → the tiles under it, each heading where its first tile stands, and last what has none."""
    found: dict[str, list[Panel]] = {}
    for panel in run.panels:
        if panel.kind == "kpi":
            found.setdefault(panel.section, []).append(panel)
    loose = found.pop("", [])
    return {**found, _OTHERS if found else _ALL: loose} if loose or not found else found


def tiles(run: DashboardRun, card: Callable[[Panel], str]) -> str:
    """Return the tiles of a dashboard under their headings."""
    return "".join(
        section(title, f'<div class="bos-board__tiles">{"".join(map(card, found))}</div>', f"section-{place}")
        for place, (title, found) in enumerate(groups(run).items())
    )


def contents(run: DashboardRun) -> str:
    """Return the list of sections and, closed, of all KPIs with how they stand; nothing where there are few."""
    if not is_many(run):
        return ""
    found = groups(run)
    heads = "".join(
        f'<li><a href="#section-{place}">{escape(title)}</a> {len(inside)}{_worst_of(inside)}</li>'
        for place, (title, inside) in enumerate(found.items())
    )
    every = sorted((panel for inside in found.values() for panel in inside), key=lambda panel: panel.title.casefold())
    names = "".join(
        f'<li><a href="#{escape(panel.id)}">{escape(panel.title)}</a> {escape(panel.shown)}{_bad(panel)}</li>'
        for panel in every
    )
    return (
        f'<nav class="bos-card bos-contents" aria-label="On this page"><ul class="bos-contents__sections">{heads}</ul>'
        f"<details><summary>All {len(every)} KPIs from A to Z</summary>"
        f'<ul class="bos-contents__all">{names}</ul></details></nav>'
    )


def _worst_of(inside: Sequence[Panel]) -> str:
    """Return how many of some KPIs stand worst, where that needs attention."""
    bad = worst(panel.status for panel in inside)
    if bad not in {"breach", "warning"}:
        return ""
    return f', <span class="bos-contents__bad">{sum(panel.status == bad for panel in inside)} in {bad}</span>'


def _bad(panel: Panel) -> str:
    return f', <span class="bos-contents__bad">{panel.status}</span>' if panel.status in {"breach", "warning"} else ""


def folded(panel: Panel, run: DashboardRun, card: str) -> str:
    """Return the card of a chart of a KPI, closed where there are many KPIs; an address opens it, too."""
    if not is_many(run) or panel.kind not in OF_A_KPI:
        return card
    chip = f'<span class="bos-status" data-status="{panel.status}">{escape(panel.status_words)}</span>'
    return (
        f'<details class="bos-fold" data-of="{escape(panel.id)}"><summary>{escape(panel.title)} {chip}</summary>'
        f"{card}</details>"
    )


def listing(items: Sequence[str]) -> str:
    """Return a list; what is beyond the first few of many is closed."""
    first, rest = (items, ()) if len(items) <= _MOST_LISTED + 2 else (items[:_MOST_LISTED], items[_MOST_LISTED:])
    more = f"<details><summary>{len(rest)} more</summary><ul>{''.join(rest)}</ul></details>" if rest else ""
    return f"<ul>{''.join(first)}</ul>{more}"


def hidden_note(run: DashboardRun) -> str:
    """Return which panels are hidden and how they stand, closed: what is hidden is never silent."""
    if not run.hidden:
        return ""
    rows = "".join(_hidden_row(panel) for panel in sorted(run.hidden, key=lambda one: WORST.index(one.status)))
    what = "panel is" if len(run.hidden) == 1 else "panels are"
    return (
        f'<details class="bos-hidden"><summary>{len(run.hidden)} {what} hidden by the arrangement of this '
        f"dashboard</summary><ul>{rows}</ul></details>"
    )


def _hidden_row(panel: HiddenPanel) -> str:
    own = f" ({escape(panel.own_title)})" if panel.own_title else ""
    told = " · ".join(escape(words) for words in (panel.shown, panel.status_words) if words)
    return f"<li>{escape(panel.title)}{own}{': ' if told else ''}{told}</li>"
