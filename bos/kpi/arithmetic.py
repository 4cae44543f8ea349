"""How a KPI is put together from its cells; the same fold runs over numbers and over SQL expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from bos.kpi import nodes as n
from bos.kpi.cells import Cell
from bos.kpi.refs import at_moment, leaves, points_read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from bos.kpi.nodes import Measure

T = TypeVar("T")
Known: TypeAlias = "Mapping[str, tuple[str, Measure]]"
"""id of a KPI → its anchor and its measure."""


class Algebra(Protocol[T]):
    """What the fold needs to know about the things it puts together."""

    def cell(self, cell: Cell) -> T:
        """Return what a measure that reads events came to."""

    def number(self, value: Decimal) -> T:
        """Return a constant."""

    def join(self, op: n.ArithmeticOp, left: T, right: T) -> T:
        """Return two terms joined; nothing where one has nothing or a divisor is 0; rests on the weaker one's n."""

    def gap(self, left: T, right: T) -> T:
        """Return the difference of two totals; withheld where only one of them was recorded."""

    def ratio(self, numerator: T, denominator: T) -> T:
        """Return a quotient; nothing where the denominator is 0 or nothing; rests on the denominator's n."""


def fold(name: str, known: Known, algebra: Algebra[T]) -> T:
    """Return what a KPI comes to."""
    anchor, measure = known[name]
    if isinstance(measure, n.Derived):
        return _term(measure.term, known, algebra)
    parts = cells_of(measure, anchor)
    if len(parts) == 1:
        return algebra.cell(parts[0])
    inside = measure.of if isinstance(measure, n.Cumulative) else measure
    join = algebra.gap if isinstance(inside, n.Gap) else algebra.ratio
    return join(algebra.cell(parts[0]), algebra.cell(parts[1]))


def _term(term: n.Term, known: Known, algebra: Algebra[T]) -> T:
    match term:
        case n.KpiRef(name):
            return fold(name, known, algebra)
        case n.Number(value):
            return algebra.number(value)
        case n.Arithmetic(op, left, right):
            return algebra.join(op, _term(left, known, algebra), _term(right, known, algebra))


def cells_of(measure: Measure, anchor: str) -> list[Cell]:
    """Return the cells of a measure that is not derived: one, or the two of a ratio or a gap.

    Points are placed by their own time, whatever places events; what is told at a moment looks at all that was before.
    """
    frame = measure.frame if isinstance(measure, n.Cumulative) else None
    return [
        Cell(leaf, "event" if points_read(leaf) else anchor, n.Frame() if at_moment(leaf) else frame)
        for leaf in leaves(measure)
    ]


def parts_of(name: str, known: Known) -> list[Cell]:
    """Return the cells a KPI reads events by, through the KPIs it is derived from."""
    anchor, measure = known[name]
    if isinstance(measure, n.Derived):
        return [part for used in n.kpis_of(measure.term) for part in parts_of(used, known)]
    return cells_of(measure, anchor)
