"""The conditions of a selection, as frozen nodes that are valid once they are built.

A comparison with a missing field is neither true nor false (SQL's three values); a condition selects an event when it
is true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NoReturn, TypeAlias

from bos.errors import FormulaError

Scalar: TypeAlias = str | Decimal | bool | date
CompareOp = Literal["=", "!=", "<", "<=", ">", ">="]

RESERVED = frozenset({"and", "or", "not", "in", "is", "null", "true", "false", "where", "date"})
"""Words that no signal, field or KPI can be called in a formula."""

DEEPEST = 30
"""Levels of ``and``, ``or`` and ``not`` a condition may be nested."""

NEGATED: dict[CompareOp, CompareOp] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,12})?", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def refuse(message: str, hint: str = "") -> NoReturn:
    """Raise what is wrong with a node; the parser adds line and column."""
    raise FormulaError(message, hint=hint)


def check_name(name: str, what: str) -> None:
    """Check that a signal, field or KPI can be called ``name`` in a formula."""
    if not _NAME.fullmatch(name):
        refuse(f"{name!r} cannot be the name of a {what}.", "Names are lower case letters, digits and underscores.")
    if name in RESERVED:
        refuse(f"{name!r} is a word of the language and cannot be the name of a {what}.", "Rename it.")


def check_number(value: Decimal) -> None:
    """Check that a constant has few enough digits to be compared exactly."""
    if not value.is_finite() or not _NUMBER.fullmatch(shortest(value)):
        refuse(f"{value} has too many digits.", "Use at most 18 digits before the point and 12 after it.")


def shortest(value: Decimal) -> str:
    """Return a number without exponent and without zeros at the end."""
    return f"{value.normalize():f}" if value else "0"


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field of the event a condition is about."""

    name: str

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.name, "field")


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant: text, number, true or false, or a day."""

    value: Scalar

    def __post_init__(self) -> None:
        """Check that the value can be written and stored."""
        if isinstance(self.value, Decimal):
            check_number(self.value)
        elif isinstance(self.value, str) and _CONTROL.search(self.value):
            refuse("A text holds a character that cannot be stored.", "Take the control character out.")
        elif type(self.value) not in {str, bool, date}:
            refuse(f"{self.value!r} is no constant of the language.")


@dataclass(frozen=True, slots=True)
class Compare:
    """``field op constant`` or ``field op field``; neither true nor false where a field is missing."""

    field: FieldRef
    op: CompareOp
    other: Constant | FieldRef

    def __post_init__(self) -> None:
        """Check that the comparison makes sense for the constant."""
        boolean = isinstance(self.other, Constant) and isinstance(self.other.value, bool)
        if boolean and self.op not in {"=", "!="}:
            refuse("true and false have no order.", "Use = or !=.")


@dataclass(frozen=True, slots=True)
class In:
    """``field in (constant, …)``; constants are of one type, and none appears twice."""

    field: FieldRef
    values: tuple[Constant, ...]

    def __post_init__(self) -> None:
        """Check the list."""
        if not self.values:
            refuse("The list after 'in' is empty.", "Name at least one value.")
        if len({type(item.value) for item in self.values}) > 1:
            refuse("The list after 'in' mixes types.", "Use texts, numbers or days, not several of them.")
        if len(set(self.values)) < len(self.values):
            refuse("The list after 'in' names a value twice.", "Name it once.")


@dataclass(frozen=True, slots=True)
class IsNull:
    """``field is null``: the field is missing; the one condition that a missing field meets."""

    field: FieldRef
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The condition is false; where it is neither true nor false, so is this."""

    item: In | And | Or

    def __post_init__(self) -> None:
        """Check that the negation has no shorter spelling."""
        if not isinstance(self.item, In | And | Or):
            refuse("This negation has a shorter spelling.", "Use the opposite comparison, or 'is not null'.")


@dataclass(frozen=True, slots=True)
class And:
    """Every condition is true. Nested conjunctions are written flat."""

    items: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Check that there is something to join, and that it is flat."""
        _check_flat(self.items, And)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one condition is true. Nested disjunctions are written flat."""

    items: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Check that there is something to join, and that it is flat."""
        _check_flat(self.items, Or)


Condition: TypeAlias = Compare | In | IsNull | Not | And | Or


def _depth(condition: Condition) -> int:
    if isinstance(condition, And | Or):
        return 1 + max(_depth(item) for item in condition.items)
    return 1 + _depth(condition.item) if isinstance(condition, Not) else 0


def _check_flat(items: tuple[Condition, ...], kind: type) -> None:
    if len(items) < 2:  # noqa: PLR2004 - two sides
        refuse("'and' and 'or' join at least two conditions.")
    if any(isinstance(item, kind) for item in items):
        refuse("Conditions joined by the same word are written flat.")
    if max(_depth(item) for item in items) >= DEEPEST:
        refuse("The condition is nested too deeply.", "Write it flatter.")


def negate(condition: Condition) -> Condition:
    """Return the condition that is true where this one is false, in its one spelling."""
    if isinstance(condition, Not):
        return condition.item
    if isinstance(condition, IsNull):
        return IsNull(condition.field, negated=not condition.negated)
    if isinstance(condition, Compare):
        return Compare(condition.field, NEGATED[condition.op], condition.other)
    return Not(condition)


def parts_of(condition: Condition) -> tuple[Compare | In | IsNull, ...]:
    """Return the conditions that ``and``, ``or`` and ``not`` join, in order."""
    if isinstance(condition, And | Or):
        return tuple(part for item in condition.items for part in parts_of(item))
    return parts_of(condition.item) if isinstance(condition, Not) else (condition,)


def fields_of(condition: Condition | None) -> tuple[str, ...]:
    """Return the names of the fields a condition reads, in order, each once."""
    if condition is None:
        return ()
    names: dict[str, None] = {}
    for part in parts_of(condition):
        names[part.field.name] = None
        if isinstance(part, Compare) and isinstance(part.other, FieldRef):
            names[part.other.name] = None
    return tuple(names)
