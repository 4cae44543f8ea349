"""Measures → SQL, made by Ibis and kept: the statements of one evaluation, or the one statement of a KPI alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import ibis

from bos.kpi import nodes as n
from bos.kpi.arithmetic import fold, parts_of
from bos.kpi.plan import grouped
from bos.kpi.relations import Edge, Kept, Scope
from bos.kpi.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    import ibis.expr.types as ir

    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.engines import Engine
    from bos.kpi.nodes import Measure
    from bos.kpi.options import Options
    from bos.kpi.plan import Group

Pair: TypeAlias = tuple[Any, Any]
KnownItems: TypeAlias = "tuple[tuple[str, str, Measure], ...]"
"""KPIs as (id, anchor, measure), so that they can be a key of the cache."""


@dataclass(frozen=True, slots=True)
class Used:
    """The signals and system signals that cells read, in one order, as a key of the cache of statements."""

    signals: tuple[BoundSignal, ...]
    series: tuple[BoundSeries, ...] = ()

    def scope(self, options: Options) -> Scope:
        """Return them by name, with the fields to split by."""
        return Scope(
            {signal.name: signal for signal in self.signals}, options.read, {one.name: one for one in self.series}
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """One query and the cells its columns ``<name>_<part>`` carry; ``whole``: over the window, without its buckets."""

    sql: str
    cells: tuple[tuple[str, Cell], ...]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """What an evaluation runs: tables that several statements read, then the statements."""

    tables: tuple[tuple[str, str], ...]
    statements: tuple[Statement, ...]


@lru_cache(maxsize=256)
def compile_program(
    cells: tuple[Cell, ...],
    used: Used,
    options: Options,
    *,
    split: bool,
    currency: str | None,
    engine: Engine,
    apart: tuple[Cell, ...] = (),
) -> Program:
    """Return the statements of an engine that compute the cells; the same request is compiled once.

    ``split``: read each signal on its own. ``currency`` is that of every amount of the snapshot, empty where none names
    one; ``None``: amounts may be in several, so money is checked. ``apart``: cells that are computed of the whole
    window without its buckets, too.
    """
    scope = used.scope(options)
    looks = [_Look(options, _named(grouped(cells, scope.signals, options, split=split)))]
    if apart:
        groups = _named(grouped(apart, scope.signals, options, split=split))
        looks.append(_Look(replace(options, by=None), groups, whole=True))
    work = _Work(tuple(looks), currency)
    noted: Counter[tuple[Edge, ...]] = Counter()
    asked: Counter[str] = Counter()

    def counting(anchor: str) -> ir.Table:
        asked[anchor] += 1
        return anchored(noting, anchor)

    noting = replace(scope, noted=lambda edges: noted.update([edges]))
    work.made(noting, counting)
    kept, tables = _kept(scope, noted)
    scope = replace(scope, kept=kept)
    own = (one for one, times in asked.items() if times > 1 and (scope.dimensions or one in {"start", "end"}))
    placed = {anchor: anchored(scope, anchor) for anchor in own}
    names = {anchor: f"placed_{i}" for i, anchor in enumerate(placed)}

    def shared(anchor: str) -> ir.Table:
        if anchor in placed:
            return ibis.table(placed[anchor].schema(), name=names[anchor])
        return anchored(scope, anchor)

    rows, found = work.made(scope, shared)
    tables |= {names[anchor]: table for anchor, table in placed.items()} | rows
    statements = [Statement(engine.sql(table), tuple(cells.items()), whole) for table, cells, whole in found]
    return Program(tuple((name, engine.sql(table)) for name, table in tables.items()), tuple(statements))


def _named(groups: Mapping[Group, list[Cell]]) -> dict[Group, dict[str, Cell]]:
    return {group: {f"c{i}": cell for i, cell in enumerate(members)} for group, members in groups.items()}


@dataclass(frozen=True, slots=True)
class _Look:
    """One way to look at cells: by buckets, or at the whole window."""

    options: Options
    groups: Mapping[Group, Mapping[str, Cell]]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be made into statements."""

    looks: tuple[_Look, ...]
    currency: str | None

    def made(
        self, scope: Scope, anchored: Callable[[str], ir.Table]
    ) -> tuple[dict[str, ir.Table], list[tuple[ir.Table, Mapping[str, Cell], bool]]]:
        """Return the rows that several looks read, by name, and the table of each group with its cells."""
        first = Tables(scope, self.looks[0].options, anchored, self.currency)
        rows: dict[str, ir.Table] = {}
        made: dict[Group, ir.Table] = {}
        often = Counter(group for look in self.looks for group in look.groups)
        for group, times in often.items():
            if times > 1 and (table := first.shared(group)) is not None:
                name = f"rows_{len(rows)}"
                rows[name], made[group] = table, ibis.table(table.schema(), name=name)
        found = []
        for look in self.looks:
            tables = Tables(scope, look.options, anchored, self.currency, made=made)
            found += [(tables.table(group, cells), cells, look.whole) for group, cells in look.groups.items()]
        return rows, found


