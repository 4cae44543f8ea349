"""A share as its two sides: what is counted and what there is in all, each a measure whose hours add up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bos.errors import Invalid
from bos.kpi import nodes as n
from bos.kpi.printer import print_formula
from bos.kpi.series import Availability, GoodOfTotal, Within

if TYPE_CHECKING:
    from bos.kpi.nodes import Measure
    from bos.kpi.series import Points


@dataclass(frozen=True, slots=True)
class Sides:
    """The sides as formulas.

    Attributes:
        counted: the good, or the bad; with ``share`` a share of them.
        out_of: all there is; empty: the ``n`` of ``counted``.
        share: ``exact`` where the share times ``n`` is a number of its own, ``whole`` where it is a whole number.
        unlike: what is told otherwise than by BOS, where it is.
    """

    counted: str
    out_of: str = ""
    share: Literal["", "exact", "whole"] = ""
    unlike: str = ""


_OUTSIDE = "BOS withholds a number with a share outside of 0 to 1; here the hour of such a point is left out."
_MORE = "BOS withholds a number with negative counts, or with more good than there is in all; here they are added up."


def sides_of(measure: Measure) -> Sides:
    """Return the sides of a KPI.

    Raises:
        Invalid: it is no share, or its sides do not add up over time.
    """
    match measure:
        case n.Ratio(numerator, denominator):
            if any(map(_is_money, (numerator, denominator))):
                raise Invalid("Its sides are amounts: hours of several currencies would be added up.")
            if not (_adds_up(numerator) and _adds_up(denominator)):
                raise Invalid("Its sides are no counts or sums: those of hours do not add up to those of a window.")
            return Sides(print_formula(numerator), print_formula(denominator))
        case n.Conversion(show="rate"):
            return Sides(print_formula(replace(measure, show="converted")))
        case Availability(GoodOfTotal(good, total)):
            return Sides(_total(good), _total(total), unlike=_MORE)
        case Availability(of):
            if isinstance(of, Within):
                return Sides(print_formula(measure), share="whole")
            return Sides(print_formula(measure), share="exact", unlike=_OUTSIDE)
        case _:
            raise Invalid("It is no share of good in all, so that OpenSLO has no objective for it.")


def _total(points: Points) -> str:
    return print_formula(n.Aggregate("sum", points))


def _is_money(side: Measure) -> bool:
    match side:
        case n.Aggregate("sum", n.FieldOf(field="amount")):
            return True
        case _:
            return False


def _adds_up(side: Measure) -> bool:
    match side:
        case n.Count() | n.Conformance():
            return True
        case n.Aggregate(op):
            return op == "sum"
        case n.Conversion(show=show):
            return show != "rate"
        case _:
            return False
