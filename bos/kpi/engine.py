"""The engine: KPIs over a snapshot of the lake → rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bos.errors import UsageError
from bos.kpi import nodes as n
from bos.kpi.arithmetic import Known, fold, parts_of
from bos.kpi.binding import BoundSeries, BoundSignal
from bos.kpi.buckets import label, series
from bos.kpi.engines import DUCKDB, engine_of
from bos.kpi.measures import mixed_words, odd_words
from bos.kpi.options import By, Filters, Options
from bos.kpi.program import compile_alone, compile_program
from bos.kpi.readings import Exactly, Key, Reading, Row, rounded
from bos.kpi.refs import points_read
from bos.kpi.request import asked, checked, unbound_of, used_by
from bos.kpi.spec import KpiSpec
from bos.model.numbers import is_money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.kpi.cells import Cell
    from bos.kpi.connection import Overview, Snapshot
    from bos.kpi.engines import Engine, Session
    from bos.kpi.program import Used
    from bos.kpi.request import Asked

MOST_ROWS = 1_000_000
"""Rows one KPI may give."""
MOST_LOOKS = 500_000_000
"""Events times the frames each lies in that one cumulative KPI may look at: about ten seconds."""
SPLIT_FROM = 2_000_000
"""Events from which on each signal is read on its own; below, one pass is cheaper (benchmarks/bench_kpi.py)."""

_MOMENT = timedelta(microseconds=1)
_WIDE = "A cumulative KPI looks at too many events for so many buckets"
_NARROWER = "Choose longer buckets, a shorter window, or no buckets"


def evaluate(
    snapshot: Snapshot,
    kpis: Sequence[KpiSpec],
    signals: Mapping[str, BoundSignal],
    *,
    known: Sequence[KpiSpec] = (),
    systems: Mapping[str, BoundSeries] = MappingProxyType({}),
    points: Snapshot | None = None,
    by: By | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    time_zone: str = "UTC",
    dimensions: Sequence[str] = (),
    filters: Filters = (),
    memory_limit: str = "2GB",
    withhold: bool = False,
    engine: str = DUCKDB,
) -> list[Row]:
    """Return the values of KPIs over the events of a snapshot, in the order of ``kpis``, then bucket, then dimensions.

    ``systems`` are the system signals, whose points are read from the snapshot ``points``. ``known`` are further KPIs
    that derived ones may use; ``filters`` are fields with the values (as text) that count, read as dimensions are. The
    window is ``[start, end)``. With ``by`` every bucket from the first to the last is there, those without events too.
    Without ``by`` and ``dimensions`` there is one row a KPI. With ``withhold`` a KPI that cannot be computed is one row
    without a value, which says why, and the others are computed. ``engine`` is ``duckdb``, or the master of Spark.

    Raises:
        Invalid: a formula, anchor or dimension does not fit the signals; with every problem.
        NotExpressible: a formula is right, but this engine cannot compute it.
        UsageError: the options make no sense, or ask for too many rows.
        Unavailable: the lake cannot be read.
    """
    options = Options(
        by=by, start=start, end=end, time_zone=time_zone, dimensions=tuple(dimensions), filters=tuple(filters)
    )
    request = asked(kpis, known, (signals, systems), options)
    if not withhold:
        request.refuse()
    table = request.table
    parts, apart = _parts(request, kpis, signals)
    read = points if any(points_read(cell.leaf) for cells in parts.values() for cell in cells) else None
    runs = engine_of(engine, memory_limit)
    with runs.session(snapshot, read) as session:
        held = session.overview()
        buckets = _series(held, options)
        wide = {
            name for name, cells in parts.items() if name not in apart and _wide(cells, held, len(buckets), options)
        }
        if wide and not withhold:
            raise UsageError(f"{_WIDE}.", hint=f"{_NARROWER}.")
        apart |= dict.fromkeys(wide, f"{_WIDE}. {_NARROWER}.")
        bound = tuple(dict.fromkeys(cell for name, cells in parts.items() if name not in apart for cell in cells))
        readings = _read((runs, session), bound, used_by(bound, signals, systems), options, held)
    rows: list[Row] = []
    for kpi in kpis:
        if kpi.id in apart:
            rows.append(Row(kpi.id, None, {}, None, kpi.unit, 0, apart[kpi.id]))
        else:
            rows += _rows(kpi, table, {cell: readings[cell] for cell in parts[kpi.id]}, buckets, options)
    return rows


def _parts(
    request: Asked, kpis: Sequence[KpiSpec], signals: Mapping[str, BoundSignal]
) -> tuple[dict[str, tuple[Cell, ...]], dict[str, str]]:
    """Return the cells of the KPIs that are right, and why those that are not, or not bound, have no value."""
    apart = {kpi.id: reason for kpi in kpis if (reason := request.reason(kpi.id))}
    parts = {kpi.id: tuple(parts_of(kpi.id, request.table)) for kpi in kpis if kpi.id not in apart}
    for name, cells in parts.items():
        missing = next((found for cell in cells if (found := unbound_of(cell, signals))), None)
        if missing:
            apart[name] = f"Signal {missing!r} is not bound to recorded events."
    return parts, apart


def blank(
    kpi: KpiSpec,
    signals: Mapping[str, BoundSignal],
    *,
    known: Sequence[KpiSpec] = (),
    systems: Mapping[str, BoundSeries] = MappingProxyType({}),
    dimensions: Sequence[str] = (),
) -> Row:
    """Return what a KPI comes to where nothing happened: 0 for what is counted, else nothing.

    Raises as :func:`evaluate`.
    """
    table = checked([kpi], known, (signals, systems), Options(dimensions=tuple(dimensions)))
    found = fold(kpi.id, table, Exactly({cell: {} for cell in parts_of(kpi.id, table)}, (None, ())))
    return Row(kpi.id, None, {}, rounded(found.value), kpi.unit, 0)


def compile_sql(
    kpi: KpiSpec,
    signals: Mapping[str, BoundSignal],
    *,
    known: Sequence[KpiSpec] = (),
    systems: Mapping[str, BoundSeries] = MappingProxyType({}),
    by: By | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    time_zone: str = "UTC",
    dimensions: Sequence[str] = (),
    filters: Filters = (),
    engine: str = DUCKDB,
) -> str:
    """Return the statement of an engine that computes one KPI alone, over tables ``events`` and ``points`` of the lake.

    It gives ``bucket`` (local time without zone; of hours, UTC), ``dim_<i>``, ``value`` and ``n``, and no row for a
    bucket without events. Floating values are not rounded yet. Raises as :func:`evaluate` does.
    """
    options = Options(
        by=by, start=start, end=end, time_zone=time_zone, dimensions=tuple(dimensions), filters=tuple(filters)
    )
    table = checked([kpi], known, (signals, systems), options)
    items = tuple((name, anchor, measure) for name, (anchor, measure) in table.items())
    cells = parts_of(kpi.id, table)
    return compile_alone(kpi.id, items, used_by(cells, signals, systems), options, engine_of(engine))


def warm() -> None:
    """Load what computing needs (Ibis takes half a second), so that the first evaluation does not wait for it."""
    compile_sql(KpiSpec("warm", "count(some)"), {"some": BoundSignal("some", "some")})


def _wide(cells: Sequence[Cell], held: Overview, buckets: int, options: Options) -> bool:
    """Return whether frames would look at more events, again and again, than can be answered in time."""
    rows = ((cell.frame, held.points if points_read(cell.leaf) else held.events) for cell in cells)
    return any(frame is not None and many * frame.covered(options.by, buckets) > MOST_LOOKS for frame, many in rows)


def _read(
    computes: tuple[Engine, Session],
    cells: tuple[Cell, ...],
    used: Used,
    options: Options,
    held: Overview,
) -> dict[Cell, dict[Key, Reading]]:
    """Run the statements of the cells and return what each came to, by bucket and dimensions."""
    engine, session = computes
    split = held.events >= SPLIT_FROM
    program = compile_program(cells, used, options, split=split, currencies=held.currencies, engine=engine)
    money = {cell: _currency(cell, used, held) for cell in cells}
    for name, sql in program.tables:
        session.make(name, sql)
    readings: dict[Cell, dict[Key, Reading]] = {cell: {} for cell in cells}
    for statement in program.statements:
        for row in session.rows(statement.sql):
            key = (row.get("bucket"), tuple(row[f"dim_{i}"] for i in range(len(options.dimensions))))
            for name, cell in statement.cells:
                readings[cell][key] = _reading(row, name, cell, money[cell])
    return readings


def _currency(cell: Cell, used: Used, held: Overview) -> str | None:
    """Return what a cell's money is in, where it is the same in all of the snapshot."""
    value = getattr(cell.leaf, "value", None)
    if isinstance(cell.leaf, n.Charge):
        return cell.leaf.rule.currency
    if isinstance(cell.leaf, n.Balance):
        value = cell.leaf.of
    if isinstance(value, n.Points):
        return next(one.currency for one in used.series if one.name == value.signal)
    money = isinstance(value, n.FieldOf) and value.field == "amount"
    return held.currency if money and not isinstance(cell.leaf, n.Distinct) else None


