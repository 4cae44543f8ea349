"""Which parts of the language a KPI needs, as it is asked for: from the typed tree to rows of the table of support."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.binding import BUILT_IN
from bos.kpi.check import placing_signals
from bos.kpi.conditions import And, Compare, Constant, FieldRef, In, IsNull, Not, Or
from bos.kpi.refs import at_moment, points_read, selections
from bos.kpi.series import GoodOfTotal, Points, Within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bos.kpi.arithmetic import Known
    from bos.kpi.binding import BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.conditions import Condition
    from bos.kpi.options import Options

_TYPES = dict.fromkeys(("number", "integer", "money"), "number") | {kind: kind for kind in ("boolean", "date", "time")}
_SPLITS = {"text": "dimensions", "date": "typed_dimensions", "boolean": "typed_dimensions"}


def demands(
    name: str, known: Known, cells: Sequence[Cell], signals: Mapping[str, BoundSignal], options: Options
) -> dict[str, str]:
    """Return the parts that a KPI needs, each with the node that needs it, in the order they are met."""
    found: dict[str, str] = {}
    for part, node in _demands(name, known, cells, signals, options):
        found.setdefault(part, node)
    return found


def _demands(
    name: str, known: Known, cells: Sequence[Cell], signals: Mapping[str, BoundSignal], options: Options
) -> Iterator[tuple[str, str]]:
    for _, measure in (known[used] for used in _used(name, known)):
        inside = measure.of if isinstance(measure, n.Cumulative) else measure
        if isinstance(inside, n.Derived | n.Ratio | n.Gap):
            yield type(inside).__name__.lower(), type(inside).__name__
        if isinstance(measure, n.Cumulative):
            yield from _frame(measure.frame, options)
    for cell in cells:
        yield from _leaf(cell.leaf, options, signals)
        if not points_read(cell.leaf):
            yield _anchor(cell), "anchor"
        for selection in selections(cell.leaf):
            yield from _condition(selection.where, signals[selection.signal])
        yield from _splits(cell, options, signals)
    if options.by is not None:
        yield options.by, f"by {options.by}"


def _used(name: str, known: Known) -> Iterator[str]:
    yield name
    measure = known[name][1]
    if isinstance(measure, n.Derived):
        for used in n.kpis_of(measure.term):
            yield from _used(used, known)


def _anchor(cell: Cell) -> str:
    return f"anchor_{cell.anchor if cell.anchor in {'event', 'start', 'end'} else 'signal'}"


def _frame(frame: n.Frame, options: Options) -> Iterator[tuple[str, str]]:
    if frame.open:
        yield "cumulative", "Cumulative"
        if options.by is not None:
            yield "cumulative_buckets", "Cumulative"
        return
    yield "cumulative_span", "Cumulative"
    if options.by is not None:
        yield ("cumulative_buckets" if frame.window else "grain_buckets"), "Cumulative"


def _leaf(leaf: n.Leaf, options: Options, signals: Mapping[str, BoundSignal]) -> Iterator[tuple[str, str]]:
    node = type(leaf).__name__
    match leaf:
        case n.Count():
            yield "count", node
        case n.Distinct(n.FieldOf(of, field)):
            yield ("distinct_case" if field == "case" else "distinct"), node
            yield from _kind(signals[of.signal], field)
        case n.Conversion(show=show):
            yield ("conversion" if show in {"rate", "converted"} else "conversion_open"), node
        case n.Conformance(rule):
            yield _rule(rule), type(rule).__name__
        case n.Availability(of):
            yield (
                {Points: "availability", Within: "availability_bound", GoodOfTotal: "availability_counts"}[type(of)],
                node,
            )
        case n.Charge():
            yield "cost", "Cost"
        case n.Balance(of):
            kind = "points" if isinstance(of, n.Points) else "amount" if isinstance(of, n.FieldOf) else "cases"
            yield f"balance_{kind}", node
            yield from _money(of)
        case n.Aggregate(_, value) | n.Percentile(_, value):
            yield from _valued(leaf, value)
    if at_moment(leaf) and options.by is not None:
        yield "moment_buckets", node


def _valued(leaf: n.Aggregate | n.Percentile, value: n.Value) -> Iterator[tuple[str, str]]:
    ranked, node = isinstance(leaf, n.Percentile), type(leaf).__name__
    match value:
        case n.Points():
            yield ("points_percentile" if ranked else "points"), node
        case n.Duration(clock=clock):
            yield ("duration_business" if clock == "business" else "duration"), "Duration"
        case n.Age(clock=clock):
            yield ("age_business" if clock == "business" else "age"), "Age"
        case n.FieldOf():
            yield ("percentile" if isinstance(leaf, n.Percentile) else leaf.op), node
            yield from _money(value)


def _money(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, n.FieldOf) and value.field == "amount":
        yield "money", "amount"


_RULES: dict[type, str] = {
    n.Precedes: "precedes",
    n.FollowedBy: "followed_by",
    n.DifferentPersons: "different_persons",
    n.NeverTwice: "never_twice",
    n.ExactlyOne: "exactly_one",
    n.MustEnd: "must_end",
    n.AlongFlow: "along_flow",
}


def _rule(rule: n.Rule) -> str:
    if isinstance(rule, n.FollowedBy) and rule.clock == "business":
        return "followed_by_business"
    return _RULES[type(rule)]


def _condition(node: Condition | None, signal: BoundSignal) -> Iterator[tuple[str, str]]:
    match node:
        case And(items) | Or(items):
            yield type(node).__name__.lower(), type(node).__name__
            for item in items:
                yield from _condition(item, signal)
        case Not(item):
            yield "not", "Not"
            yield from _condition(item, signal)
        case IsNull(ref):
            yield "is_null", "IsNull"
            yield from _kind(signal, ref.name)
        case In(ref, values):
            yield "equals", "In"
            yield from _constants(values)
            yield from _kind(signal, ref.name)
        case Compare():
            yield from _compare(node, signal)


def _compare(node: Compare, signal: BoundSignal) -> Iterator[tuple[str, str]]:
    ordered = node.op not in {"=", "!="}
    if isinstance(node.other, FieldRef):
        yield "two_fields", "Compare"
        yield from _kind(signal, node.other.name)
    else:
        yield from _constants((node.other,))
    kind = signal.kind(node.field.name)
    if kind == "text":
        yield ("order" if ordered else "equals"), "Compare"
    yield from _kind(signal, node.field.name)


def _constants(values: Sequence[Constant]) -> Iterator[tuple[str, str]]:
    for one in values:
        if one.value == "":
            yield "empty_text", "Constant"
        if isinstance(one.value, bool):
            yield "boolean", "Constant"
        elif isinstance(one.value, Decimal):
            yield "number", "Constant"
        elif isinstance(one.value, date):
            yield "date", "Constant"


def _kind(signal: BoundSignal, field: str) -> Iterator[tuple[str, str]]:
    """Yield what the type of a field needs."""
    if field == "case":
        yield "case_field", "FieldRef"
    kind = str(signal.kind(field))
    if kind in _TYPES:
        yield _TYPES[kind], f"field {field}"


def _splits(cell: Cell, options: Options, signals: Mapping[str, BoundSignal]) -> Iterator[tuple[str, str]]:
    for name in options.read:
        for placing in placing_signals(cell.anchor, cell.leaf):
            kind = str(BUILT_IN[name][1] if placing is None else signals[placing].kind(name))
            if name == "case":
                yield "case_field", f"dimension {name}"
            yield _SPLITS.get(kind, "number_dimensions"), f"dimension {name}"
