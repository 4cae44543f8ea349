"""KPIs that are no sum over parts: why they are none, and what else tells how they moved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from bos.errors import NotExpressible
from bos.kpi import nodes as n
from bos.kpi.explain import plan
from bos.kpi.parser import parse
from bos.kpi.printer import print_formula
from bos.kpi.refs import at_moment, leaves

if TYPE_CHECKING:
    from bos.kpi.nodes import Measure
    from bos.kpi.spec import KpiSpec

_MEDIAN, _SLOW = Decimal(50), Decimal(95)
_REASONS: tuple[tuple[type, str], ...] = (
    (
        n.Percentile,
        "A percentile is the value at one place in the order of all, so values of parts do not add up to it.",
    ),
    (n.Distinct, "What occurs in several parts counts once in all, so the numbers of parts do not add up to it."),
    (n.Derived, "It is computed from other KPIs, whose changes are joined by more than adding."),
    (n.Cumulative, "It runs on over what lies before the period, so the period alone does not make it."),
    (n.Gap, "It is one total minus another, and tells of neither what changed it."),
)
_EXTREME = "It is the value of a single event or case, so the other parts do not add to it."
_MOMENT = "It tells what is open at a moment, so the period does not add up to it."
_ELSE = "Its parts do not add up to it."


def reason(spec: KpiSpec) -> str:
    """Return why the change of a KPI is no sum over parts; empty where it is one."""
    try:
        plan(spec)
    except NotExpressible:
        measure = parse(spec.formula)
    else:
        return ""
    if any(at_moment(leaf) for leaf in leaves(measure)):
        return _MOMENT
    if isinstance(measure, n.Aggregate) and measure.op in {"min", "max"}:
        return _EXTREME
    told = (measure, *leaves(measure))
    return next((words for kind, words in _REASONS if any(isinstance(one, kind) for one in told)), _ELSE)


def spread(spec: KpiSpec) -> dict[str, KpiSpec]:
    """Return the KPIs that tell how the values lie which a KPI is told of: median, p95, min, max.

    There are none where it is told of no values. They have names that no KPI can have.
    """
    measure = parse(spec.formula)
    if not isinstance(measure, n.Percentile | n.Aggregate):
        return {}
    value = measure.value
    told: dict[str, Measure] = {
        "median": n.Percentile(_MEDIAN, value),
        "p95": n.Percentile(_SLOW, value),
        "min": n.Aggregate("min", value),
        "max": n.Aggregate("max", value),
    }
    return {name: replace(spec, id=f"{spec.id}.{name}", formula=print_formula(one)) for name, one in told.items()}


def made_of(spec: KpiSpec) -> tuple[str, ...]:
    """Return the KPIs that a KPI is computed from; none where it reads events or points itself."""
    measure = parse(spec.formula)
    return n.kpis_of(measure.term) if isinstance(measure, n.Derived) else ()
