"""The parts of KPIs in a period, by a field, as explanations and splits take changes apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi.explain import side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.actions.dashboard_sources import Sources
    from bos.actions.question import Window
    from bos.kpi import KpiSpec
    from bos.kpi.explain import Plan, Side
    from bos.kpi.options import Filters
    from bos.kpi.readings import Row


@dataclass(frozen=True, slots=True)
class Taken:
    """A KPI by its parts in a period; ``withheld`` says why a part has no value, so that nothing may be summed."""

    parts: Side
    withheld: str = ""


def rows_of(
    sources: Sources,
    specs: Sequence[KpiSpec],
    window: Window,
    *,
    split: Sequence[str] = (),
    filters: Filters = (),
    more: Sequence[KpiSpec] = (),
) -> list[Row]:
    """Return what KPIs come to in a period; what is withheld says why. Raises as ``bos.kpi.engine.evaluate``.

    ``more``: KPIs made for the question that others may be derived from.
    """
    from bos.kpi.engine import evaluate  # noqa: PLC0415 - half a second that only numbers need

    return evaluate(
        sources.events,
        specs,
        sources.found.bound(),
        known=(*sources.found.specs(), *more),
        systems=sources.found.series(),
        points=sources.metrics,
        start=window.start,
        end=window.end,
        time_zone=window.time_zone,
        dimensions=split,
        filters=filters,
        memory_limit=sources.memory_limit,
        engine=sources.engine,
        withhold=True,
    )


def sides(
    sources: Sources, plans: Mapping[str, Plan], window: Window, field: str | None, filters: Filters = ()
) -> dict[str, Taken]:
    """Return the parts of KPIs in a period; all are computed together. Raises as ``bos.kpi.engine.evaluate``."""
    specs = [spec for found in plans.values() for spec in found.specs]
    rows: dict[str, list[Row]] = {}
    for row in rows_of(sources, specs, window, split=(field,) if field else (), filters=filters):
        rows.setdefault(row.kpi, []).append(row)
    taken = {}
    for name, found in plans.items():
        own = [row for spec in found.specs for row in rows.get(spec.id, ())]
        reason = next((row.withheld_reason for row in own if row.withheld_reason), None)
        taken[name] = Taken(side(found, [] if reason else own), reason or "")
    return taken
