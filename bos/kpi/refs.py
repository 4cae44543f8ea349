"""What a formula uses: signals, fields of each, and other KPIs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.conditions import fields_of
from bos.kpi.costs import CasesBreak, CasesLack, CasesLate, EventsFail
from bos.kpi.parser import parse
from bos.kpi.series import points_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bos.kpi.costs import Failure
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
        charged: ids of the KPIs whose failures are charged.
        along: signals that are held against the ways of the flow.
    """

    signals: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    kpis: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    charged: tuple[str, ...] = ()
    along: tuple[str, ...] = ()


def refs(measure: Measure) -> Refs:
    """Return every name the formula uses."""
    if isinstance(measure, n.Derived):
        return Refs(kpis=n.kpis_of(measure.term))
    if isinstance(measure, n.Cost):
        return Refs(kpis=(measure.of,), charged=(measure.of,))
    uses = list(_uses(measure))
    signals = dict.fromkeys(selection.signal for selection, _ in uses)
    fields = dict.fromkeys((selection.signal, name) for selection, names in uses for name in names)
    clocks = dict.fromkeys(start for leaf in leaves(measure) if (start := working_from(leaf)))
    systems = dict.fromkeys(points.signal for leaf in leaves(measure) for points in points_read(leaf))
    rules = [rule for leaf in leaves(measure) if isinstance(rule := rule_of(leaf), n.AlongFlow)]
    along = dict.fromkeys(selection.signal for rule in rules for selection in rule.of)
    names = {"clocks": tuple(clocks), "systems": tuple(systems), "along": tuple(along)}
    return Refs(tuple(signals), tuple(fields), **names)


def leaves(measure: Measure) -> tuple[n.Leaf, ...]:
    """Return the measures that read data themselves: two of a ratio or a gap, none of other KPIs, else the one."""
    if isinstance(measure, n.Cumulative):
        return leaves(measure.of)
    if isinstance(measure, n.Ratio):
        return (*leaves(measure.numerator), *leaves(measure.denominator))
    if isinstance(measure, n.Gap):
        return (measure.left, measure.right)
    return () if isinstance(measure, n.Derived | n.Cost) else (measure,)


def measures(spec: KpiSpec, every: Iterable[KpiSpec]) -> Iterator[Measure]:
    """Yield the measure of a KPI and those of the KPIs it is derived from, each once; what is not there is left out."""
    return (measure for _, measure in parsed(spec, every))


def parsed(spec: KpiSpec, every: Iterable[KpiSpec]) -> Iterator[tuple[KpiSpec, Measure]]:
    """Yield the same with the KPI that each is the measure of."""
    by_id = {one.id: one for one in every}
    ahead, seen = [spec.id], set()
    while ahead:
        name = ahead.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        measure = parse(by_id[name].formula)
        yield by_id[name], measure
        ahead += refs(measure).kpis


def selections(leaf: n.Leaf) -> tuple[n.Selection, ...]:
    """Return the selections of a measure, in the order they are written."""
    match leaf:
        case n.Count(of):
            return (of,)
        case n.Aggregate(_, value) | n.Percentile(_, value) | n.Distinct(value):
            return _selections_of_value(value)
        case n.Conversion() | n.Conformance():
            return n.selections_of(leaf.rule if isinstance(leaf, n.Conformance) else leaf)
        case n.Balance(of, until):
            return () if until is None else (*_selections_of_value(of), until)
        case n.Availability():
            return ()
        case n.Charge(_, failure):
            return _selections_of_failure(failure)


def _selections_of_failure(failure: Failure) -> tuple[n.Selection, ...]:
    match failure:
        case EventsFail(of):
            return (of,)
        case CasesLack(one, two) | CasesLate(one, two):
            return (one, two)
        case CasesBreak(rule):
            return n.selections_of(rule)


def _selections_of_value(value: n.Value | n.Selection) -> tuple[n.Selection, ...]:
    match value:
        case n.Selection():
            return (value,)
        case n.FieldOf(of):
            return (of,)
        case n.Points():
            return ()
        case n.Duration() | n.Age():
            return n.selections_of(value)


def rule_of(leaf: n.Leaf) -> n.Rule | None:
    """Return the rule of the flow that a measure judges cases by; nothing where it judges none."""
    match leaf:
        case n.Conformance(rule) | n.Charge(_, CasesBreak(rule)):
            return rule
        case _:
            return None


def working_from(leaf: n.Leaf) -> str | None:
    """Return the signal from which on a measure counts working time; nothing where it counts none."""
    match leaf:
        case n.Aggregate(_, n.Duration() | n.Age() as value) | n.Percentile(_, n.Duration() | n.Age() as value):
            return value.start.signal if value.clock == "business" else None
        case n.Conformance(n.FollowedBy(first, clock="business")):
            return first.signal
        case _:
            return None


def at_moment(leaf: n.Leaf) -> bool:
    """Return whether a measure is told at a moment rather than of a time: what is open then, and since when."""
    return (isinstance(leaf, n.Balance) and leaf.until is not None) or isinstance(getattr(leaf, "value", None), n.Age)


def points_read(leaf: n.Leaf) -> tuple[n.Points, ...]:
    """Return the points of system signals that a measure reads, in the order they are written."""
    if isinstance(leaf, n.Availability):
        return points_of(leaf.of)
    value = leaf.of if isinstance(leaf, n.Balance) else getattr(leaf, "value", None)
    return (value,) if isinstance(value, n.Points) else ()


def _uses(measure: Measure) -> Iterator[tuple[n.Selection, tuple[str, ...]]]:
    for leaf in leaves(measure):
        value = getattr(leaf, "value", None)
        value = leaf.of if isinstance(leaf, n.Balance) else value
        read = (value.field,) if isinstance(value, n.FieldOf) else ()
        for i, selection in enumerate(selections(leaf)):
            yield selection, (*(read if i == 0 else ()), *fields_of(selection.where))
