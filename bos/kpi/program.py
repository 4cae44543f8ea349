"""Measures → SQL, made by Ibis and kept: the statements of one evaluation, or the one statement of a KPI alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import ibis

from bos.kpi import nodes as n
from bos.kpi.arithmetic import fold, parts_of
from bos.kpi.plan import grouped
from bos.kpi.relations import Scope
from bos.kpi.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    import ibis.expr.types as ir

    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.engines import Engine
    from bos.kpi.nodes import Measure
    from bos.kpi.options import Options

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
    """One query and the cells its columns ``<name>_<part>`` carry."""

    sql: str
    cells: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """What an evaluation runs: tables that several statements read, then the statements."""

    tables: tuple[tuple[str, str], ...]
    statements: tuple[Statement, ...]


@lru_cache(maxsize=256)
def compile_program(
    cells: tuple[Cell, ...], used: Used, options: Options, *, split: bool, currencies: bool, engine: Engine
) -> Program:
    """Return the statements of an engine that compute the cells; the same request is compiled once.

    ``split``: read each signal on its own. ``currencies``: amounts may be in several, so money is checked.
    """
    scope = used.scope(options)
    groups = grouped(cells, scope.signals, options, split=split)
    named = {group: {f"c{i}": cell for i, cell in enumerate(members)} for group, members in groups.items()}
    asked: Counter[str] = Counter()

    def counting(anchor: str) -> ir.Table:
        asked[anchor] += 1
        return anchored(scope, anchor)

    for group, members in named.items():
        Tables(scope, options, counting, currencies).table(group, members)
    made = {anchor: anchored(scope, anchor) for anchor, times in asked.items() if times > 1}
    names = {anchor: f"placed_{i}" for i, anchor in enumerate(made)}

    def shared(anchor: str) -> ir.Table:
        if anchor in made:
            return ibis.table(made[anchor].schema(), name=names[anchor])
        return anchored(scope, anchor)

    statements = [
        Statement(engine.sql(Tables(scope, options, shared, currencies).table(group, members)), tuple(members.items()))
        for group, members in named.items()
    ]
    return Program(tuple((names[anchor], engine.sql(table)) for anchor, table in made.items()), tuple(statements))


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
