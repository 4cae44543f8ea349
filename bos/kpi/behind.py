"""The rows behind a number, before they are added up: which case, when, what it is worth, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

from bos.kpi import nodes as n
from bos.kpi.columns import field, lasting
from bos.kpi.measures import MICROSECONDS, charged, reached

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from bos.kpi.binding import BoundSignal
    from bos.kpi.cells import Cell


def behind_events(rows: ir.Table, at: Any, cell: Cell, signal: BoundSignal) -> ir.Table:
    """Return the events a measure takes, with the field it is taken of."""
    value = getattr(cell.leaf, "value", None)
    worth = field(rows, signal, value.field) if isinstance(value, n.FieldOf) else ibis.null(dt.int64)
    rows = rows.select("case_id", at=at, value=worth)
    return _listed(rows if not isinstance(value, n.FieldOf) else rows.filter(rows.value.notnull()))


def behind_cases(rows: ir.Table, cell: Cell) -> ir.Table:
    """Return the cases of a measure: the slowest, the oldest, the dearest and those that break a rule first."""
    leaf = cell.leaf
    if isinstance(leaf, n.Charge):
        at = rows["at"] if "at" in rows.columns else rows.event_time
        money = charged(rows, leaf.rule) if leaf.rule.name else ibis.null(dt.int64)
        late = (rows.late / MICROSECONDS) if "late" in rows.columns else ibis.null(dt.float64)
        return _listed(rows.select("case_id", at=at, value=money, late=late))
    if isinstance(leaf, n.Conformance):
        waits = rows.pending if "pending" in rows.columns else ibis.literal(False)
        note = ibis.cases((rows.breaks, "breaks"), (waits, "pending"), else_="keeps")
        return _listed(rows.select("case_id", "at", note=note))
    if isinstance(leaf, n.Balance):
        worth = rows.worth if "worth" in rows.columns else ibis.null(dt.int64)
        return _listed(rows.select("case_id", at=rows.started, value=worth, note=ibis.literal("open")))
    took = lasting(rows) / MICROSECONDS
    if isinstance(leaf, n.Conversion):
        return _listed(rows.select("case_id", "at", value=took, note=_became(rows, leaf)))
    at = rows["at"] if "at" in rows.columns else rows.started
    note = ibis.ifelse(rows.ended.isnull(), "not ended", "")
    return _listed(rows.select("case_id", at=at, value=took, note=note))


def _became(rows: ir.Table, leaf: n.Conversion) -> Any:
    """Return whether each case was converted, dropped, or is in flight."""
    converted, over = reached(rows, leaf)
    return ibis.cases((converted, "converted"), (over, "dropped"), else_="in flight")


_RANK = {"breaks": 0, "dropped": 0, "not ended": 2, "keeps": 2, "converted": 2}


def _listed(rows: ir.Table) -> ir.Table:
    """Return rows with all their columns, in the order of the answer."""
    columns = set(rows.columns)
    note = rows.note if "note" in columns else ibis.literal("")
    return rows.select(
        "case_id",
        "at",
        value=rows.value if "value" in columns else ibis.null(dt.int64),
        note=note,
        late=rows.late if "late" in columns else ibis.null(dt.float64),
        rank=ibis.cases(*((note == word, rank) for word, rank in _RANK.items()), else_=1),
    )
