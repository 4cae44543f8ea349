"""KPIs → ADQL, the query language of AppDynamics Analytics.

It joins nothing: a KPI of several measures is several queries, whose results BOS puts together. Which characters can
be escaped is not documented, so a text stands in the quotes it does not contain, and one with both is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.arithmetic import fold, parts_of
from bos.kpi.binding import BUILT_IN
from bos.kpi.conditions import NEGATED, And, Compare, Constant, In, IsNull, Not, Or, shortest
from bos.kpi.queries.result import NamedText, TelemetryQuery
from bos.kpi.queries.spans import STEPS, offsets, window_of
from bos.kpi.queries.support import PARTS, refusal
from bos.kpi.refs import selections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.kpi.arithmetic import Known
    from bos.kpi.binding import BoundSeries, BoundSignal, NativeQuery
    from bos.kpi.cells import Cell
    from bos.kpi.conditions import Condition
    from bos.kpi.options import Options

EVENTS = "bos_events"
"""The event type that holds the recorded events, with fields named as the lake's columns."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*)(?:\s+WHERE\s+(.+?))?\s*", re.DOTALL | re.IGNORECASE)
_WORDS = {"select", "from", "where", "and", "or", "not", "in", "is", "null", "like", "between", "limit", "order", "by",
          "as", "asc", "desc", "since", "until", "true", "false", "having", "group", "regexp"}  # fmt: skip


def compile_adql(
    name: str,
    known: Known,
    bound: tuple[Mapping[str, BoundSignal], Mapping[str, BoundSeries]],
    options: Options,
) -> TelemetryQuery:
    """Return a KPI as one query for each of its measures, and how their results are put together.

    Raises:
        NotExpressible: ADQL cannot say a part of it.
    """
    cells = list(dict.fromkeys(parts_of(name, known)))
    windows = {window_of(cell.frame, options, "adql") for cell in cells}
    if len(windows) > 1:
        raise refusal("measures over several windows", "adql", "One call has one window.", "Cumulative")
    _check_hours(options)
    names = {cell: f"q{i + 1}" if len(cells) > 1 else name for i, cell in enumerate(cells)}
    texts = tuple(NamedText(names[cell], _query(cell, bound[0], options)) for cell in cells)
    words, _ = fold(name, known, Words(names))
    ((low, high),) = windows
    parameters = {"start": _millis(low), "end": _millis(high)}
    return TelemetryQuery(
        "adql",
        texts,
        combine=words if len(cells) > 1 or words != name else "",
        parameters={key: value for key, value in parameters.items() if value},
        notes=tuple(_notes(cells, options, low, high)),
    )


def text_of(text: str) -> str:
    """Return a text as a constant.

    Raises:
        NotExpressible: it has a backslash, a line end, or quotes of both kinds.
    """
    if "\\" in text or "\n" in text or ("'" in text and '"' in text):
        words = "How a backslash, a line end, or both kinds of quotes are escaped is not documented."
        raise refusal("this text", "adql", words, text)
    return f'"{text}"' if "'" in text else f"'{text}'"


def column(name: str) -> str:
    """Return a field; in back quotes where it is no plain word."""
    if _PLAIN.fullmatch(name) and name.lower() not in _WORDS:
        return name
    if not name or re.search("[`\\\\\x00-\x1f]", name):
        raise refusal("a field of this name", "adql", "It cannot stand in back quotes.", name)
    return f"`{name}`"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a signal's events in Analytics, and conditions on them."""

    signal: BoundSignal

    @property
    def own(self) -> NativeQuery | None:
        """Where the binding says the signal is kept, if in ADQL."""
        native = self.signal.native
        return native if native is not None and native.language == "adql" else None

    def at(self, name: str) -> str:
        """Return a field as the query names it."""
        if self.own is not None and name in self.own.mapping:
            return column(self.own.mapping[name])
        return column(BUILT_IN[name][0] if name in BUILT_IN else self.signal.fields[name].native)

    def source(self) -> tuple[str, list[str]]:
        """Return the event type, and what makes an event of it one of the signal's."""
        if self.own is not None:
            found = _OWN.fullmatch(self.own.text)
            if not found:
                words = "A signal's own query is an event type, with a WHERE if need be."
                raise refusal("this query of a signal", "adql", words, self.own.text)
            return found[1], [f"({found[2]})"] if found[2] else []
        if not self.signal.bound:
            name = self.signal.name
            raise refusal(f"the signal {name!r}", "adql", "It is not bound to recorded events.", name)
        parts = [f"step = {text_of(self.signal.event)}"] if self.signal.event else []
        return EVENTS, parts + [f"{column(key)} = {text_of(value)}" for key, value in self.signal.where.items()]

    def condition(self, node: Condition, *, holds: bool = True) -> str:
        """Return whether a condition is true, or false. Negations are moved to the comparisons."""
        match node:
            case Not(item):
                return self.condition(item, holds=not holds)
            case And(items) | Or(items):
                join = " AND " if isinstance(node, And) == holds else " OR "
                return f"({join.join(self.condition(item, holds=holds) for item in items)})"
            case IsNull(ref, negated):
                return f"{self.at(ref.name)} IS {'NOT NULL' if negated == holds else 'NULL'}"
            case In(ref, values):
                parts = [self._compare(ref.name, "=" if holds else "!=", value) for value in values]
                return f"({(' OR ' if holds else ' AND ').join(parts)})"
            case Compare(ref, op, Constant() as other):
                return self._compare(ref.name, op if holds else NEGATED[op], other)
            case _:
                raise refusal("two fields compared", "adql", PARTS["two_fields"].adql.words, "Compare")

    def _compare(self, name: str, op: str, constant: Constant) -> str:
        """Return a comparison; of texts with ``=`` alone, the one operator that is documented to mind case."""
        value, at = constant.value, self.at(name)
        number = isinstance(value, Decimal)
        right = shortest(value) if isinstance(value, Decimal) else text_of(str(value))
        if op != "!=":
            return f"{at} {op} {right}"
        return f"({at} IS NOT NULL AND {at} != {right})" if number else f"({at} IS NOT NULL AND NOT {at} = {right})"


