"""The cases behind a number: what a KPI counts, what it is out of, and what of it failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import ibis

from bos.errors import UsageError
from bos.kpi import nodes as n
from bos.kpi.arithmetic import parts_of
from bos.kpi.cells import Cell
from bos.kpi.columns import epoch_us, with_clock
from bos.kpi.connection import moment, opened
from bos.kpi.costs import Charge, CostRule
from bos.kpi.evidence import Proof, proofs
from bos.kpi.failures import clock_of, failure_of
from bos.kpi.options import Filters, Options
from bos.kpi.plan import grouped
from bos.kpi.program import anchored
from bos.kpi.refs import points_read, rule_of
from bos.kpi.request import checked, unbound_of, used_by
from bos.kpi.tables import Tables
from bos.kpi.ways import Passage, passages
from bos.model.numbers import is_money
from bos.model.outcomes import WORKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import ibis.expr.types as ir

    from bos.kpi.arithmetic import Known
    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.connection import Snapshot
    from bos.kpi.program import Used
    from bos.kpi.spec import KpiSpec

Part: TypeAlias = Literal["counted", "out_of", "failed"]
Values: TypeAlias = Literal["", "cost", "duration", "amount", "value"]
MOST_CASES = 1_000
"""Cases one answer lists."""


@dataclass(frozen=True, slots=True)
class Case:
    """One event or case behind a number.

    Attributes:
        case: the case.
        at: what places it in time (aware, UTC).
        value: what it adds: seconds of a duration, an amount, money of a failure; ``None`` where it only counts.
        note: what became of it: converted, dropped, in flight, breaks, pending, keeps, open, not ended; empty: it
            counts.
        late: seconds by which it is late, where failures are.
        proof: why it breaks a rule, where it does.
    """

    case: str
    at: datetime
    value: int | float | Decimal | str | None
    note: str = ""
    late: float | None = None
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """The first cases behind a number, how many there are in all, what their values are in, and the parts it has.

    ``values`` says what the value of a case is; empty where a case only counts. ``late_unit`` is ``seconds`` or
    ``business seconds`` where it is told by how much a case is late.
    Of a rule over the flow's graph ``passages`` say what followed what in them without a way, the most frequent first.
    """

    items: tuple[Case, ...]
    total: int
    unit: str
    parts: tuple[Part, ...] = ("counted",)
    passages: tuple[Passage, ...] = ()
    values: Values = ""
    late_unit: str = ""


def cases(
    snapshot: Snapshot,
    kpi: KpiSpec,
    signals: Mapping[str, BoundSignal],
    *,
    part: Part = "counted",
    known: Sequence[KpiSpec] = (),
    systems: Mapping[str, BoundSeries] = MappingProxyType({}),
    start: datetime | None = None,
    end: datetime | None = None,
    time_zone: str = "UTC",
    filters: Filters = (),
    limit: int = 100,
    offset: int = 0,
    memory_limit: str = "2GB",
) -> Cases:
    """Return the cases behind a KPI in ``[start, end)``, the telling ones first.

    ``counted`` is what the KPI takes (of a ratio its first side), ``out_of`` the other side of a ratio or a gap,
    ``failed`` what a cost rule would charge: with its money where the KPI has one. Where events are counted a case
    stands as often as it has such events. The order: what breaks a rule or was dropped, of
    that first what never arrived; then the largest value (the
    longest, the dearest, the latest); then the newest. ``offset`` leaves out so many of them at the beginning.

    Raises:
        Invalid, NotExpressible, Unavailable: as :func:`bos.kpi.engine.evaluate`.
        UsageError: the KPI has no cases of this kind, or the limit is out of range.
    """
    check_limit(limit)
    options = Options(start=start, end=end, time_zone=time_zone, filters=tuple(filters))
    table = checked([kpi], known, (signals, systems), options)
    cell = _cell(kpi, table, part)
    if name := unbound_of(cell, signals):
        raise UsageError(f"Signal {name!r} is not bound to recorded events.", hint="Name its event in its binding.")
    used = used_by([cell], signals, systems)
    listed, counted = _statements(cell, used, options, limit, offset)
    with opened(snapshot, None, memory_limit=memory_limit) as cursor:
        answer = cursor.execute(listed)
        columns = [column[0] for column in answer.description]
        items = [_case(dict(zip(columns, row, strict=True))) for row in answer.fetchall()]
        ((total,),) = cursor.execute(counted).fetchall()
        rule, scope = rule_of(cell.leaf), used.scope(options)
        if rule is not None:
            why = proofs(cursor, scope, rule, [one.case for one in items if _breaks(cell, one)])
            items = [replace(one, proof=why.get(one.case)) for one in items]
        went: tuple[Passage, ...] = ()
        if isinstance(rule, n.AlongFlow):
            went = passages(cursor, scope, rule, _rows(cell, used, options))
    values, unit = _unit(kpi, cell)
    late_unit = clock_of(cell.leaf.failure) if isinstance(cell.leaf, Charge) else ""
    return Cases(tuple(items), total, unit, _possible(kpi, table), went, values, late_unit)


def _rows(cell: Cell, used: Used, options: Options) -> ir.Table:
    scope = used.scope(options)
    ((group, _),) = grouped([cell], scope.signals, options, split=True).items()
    return Tables(scope, options, lambda anchor: anchored(scope, anchor), placed=True).listed(group, cell)


@lru_cache(maxsize=256)
def _statements(cell: Cell, used: Used, options: Options, limit: int, offset: int) -> tuple[str, str]:
    """Return the statement of some cases in the order of the answer, and that of how many there are."""
    rows = _rows(cell, used, options)
    never = (rows.note == "dropped") & rows.value.isnull()
    order = [
        rows["rank"],
        never.desc(),
        rows.value.desc(nulls_first=False),
        rows.late.desc(nulls_first=False),
        rows["at"].desc(),
    ]
    listed = rows.order_by([*order, rows.case_id]).limit(limit, offset=offset)
    listed = listed.mutate(at=epoch_us(listed["at"]))  # instants come without the zone's library
    return _sql(listed), _sql(rows.aggregate(n=rows.count()))


def check_limit(limit: int) -> None:
    """Refuse a limit that is out of range."""
    if not 1 <= limit <= MOST_CASES:
        raise UsageError(f"The limit is {limit}.", where="limit", hint=f"Ask for 1 to {MOST_CASES} cases.")


def _breaks(cell: Cell, case: Case) -> bool:
    return isinstance(cell.leaf, Charge) or case.note == "breaks"


def _possible(kpi: KpiSpec, table: Known) -> tuple[Part, ...]:
    """Return the parts of a KPI that has cases."""
    fails = isinstance(table[kpi.id][1], Charge) or not isinstance(failure_of(kpi), tuple)
    two = len(parts_of(kpi.id, table)) > 1
    return ("counted", *(("out_of",) if two else ()), *(("failed",) if fails else ()))


def _unit(kpi: KpiSpec, cell: Cell) -> tuple[Values, str]:
    """Return what the value of a row is, and what it is in; empty where rows have none."""
    leaf = cell.leaf
    if isinstance(leaf, Charge):
        return ("cost", leaf.rule.currency) if leaf.rule.currency else ("", "")
    value = getattr(leaf, "value", leaf)
    if isinstance(value, n.Duration | n.Age | n.Conversion):
        return "duration", WORKING if getattr(value, "clock", "") == "business" else "seconds"
    if isinstance(leaf, n.Count | n.Distinct | n.Conformance):
        return "", ""
    return "amount" if is_money(kpi.unit) else "value", kpi.unit


def _sql(table: ir.Table) -> str:
    return with_clock(table, lambda one: str(ibis.to_sql(one, dialect="duckdb")))


def _case(row: Mapping[str, Any]) -> Case:
    value = row["value"]
    value = value if value is None or isinstance(value, int | float | Decimal) else str(value)
    return Case(str(row["case_id"]), moment(row["at"]), value, row["note"], row["late"])


def _cell(kpi: KpiSpec, table: Known, part: Part) -> Cell:
    """Return the cell whose rows are asked for. Raises UsageError: there is none."""
    if part not in get_args(Part):
        raise UsageError(f"There is no part {part!r}.", where="part", hint=f"Parts are {', '.join(get_args(Part))}.")
    anchor, measure = table[kpi.id]
    if isinstance(measure, n.Derived):
        raise UsageError(
            "A KPI that is derived from others has no cases of its own.",
            where="kpi",
            hint=f"Ask for those of {' or '.join(n.kpis_of(measure.term))}.",
        )
    cells = parts_of(kpi.id, table)
    if part == "failed" and not isinstance(measure, Charge):
        failure = failure_of(kpi)
        if isinstance(failure, tuple):
            raise UsageError(f"No case of this KPI fails. {failure[0]}", where="part", hint="Ask for counted.")
        rule = kpi.cost_rule or CostRule("", "")
        cells = [Cell(Charge(rule if kpi.cost_rule else replace(rule, rated=""), failure), anchor)]
    elif part == "out_of" and len(cells) == 1:
        raise UsageError("Only a ratio and a gap have another side.", where="part", hint="Ask for counted.")
    cell = cells[1 if part == "out_of" else 0]
    if points_read(cell.leaf):
        raise UsageError("Points of a system signal belong to no case.", where="kpi", hint="Ask for another KPI.")
    return cell
