"""Which measures are computed together: cells → groups, one statement each.

Measures of one group share a scan. Counts and sums share well; percentiles, distinct counts and ordered sums go
alone. On a large snapshot each signal is read on its own, because a filter on one step skips most of the file;
on a small one a single pass is cheaper than several statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bos.kpi import nodes as n
from bos.kpi.binding import BUILT_IN
from bos.kpi.conditions import fields_of
from bos.kpi.refs import at_moment, points_read, selections

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bos.kpi.binding import BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.nodes import Frame
    from bos.kpi.options import Options

Source = Literal["events", "spans", "cases", "points", "open", "failures"]


@dataclass(frozen=True, slots=True)
class Group:
    """What cells have in common that one statement computes: where rows come from, what places them, and the rest."""

    source: Source
    anchor: str
    what: tuple[Any, ...]
    frame: Frame | None = None


def grouped(
    cells: Iterable[Cell], signals: Mapping[str, BoundSignal], options: Options, *, split: bool
) -> dict[Group, list[Cell]]:
    """Return the cells by group, each once, in order; ``split``: read each signal on its own."""
    groups: dict[Group, list[Cell]] = {}
    for cell in dict.fromkeys(cells):
        groups.setdefault(_group(cell, signals, options, split=split), []).append(cell)
    return groups


def _group(cell: Cell, signals: Mapping[str, BoundSignal], options: Options, *, split: bool) -> Group:
    leaf = cell.leaf
    if points_read(leaf):
        alone = (leaf.value,) if isinstance(leaf, n.Percentile) else ()
        return Group("points", "event", alone, cell.frame)
    if at_moment(leaf):
        return _open(cell, signals)
    if isinstance(leaf, n.Charge):
        return Group("failures", cell.anchor, (leaf.failure, leaf.rule.rated), cell.frame)
    if isinstance(leaf, n.Conformance):
        return Group("cases", cell.anchor, (leaf.rule,), cell.frame)
    value = getattr(leaf, "value", leaf)
    if isinstance(value, n.Duration | n.Conversion):
        clock = signals[value.start.signal].clock if getattr(value, "clock", "wall") == "business" else None
        return Group("spans", cell.anchor, (value.start, value.end, clock), cell.frame)
    (selection,) = selections(leaf)
    signal = signals[selection.signal]
    own = tuple((name, signal.fields.get(name)) for name in options.read) if cell.anchor == "event" else ()
    alone = _alone(leaf, signal)
    apart = split or alone or _reads_attributes(leaf, selection, signal)
    return Group("events", cell.anchor, (own, signal if apart else None, alone), cell.frame)


def _open(cell: Cell, signals: Mapping[str, BoundSignal]) -> Group:
    leaf = cell.leaf
    start, end = selections(leaf)
    value = getattr(leaf, "value", None)
    clock = signals[start.signal].clock if isinstance(value, n.Age) and value.clock == "business" else None
    field = leaf.of.field if isinstance(leaf, n.Balance) and isinstance(leaf.of, n.FieldOf) else None
    return Group("open", "event", (start, end, clock, field), cell.frame)


def _alone(leaf: n.Leaf, signal: BoundSignal) -> tuple[Any, ...]:
    """Return what a costly measure may share a scan with; empty for one that shares with all."""
    value = getattr(leaf, "value", None)
    if not isinstance(value, n.FieldOf):
        return ()
    if isinstance(leaf, n.Percentile | n.Distinct):
        return (type(leaf), value)
    ordered = isinstance(leaf, n.Aggregate) and leaf.op in {"sum", "avg"} and signal.kind(value.field) == "number"
    return (value,) if ordered else ()


def _reads_attributes(leaf: n.Leaf, selection: n.Selection, signal: BoundSignal) -> bool:
    value = getattr(leaf, "value", None)
    names = {*fields_of(selection.where), *((value.field,) if isinstance(value, n.FieldOf) else ())}
    return bool(signal.where) or not names <= set(BUILT_IN)
