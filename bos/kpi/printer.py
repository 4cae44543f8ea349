"""Nodes → text: the one canonical spelling. ``parse(print_formula(node)) == node`` for every node."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.conditions import And, Compare, Condition, Constant, FieldRef, In, IsNull, Not, Or, Scalar, shortest
from bos.kpi.series import GoodOfTotal, Within

if TYPE_CHECKING:
    from bos.kpi.nodes import Measure
    from bos.kpi.series import Indicator

_NAMES: dict[type, str] = {
    n.Count: "count",
    n.Distinct: "distinct",
    n.Ratio: "ratio",
    n.Derived: "derived",
    n.Conversion: "conversion",
    n.Cumulative: "cumulative",
    n.Availability: "availability",
    n.Gap: "gap",
    n.Balance: "balance",
    n.Conformance: "conformance",
    n.Cost: "cost",
    n.Precedes: "precedes",
    n.FollowedBy: "followed_by",
    n.ExactlyOne: "exactly_one",
    n.DifferentPersons: "different_persons",
    n.NeverTwice: "never_twice",
    n.MustEnd: "must_end",
    n.AlongFlow: "along_flow",
}


def print_formula(measure: Measure) -> str:
    """Return the formula of a KPI in its one spelling, on one line unless a text holds a line break."""
    match measure:
        case n.Ratio(one, other) | n.Gap(one, other):
            inside = f"{print_formula(one)}, {print_formula(other)}"
        case n.Availability(of):
            inside = _indicator(of)
        case n.Balance(of, until):
            inside = _balance(of, until)
        case n.Cumulative(of, frame):
            inside = f"{print_formula(of)}{_frame(frame)}"
        case n.Count(of) | n.Cost(of):
            inside = of if isinstance(of, str) else print_selection(of)
        case n.Aggregate(_, value) | n.Percentile(_, value) | n.Distinct(value):
            inside = _value(value)
        case n.Derived(term):
            inside = _term(term)
        case n.Conversion():
            inside = _conversion(measure)
        case n.Conformance(rule, show):
            inside = f"{print_rule(rule)}{'' if show == 'broken' else f', show = {show}'}"
    return f"{_name(measure)}({inside})"


def print_rule(rule: n.Rule) -> str:
    """Return a rule in its one spelling."""
    parts = [print_selection(one) for one in n.selections_of(rule)]
    if isinstance(rule, n.FollowedBy):
        parts += [f"within = {rule.within.words}", *(["clock = business"] if rule.clock == "business" else [])]
    if isinstance(rule, n.ExactlyOne) and rule.ended is not None:
        parts[-1] = f"ended = {parts[-1]}"
    return f"{_NAMES[type(rule)]}({', '.join(parts)})"


def _name(measure: Measure) -> str:
    match measure:
        case n.Aggregate(op):
            return op
        case n.Percentile(rank):
            return f"p{shortest(rank)}"
        case _:
            return _NAMES[type(measure)]


def _conversion(node: n.Conversion) -> str:
    within = f", within = {node.within.words}" if node.within else ""
    show = "" if node.show == "rate" else f", show = {node.show}"
    return f"{print_selection(node.start)} -> {print_selection(node.end)}{within}{show}"


def _frame(frame: n.Frame) -> str:
    window = f", window = {frame.window.words}" if frame.window else ""
    return f"{window}, grain_to_date = {frame.grain}" if frame.grain else window


def _value(value: n.Value) -> str:
    if isinstance(value, n.FieldOf):
        return f"{value.of.signal}.{value.field}{_where(value.of.where)}"
    if isinstance(value, n.Points):
        return value.signal
    clock = "" if value.clock == "wall" else f", clock = {value.clock}"
    name = "age" if isinstance(value, n.Age) else "duration"
    return f"{name}({print_selection(value.start)} -> {print_selection(value.end)}{clock})"


def _balance(of: n.Points | n.Selection | n.FieldOf, until: n.Selection | None) -> str:
    of_words = print_selection(of) if isinstance(of, n.Selection) else _value(of)
    return of_words if until is None else f"{of_words} -> {print_selection(until)}"


def _indicator(of: Indicator) -> str:
    match of:
        case n.Points(signal):
            return signal
        case Within(points, op, bound):
            return f"{points.signal} {op} {shortest(bound)}"
        case GoodOfTotal(good, total):
            return f"{good.signal} / {total.signal}"


def print_selection(selection: n.Selection) -> str:
    """Return which events are meant, as a formula writes it."""
    return f"{selection.signal}{_where(selection.where)}"


def _where(condition: Condition | None) -> str:
    return "" if condition is None else f" where {_condition(condition)}"


def _condition(condition: Condition) -> str:
    match condition:
        case Or(items):
            return " or ".join(_condition(item) for item in items)
        case And(items):
            return " and ".join(_inside(item, Or) for item in items)
        case Not(item):
            return f"not {_inside(item, And, Or)}"
        case IsNull(field, negated):
            return f"{field.name} is {'not ' if negated else ''}null"
        case In(field, values):
            return f"{field.name} in ({', '.join(_scalar(value.value) for value in values)})"
        case Compare(field, op, other):
            return f"{field.name} {op} {_operand(other)}"


def _inside(condition: Condition, *weaker: type) -> str:
    text = _condition(condition)
    return f"({text})" if isinstance(condition, weaker) else text


def _operand(operand: Constant | FieldRef) -> str:
    return operand.name if isinstance(operand, FieldRef) else _scalar(operand.value)


def _scalar(value: Scalar) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return shortest(value)
        case date():
            return f"date '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"


_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}


def _term(term: n.Term, *, outer: int = 0) -> str:
    match term:
        case n.KpiRef(name):
            return name
        case n.Number(value):
            return shortest(value)
        case n.Arithmetic(op, left, right):
            binds = _BINDS[op]
            text = f"{_term(left, outer=binds - 1)} {op} {_term(right, outer=binds)}"
            return f"({text})" if binds <= outer else text
