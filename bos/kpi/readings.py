"""What was computed: values with what they rest on, and their exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.kpi.cells import Cell
    from bos.kpi.nodes import ArithmeticOp

Value: TypeAlias = int | float | Decimal | Fraction | None
Key: TypeAlias = tuple[datetime | None, tuple[Any, ...]]
"""Bucket (as the statements name it) and the values of the dimensions."""

SIGNIFICANT_DIGITS = 12
"""A floating number is rounded to this many digits, once, after the last operation."""


@dataclass(frozen=True, slots=True)
class Row:
    """One value of one KPI.

    Attributes:
        kpi: id of the KPI.
        bucket_start: first instant of the bucket, in the declared zone; ``None`` without buckets.
        dimensions: field → value, ``None`` where the field is missing.
        value: counts are int, money is Decimal, all else float of 12 significant digits; ``None``: there is none.
        unit: the unit of the KPI.
        n: how many events or cases the value rests on; of a ratio, its denominator.
        withheld_reason: why there is no value although there are events, in words.
    """

    kpi: str
    bucket_start: datetime | None
    dimensions: Mapping[str, Any]
    value: int | float | Decimal | None
    unit: str
    n: int
    withheld_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A value before it is rounded. ``n`` of a constant is ``None``; ``currency`` is that of money, where known."""

    value: Value = None
    n: int | None = 0
    withheld: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Exactly:
    """The algebra of readings at one key: integers, money and constants exactly, all else as float."""

    cells: Mapping[Cell, Mapping[Key, Reading]]
    key: Key

    def cell(self, cell: Cell) -> Reading:
        """Return the reading of a cell; of an empty bucket 0 for counts, else nothing."""
        found = self.cells[cell].get(self.key)
        return found or Reading(0 if cell.counts else None)

    def number(self, value: Decimal) -> Reading:
        """Return a constant."""
        return Reading(int(value) if value == value.to_integral_value() else Fraction(value), None)

    def join(self, op: ArithmeticOp, left: Reading, right: Reading) -> Reading:
        """Return two readings joined."""
        count = min((side.n for side in (left, right) if side.n is not None), default=None)
        currency, reason = _money(op, left, right)
        return Reading(_joined(op, left.value, right.value), count, left.withheld or right.withheld or reason, currency)

    def gap(self, left: Reading, right: Reading) -> Reading:
        """Return the difference of two totals; withheld where one is missing, or they are in two currencies."""
        found, reason = self.join("-", left, right), None
        if (left.value is None) != (right.value is None):
            reason = "Only one of the two totals was recorded, so there is nothing to hold it against."
        elif left.currency and right.currency and left.currency != right.currency:
            reason = f"The two totals are in {left.currency} and {right.currency}."
        return replace(found, withheld=left.withheld or right.withheld or reason)

    def ratio(self, numerator: Reading, denominator: Reading) -> Reading:
        """Return a quotient that rests on the denominator."""
        value = _joined("/", numerator.value, denominator.value)
        return Reading(value, denominator.n, numerator.withheld or denominator.withheld)


def _money(op: ArithmeticOp, left: Reading, right: Reading) -> tuple[str | None, str | None]:
    """Return the currency of two readings joined, where it is known, and why they cannot be."""
    if op in {"+", "-"}:
        if left.currency and right.currency and left.currency != right.currency:
            words = f"Amounts in {left.currency} and in {right.currency} are no one amount, and nothing is converted."
            return None, f"{words} Use amounts that were recorded in one currency."
        return left.currency or right.currency, None
    if op == "*" and (left.n is None or right.n is None):
        return left.currency or right.currency, None
    return (left.currency if right.n is None else None), None


def difference(one: Value, two: Value) -> Value:
    """Return one value minus another, exact where both are; nothing where either is missing."""
    return _joined("-", one, two)


def quotient(one: Value, two: Value) -> float | None:
    """Return one value divided by another; nothing where either is missing or the divisor is 0."""
    found = _joined("/", one, two)
    return None if found is None else float(found)


def _joined(op: ArithmeticOp, left: Value, right: Value) -> Value:
    if left is None or right is None or (op == "/" and right == 0):
        return None
    one, two = Fraction(left), Fraction(right)
    exact = {"+": one.__add__, "-": one.__sub__, "*": one.__mul__, "/": one.__truediv__}[op](two)
    kinds = {type(left), type(right)}
    if op == "/" or float in kinds:
        return _floating(exact)
    if Decimal in kinds:
        return _decimal(exact)
    return exact if Fraction in kinds else int(exact)


def _floating(exact: Fraction) -> float | None:
    try:
        return float(exact)
    except OverflowError:
        return None


def _decimal(exact: Fraction) -> Decimal:
    """Return a terminating fraction as a decimal number, digit for digit."""
    with localcontext(prec=200):
        return Decimal(exact.numerator) / Decimal(exact.denominator)


def rounded(value: Value) -> int | float | Decimal | None:
    """Return a value as it is shown and hashed: floating numbers with 12 significant digits."""
    if isinstance(value, Fraction):
        value = _floating(value)
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}") + 0.0
    return value
