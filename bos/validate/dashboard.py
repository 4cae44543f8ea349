"""Rules of the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.validate.ownership import owner_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a dashboard: its flow must be there, and panels that are none need attention."""
    yield from owner_problems(document)
    template = resolve("template", document["flow"])
    if template is None:
        yield Problem("flow", f"There is no flow {document['flow']!r}.", "Name the id of a template.", "dashboard.flow")
        return
    known = _panels(template)
    for panel in document["panels"]:
        if panel["id"] not in known:
            yield Problem(
                f"panels[{panel['id']}]",
                f"The flow has no panel {panel['id']!r}, so this choice does nothing.",
                "Take it out, or write it as the dashboard names it.",
                "dashboard.panel",
                severity="attention",
            )


def _panels(template: dict[str, Any]) -> set[str]:
    kpis = [outcome["id"] for outcome in template["outcomes"]]
    systems = [f"system.{use['id']}" for use in template["system_signals"]]
    return {*kpis, *(f"trend.{kpi}" for kpi in kpis), *systems, "funnel", "times"}
