"""Why a value changed between two periods, as an exact sum over the parts that a field splits it into.

With w what a part weighs, m its mean or rate, M that of all, 0 then and 1 now:

- of a total a part weighs what it holds: volume (w1 - w0) M0, mix (w1 - w0) (m0 - M0), rate w1 (m1 - m0);
- of a mean or a ratio it weighs its share in the denominator: mix (w1 - w0) (m0 - M0), rate w1 (m1 - m0).

A part that was not there then has no m0; that of all stands in, so its own difference is rate. The effects of all parts
sum to the change without a rest: they are computed as fractions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from bos.errors import NotExpressible
from bos.kpi import nodes as n
from bos.kpi.parser import parse
from bos.kpi.printer import print_formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.kpi.readings import Row
    from bos.kpi.spec import KpiSpec

Kind = Literal["volume", "mix", "rate"]
Side: TypeAlias = "Mapping[str | None, tuple[Fraction, Fraction]]"
"""Value of the field → what is added up, and what it is divided by or consists of."""
_ZERO = (Fraction(0), Fraction(0))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a KPI is taken apart: the KPIs to evaluate by the field, and whether it is a total or a quotient.

    ``count``: a part consists of as many as it comes to. ``number``: what a part consists of is the number of values.
    """

    specs: tuple[KpiSpec, ...]
    total: bool
    divided_by: Literal["count", "number", "second"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a part contributes to a change, in the unit of the KPI."""

    kind: Kind
    part: str | None
    amount: Fraction


def plan(spec: KpiSpec) -> Plan:
    """Return how a KPI is taken apart.

    Raises:
        NotExpressible: it is no sum over parts: a percentile, a smallest or largest value, a number of different
            values, something at a moment, a running value, or arithmetic over other KPIs.
    """
    measure = parse(spec.formula)
    match measure:
        case n.Count() | n.Conformance():
            return Plan((spec,), total=True, divided_by="count")
        case n.Aggregate(op="sum", value=n.FieldOf() | n.Duration()) | n.Cost():
            return Plan((spec,), total=True, divided_by="number")
        case n.Aggregate(op="avg", value=n.FieldOf() | n.Duration() as value):
            return Plan((_as(spec, n.Aggregate("sum", value)),), total=False, divided_by="number")
        case n.Conversion(show="rate"):
            return Plan((_as(spec, replace(measure, show="converted")),), total=False, divided_by="number")
        case n.Conversion():
            return Plan((spec,), total=True, divided_by="count")
        case n.Ratio(one, two) if _adds_up(one) and _adds_up(two):
            second = replace(_as(spec, two), id=f"{spec.id}.of")
            return Plan((_as(spec, one), second), total=False, divided_by="second")
    raise NotExpressible(
        f"{spec.id} is no sum over parts, so its change cannot be taken apart.",
        where=spec.id,
        hint="Counts, sums, means, ratios of these, conversions and costs can; ask for its movement instead.",
        node=type(measure).__name__,
    )


def _adds_up(measure: n.Measure) -> bool:
    if isinstance(measure, n.Aggregate):
        return measure.op == "sum" and isinstance(measure.value, n.FieldOf | n.Duration)
    return isinstance(measure, n.Count | n.Conformance)


def _as(spec: KpiSpec, measure: n.Measure) -> KpiSpec:
    """Return a part of a KPI under a name that no KPI can have, since others may charge or use the whole."""
    return replace(spec, id=f"{spec.id}.part", formula=print_formula(measure))


def side(found: Plan, rows: Sequence[Row]) -> Side:
    """Return the parts of a period from the rows of the plan's KPIs; one with no value adds nothing."""
    first, second = found.specs[0].id, found.specs[-1].id
    tops = {_part(row): Fraction(row.value or 0) for row in rows if row.kpi == first}
    if found.divided_by == "count":
        return {part: (value, value) for part, value in tops.items()}
    if found.divided_by == "number":
        return {part: (tops[part], Fraction(row.n)) for row in rows for part in (_part(row),)}
    below = {_part(row): Fraction(row.value or 0) for row in rows if row.kpi == second}
    parts = dict.fromkeys((*tops, *below))
    return {part: (tops.get(part, Fraction(0)), below.get(part, Fraction(0))) for part in parts}


def _part(row: Row) -> str | None:
    told = next(iter(row.dimensions.values()), None)
    return None if told is None else str(told)


def value(found: Plan, of: Side) -> Fraction | None:
    """Return what a KPI comes to over all parts; nothing where its denominator is 0."""
    top, below = (sum((pair[i] for pair in of.values()), Fraction(0)) for i in (0, 1))
    if found.total:
        return top
    return top / below if below else None


def effects(found: Plan, then: Side, now: Side) -> list[Effect]:
    """Return the effects of all parts, those that are not 0, the largest first; they sum to the change exactly.

    Raises:
        ValueError: there is no value then or now.
    """
    if value(found, then) is None or value(found, now) is None:
        raise ValueError(found)
    whole_then, whole_now = (Fraction(1) if found.total else _below(of) for of in (then, now))
    below = _below(then)
    base = sum((pair[0] for pair in then.values()), Fraction(0)) / below if below else Fraction(0)
    out = []
    for part in dict.fromkeys((*then, *now)):
        (top0, n0), (top1, n1) = then.get(part, _ZERO), now.get(part, _ZERO)
        more = n1 / whole_now - n0 / whole_then
        mean = top0 / n0 if n0 else base
        change = top1 / whole_now - top0 / whole_then
        out += [Effect("volume", part, more * base)] if found.total else []
        out += [Effect("mix", part, more * (mean - base)), Effect("rate", part, change - more * mean)]
    return sorted((one for one in out if one.amount), key=lambda one: (-abs(one.amount), one.kind, str(one.part)))


def _below(of: Side) -> Fraction:
    return sum((pair[1] for pair in of.values()), Fraction(0))


def contributions(found: Plan, then: Side, now: Side) -> dict[str | None, float]:
    """Return what each part contributed to the change, whatever by; empty where there is no value then or now."""
    if value(found, then) is None or value(found, now) is None:
        return {}
    out = dict.fromkeys((*then, *now), Fraction(0))
    for one in effects(found, then, now):
        out[one.part] += one.amount
    return {part: float(amount) for part, amount in out.items()}


def summed(found: Iterable[Effect]) -> Fraction:
    """Return what effects come to together."""
    return sum((one.amount for one in found), Fraction(0))