def _reading(row: Mapping[str, Any], name: str, cell: Cell, currency: str | None) -> Reading:
    count = row[f"{name}_n"]
    if row.get(f"{name}_odd") and isinstance(cell.leaf, n.Availability | n.Balance | n.Charge):
        return Reading(None, count, odd_words(cell.leaf))
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if low != high or (low is not None and row[f"{name}_blank"]):
        return Reading(None, count, mixed_words(cell.leaf, low, high))
    return Reading(row.get(f"{name}_value", count), count, currency=low or currency)


def _series(held: Overview, options: Options) -> list[datetime | None]:
    """Return every bucket from the window's first to its last; where it is open, of what was recorded."""
    if options.by is None:
        return [None]
    start = options.start or held.first
    end = options.end or (held.last and held.last + _MOMENT)
    if start is None or end is None or start >= end:
        return []
    return list(series(start, end - _MOMENT, options.by, options.time_zone))


def _rows(
    kpi: KpiSpec,
    table: Known,
    readings: Mapping[Cell, Mapping[Key, Reading]],
    buckets: Sequence[datetime | None],
    options: Options,
) -> list[Row]:
    """Return the rows of one KPI: every bucket for every combination of dimensions that its events have."""
    combinations = {key[1] for found in readings.values() for key in found} if options.dimensions else {()}
    if len(buckets) * len(combinations) > MOST_ROWS:
        raise UsageError(f"{kpi.id} has more than {MOST_ROWS:,} values.", hint="Split by fewer dimensions.")
    rows = []
    for bucket in buckets:
        start = label(bucket, options.by, options.time_zone) if bucket is not None and options.by else None
        for values in sorted(combinations, key=_order):
            found = fold(kpi.id, table, Exactly(readings, (bucket, values)))
            reason = found.withheld or _foreign(found, kpi.unit)
            value = None if reason else rounded(found.value)
            split = dict(zip(options.dimensions, values, strict=True))
            rows.append(Row(kpi.id, start, split, value, kpi.unit, found.n or 0, reason))
    return rows


def _foreign(found: Reading, unit: str) -> str | None:
    """Return why money cannot be shown in the unit of a KPI: that is another currency."""
    if found.currency in {None, unit} or not is_money(unit):
        return None
    return (
        f"The amounts are in {found.currency}, but the unit of the KPI is {unit}. Nothing is converted: "
        f"set the unit to {found.currency}, record the amounts in {unit} as a field of their own and use that, "
        f"or name a cost rule in {unit}."
    )


def _order(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sort dimensions by value, what is missing last."""
    return tuple((value is None, "" if value is None else value) for value in values)
