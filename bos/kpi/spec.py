"""What is to be computed: one KPI, as the template defines it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bos.kpi.costs import CostRule


@dataclass(frozen=True, slots=True)
class KpiSpec:
    """The definition of one number.

    Attributes:
        id: name of the KPI; other KPIs refer to it by this name.
        formula: text of the language in ``docs/kpi.md``.
        anchor: ``event``, ``start``, ``end`` or the name of a signal: what places a case in time.
        unit: shown beside the value; a ratio is a fraction.
        dimensions: fields by which the KPI may be split; checked, not applied.
        target: the value to reach, in the unit of the KPI; ``None``: there is none.
        direction: from which side.
        cost_rule: what one of its failures costs; read by KPIs of ``cost``.
    """

    id: str
    formula: str
    anchor: str = "event"
    unit: str = ""
    dimensions: tuple[str, ...] = ()
    target: float | None = None
    direction: Literal["at_most", "at_least"] = "at_most"
    cost_rule: CostRule | None = None
