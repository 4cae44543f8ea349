"""The parts of KPIs in a period, by a field, as explanations and splits take changes apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi.explain import side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.actions.dashboard_sources import Sources
    from bos.actions.evaluation import Window
    from bos.kpi.explain import Plan, Side
    from bos.kpi.options import Filters
    from bos.kpi.readings import Row


@dataclass(frozen=True, slots=True)
class Taken:
    """A KPI by its parts in a period; ``withheld`` says why a part has no value, so that nothing may be summed."""

    parts: Side
    withheld: str = ""


def sides(
    sources: Sources, plans: Mapping[str, Plan], window: Window, field: str | None, filters: Filters = ()
) -> dict[str, Taken]:
    """Return the parts of KPIs in a period; all are computed together. Raises as ``bos.kpi.engine.evaluate``."""
    from bos.kpi.engine import evaluate  # noqa: PLC0415 - half a second that only numbers need

    rows: dict[str, list[Row]] = {}
    for row in evaluate(
        sources.events,
        [spec for found in plans.values() for spec in found.specs],
        sources.found.bound(),
        known=sources.found.specs(),
        systems=sources.found.series(),
        points=sources.metrics,
        start=window.start,
        end=window.end,
        time_zone=window.time_zone,
        dimensions=(field,) if field else (),
        filters=filters,
        memory_limit=sources.memory_limit,
        engine=sources.engine,
        withhold=True,
    ):
        rows.setdefault(row.kpi, []).append(row)
    taken = {}
    for name, found in plans.items():
        own = [row for spec in found.specs for row in rows.get(spec.id, ())]
        reason = next((row.withheld_reason for row in own if row.withheld_reason), None)
        taken[name] = Taken(side(found, [] if reason else own), reason or "")
    return taken
