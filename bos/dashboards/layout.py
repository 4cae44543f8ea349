"""Which panels there are and in which order: what a person chose first, then money, the worst, duties, the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.dashboards.standing import WORST
from bos.model.answers.dashboards import HiddenPanel
from bos.model.numbers import DURATIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bos.model.answers.dashboards import Panel

MANY = 24
"""KPIs up to which one section holds all; more are grouped, and their trends are folded."""
_KINDS = ("kpi", "split", "trend", "budget", "funnel", "times", "system")
OF_A_KPI = {"split", "trend", "budget"}
"""Panels that show more of a KPI."""
_CHOSEN = "Chosen first"
_GROUPS = ("Money", "In breach or in warning", "Duties", "Rates", "Times", "Other numbers")


@dataclass(frozen=True, slots=True)
class Arranged:
    """The panels in the order they are shown, and those that a person hid."""

    panels: tuple[Panel, ...]
    hidden: tuple[Panel, ...]

    def told(self) -> tuple[HiddenPanel, ...]:
        """Return what is said of those that are hidden; the trend of a hidden KPI is not named beside it."""
        names = {panel.id for panel in self.hidden}
        return tuple(
            HiddenPanel(**{name: getattr(panel, name) for name in HiddenPanel.model_fields})
            for panel in self.hidden
            if panel.kind not in OF_A_KPI or kpi_of(panel) not in names
        )


def kpi_of(panel: Panel) -> str:
    """Return the KPI that a tile, a split, a trend or an error budget shows; else the panel itself."""
    return panel.id.partition(".")[2] if panel.kind in OF_A_KPI else panel.id


def arranged(panels: Iterable[Panel], choices: Sequence[Mapping[str, Any]], duties: Collection[str] = ()) -> Arranged:
    """Return the panels in order: those chosen, then the others by kind, those of money first, as in the template.

    A choice gives a panel its place, may give it another title and a KPI a section, or hides it; the split, the trend
    and the error budget of a KPI go with it unless they are chosen themselves. A choice of a panel that is not there
    does nothing. More KPIs than ``MANY`` that nobody gave a section stand in groups, the worst of each first;
    ``duties`` are the KPIs that a regulation asks for.
    """
    found = tuple(panels)
    kpis = {panel.id: panel for panel in found if panel.kind == "kpi"}
    chosen = {choice["id"]: (place, choice) for place, choice in enumerate(choices)}
    placed: list[tuple[tuple[Any, ...], Panel]] = []
    hidden: list[Panel] = []
    for place, panel in enumerate(found):
        name = kpi_of(panel)
        at, choice = chosen.get(panel.id) or chosen.get(name) or (len(choices), {})
        own = kpis.get(name, panel)
        group = _group(own, duties) if len(kpis) > MANY and own.kind == "kpi" else ""
        shown = _named(panel, own.title, choice, chosen.get(panel.id) is not None)
        if choice.get("hidden"):
            hidden.append(shown)
            continue
        if panel.kind == "kpi":
            section = choice.get("section", "") or (_CHOSEN if choice and group else group)
            shown = shown.model_copy(update={"section": section})
        rank = (_GROUPS.index(group), WORST.index(own.status)) if group else (0, 0)
        placed.append(((at, _KINDS.index(panel.kind), rank, not panel.money, place), shown))
    placed.sort(key=lambda one: one[0])
    return Arranged(tuple(panel for _, panel in placed), tuple(hidden))


def _named(panel: Panel, own: str, choice: Mapping[str, Any], itself: bool) -> Panel:  # noqa: FBT001 - told once
    """Return a panel under the title it was given; what a KPI shows beside its tile takes over the KPI's."""
    given = choice.get("title", "")
    title = (given if itself else panel.title.replace(own, given, 1)) if given else panel.title
    return panel if title == panel.title else panel.model_copy(update={"title": title, "own_title": panel.title})


def _group(panel: Panel, duties: Collection[str]) -> str:
    if panel.money:
        return _GROUPS[0]
    if panel.status in {"breach", "warning"}:
        return _GROUPS[1]
    if panel.id in duties:
        return _GROUPS[2]
    return _GROUPS[3] if panel.unit == "ratio" else _GROUPS[4] if panel.unit in DURATIONS else _GROUPS[5]
