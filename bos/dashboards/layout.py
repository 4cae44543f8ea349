"""Which panels there are and in which order: money first, what a person chose before that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.model.answers.dashboards import Panel

_KINDS = ("kpi", "split", "trend", "budget", "funnel", "times", "system")


def arranged(panels: Iterable[Panel], choices: Sequence[Mapping[str, Any]]) -> tuple[Panel, ...]:
    """Return the panels in order: those chosen, then the others by kind, those of money first, as in the template.

    A choice may give a panel another title or hide it; a choice of a panel that is not there does nothing.
    """
    standard = sorted(panels, key=lambda panel: (_KINDS.index(panel.kind), not panel.money))
    by_id = {panel.id: panel for panel in standard}
    chosen = {choice["id"]: choice for choice in choices if choice["id"] in by_id}
    first = [by_id[name] for name, choice in chosen.items() if not choice["hidden"]]
    rest = [panel for panel in standard if panel.id not in chosen]
    named = [panel.model_copy(update={"title": chosen[panel.id]["title"] or panel.title}) for panel in first]
    return (*named, *rest)
