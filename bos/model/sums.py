"""Amounts that add up as they are shown: each is rounded so that they come to the rounded total."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from bos.model.numbers import DURATIONS, MINUS, SHARES, decimals, exact, is_money

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDE = Context(prec=1_000)
_MINUTE, _MOST_DIGITS = 60, 8
_POINTS = (2, 4)
"""Decimals of percentage points: as many as it takes for no amount to read as nothing, but no more than the second."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A total and its parts in ``unit``, rounded: ``parts`` sum to ``total`` exactly.

    Money has its decimals, a share two of percentage points or up to four, a duration whole seconds, or milliseconds
    where none is a minute; a count is whole where all are, else it has two decimals, or more where all are below one.
    """

    unit: str
    digits: int
    total: Decimal
    parts: tuple[Decimal, ...]

    @classmethod
    def of(cls, parts: Sequence[float], total: float, unit: str) -> Sum:
        """Round amounts that sum to a total by the largest remainder (Hamilton's method).

        The total is rounded as any number; so is each part, but for as few as the sum takes, each by one step at most:
        those that rounding had moved farthest. None gets another sign.
        """
        told, whole = [_decimal(part) for part in parts], _decimal(total)
        digits = _digits([*told, whole], unit)
        steps = [amount.scaleb(digits, _WIDE) for amount in told]
        rounded = [_nearest(step) for step in steps]
        goal = _nearest(whole.scaleb(digits, _WIDE))
        gap = int(goal - sum(rounded))
        way = 1 if gap > 0 else -1
        moved = sorted(range(len(steps)), key=lambda at: -way * (steps[at] - rounded[at]))
        for at in moved[: abs(gap)]:
            rounded[at] += way
        return cls(unit, digits, goal.scaleb(-digits), tuple(one.scaleb(-digits) for one in rounded))

    def words(self, amount: Decimal) -> str:
        """Return an amount of it with its sign; of shares in percentage points."""
        sign, size = "+" if amount > 0 else MINUS if amount < 0 else "", abs(amount)
        if self.unit in SHARES:
            return f"{sign}{size * 100:.{self.digits - 2}f} points"
        return f"{sign}{exact(size, self.unit)}"


def _decimal(amount: float) -> Decimal:
    """Return an amount without what only its floating number has: 12 digits."""
    return Decimal(f"{amount:.12g}")


def _nearest(steps: Decimal) -> Decimal:
    return steps.quantize(Decimal(1), ROUND_HALF_UP, _WIDE)


def _digits(amounts: Sequence[Decimal], unit: str) -> int:
    if is_money(unit):
        return decimals(unit)
    sizes = [abs(amount) for amount in amounts if amount]
    if unit in DURATIONS:
        return 0 if max(sizes, default=Decimal(0)) >= _MINUTE else 3
    if unit in SHARES:
        least, most = _POINTS
        small = min(sizes, default=Decimal(1)) * 100
        return 2 + next((digits for digits in range(least, most) if _nearest(small.scaleb(digits))), most)
    if all(amount == amount.to_integral_value() for amount in amounts):
        return 0
    return min(_MOST_DIGITS, 2 - min(0, max(sizes).adjusted()))
