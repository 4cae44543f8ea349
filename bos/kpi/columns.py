"""Ibis expressions of the lake's columns: fields of a signal, its conditions, buckets of time.

Everything a person wrote enters as an Ibis literal, so it is quoted by the compiler and never becomes SQL.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta
from decimal import Decimal
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

from bos.kpi.binding import BUILT_IN
from bos.kpi.conditions import And, Compare, Condition, Constant, FieldRef, In, IsNull, Not, Or
from bos.model.moments import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import ibis.expr.types as ir

    from bos.kpi.binding import BoundSignal, FieldBinding
    from bos.kpi.nodes import Selection
    from bos.kpi.options import By

INSTANT = dt.Timestamp(timezone="UTC", scale=6)
LOCAL = dt.Timestamp(scale=6)
MONEY = dt.Decimal(18, 2)
EVENTS = ibis.table(
    {
        "event_id": dt.string,
        "case_id": dt.string,
        "step": dt.string,
        "event_time": INSTANT,
        "effective_date": dt.date,
        "amount": MONEY,
        "currency": dt.string,
        "resource": dt.string,
        "attributes": dt.Map(dt.string, dt.string),
        "ingested_at": INSTANT,
    },
    name="events",
)
"""The rows of a snapshot, as the engine's view ``events`` offers them."""
POINTS = ibis.table(
    {
        "signal": dt.string,
        "time": INSTANT,
        "value": dt.float64,
        "labels": dt.Map(dt.string, dt.string),
        "ingested_at": INSTANT,
    },
    name="points",
)
"""The metric points of a snapshot, as the engine's view ``points`` offers them."""
CLOCK = ibis.table({"clock": INSTANT}, name="log_clock")
"""The one row of what the clock of the log shows, which the statement that reads it defines."""

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@ibis.udf.scalar.builtin(signature=((dt.Map(dt.string, dt.string), dt.string), dt.string))
def map_extract_value(attributes, key):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the value of a key, nothing where the map or the key is missing (DuckDB)."""


@ibis.udf.scalar.builtin(signature=((INSTANT,), dt.int64))
def epoch_us(instant):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return microseconds since 1970 (DuckDB)."""


@ibis.udf.scalar.builtin(name="epoch_us", signature=((LOCAL,), dt.int64))
def _micros(local):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return microseconds of a time on the wall since the first of 1970 (DuckDB)."""


@ibis.udf.scalar.builtin(signature=((dt.int64,), INSTANT))
def make_timestamptz(micros):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return an instant from microseconds since 1970 (DuckDB)."""


@ibis.udf.scalar.builtin(signature=((dt.string, INSTANT), LOCAL))
def timezone(zone, instant):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return what the clock on the wall of a zone shows (DuckDB)."""


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, LOCAL), INSTANT))
def _last_instant_of(zone, local):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the instant at which the clock on the wall of a zone shows a time, the later of two (DuckDB)."""


def instant_of(zone: str, local: Any) -> Any:
    """Return the instant at which the clock on the wall of a zone shows a time.

    Of a time that a clock change repeats it is the earlier, as everywhere in BOS; a time that a clock change leaves out
    is taken as if the clock had not been changed yet.
    """
    last = _last_instant_of(zone, local)
    if zone == "UTC":
        return last
    eve = last - ibis.interval(hours=24)
    first = make_timestamptz(_micros(local) - _micros(timezone(zone, eve)) + epoch_us(eve))
    return ibis.ifelse(timezone(zone, first) == local, first, last)


