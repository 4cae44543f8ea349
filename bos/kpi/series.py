"""What formulas say of system signals: their points, and which of them are good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from bos.kpi.conditions import check_name, check_number, refuse

if TYPE_CHECKING:
    from decimal import Decimal

BoundOp = Literal["<", "<=", ">", ">="]
_UNEQUAL = "do not count: some are negative, or more is good than there is in all."


@dataclass(frozen=True, slots=True)
class Points:
    """The values of a system signal's points."""

    signal: str

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.signal, "system signal")


@dataclass(frozen=True, slots=True)
class Within:
    """Points are good that lie on the right side of a bound; all of them are the total."""

    of: Points
    op: BoundOp
    bound: Decimal

    def __post_init__(self) -> None:
        """Check the comparison."""
        if self.op not in get_args(BoundOp):
            refuse(f"{self.op!r} does not say which points are good.", "Use <, <=, > or >=.")
        check_number(self.bound)


@dataclass(frozen=True, slots=True)
class GoodOfTotal:
    """The points of one signal count what was good since the point before, those of the other what there was in all."""

    good: Points
    total: Points

    def __post_init__(self) -> None:
        """Check that they differ."""
        if self.good == self.total:
            refuse("Good and total are the same signal.", "Name the signal that counts the good ones first.")


Indicator: TypeAlias = Points | Within | GoodOfTotal
"""A service level indicator; plain points are themselves the share that was good, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Good divided by total, of a system signal; no value where the total is 0."""

    of: Indicator


def points_of(indicator: Indicator) -> tuple[Points, ...]:
    """Return the signals an indicator reads, in the order they are written."""
    match indicator:
        case Points():
            return (indicator,)
        case Within(of):
            return (of,)
        case GoodOfTotal(good, total):
            return (good, total)


def unequal_words(of: GoodOfTotal) -> str:
    """Return why there is no share of two signals whose points do not fit together."""
    return f"Points of {of.good.signal!r} and {of.total.signal!r} {_UNEQUAL}"


def unequal(reason: str | None) -> bool:
    """Return whether a number is withheld for that alone: where points of a signal are missing, these are the cause."""
    return reason is not None and reason.endswith(_UNEQUAL)
