"""Ibis expressions → Spark SQL that gives DuckDB's numbers: the place where the two engines differ.

Both kinds of time (instants, and times on the wall) are Spark's TIMESTAMP in a session at UTC. Names of functions that
the expressions use (``epoch_us``, ``timezone``, …) are DuckDB's; ``_FUNCTIONS`` says what Spark calls them.
"""

# ruff: noqa: N802, N815 - Ibis names its visitors so

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis.expr.datatypes as dt
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL, STAR, AggGen, SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.common.exceptions import IbisError

from bos.errors import NotExpressible
from bos.kpi.columns import with_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

_DIGITS = "[0-9](?:_?[0-9])*"
_NUMBER = rf"^\s*[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?\s*$"
_DAY = r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2})"
_CLOCK = r"((?:[01]?[0-9]|2[0-4]):[0-5]?[0-9])(:[0-5]?[0-9](?:\.[0-9]*)?)?"
_ZONE = r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?| +UTC)?"
_TIME = rf"^\s*{_DAY}(?:[ T]\s*{_CLOCK}{_ZONE})?"
"""What a text must look like to be read as a number or a time: Spark alone would read ``1.5d`` and ``2026``, too."""
_WIDE = dt.Decimal(38, 0)
_KAHAN = sg.parse_one(
    """AGGREGATE(listed, NAMED_STRUCT('total', CAST(NULL AS DOUBLE), 'error', 0D), (s, x) -> NAMED_STRUCT(
        'total', COALESCE(s.total, 0D) + (x - s.error),
        'error', ((COALESCE(s.total, 0D) + (x - s.error)) - COALESCE(s.total, 0D)) - (x - s.error)
    ), s -> s.total)""",
    dialect="spark",
)


def to_sql(table: ir.Table) -> str:
    """Return the Spark SQL of a table.

    Raises:
        NotExpressible: Spark has nothing that gives the numbers of DuckDB.
    """
    try:
        return with_clock(table, _written)
    except (IbisError, NotImplementedError) as error:
        raise NotExpressible(
            f"Spark cannot compute this KPI: {error}", where="BOS_ENGINE", hint="Set BOS_ENGINE to duckdb."
        ) from error


def _written(table: ir.Table) -> str:
    return str(_COMPILER.to_sqlglot(table.unbind()).sql(dialect=_COMPILER.dialect, pretty=True))


