"""What is to be computed: one KPI, as the template defines it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KpiSpec:
    """The definition of one number.

    Attributes:
        id: name of the KPI; other KPIs refer to it by this name.
        formula: text of the language in ``docs/kpi.md``.
        anchor: ``event``, ``start``, ``end`` or the name of a signal: what places a case in time.
        unit: shown beside the value; a ratio is a fraction.
        dimensions: fields by which the KPI may be split; checked, not applied.
    """

    id: str
    formula: str
    anchor: str = "event"
    unit: str = ""
    dimensions: tuple[str, ...] = ()