def _query(cell: Cell, signals: Mapping[str, BoundSignal], options: Options) -> str:
    (selection,) = selections(cell.leaf)
    fields = Fields(signals[selection.signal])
    source, parts = fields.source()
    if selection.where is not None:
        parts.append(fields.condition(selection.where))
    for name, values in options.told:
        ways = " OR ".join(f"{fields.at(name)} = {text_of(value)}" for value in values)
        parts.append(f"({ways})" if len(values) > 1 else ways)
    chosen = [f"series(eventTimestamp, '1{options.by[0]}')"] if options.by else []
    chosen += [fields.at(name) for name in options.dimensions]
    value = getattr(cell.leaf, "value", None)
    if isinstance(value, n.FieldOf) and value.field == "amount" and not isinstance(cell.leaf, n.Distinct):
        chosen += [fields.at("currency")] if "currency" not in options.dimensions else []
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    return f"SELECT {', '.join([*chosen, *_aggregates(cell.leaf, fields)])} FROM {source}{where}"  # noqa: S608 - shown


def _aggregates(leaf: n.Leaf, fields: Fields) -> list[str]:
    match leaf:
        case n.Count():
            return ["count(*)"]
        case n.Distinct(n.FieldOf(_, name)):
            return [f"distinctcount({fields.at(name)})", f"count({fields.at(name)})"]
        case n.Aggregate(op, n.FieldOf(_, name)):
            return [f"{op}({fields.at(name)})", f"count({fields.at(name)})"]
        case n.Percentile(rank, n.FieldOf(_, name)):
            return [f"percentile({fields.at(name)}, {shortest(rank)})", f"count({fields.at(name)})"]
        case _:
            raise refusal(type(leaf).__name__, "adql", "ADQL cannot join the events of a case.", type(leaf).__name__)


def _check_hours(options: Options) -> None:
    if options.by == "hour" and any(offset.total_seconds() % STEPS["hour"] for offset in offsets(options)):
        words = f"Hours of {options.time_zone} do not begin with those of UTC."
        raise refusal("buckets of an hour there", "adql", words, "by hour")


def _millis(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return str(round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000))


def _notes(cells: list[Cell], options: Options, low: datetime | None, high: datetime | None) -> list[str]:
    found = ["Send limit = 10000 and check moreData: by default 100 rows come back."]
    if len(cells) > 1:
        found.append("Where one of the results is missing, or a divisor is 0, there is no value.")
    found.append("Fields that hold texts must be ones that Analytics does not analyse.")
    if low is None or high is None:
        found.append("Give the window a start and an end: without them Analytics takes a span of its own.")
    if options.by:
        found.append("Check the spacing that came back. A bucket without events may have no row.")
    values = [getattr(cell.leaf, "value", None) for cell in cells]
    if any(isinstance(value, n.FieldOf) and value.field == "amount" for value in values):
        found.append("A row for each currency: with more than one there is no value.")
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """The algebra of words: how results of queries are put together."""

    names: Mapping[Cell, str]

    def cell(self, cell: Cell) -> tuple[str, bool]:
        """Return the name of a query."""
        return self.names[cell], False

    def number(self, value: Decimal) -> tuple[str, bool]:
        """Return a constant."""
        return shortest(value), False

    def join(self, op: n.ArithmeticOp, left: tuple[str, bool], right: tuple[str, bool]) -> tuple[str, bool]:
        """Return two terms joined."""
        one, two = (f"({text})" if joined else text for text, joined in (left, right))
        return f"{one} {op} {two}", True

    def gap(self, left: tuple[str, bool], right: tuple[str, bool]) -> tuple[str, bool]:
        """Return the difference of two totals."""
        return self.join("-", left, right)

    def ratio(self, numerator: tuple[str, bool], denominator: tuple[str, bool]) -> tuple[str, bool]:
        """Return a quotient."""
        return self.join("/", numerator, denominator)