def _kept(scope: Scope, noted: Counter[tuple[Edge, ...]]) -> tuple[tuple[Kept, ...], dict[str, ir.Table]]:
    """Return the tables of edges of cases that are worth keeping, and what makes each, by its name.

    One has those of all plain signals, where several statements read such; edges that read more than the kind of an
    event have one of their own, where it is read more than once.
    """
    plain = Counter({edges: times for edges, times in noted.items() if all(_plain(scope, one.of) for one in edges)})
    other = [edges for edges, times in noted.items() if times > 1 and edges not in plain]
    together = tuple(dict.fromkeys(one for edges in plain for one in edges))
    kept: list[Kept] = []
    tables: dict[str, ir.Table] = {}
    for edges in [*([together] if plain.total() > 1 else []), *other]:
        name = f"edges_{len(kept)}"
        tables[name] = scope.edges(*edges)
        columns = {one: f"edge_{i}" for i, one in enumerate(edges)}
        kept.append(Kept(ibis.table(tables[name].schema(), name=name), columns))
    return tuple(kept), tables


def _plain(scope: Scope, selection: n.Selection) -> bool:
    signal = scope.signals[selection.signal]
    return bool(signal.event) and not signal.where and selection.where is None


def anchored(scope: Scope, anchor: str) -> ir.Table:
    """Return case, ``at`` and dimensions of the event of each case that an anchor names."""
    if anchor in {"start", "end"}:
        return scope.bound(last=anchor == "end")
    return scope.first(n.Selection(anchor))


@lru_cache(maxsize=256)
def compile_alone(name: str, kpis: KnownItems, used: Used, options: Options, engine: Engine) -> str:
    """Return one statement of an engine with ``bucket``, ``dim_<i>``, ``value`` and ``n`` for the KPI ``name``."""
    known = {kpi: (anchor, measure) for kpi, anchor, measure in kpis}
    scope = used.scope(options)
    cells = tuple(dict.fromkeys(parts_of(name, known)))
    names = {cell: f"c{i}" for i, cell in enumerate(cells)}
    tables = Tables(scope, options, lambda anchor: anchored(scope, anchor))
    groups = grouped(cells, scope.signals, options, split=False)
    joined = _side_by_side([tables.table(group, {names[c]: c for c in found}) for group, found in groups.items()])
    value, count = fold(name, known, Columns(joined, names))
    keys = [column for column in joined.columns if _is_key(column)]
    return engine.sql(joined.select(*keys, value=value, n=count))


def _is_key(column: str) -> bool:
    return column == "bucket" or column.startswith("dim_")


def _side_by_side(tables: list[ir.Table]) -> ir.Table:
    """Return the columns of all tables in one, a row for each key that any of them has."""
    if len(tables) == 1:
        return tables[0]
    schemas = [table.schema() for table in tables]
    keys = [column for column in tables[0].columns if _is_key(column)]
    carried = {column: schema[column] for schema in schemas for column in schema if not _is_key(column)}
    padded = [
        table.select(
            *keys,
            **{name: table[name] if name in table.columns else ibis.null(kind) for name, kind in carried.items()},
        )
        for table in tables
    ]
    stacked = ibis.union(*padded)
    columns = {name: stacked[name].max() for name in carried}
    return stacked.group_by(keys).aggregate(**columns) if keys else stacked.aggregate(**columns)


@dataclass(frozen=True, slots=True)
class Columns:
    """The algebra of SQL columns: pairs of value and n. Quotients and derived values are DOUBLE."""

    table: ir.Table
    names: Mapping[Cell, str]

    def cell(self, cell: Cell) -> Pair:
        """Return the columns of a cell; a count that has no row is 0."""
        name = self.names[cell]
        count = self.table[f"{name}_n"].fill_null(0)
        if f"{name}_value" not in self.table.columns:
            return count, count
        value = self.table[f"{name}_value"]
        if f"{name}_odd" in self.table.columns:
            value = ibis.ifelse(self.table[f"{name}_odd"] > 0, ibis.null(value.type()), value)
        if f"{name}_low" in self.table.columns:
            low, high, blank = (self.table[f"{name}_{part}"] for part in ("low", "high", "blank"))
            value = ibis.ifelse((low != high) | (low.notnull() & (blank > 0)), ibis.null(value.type()), value)
        return value.fill_null(0) if cell.counts else value, count

    def number(self, value: Decimal) -> Pair:
        """Return a constant."""
        return ibis.literal(float(value)), None

    def join(self, op: n.ArithmeticOp, left: Pair, right: Pair) -> Pair:
        """Return two columns joined."""
        one, two = (side[0].cast("float64") for side in (left, right))
        value = {"+": one + two, "-": one - two, "*": one * two, "/": one / two.nullif(0)}[op]
        counts = [side[1] for side in (left, right) if side[1] is not None]
        return value, ibis.least(*counts) if counts else None

    def gap(self, left: Pair, right: Pair) -> Pair:
        """Return the difference of two totals."""
        return self.join("-", left, right)

    def ratio(self, numerator: Pair, denominator: Pair) -> Pair:
        """Return a quotient that rests on the denominator."""
        return self.join("/", numerator, denominator)[0], denominator[1]
