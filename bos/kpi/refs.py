"""What a formula uses: signals, fields of each, and other KPIs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.conditions import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.kpi.nodes import Measure


@dataclass(frozen=True, slots=True)
class Refs:
    """Names a formula uses, in the order of the text, each once.

    Attributes:
        signals: local names of signals.
        fields: (signal, field) pairs.
        kpis: ids of other KPIs.
        clocks: signals from which on working time is counted.
    """

    signals: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    kpis: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()


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
    return Refs(tuple(signals), tuple(fields), clocks=tuple(clocks))


def leaves(measure: Measure) -> tuple[n.Leaf, ...]:
    """Return the measures that read events themselves: two of a ratio, none of a derived KPI, else the one."""
    if isinstance(measure, n.Cumulative):
        return leaves(measure.of)
    if isinstance(measure, n.Ratio):
        return (*leaves(measure.numerator), *leaves(measure.denominator))
    return () if isinstance(measure, n.Derived) else (measure,)


def selections(leaf: n.Leaf) -> tuple[n.Selection, ...]:
    """Return the selections of a measure, in the order they are written."""
    match leaf:
        case n.Count(of):
            return (of,)
        case n.Aggregate(_, value) | n.Percentile(_, value) | n.Distinct(value):
            return (value.of,) if isinstance(value, n.FieldOf) else n.selections_of(value)
        case n.Conversion():
            return n.selections_of(leaf)
        case n.Conformance(rule):
            return n.selections_of(rule)


def _uses(measure: Measure) -> Iterator[tuple[n.Selection, tuple[str, ...]]]:
    for leaf in leaves(measure):
        value = getattr(leaf, "value", None)
        read = (value.field,) if isinstance(value, n.FieldOf) else ()
        for selection in selections(leaf):
            yield selection, (*read, *fields_of(selection.where))
