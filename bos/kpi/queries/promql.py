"""KPIs → PromQL, the query language of Prometheus and of those that speak it.

Counters are read at both edges of a bucket and subtracted. ``increase`` stretches what it saw to the whole range, so
its buckets do not add up: 4,426 for a true 4,411 in buckets of five minutes, where differences came to 4,410. Only
where a counter was reset in the range, or was not there at its beginning, ``increase`` stands in. Numbers are
estimates either way: Prometheus knows what it scraped, not when an event happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from bos.errors import UsageError
from bos.kpi import nodes as n
from bos.kpi.arithmetic import fold, parts_of
from bos.kpi.conditions import shortest
from bos.kpi.queries.promql_selectors import Counter, gauges, matches, quoted
from bos.kpi.queries.result import NamedText, TelemetryQuery
from bos.kpi.queries.spans import STEPS, first_of, offsets, seconds, window_of
from bos.kpi.queries.support import PARTS, refusal
from bos.kpi.series import GoodOfTotal, Within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from bos.kpi.arithmetic import Known
    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.options import Options
    from bos.kpi.rules import Selection

MOST_STEPS = 11_000
"""Points of a series that Prometheus answers at most."""
LOOKBACK = 300
"""Seconds Prometheus looks back for the newest sample."""
RESOLUTION = "15s"
"""How often a series is looked at where its points are held against a bound."""
_UNITS = (("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
Pair: TypeAlias = "tuple[str, Decimal | None, str | None, tuple[Selection, str] | None]"
"""Expression, the constant it is, the currency of points, and of amounts the events and the range they are of."""


def compile_promql(
    name: str,
    known: Known,
    bound: tuple[Mapping[str, BoundSignal], Mapping[str, BoundSeries]],
    options: Options,
) -> TelemetryQuery:
    """Return a KPI as an expression: of a range query where there are buckets, else of an instant query.

    Raises:
        NotExpressible: PromQL cannot say a part of it.
        UsageError: without buckets there must be a whole window; there are too many buckets.
    """
    cells = parts_of(name, known)
    _check_clock(cells, options)
    text, *_ = fold(name, known, Expressions(*bound, options))
    return TelemetryQuery(
        "promql", (NamedText(name, text),), parameters=_parameters(options), ran=True, notes=tuple(_notes(options))
    )


def duration(milliseconds: int) -> str:
    """Return a length of time as PromQL writes it."""
    return next(f"{milliseconds // size}{unit}" for unit, size in _UNITS if milliseconds % size == 0)


def _check_clock(cells: Sequence[Cell], options: Options) -> None:
    if options.by is None:
        return
    back = max((cell.frame.window.seconds for cell in cells if cell.frame and cell.frame.window), default=0)
    start = options.start - timedelta(seconds=back) if options.start is not None else None
    found = {offset.total_seconds() for offset in offsets(replace(options, start=start))}
    calendar = any(c.frame and c.frame.window and c.frame.window.unit in {"day", "week"} for c in cells)
    if options.by == "hour" and not calendar:
        found = {offset % STEPS["hour"] for offset in found}
    if len(found) > 1:
        words = f"The clock of {options.time_zone} changes in the window, and a step has one length."
        raise refusal(f"buckets of a {options.by} there", "promql", words, f"by {options.by}")


def _parameters(options: Options) -> dict[str, str]:
    if options.by is None:
        return {"time": seconds(options.end)} if options.end is not None else {}
    step = STEPS[options.by]
    found = {"step": str(step), "shift": str(step)}
    if options.start is None or options.end is None:
        return found
    moved = timedelta(seconds=step)
    first = first_of(options.start, options.by, options.time_zone) + moved
    last = first_of(options.end - timedelta(microseconds=1), options.by, options.time_zone) + moved
    if (last - first) // moved >= MOST_STEPS:
        raise UsageError(
            f"Prometheus answers at most {MOST_STEPS:,} buckets.", hint="Choose a shorter window or a longer bucket."
        )
    return {"start": seconds(first), "end": seconds(last), **found}


def _notes(options: Options) -> list[str]:
    found = ["What was not counted yet is no row, not 0: let the application export its counters with 0."]
    if options.by is None:
        return [*found, "An instant query, at the end of the window."]
    step = STEPS[options.by]
    found.append(
        f"A range query. A value at t covers the {step} seconds before t, so the bucket is labelled t minus {step}."
    )
    if options.start is None or options.end is None:
        found.append(f"start and end must be where a {options.by} ends in {options.time_zone}: nothing aligns them.")
        return found
    edges = (options.start, options.end)
    if any(first_of(moment, options.by, options.time_zone) != moment for moment in edges):
        found.append(f"The window does not begin and end with a {options.by}: the first and last are whole here.")
    return found


@dataclass(frozen=True, slots=True)
class Expressions:
    """The algebra of expressions: each is a vector with the labels it is split by."""

    signals: Mapping[str, BoundSignal]
    systems: Mapping[str, BoundSeries]
    options: Options

    def cell(self, cell: Cell) -> Pair:
        """Return what a measure comes to."""
        length, leaf = self._range(cell), cell.leaf
        value = leaf.of if isinstance(leaf, n.Balance) else getattr(leaf, "value", None)
        if isinstance(value, n.Points):
            return self._of_points(leaf, value.signal, length), None, self.systems[value.signal].currency, None
        if isinstance(leaf, n.Availability):
            return self._available(leaf.of, length), None, None, None
        amounts = None
        if isinstance(value, n.FieldOf) and value.field == "amount" and not isinstance(leaf, n.Distinct):
            amounts = (value.of, length)
        return self._of_events(leaf, length), None, None, amounts

    def _of_events(self, leaf: n.Leaf, length: str) -> str:
        match leaf:
            case n.Count(of):
                return self._sum(self._rise(of, length), of)
            case n.Distinct(n.FieldOf(of, field)):
                return self._distinct(of, field, length)
            case n.Aggregate(op, n.FieldOf(of, field)):
                return self._one_currency(self._single(op, of, field, length), of, field, length)
            case n.Percentile(rank, n.FieldOf(of, field)):
                return self._one_currency(self._quantile(rank, of, field, length), of, field, length)
            case _:
                raise refusal(type(leaf).__name__, "promql", PARTS["mixed"].promql.words, type(leaf).__name__)

    def _of_points(self, leaf: n.Leaf, name: str, length: str) -> str:
        match leaf:
            case n.Aggregate(op):
                return self._points(op, name, length)
            case n.Percentile(rank):
                told = f"max({self._over('quantile_over_time', name, length, f'{shortest(rank / 100)}, ')})"
            case _:
                told = f"max({self._over('last_over_time', name, length)})"
        return self._of_one(told, name, length)

    def number(self, value: Decimal) -> Pair:
        """Return a constant."""
        return shortest(value), value, None, None

    def join(self, op: n.ArithmeticOp, left: Pair, right: Pair) -> Pair:
        """Return two terms joined; nothing where one has nothing or a divisor is 0."""
        if op == "/" and right[1] == 0:
            raise refusal("a division by 0", "promql", "It has no value.", "Arithmetic")
        if left[1] is not None and right[1] is not None:
            one, two = left[1], right[1]
            value = {"+": one + two, "-": one - two, "*": one * two}.get(op)
            value = one / two if value is None else value
            return f"{value:f}" if value >= 0 else f"({value:f})", value, None, None
        divisor = f"({right[0]} != 0)" if op == "/" and right[1] is None else right[0]
        return f"({left[0]} {op} {divisor})", None, None, None

    def gap(self, left: Pair, right: Pair) -> Pair:
        """Return the difference of two totals; nothing where one is missing or they are in two currencies."""
        told = f"({left[0]} - {right[0]})"
        if left[2] and right[2] and left[2] != right[2]:
            raise refusal("this gap", "promql", f"The two totals are in {left[2]} and {right[2]}.", "Gap")
        for points, events in ((left, right), (right, left)):
            if points[2] and events[3]:
                told = f"({told} unless on () {self._foreign(*events[3], points[2])})"
        return told, None, None, None

    def ratio(self, numerator: Pair, denominator: Pair) -> Pair:
        """Return a quotient; nothing where the denominator is 0."""
        return self.join("/", numerator, denominator)

    def _range(self, cell: Cell) -> str:
        if self.options.by is not None:
            window = cell.frame.window if cell.frame else None
            return duration((window.seconds if window else STEPS[self.options.by]) * 1_000)
        low, high = window_of(cell.frame, self.options, "promql")
        if low is None or high is None:
            raise UsageError(
                "In PromQL a KPI needs a whole window, or buckets.", where="start", hint="Give its start and its end."
            )
        return duration(max(1, round((high - low) / timedelta(milliseconds=1))))

    def _dimensions(self, of: Selection) -> list[str]:
        counter = Counter(self.signals[of.signal])
        labels = [counter.label(name) for name in self.options.dimensions]
        if labels != list(self.options.dimensions):
            words = "Its label has another name than the field, so two sides would not find each other."
            raise refusal("this split", "promql", words, f"dimension {', '.join(self.options.dimensions)}")
        return labels

    def _sum(self, expression: str, of: Selection, *more: str, function: str = "sum") -> str:
        labels = [*more, *self._dimensions(of)]
        return f"{function} by ({', '.join(labels)}) ({expression})" if labels else f"{function}({expression})"

    def _on(self, of: Selection) -> str:
        return f"on ({', '.join(self._dimensions(of))})"

    def _rise(self, of: Selection, length: str, *, field: str = "", part: str = "", more: Sequence[str] = ()) -> str:
        """Return by how much each counter of a selection rose over the range before."""
        counter = Counter(self.signals[of.signal])
        kept = [matches(counter.label(name), values) for name, values in self.options.told]
        parts = [
            f"({one} - {one} offset {length} and resets({one}[{_longer(length)}]) == 0 or increase({one}[{length}]))"
            for one in counter.selectors(of, (*kept, *more), field=field, part=part)
        ]
        return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"

    def _distinct(self, of: Selection, field: str, length: str) -> str:
        label = Counter(self.signals[of.signal]).label(field)
        risen = self._sum(self._rise(of, length, more=(f'{label}!=""',)), of, label)
        return self._sum(f"{risen} > 0", of, function="count")

    def _single(self, op: str, of: Selection, field: str, length: str) -> str:
        total = self._sum(self._rise(of, length, field=field, part="_sum"), of)
        if op == "sum":
            return f"round({total}, 0.01)" if field == "amount" else total
        return f"({total} / ({self._sum(self._rise(of, length, field=field, part='_count'), of)} > 0))"

    def _quantile(self, rank: Decimal, of: Selection, field: str, length: str) -> str:
        buckets = self._sum(self._rise(of, length, field=field, part="_bucket"), of, "le")
        count = self._sum(self._rise(of, length, field=field, part="_count"), of)
        return f"(histogram_quantile({shortest(rank / 100)}, {buckets}) and {self._on(of)} {count} > 0)"

    def _one_currency(self, told: str, of: Selection, field: str, length: str) -> str:
        """Return no value where amounts of more than one currency were counted."""
        if field != "amount" or "currency" in self.options.dimensions:
            return told
        currency = Counter(self.signals[of.signal]).label("currency")
        risen = self._sum(f"{self._rise(of, length, field=field, part='_count')} > 0", of, currency, function="count")
        return f"({told} unless {self._on(of)} {self._sum(risen, of, function='count')} > 1)"

    def _foreign(self, of: Selection, length: str, currency: str) -> str:
        """Return something where amounts of another currency were counted."""
        label = Counter(self.signals[of.signal]).label("currency")
        more = (f'{label}!=""', f'{label}!="{currency}"')
        return f"count({self._rise(of, length, field='amount', part='_count', more=more)} > 0)"

    def _over(self, function: str, name: str, length: str, first: str = "") -> str:
        """Return a function over the points of each series of a system signal in ``[t - length, t)``."""
        return self._union(name, lambda one: f"{function}({first}{one}[{length}] offset 1ms)")

    def _union(self, name: str, told: Callable[[str], str]) -> str:
        """Return an expression over the points under each name of a system signal.

        A function over time drops the name, and of two series with the same labels ``or`` drops one: so each is marked.
        """
        every = gauges(self.systems[name])
        if len(every) == 1:
            return told(every[0])
        return " or ".join(f'label_replace({told(one)}, "recorded_as", {quoted(one)}, "", "")' for one in every)

    def _points(self, op: str, name: str, length: str) -> str:
        if op == "avg":
            return (
                f"(sum({self._over('sum_over_time', name, length)})"
                f" / sum({self._over('count_over_time', name, length)}))"
            )
        told = f"{op}({self._over(f'{op}_over_time', name, length)})"
        return f"round({told}, 0.01)" if self.systems[name].currency else told

    def _of_one(self, told: str, name: str, length: str) -> str:
        """Return no value where the points are of several series."""
        return f"({told} and on () count({self._over('count_over_time', name, length)}) == 1)"

    def _available(self, of: n.Points | Within | GoodOfTotal, length: str) -> str:
        match of:
            case Within(points, op, bound):
                return self._within(points.signal, f"{op} bool {shortest(bound)}", length)
            case GoodOfTotal(good, total):
                return self._counted(good.signal, total.signal, length)
            case n.Points(name):
                odd = (
                    f"(max({self._over('max_over_time', name, length)}) > 1"
                    f" or min({self._over('min_over_time', name, length)}) < 0)"
                )
                return f"({self._points('avg', name, length)} unless on () {odd})"

    def _within(self, name: str, holds: str, length: str) -> str:
        good = self._union(name, lambda one: f"sum_over_time(({one} {holds})[{length}:{RESOLUTION}] offset 1ms)")
        count = self._union(name, lambda one: f"count_over_time({one}[{length}:{RESOLUTION}] offset 1ms)")
        return f"(sum({good}) / sum({count}))"

    def _counted(self, good: str, total: str, length: str) -> str:
        every = f"sum({self._over('sum_over_time', total, length)})"
        some = f"(sum({self._over('sum_over_time', good, length)}) or {every} * 0)"
        odd = (
            f"(min({self._over('min_over_time', good, length)}) < 0"
            f" or min({self._over('min_over_time', total, length)}) < 0)"
        )
        return f"(({some} / ({every} > 0) unless on () {odd}) <= 1)"


def _longer(length: str) -> str:
    """Return a range and the time that is looked back for its first sample."""
    unit = length.lstrip("0123456789")
    size = dict(_UNITS)[unit]
    return duration(int(length.removesuffix(unit)) * size + LOOKBACK * 1_000)
