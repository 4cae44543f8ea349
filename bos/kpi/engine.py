"""The engine: KPIs over a snapshot of the lake → rows."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

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
from bos.kpi.rollup import adds_up, together
from bos.kpi.spec import KpiSpec
from bos.model.numbers import is_money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.kpi.cells import Cell
    from bos.kpi.connection import Overview, Snapshot
    from bos.kpi.engines import Engine, Session
    from bos.kpi.program import Used
    from bos.kpi.request import Asked

    Answer: TypeAlias = Mapping[str, Any]

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
    asking = _Asking(known, systems, points, memory_limit, withhold=withhold, engine=engine)
    options = Options(
        by=by, start=start, end=end, time_zone=time_zone, dimensions=tuple(dimensions), filters=tuple(filters)
    )
    return _evaluated(snapshot, kpis, signals, asking, [options])[0]


def whole_and_buckets(
    snapshot: Snapshot,
    kpis: Sequence[KpiSpec],
    signals: Mapping[str, BoundSignal],
    *,
    by: By,
    known: Sequence[KpiSpec] = (),
    systems: Mapping[str, BoundSeries] = MappingProxyType({}),
    points: Snapshot | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    time_zone: str = "UTC",
    dimensions: Sequence[str] = (),
    filters: Filters = (),
    memory_limit: str = "2GB",
    withhold: bool = False,
    engine: str = DUCKDB,
) -> tuple[list[Row], list[Row]]:
    """Return what :func:`evaluate` gives of a window without buckets, and with them, from one reading of the events.

    What the buckets add up to exactly is not computed again. Raises as :func:`evaluate`.
    """
    asking = _Asking(known, systems, points, memory_limit, withhold=withhold, engine=engine)
    options = Options(
        by=by, start=start, end=end, time_zone=time_zone, dimensions=tuple(dimensions), filters=tuple(filters)
    )
    buckets, whole = _evaluated(snapshot, kpis, signals, asking, [options, replace(options, by=None)])
    return whole, buckets


@dataclass(frozen=True, slots=True)
class _Asking:
    """What an evaluation is asked with, apart from how to look."""

    known: Sequence[KpiSpec]
    systems: Mapping[str, BoundSeries]
    points: Snapshot | None
    memory_limit: str
    _: KW_ONLY
    withhold: bool
    engine: str


def _evaluated(
    snapshot: Snapshot,
    kpis: Sequence[KpiSpec],
    signals: Mapping[str, BoundSignal],
    asking: _Asking,
    looks: Sequence[Options],
) -> list[list[Row]]:
    """Return the rows of each look; a second one is the first without buckets."""
    request = asked(kpis, asking.known, (signals, asking.systems), looks[0])
    if not asking.withhold:
        request.refuse()
    parts, apart = _parts(request, kpis, signals)
    read = asking.points if any(points_read(cell.leaf) for cells in parts.values() for cell in cells) else None
    runs = engine_of(asking.engine, asking.memory_limit)
    with runs.session(snapshot, read) as session:
        held = session.overview()
        series_of = [_series(held, options) for options in looks]
        aparts, cells = [], []
        for options, buckets in zip(looks, series_of, strict=True):
            aparts.append(apart | _too_wide(parts.keys() - apart.keys(), parts, held, len(buckets), options))
            if len(aparts[-1]) > len(apart) and not asking.withhold:
                raise UsageError(f"{_WIDE}.", hint=f"{_NARROWER}.")
            found = (cell for name, own in parts.items() if name not in aparts[-1] for cell in own)
            cells.append(tuple(dict.fromkeys(found)))
        readings = _read((runs, session), cells, (signals, asking.systems), looks[0], held)
    told = []
    for options, buckets, without, values in zip(looks, series_of, aparts, readings, strict=True):
        rows: list[Row] = []
        for kpi in kpis:
            if kpi.id in without:
                rows.append(Row(kpi.id, None, {}, None, kpi.unit, 0, without[kpi.id]))
            else:
                own = {cell: values[cell] for cell in parts[kpi.id]}
                rows += _rows(kpi, request.table, own, buckets, options)
        told.append(rows)
    return told


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


def _too_wide(
    names: Iterable[str], parts: Mapping[str, Sequence[Cell]], held: Overview, buckets: int, options: Options
) -> dict[str, str]:
    """Return the KPIs whose frames look at more events than can be answered in time, and why they have no value."""

    def wide(cell: Cell) -> bool:
        many = held.points if points_read(cell.leaf) else held.events
        return cell.frame is not None and many * cell.frame.covered(options.by, buckets) > MOST_LOOKS

    return {name: f"{_WIDE}. {_NARROWER}." for name in names if any(map(wide, parts[name]))}


def _read(
    computes: tuple[Engine, Session],
    cells: Sequence[tuple[Cell, ...]],
    bound: tuple[Mapping[str, BoundSignal], Mapping[str, BoundSeries]],
    options: Options,
    held: Overview,
) -> list[dict[Cell, dict[Key, Reading]]]:
    """Run the statements of the cells of each look; return what each came to, by bucket and dimensions."""
    engine, session = computes
    signals, systems = bound
    every = tuple(dict.fromkeys(cell for own in cells for cell in own))
    used = used_by(every, signals, systems)
    adding = {cell for own in cells[1:] for cell in own if cell in cells[0] and adds_up(cell, signals)}
    apart = tuple(cell for own in cells[1:] for cell in own if cell not in adding)
    split = held.events >= SPLIT_FROM
    currency = None if held.currencies else held.currency or ""
    program = compile_program(cells[0], used, options, split=split, currency=currency, engine=engine, apart=apart)
    for name, sql in program.tables:
        session.make(name, sql)
    found: list[dict[Cell, dict[Key, Reading]]] = [{cell: {} for cell in own} for own in cells]
    for statement in program.statements:
        rows: dict[Key, list[Answer]] = {}
        for row in session.rows(statement.sql):
            key = (row.get("bucket"), tuple(row[f"dim_{i}"] for i in range(len(options.dimensions))))
            rows[key] = [row]
        for name, cell in statement.cells:
            money = _currency(cell, used, held)
            readings = found[1 if statement.whole else 0][cell]
            readings |= {key: _reading(row, name, cell, money) for key, (row,) in rows.items()}
            if cell in adding and not statement.whole:
                whole = _whole(rows, options)
                found[1][cell] |= {key: _reading(together(own, name, cell), name, cell, money) for key, own in whole}
    return found


def _whole(
    rows: Mapping[Key, Sequence[Mapping[str, Any]]], options: Options
) -> list[tuple[Key, list[Mapping[str, Any]]]]:
    """Return the rows of all buckets by what they are split by; of no rows and no dimensions one key with none."""
    found: dict[Key, list[Mapping[str, Any]]] = {} if options.dimensions else {(None, ()): []}
    for (_, values), own in rows.items():
        found.setdefault((None, values), []).extend(own)
    return list(found.items())


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
    if low != high or (low is not None and row.get(f"{name}_blank")):
        return Reading(None, count, mixed_words(cell.leaf, low, high))
    return Reading(row.get(f"{name}_value", count), count, currency=low or currency)


def _series(held: Overview, options: Options) -> list[datetime | None]:
    """Return every bucket from the window's first to its last; where it is open, of what was recorded."""
    if options.by is None:
        return [None]
    start = options.start or held.first
    end = options.end or (held.last and held.last + _MOMENT)
    if start is None or end is None or (end := end.astimezone(UTC)) <= start.astimezone(UTC):
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
    held = {key for found in readings.values() for key in found}
    nothing = fold(kpi.id, table, Exactly({cell: {} for cell in readings}, (None, ())))  # of every key without events
    ordered = sorted(combinations, key=_order)
    for bucket in buckets:
        start = label(bucket, options.by, options.time_zone) if bucket is not None and options.by else None
        for values in ordered:
            key = (bucket, values)
            found = fold(kpi.id, table, Exactly(readings, key)) if key in held else nothing
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