class _Compiler(PySparkCompiler):  # type: ignore[misc] # Ibis has no types here
    __slots__ = ()

    agg = AggGen(supports_filter=True)

    visit_Field = SQLGlotCompiler.visit_Field
    visit_IsNull = SQLGlotCompiler.visit_IsNull
    visit_NotNull = SQLGlotCompiler.visit_NotNull
    visit_CountDistinct = SQLGlotCompiler.visit_CountDistinct

    def visit_ScalarUDF(self, op: Any, **arguments: Any) -> Any:
        if (spelled := _FUNCTIONS.get(op.__func_name__)) is None:
            raise NotImplementedError(f"it has no function {op.__func_name__}.")
        return spelled(self, op, *arguments.values())

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
        if dtype.is_floating():
            return sge.Literal.number(f"{value!r}D")
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_IsInf(self, op: Any, *, arg: Any) -> Any:
        del op
        return self.f.abs(arg).eq(self.POS_INF)

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:
        del op, arg
        return self.agg.count(STAR, where=where)

    def visit_Sum(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Sum integers as wide decimals, which do not overflow."""
        return self.agg.sum(self.cast(arg, _WIDE) if op.arg.dtype.is_integer() else arg, where=where)

    def visit_Mean(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Divide the exact sum; Spark's own mean rounds decimals."""
        if op.arg.dtype.is_integer():
            arg = self.cast(arg, _WIDE)
        total, count = self.agg.sum(arg, where=where), self.agg.count(arg, where=where)
        return self._divided(self.cast(total, dt.float64), count)

    def visit_Divide(self, op: Any, *, left: Any, right: Any) -> Any:
        """Divide as floating numbers; Spark would divide decimals as decimals, and raise where the divisor is 0."""
        del op
        return self._divided(self.cast(left, dt.float64), right)

    def visit_FloorDivide(self, op: Any, *, left: Any, right: Any) -> Any:
        return self.cast(self.f.floor(self._divided(self.cast(left, dt.float64), right)), op.dtype)

    def _divided(self, left: Any, right: Any) -> Any:
        divisor = right if isinstance(right, sge.Nullif) else self.f.nullif(right, 0)
        return sge.paren(sge.Div(this=left, expression=self.cast(divisor, dt.float64), typed=True))

    def visit_Quantile(self, op: Any, *, arg: Any, quantile: Any, where: Any) -> Any:
        del op
        return self.agg.percentile(self.cast(arg, dt.float64), quantile, where=where)

    visit_MultiQuantile = visit_Quantile

    def visit_BitOr(self, op: Any, *, arg: Any, where: Any) -> Any:
        del op
        return self.agg.bit_or(arg, where=where)

    def visit_ArgMax(self, op: Any, *, arg: Any, key: Any, where: Any) -> Any:
        del op
        return self.agg.max_by(arg, key, where=where)

    def visit_ArrayCollect(self, op: Any, *, arg: Any, where: Any, order_by: Any, **rest: Any) -> Any:
        """Collect what is there; an order can only be that of the values themselves."""
        del rest
        if any(key.arg != op.arg for key in op.order_by):
            raise NotImplementedError("a list is sorted by its own values only.")
        collected = self.agg.collect_list(arg, where=where)
        return self.f.array_sort(collected) if order_by else collected

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        if to.is_decimal() and op.arg.dtype.is_floating():
            return self.cast(self._whole(arg, to), to)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:
        if op.arg.dtype.is_string():
            return self._read(arg, to)
        if to.is_decimal() and op.arg.dtype.is_floating():
            return self._try(self._whole(arg, to), to)
        return self._try(arg, to)

    def _try(self, arg: Any, to: Any) -> Any:
        return sge.TryCast(this=arg, to=self.type_mapper.from_ibis(to), safe=True)

    def _whole(self, arg: Any, to: Any) -> Any:
        """Return a floating number as a decimal: scaled, then rounded half away from 0, as DuckDB does."""
        scaled = sge.paren(arg) * sge.Literal.number(f"{10.0**to.scale!r}D")
        units = self.cast(self._try(self.f.round(scaled, 0), dt.int64), dt.Decimal(19, 0))
        return units * self.cast(sge.convert(f"{Decimal(1).scaleb(-to.scale):f}"), dt.Decimal(18, to.scale))

    def _read(self, text: Any, to: Any) -> Any:
        """Return what a text reads as; nothing where it does not look like the type."""
        if to.is_date():
            return self._matching(text, rf"{_TIME}\s*$", self._try(self._day(text), to))
        if to.is_timestamp():
            clock, seconds, zone = (self._piece(text, group) for group in (2, 3, 4))
            told = self.f.concat(
                self._day(text), " ", self._or(clock, "0:0"), self._or(seconds, ":0"), self._or(zone, "Z")
            )
            return self._matching(text, f"{_TIME}$", self._try(told, to))
        plain = self.f.replace(text, "_", "")
        if to.is_integer():
            value = self._try(self.f.round(self._try(plain, dt.Decimal(38, 18)), 0), to)
        else:
            value = self._try(plain, to)
        return self._matching(text, _NUMBER, value)

    def _matching(self, text: Any, pattern: str, value: Any) -> Any:
        return self.if_(self.f.anon.rlike(text, sge.convert(pattern)), value, NULL)

    def _piece(self, text: Any, group: int) -> Any:
        return self.f.anon.regexp_extract(text, sge.convert(_TIME), sge.convert(group))

    def _day(self, text: Any) -> Any:
        return self.f.replace(self._piece(text, 1), "/", "-")

    def _or(self, piece: Any, otherwise: str) -> Any:
        return self.f.coalesce(self.f.nullif(piece, ""), otherwise)

    def visit_IntegerRange(self, op: Any, *, start: Any, stop: Any, step: Any) -> Any:
        del op
        return self.f.anon.sequence(start, stop - sge.convert(1), step)

    def visit_TimestampRange(self, op: Any, *, start: Any, stop: Any, step: Any) -> Any:
        """Leave out the end: the next microsecond before it is the last that counts."""
        del op
        before = sge.Interval(this=sge.convert("1"), unit=sge.var("MICROSECOND"))
        return self.f.anon.sequence(start, stop - before, step)


def _map_value(compiler: _Compiler, op: Any, attributes: Any, key: Any) -> Any:
    del op
    return compiler.f.anon.try_element_at(attributes, key)


def _micros(compiler: _Compiler, op: Any, moment: Any) -> Any:
    del op
    return compiler.f.anon.unix_micros(moment)


def _moment(compiler: _Compiler, op: Any, micros: Any) -> Any:
    del op
    return compiler.f.anon.timestamp_micros(micros)


def _zoned(compiler: _Compiler, op: Any, zone: Any, moment: Any) -> Any:
    """Return the time on the wall of an instant, or the instant (of two the earlier) of a time on the wall."""
    told = "from_utc_timestamp" if op.dtype.timezone is None else "to_utc_timestamp"
    return compiler.f.anon[told](moment, zone)


def _compensated(compiler: _Compiler, op: Any, values: Any, function: Any) -> Any:
    """Return Kahan's sum of a list in its order, step for step as DuckDB's ``fsum``; nothing of an empty list."""
    del compiler, op, function
    return _KAHAN.transform(lambda node: values if isinstance(node, sge.Column) and node.name == "listed" else node)


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "map_extract_value": _map_value,
    "epoch_us": _micros,
    "make_timestamptz": _moment,
    "timezone": _zoned,
    "list_aggregate": _compensated,
}
_COMPILER = _Compiler()
