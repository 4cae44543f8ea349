"""What the buckets of a window come to together, where that is exact: counts, sums, least and greatest values.

Means, percentiles and different values of a window are no sums of those of its buckets; they are computed apart.
"""

from __future__ import annotations

from decimal import localcontext
from typing import TYPE_CHECKING, Any

from bos.kpi import nodes as n
from bos.kpi.refs import at_moment, points_read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.kpi.binding import BoundSignal
    from bos.kpi.cells import Cell

_DIGITS = 80
"""Enough for every sum of decimals of 38 digits."""


def adds_up(cell: Cell, signals: Mapping[str, BoundSignal]) -> bool:
    """Return whether the value of a window is told exactly by those of its buckets; each row lies in one of them."""
    leaf = cell.leaf
    if cell.frame is not None or points_read(leaf) or at_moment(leaf):
        return False
    match leaf:
        case n.Count() | n.Conformance() | n.Charge():
            return True
        case n.Conversion(show=show):
            return show != "rate"
        case n.Aggregate("sum", n.FieldOf(of, name)):
            return signals[of.signal].kind(name) != "number"
        case n.Aggregate("min" | "max", n.FieldOf()):
            return True
        case _:
            return False


def together(rows: Sequence[Mapping[str, Any]], name: str, cell: Cell) -> dict[str, Any]:
    """Return the columns ``<name>_<part>`` of a cell over all the rows; of no rows those of a window without events."""
    if not rows:
        plain = isinstance(cell.leaf, n.Count)
        return {f"{name}_n": 0} | ({} if plain else {f"{name}_value": 0 if cell.counts else None})
    own = [column for column in rows[0] if column.startswith(f"{name}_")]
    return {column: _joined(column, [row[column] for row in rows], cell) for column in own}


def _joined(column: str, values: Sequence[Any], cell: Cell) -> Any:
    part = column.rpartition("_")[2]
    op = getattr(cell.leaf, "op", "sum") if part == "value" else {"low": "min", "high": "max"}.get(part, "sum")
    held = [value for value in values if value is not None]
    if not held:
        return None
    if op != "sum":
        return min(held) if op == "min" else max(held)
    with localcontext(prec=_DIGITS):
        return sum(held[1:], held[0])
