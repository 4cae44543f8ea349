"""Types: which constants and functions suit which fields of a signal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bos.errors import Problem
from bos.kpi import nodes as n
from bos.kpi.binding import BUILT_IN
from bos.kpi.conditions import Compare, Condition, Constant, FieldRef, In, fields_of, parts_of
from bos.kpi.suggest import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.kpi.binding import BoundSignal, Kind
    from bos.kpi.nodes import Leaf

NUMERIC: frozenset[str] = frozenset({"number", "integer", "money"})
"""Types that can be added, averaged and compared with numbers."""

_CONSTANTS: dict[type, tuple[str, frozenset[str]]] = {
    str: ("a text", frozenset({"text"})),
    Decimal: ("a number", NUMERIC),
    bool: ("true or false", frozenset({"boolean"})),
    date: ("a day", frozenset({"date"})),
}


def check_value(leaf: Leaf, value: n.FieldOf, signal: BoundSignal) -> Iterator[Problem]:
    """Yield why a function cannot be taken of a field."""
    kind = signal.kind(value.field)
    if kind is None:
        yield unknown_field(signal, value.field)
    elif not isinstance(leaf, n.Distinct) and kind not in NUMERIC:
        function = leaf.op if isinstance(leaf, n.Aggregate) else f"A {type(leaf).__name__.lower()}"
        message = f"{function} needs a number, but {signal.name}.{value.field} is {_article(kind)}."
        yield Problem("formula", message, "Use a numeric field, or distinct(…) to count values.", "type")


def check_rated(name: str, signal: BoundSignal) -> Iterator[Problem]:
    """Yield why a cost rule cannot charge by a field."""
    kind = signal.kind(name)
    if kind is None:
        yield unknown_field(signal, name)
    elif kind not in NUMERIC:
        message = f"A cost rule charges by a number, but {signal.name}.{name} is {_article(kind)}."
        yield Problem("formula", message, "Use a rule that charges by a numeric field.", "type")


def check_condition(condition: Condition, signal: BoundSignal) -> Iterator[Problem]:
    """Yield every unknown field and every comparison of unlike types."""
    for name in fields_of(condition):
        if signal.kind(name) is None:
            yield unknown_field(signal, name)
    for part in parts_of(condition):
        if isinstance(part, Compare):
            yield from _compared(signal, part.field, part.op, part.other)
        elif isinstance(part, In):
            yield from _compared(signal, part.field, "=", part.values[0])


def unknown_field(signal: BoundSignal, name: str) -> Problem:
    """Return the problem of a field that a signal does not have."""
    message = f"Signal {signal.name!r} has no field {name!r}."
    return Problem("formula", message, suggestion(name, [*BUILT_IN, *signal.fields]), "unknown-field")


def _compared(signal: BoundSignal, field: FieldRef, op: str, other: Constant | FieldRef) -> Iterator[Problem]:
    kind = signal.kind(field.name)
    if kind is None:
        return
    if kind == "boolean" and op not in {"=", "!="}:
        yield _type_problem(f"{field.name} is true or false and has no order.", "Use = or !=.")
    elif isinstance(other, Constant):
        what, kinds = _CONSTANTS[type(other.value)]
        if kind not in kinds:
            yield _type_problem(f"{field.name} is {_article(kind)} and is compared with {what}.", _constant_hint(kind))
    else:
        second = signal.kind(other.name)
        if second is not None and second != kind and not {kind, second} <= NUMERIC:
            message = f"{field.name} is {_article(kind)} and {other.name} is {_article(second)}."
            yield _type_problem(message, "Compare fields of one type.")


def _type_problem(message: str, hint: str) -> Problem:
    return Problem("formula", message, hint, "type")


def _article(kind: Kind) -> str:
    return {"integer": "an integer", "money": "an amount of money", "boolean": "true or false"}.get(kind, f"a {kind}")


def _constant_hint(kind: Kind) -> str:
    return {
        "text": "Write a text in single quotes.",
        "boolean": "Write true or false.",
        "date": "Write a day as date '2026-01-31'.",
        "time": "Times are compared with other times, or with 'is null'; limit time by the window instead.",
    }.get(kind, "Write a number without quotes.")
