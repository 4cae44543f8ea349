"""What a formula uses: signals, fields of each, and other KPIs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.conditions import fields_of
from bos.kpi.parser import parse
from bos.kpi.series import Availability, Points, points_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bos.kpi.nodes import Measure
    from bos.kpi.spec import KpiSpec


@dataclass(frozen=True, slots=True)
class Refs:
    """Names a formula uses, in the order of the text, each once.

    Attributes:
        signals: local names of signals.
        fields: (signal, field) pairs.
        kpis: ids of other KPIs.
        clocks: signals from which on working time is counted.
        systems: local names of system signals.
    """

    signals: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    kpis: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()


def refs(measure: Measure) -> Refs:
    """Return every name the formula uses."""
    if isinstance(measure, n.Derived):
        return Refs(kpis=n.kpis_of(measure.term))
    uses = list(_uses(measure))
    signals = dict.fromkeys(selection.signal for selection, _ in uses)
    fields = dict.fromkeys((selection.signal, name) for selection, names in uses for name in names)
    values = [getattr(leaf, "value", None) for leaf in leaves(measure)]
    clocks = dict.fromkeys(
        value.start.signal for value in values if isinstance(value, n.Duration) and value.clock == "business"
    )
    systems = dict.fromkeys(points.signal for leaf in leaves(measure) for points in points_read(leaf))
    return Refs(tuple(signals), tuple(fields), clocks=tuple(clocks), systems=tuple(systems))


def leaves(measure: Measure) -> tuple[n.Leaf, ...]:
    """Return the measures that read data themselves: two of a ratio or a gap, none of a derived KPI, else the one."""
    if isinstance(measure, n.Cumulative):
        return leaves(measure.of)
    if isinstance(measure, n.Ratio):
        return (*leaves(measure.numerator), *leaves(measure.denominator))
    if isinstance(measure, n.Gap):
        return (measure.left, measure.right)
    return () if isinstance(measure, n.Derived) else (measure,)


def measures(spec: KpiSpec, every: Iterable[KpiSpec]) -> Iterator[Measure]:
    """Yield the measure of a KPI and those of the KPIs it is derived from, each once; what is not there is left out."""
    by_id = {one.id: one for one in every}
    ahead, seen = [spec.id], set()
    while ahead:
        name = ahead.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        measure = parse(by_id[name].formula)
        yield measure
        ahead += refs(measure).kpis


def selections(leaf: n.Leaf) -> tuple[n.Selection, ...]:
    """Return the selections of a measure, in the order they are written."""
    match leaf:
        case n.Count(of):
            return (of,)
        case n.Aggregate(_, value) | n.Percentile(_, value) | n.Distinct(value):
            return selections_of_value(value)
        case n.Conversion():
            return n.selections_of(leaf)
        case n.Conformance(rule):
            return n.selections_of(rule)
        case Availability():
            return ()


def selections_of_value(value: n.Value) -> tuple[n.Selection, ...]:
    """Return the selections of what an aggregate is taken of; points have none."""
    match value:
        case n.FieldOf(of):
            return (of,)
        case Points():
            return ()
        case n.Duration():
            return n.selections_of(value)


def points_read(leaf: n.Leaf) -> tuple[Points, ...]:
    """Return the points of system signals that a measure reads, in the order they are written."""
    if isinstance(leaf, Availability):
        return points_of(leaf.of)
    value = getattr(leaf, "value", None)
    return (value,) if isinstance(value, Points) else ()


def _uses(measure: Measure) -> Iterator[tuple[n.Selection, tuple[str, ...]]]:
    for leaf in leaves(measure):
        value = getattr(leaf, "value", None)
        read = (value.field,) if isinstance(value, n.FieldOf) else ()
        for selection in selections(leaf):
            yield selection, (*read, *fields_of(selection.where))