@ibis.udf.scalar.builtin(signature=((dt.Array(dt.float64), dt.string), dt.float64))
def list_aggregate(values, function):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return an aggregate of a list, in the order of the list (DuckDB)."""


def log_clock() -> Any:
    """Return what the clock of the log shows (UTC), by which all is judged that waits or has a time that is up.

    It is read from :data:`CLOCK`, which a statement defines once (:func:`with_clock`), however often it reads it.
    """
    # a bare subquery would take the name that one of several expressions gives it into all others
    return ibis.coalesce(CLOCK.clock.as_scalar())


def _clock_row() -> ir.Table:
    """Return the row of :data:`CLOCK`.

    It is the newest event of those that lie at most :data:`~bos.model.moments.AHEAD` after their own import, so that
    an event with a wrong time in the future does not put it on; where all lie further ahead, the newest of all.
    """
    return _clock(EVENTS, "event_time")


def points_clock() -> Any:
    """Return what the clock of the points of system signals shows (UTC), by the rule of :func:`log_clock`."""
    return _clock(POINTS, "time").clock.as_scalar()


def _clock(table: ir.Table, time: str) -> ir.Table:
    most = AHEAD // timedelta(microseconds=1)
    timely = epoch_us(table[time]) <= epoch_us(table.ingested_at) + most
    row = table.aggregate(timely=table[time].max(where=timely), newest=table[time].max())
    return row.select(clock=ibis.coalesce(row.timely, row.newest))


def with_clock(table: ir.Table, sql: Callable[[ir.Table], str]) -> str:
    """Return the statement of a table as ``sql`` writes it; where it reads the clock, with that row before it."""
    text = sql(table)
    if CLOCK.op() not in table.op().find(type(CLOCK.op())):
        return text
    row = sql(_clock_row()).replace("\n", "\n  ")
    rest = text.removeprefix("WITH ")
    return f"WITH {CLOCK.get_name()} AS (\n  {row}\n){', ' if rest != text else chr(10)}{rest}"


@cache
def log_clock_sql() -> str:
    """Return the statement (DuckDB) of what the clock of the log shows: a row with ``clock``, microseconds of 1970."""
    return _clock_sql(_clock_row())


@cache
def points_clock_sql() -> str:
    """Return the statement (DuckDB) of what the clock of the points shows, as :func:`log_clock_sql` does."""
    return _clock_sql(_clock(POINTS, "time"))


def _clock_sql(row: ir.Table) -> str:
    return str(ibis.to_sql(row.select(clock=epoch_us(row.clock)), dialect="duckdb"))


def instant(moment: datetime) -> ir.Value:
    """Return an aware moment as a constant."""
    return ibis.literal(moment.astimezone(UTC).isoformat()).cast(INSTANT)


def field(table: ir.Table, signal: BoundSignal | None, name: str) -> ir.Value:
    """Return a field of a signal's events, typed; what does not read as its type is missing.

    ``signal`` may be ``None`` for a built-in field.
    """
    if name in BUILT_IN:
        return table[BUILT_IN[name][0]]
    if signal is None:
        raise KeyError(name)
    return _attribute(table, signal.fields[name])


def _attribute(table: ir.Table, binding: FieldBinding) -> ir.Value:
    text: Any = map_extract_value(table.attributes, binding.native)
    match binding.type:
        case "text":
            return text
        case "number":
            number = text.try_cast(dt.float64)
            return ibis.ifelse(number.isnan() | number.isinf(), ibis.null(dt.float64), number)
        case "integer":
            whole = text.try_cast(dt.int64)
            return ibis.ifelse(whole.cast(dt.float64) == text.try_cast(dt.float64), whole, ibis.null(dt.int64))
        case "boolean":
            return ibis.cases(*((text.lower() == word, value) for word, value in _BOOLEANS.items()))
        case "date":
            return text.try_cast(dt.date)
        case "time":
            return text.try_cast(INSTANT)


def emitted(table: ir.Table, signal: BoundSignal) -> ir.BooleanValue:
    """Return whether an event is one of the signal's."""
    parts = [table.step == signal.event] if signal.event else []
    parts += [map_extract_value(table.attributes, key) == value for key, value in signal.where.items()]
    return _joined(parts, lambda left, right: left & right)


def selected(table: ir.Table, selection: Selection, signal: BoundSignal) -> ir.BooleanValue:
    """Return whether an event is one of the selection's."""
    match_signal = emitted(table, signal)
    return match_signal if selection.where is None else match_signal & condition(table, selection.where, signal)


def condition(table: ir.Table, node: Condition, signal: BoundSignal) -> Any:
    """Return a condition; neither true nor false where it reads a missing field."""
    match node:
        case And(items):
            return _joined([condition(table, item, signal) for item in items], lambda left, right: left & right)
        case Or(items):
            return _joined([condition(table, item, signal) for item in items], lambda left, right: left | right)
        case Not(item):
            return ~condition(table, item, signal)
        case IsNull(ref, negated):
            value = field(table, signal, ref.name)
            return value.notnull() if negated else value.isnull()
        case In(ref, values):
            left, *rights = _aligned(field(table, signal, ref.name), *map(_constant, values))
            return left.isin(rights)
        case Compare():
            return _compare(table, node, signal)


def _compare(table: ir.Table, node: Compare, signal: BoundSignal) -> Any:
    other = node.other
    right = field(table, signal, other.name) if isinstance(other, FieldRef) else _constant(other)
    return COMPARED[node.op](*_aligned(field(table, signal, node.field.name), right))


COMPARED: dict[str, Any] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _constant(constant: Constant) -> ir.Value:
    value = constant.value
    if isinstance(value, Decimal):
        return ibis.literal(value, type=dt.Decimal(38, max(0, -int(value.as_tuple().exponent))))
    if isinstance(value, date):
        return ibis.date(value.isoformat())
    return ibis.literal(value)


def _aligned(*values: Any) -> list[Any]:
    """Return numbers in one type, so that they compare exactly; a floating field makes all of them floating."""
    kinds = [value.type() for value in values]
    if all(kind == kinds[0] for kind in kinds) or not all(kind.is_numeric() for kind in kinds):
        return list(values)
    if any(kind.is_floating() for kind in kinds):
        return [value.cast(dt.float64) for value in values]
    common = dt.Decimal(38, max(getattr(kind, "scale", 0) for kind in kinds))
    return [value.cast(common) for value in values]


def _joined(parts: list[Any], join: Any) -> Any:
    """Join as a balanced tree, so that a long list is no deep one."""
    while len(parts) > 1:
        parts = [reduce(join, parts[i : i + 2]) for i in range(0, len(parts), 2)]
    return parts[0]


def bucket(at: Any, by: By, zone: str) -> Any:
    """Return the start of the bucket as a local time without zone; of an hour, in UTC.

    Hours are counted back from the wall clock, so the hour that a clock change repeats makes two buckets.
    """
    local = timezone(zone, at)
    if by != "hour":
        return local.truncate({"day": "D", "week": "W", "month": "M", "quarter": "Q"}[by])
    return timezone("UTC", at) - (local - local.truncate("h"))


def lasting(table: ir.Table) -> Any:
    """Return the microseconds from ``started`` to ``ended``; nothing where the case has not ended.

    Of working time, where the rows have it (``lasted``).
    """
    if "lasted" in table.columns:
        return table.lasted
    return epoch_us(table.ended) - epoch_us(table.started)
