"""One measure → the columns that carry it: ``value``, ``n``, and for money the range of its currencies.

Columns are named ``<cell>_<part>``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

from bos.kpi import nodes as n
from bos.kpi.columns import COMPARED, MONEY, epoch_us, field, lasting, list_aggregate, log_clock
from bos.kpi.refs import points_read
from bos.kpi.series import GoodOfTotal, Within, unequal_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    import ibis.expr.types as ir

    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.costs import CostRule
    from bos.kpi.relations import Scope
    from bos.kpi.series import Indicator

MICROSECONDS = 1_000_000
PER_CENT = 100
_MINUTE = 60 * MICROSECONDS
_RATE, _COST = dt.Decimal(18, 6), dt.Decimal(38, 2)
"""A rate, and what a failure comes to: wide enough that no product of two decimals of 18 digits overflows."""


def of_events(table: ir.Table, cell: Cell, signal: BoundSignal, taken: Any, *, currencies: bool) -> dict[str, Any]:
    """Return the columns of a measure of events; ``taken`` says which rows it takes (``None``: all).

    ``currencies``: amounts of the snapshot may be in several, so money carries the range of its own.
    """
    leaf = cell.leaf
    value = getattr(leaf, "value", None)
    if not isinstance(value, n.FieldOf):
        return {"n": table.count(where=taken)}
    column = field(table, signal, value.field)
    parts = {"value": _value(leaf, column, taken), "n": column.count(where=taken)}
    if not currencies or value.field != "amount" or isinstance(leaf, n.Distinct):
        return parts
    priced = column.notnull() if taken is None else taken & column.notnull()
    return parts | _currencies(table, priced)


def _currencies(table: ir.Table, priced: Any) -> dict[str, Any]:
    """Return the range of the currencies of the amounts that count, and how many of them name none."""
    currency = table.currency
    parts = {"low": currency.min(where=priced), "high": currency.max(where=priced)}
    return parts | {"blank": table.count(where=priced & currency.isnull())}


def _value(leaf: n.Leaf, value: Any, taken: Any) -> Any:
    match leaf:
        case n.Distinct():
            return value.nunique(where=taken)
        case n.Percentile(rank):
            return value.cast(dt.float64).quantile(float(rank / PER_CENT), where=taken)
        case n.Aggregate("sum" | "avg" as op) if value.type().is_floating():
            return _ordered(op, value, taken)
        case n.Aggregate(op):
            plain = {"sum": value.sum, "avg": value.mean, "min": value.min, "max": value.max}[op]
            return plain(where=taken)
        case _:
            raise TypeError(leaf)


def _ordered(op: str, value: Any, taken: Any) -> Any:
    """Return a sum of floating numbers that depends on the numbers alone: ordered, with compensation (Kahan)."""
    total = list_aggregate(value.collect(where=taken, order_by=value), "fsum")
    return total if op == "sum" else total / value.count(where=taken)


def of_spans(table: ir.Table, cell: Cell) -> dict[str, Any]:
    """Return the columns of a duration or a conversion over one row a case: ``started``, ``ended``."""
    leaf = cell.leaf
    lasted = lasting(table)
    if isinstance(leaf, n.Conversion):
        return {"value": _conversion(table, leaf), "n": table.count()}
    if isinstance(leaf, n.Percentile):
        value = lasted.quantile(float(leaf.rank / PER_CENT))
    else:
        plain = {"sum": lasted.sum, "avg": lasted.mean, "min": lasted.min, "max": lasted.max}
        value = plain[leaf.op]().cast(dt.float64)  # type: ignore[union-attr]
    return {"value": value / MICROSECONDS, "n": lasted.count()}


def reached(table: ir.Table, leaf: n.Conversion) -> tuple[Any, Any]:
    """Return whether each case was converted, and whether its window is over: the clock of the log has passed it."""
    if leaf.within is None:
        return table.ended.notnull(), ibis.literal(False)
    limit = leaf.within.seconds * MICROSECONDS
    converted = table.ended.notnull() & (lasting(table) <= limit)
    return converted, epoch_us(table.started) + limit < epoch_us(log_clock())


def _conversion(table: ir.Table, leaf: n.Conversion) -> Any:
    """Return the share or the number of cases."""
    converted, over = reached(table, leaf)
    match leaf.show:
        case "rate":
            return table.count(where=converted) / table.count().nullif(0)
        case "converted":
            return table.count(where=converted)
        case "dropped":
            return table.count(where=~converted & over)
        case "in_flight":
            return table.count(where=~converted & ~over)


def of_points(table: ir.Table, cell: Cell, series: Mapping[str, BoundSeries]) -> dict[str, Any]:
    """Return the columns of a measure of system signals over their points: ``signal``, ``value``.

    Those of a balance say in ``reached`` whether the clock of the points has reached them: no later one is the newest.

    ``odd`` counts what cannot be: a share outside 0 to 1, a negative count, more good than there is in all.
    """
    leaf = cell.leaf
    if isinstance(leaf, n.Availability):
        return _available(table, leaf.of, series)
    (points,) = points_read(leaf)
    bound = series[points.signal]
    taken = table.signal.isin(bound.recorded)
    value = _money(table, bound)
    if isinstance(leaf, n.Balance):
        taken &= table.reached
        several = (table.labels.cast(dt.string).nunique(where=taken) > 1).cast(dt.int64)
        return {"value": value.argmax(table["at"], where=taken), "n": value.count(where=taken), "odd": several}
    return {"value": _value(leaf, value, taken), "n": value.count(where=taken)}


def odd_words(leaf: n.Availability | n.Balance | n.Charge) -> str:
    """Return why a measure has no value where something it stands on is odd."""
    if isinstance(leaf, n.Charge):
        return f"Some failures have no {leaf.rule.rated}, by which the cost rule {leaf.rule.name!r} charges."
    names = " and ".join(repr(points.signal) for points in points_read(leaf))
    if isinstance(leaf, n.Balance):
        return f"{names} has points of several series (labels), so it is not known which of them is the balance."
    if isinstance(leaf.of, GoodOfTotal):
        return unequal_words(leaf.of)
    return f"Points of {names} lie outside 0 to 1, so they are no shares."


def mixed_words(leaf: Any, low: str | None, high: str | None) -> str:
    """Return why a measure has no value where its amounts are in two currencies, or some in none, and what to do."""
    currencies = f"{low}, {high if high != low else 'none given'}"
    if not isinstance(leaf, n.Charge):
        return f"Amounts are in more than one currency ({currencies}). Split by currency."
    rule = leaf.rule
    return (
        f"The cost rule {rule.name!r} charges in {rule.currency} by amounts in more than one currency or in another "
        f"({currencies}). Nothing is converted: charge by a field that holds the amounts in {rule.currency}, "
        f"or a fixed amount."
    )


def _money(table: ir.Table, series: BoundSeries) -> Any:
    """Return the values of points; money to the cent, since they are recorded as floating numbers."""
    return table.value.cast(MONEY) if series.currency else table.value


def _available(table: ir.Table, indicator: Indicator, series: Mapping[str, BoundSeries]) -> dict[str, Any]:
    def of(points: n.Points) -> Any:
        return table.signal.isin(series[points.signal].recorded)

    match indicator:
        case n.Points():
            taken = of(indicator)
            wrong = table.count(where=taken & ~table.value.between(0, 1))
            return {"value": _ordered("avg", table.value, taken), "n": table.value.count(where=taken), "odd": wrong}
        case Within(points, op, bound):
            taken = of(points)
            count = table.value.count(where=taken)
            good = table.count(where=taken & COMPARED[op](table.value, float(bound)))
            return {"value": good / count.nullif(0), "n": count}
        case GoodOfTotal(good, total):
            some, every = (_ordered("sum", table.value, of(points)) for points in (good, total))
            some = ibis.ifelse(every.notnull(), ibis.coalesce(some, 0.0), ibis.null(dt.float64))
            wrong = table.count(where=(of(good) | of(total)) & (table.value < 0)) + (some > every).cast(dt.int64)
            return {"value": some / every.nullif(0), "n": ibis.coalesce(every, 0.0).cast(dt.int64), "odd": wrong}


def of_open(table: ir.Table, cell: Cell) -> dict[str, Any]:
    """Return the columns of a balance or an age over one row an open case: ``started``, ``ended``, ``worth``."""
    leaf = cell.leaf
    if not isinstance(leaf, n.Balance):
        return of_spans(table, cell)
    if "worth" not in table.columns:
        return {"n": table.count()}
    total = _ordered("sum", table.worth, None) if table.worth.type().is_floating() else table.worth.sum()
    parts = {"value": total.fill_null(0), "n": table.worth.count()}
    if not isinstance(leaf.of, n.FieldOf) or leaf.of.field != "amount":
        return parts
    return parts | _currencies(table, table.worth.notnull())


def of_failures(table: ir.Table, cell: Cell, currency: str | None) -> dict[str, Any]:
    """Return the columns of a charge over one row a failure: what each costs, to the cent, and added up.

    ``odd`` counts failures that lack the field their rule charges by. ``currency`` is that of every amount of the
    snapshot, where it is known: the range of its own is looked for only where that is not the one of the rule.
    """
    leaf = cell.leaf
    if not isinstance(leaf, n.Charge):
        raise TypeError(leaf)
    rule = leaf.rule
    parts = {"value": charged(table, rule).sum().fill_null(0), "n": table.count()}
    if not rule.rated:
        return parts
    parts["odd"] = table.count(where=_rated(table, rule).isnull())
    if rule.rated != "amount" or rule.currency == currency:
        return parts
    found, own = _currencies(table, table.worth.notnull()), ibis.literal(rule.currency)
    low, high = ibis.least(found["low"], own), ibis.greatest(found["high"], own)
    return parts | {"low": low, "high": high, "blank": found["blank"]}


def charged(table: ir.Table, rule: CostRule) -> Any:
    """Return what each failure costs, to the cent; nothing where it lacks the field its rule charges by."""
    cost: Any = ibis.literal(rule.fixed, MONEY)
    if not rule.rated and not rule.timed:
        cost = ibis.cases((table.case_id.notnull(), cost))  # of every row; the names of cases take long to read
    if rule.rated:
        cost = cost + _rated(table, rule) * ibis.literal(rule.rate, _RATE)
    if rule.per_minute:
        minutes = ((table.late + (_MINUTE - 1)) // _MINUTE).cast(dt.Decimal(18, 0))
        cost = cost + minutes * ibis.literal(rule.per_minute, MONEY)
    if rule.tiers:
        passed = [(table.late > over * MICROSECONDS, ibis.literal(money, MONEY)) for over, money in rule.tiers[::-1]]
        cost = cost + ibis.cases(*passed, else_=ibis.literal(0, MONEY))
    if rule.most is not None:
        cost = ibis.least(cost, ibis.literal(rule.most, MONEY))
    return cost.round(2).cast(_COST)


def _rated(table: ir.Table, rule: CostRule) -> Any:
    """Return what a rule charges by; of a field that is no money four decimals, and nothing where it is too large."""
    return table.worth if rule.rated == "amount" else table.worth.try_cast(dt.Decimal(18, 4))


def of_cases(table: ir.Table, cell: Cell) -> dict[str, Any]:
    """Return the columns of a conformance over one row a case the rule is about: ``breaks`` and ``pending``."""
    show = getattr(cell.leaf, "show", "broken")
    if show == "broken":
        return {"value": table.count(where=table.breaks), "n": table.count()}
    waits = table.pending if "pending" in table.columns else ibis.literal(False)
    return {"value": table.count(where=waits if show == "pending" else ~table.breaks & ~waits), "n": table.count()}


def percentiles(table: ir.Table, leaf: n.Percentile, ranks: Sequence[Decimal], scope: Scope) -> Any:
    """Return several percentiles of one value as a list, which costs hardly more than one."""
    wanted, value = [float(rank / PER_CENT) for rank in ranks], leaf.value
    if isinstance(value, n.Duration | n.Age):
        return lasting(table).quantile(wanted)
    if isinstance(value, n.Points):
        return _money(table, scope.series[value.signal]).cast(dt.float64).quantile(wanted)
    return field(table, scope.signals[value.of.signal], value.field).cast(dt.float64).quantile(wanted)
