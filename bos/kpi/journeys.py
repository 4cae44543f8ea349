"""How cases move over the step graph: who reached a step, where each went on to and how long it took.

The rows are those of ``duration(step -> next)``: a case's first event of the step, and for each way out the first event
of the next step at or after it; a way back to the same step is taken by a later event of it. The events are read once
for all steps: one table has, a row a case, the first event of each signal, a second one what came of it later, of cases
where a signal came more than once. Then a statement a step reads both.
"""

# ruff: noqa: S608 - statements are put together from our own words and quoted literals

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.kpi.binding import BUILT_IN
from bos.kpi.columns import log_clock_sql
from bos.kpi.connection import Snapshot, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from bos.kpi.binding import BoundSignal
    from bos.kpi.options import Filters

PATIENCE = 0.99
"""A case counts as in flight until this share of those that went on from the step would have gone on."""
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a step: its id, the step it leads to, and the signal that says the step is reached."""

    id: str
    target: str
    signal: BoundSignal


@dataclass(frozen=True, slots=True)
class Departure:
    """A step with the signal that says a case has reached it, and the ways out that can be told.

    ``final``: cases may end here, or go on to a step that no signal tells, so staying is no drop-off.
    """

    step: str
    signal: BoundSignal
    ways: tuple[Way, ...] = ()
    final: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What came of a way.

    ``took``: cases that went on by this way first. ``converted``: cases that reached the next step later, by any way;
    ``p50`` and ``p95``: seconds from step to step of those, as ``duration(step -> next)`` gives them.
    """

    id: str
    target: str
    took: int
    converted: int
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Stage:
    """What came of a step: ``reached`` = the sum of ``took`` + ``dropped`` + ``in_flight`` + ``ended``.

    ``ended`` are the cases that may stay: the step is final, or they were at a next step before. ``patience`` is how
    many seconds a case counts as in flight; nothing where nobody went on, and then all of them do. ``sql`` is the
    statement, over the tables of :class:`Journeys`.
    """

    step: str
    reached: int
    ended: int
    dropped: int
    in_flight: int
    patience: float | None
    passages: tuple[Passage, ...]
    sql: str


@dataclass(frozen=True, slots=True)
class Journeys:
    """What came of all steps, and the statements that make the tables their statements read."""

    stages: tuple[Stage, ...] = ()
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Which cases count: those whose first event of the step lies in ``[start, end)`` and has the fields' values."""

    start: datetime | None = None
    end: datetime | None = None
    filters: Filters = ()


def journeys(snapshot: Snapshot, departures: Sequence[Departure], cohort: Cohort, *, memory_limit: str) -> Journeys:
    """Return what came of each step, in the order asked, over all events of the snapshot.

    Raises:
        Unavailable: the lake cannot be read, or memory does not suffice.
    """
    if not departures:
        return Journeys()
    plan = _Plan(departures, cohort)
    tables = plan.tables()
    found = []
    with opened(snapshot, memory_limit=memory_limit) as cursor:
        for table in tables:
            cursor.execute(table)
        for departure in departures:
            sql = plan.statement(departure)
            answer = cursor.execute(sql)
            names = [column[0] for column in answer.description]
            row = answer.fetchone()
            found.append(_stage(departure, dict(zip(names, row or (), strict=True)), sql))
    return Journeys(tuple(found), ";\n".join(tables))


def filterable(signal: BoundSignal, name: str) -> bool:
    """Return whether the events of a signal have a text of this name, so that cases can be filtered by it."""
    return signal.kind(name) == "text"


def _stage(departure: Departure, row: Mapping[str, Any], sql: str) -> Stage:
    passages = tuple(
        Passage(
            way.id,
            way.target,
            row[f"took_{i}"],
            row[f"converted_{i}"],
            _seconds(row[f"p50_{i}"]),
            _seconds(row[f"p95_{i}"]),
        )
        for i, way in enumerate(departure.ways)
    )
    stay = row["reached"] - sum(passage.took for passage in passages)
    open_ended = departure.final or not departure.ways
    passed = stay if open_ended else row["passed"]
    dropped = 0 if open_ended else row["dropped"]
    return Stage(
        step=departure.step,
        reached=row["reached"],
        ended=passed,
        dropped=dropped,
        in_flight=stay - passed - dropped,
        patience=_seconds(row["patience"]) if departure.ways else None,
        passages=passages,
        sql=sql,
    )


def _seconds(micros: float | None) -> float | None:
    """Return seconds with twelve significant digits, as the engine rounds."""
    return None if micros is None else float(f"{micros / _MICROSECONDS:.12g}") + 0.0


class _Plan:
    """The statements for some steps: signals are numbered, so that those that several steps name are read once."""

    def __init__(self, departures: Sequence[Departure], cohort: Cohort) -> None:
        self._departures, self._cohort = departures, cohort
        signals = [one.signal for one in departures] + [way.signal for one in departures for way in one.ways]
        self._numbers = {sql: number for number, sql in enumerate(dict.fromkeys(map(emitted, signals)))}
        pairs = [(self._number(one.signal), self._number(way.signal)) for one in departures for way in one.ways]
        self._pairs = list(dict.fromkeys(pairs))

    def _number(self, signal: BoundSignal) -> int:
        return self._numbers[emitted(signal)]

    def tables(self) -> list[str]:
        """Return the statements that make what the others read."""
        made = [f"CREATE TEMP TABLE log AS\n{log_clock_sql()}", self._cases()]
        return [*made, self._later()] if self._pairs else made

    def _cases(self) -> str:
        columns = [f"min(event_time) FILTER ({sql}) AS first_{n}" for sql, n in self._numbers.items()]
        columns.append(f"sum({_how_many(self._numbers)}) AS events")
        columns += [
            f"count(*) FILTER ({sql}) AS count_{n}" for sql, n in self._numbers.items() if (n, n) in self._pairs
        ]
        columns += [
            f"arg_min_null({field_of(one.signal, name)}, (event_time, event_id)) FILTER ({emitted(one.signal)})"
            f" AS mark_{at}_{i}"
            for at, one in enumerate(self._departures)
            for i, (name, _) in enumerate(self._cohort.filters)
        ]
        listed = ",\n  ".join(columns)
        return f"""CREATE TEMP TABLE cases AS
SELECT case_id,
  {listed}
FROM events WHERE {" OR ".join(self._numbers)} GROUP BY case_id"""

    def _later(self) -> str:
        """Return the statement of the events after the first of a signal, in cases where one came more than once."""
        targets = {to for _, to in self._pairs}
        columns = ",\n  ".join(
            f"list(event_time) FILTER ({sql} AND event_time > first_{n}) AS later_{n}"
            for sql, n in self._numbers.items()
            if n in targets
        )
        firsts = _how_many(f"first_{n} IS NOT NULL" for n in self._numbers.values())
        return f"""CREATE TEMP TABLE later AS
SELECT case_id,
  {columns}
FROM events JOIN (SELECT * FROM cases WHERE events > {firsts}) USING (case_id) GROUP BY case_id"""

    def statement(self, departure: Departure) -> str:
        """Return the DuckDB statement of one step, over the tables."""
        own = self._number(departure.signal)
        targets = [(self._number(way.signal), way.target == departure.step) for way in departure.ways]
        where = " AND ".join(self._conditions(departure))
        if not targets:
            return f"SELECT count(*) AS reached FROM cases WHERE {where}"
        ends = [
            f"list_min(later_{own})"
            if loop
            else f"CASE WHEN first_{to} >= first_{own} THEN first_{to}"
            f" ELSE list_min(list_filter(later_{to}, lambda t: t >= first_{own})) END"
            for to, loop in targets
        ]
        ended = "".join(f",\n    {sql} AS ended_{i}" for i, sql in enumerate(ends))
        passed = " OR ".join(f"count_{to} > 1" if loop else f"first_{to} IS NOT NULL" for to, loop in targets)
        went = f"least({', '.join(f'ended_{i}' for i in range(len(ends)))})" if len(ends) > 1 else "ended_0"
        columns = ",\n  ".join(part for i in range(len(ends)) for part in _columns(i))
        return f"""WITH spans AS (
  SELECT first_{own} AS started, {passed} AS passed{ended}
  FROM cases LEFT JOIN later USING (case_id)
  WHERE {where}
), moves AS (
  SELECT *, {went} AS went FROM spans
), usual AS (
  SELECT quantile_cont(epoch_us(went) - epoch_us(started), {PATIENCE}) AS patience FROM moves
)
SELECT count(*) AS reached,
  count(*) FILTER (went IS NULL AND passed) AS passed,
  count(*) FILTER (went IS NULL AND NOT passed AND epoch_us(started) + (SELECT patience FROM usual)
    < (SELECT clock FROM log)) AS dropped,
  (SELECT patience FROM usual) AS patience,
  {columns}
FROM moves"""

    def _conditions(self, departure: Departure) -> list[str]:
        cohort, own, at = self._cohort, self._number(departure.signal), self._departures.index(departure)
        found = [f"first_{own} IS NOT NULL"]
        if cohort.start is not None:
            found.append(f"first_{own} >= {_instant(cohort.start)}")
        if cohort.end is not None:
            found.append(f"first_{own} < {_instant(cohort.end)}")
        for i, (_, values) in enumerate(cohort.filters):
            told = ", ".join(_text(value) for value in values if value is not None)
            ways = [f"mark_{at}_{i} IN ({told})"] if told else []
            ways += [f"mark_{at}_{i} IS NULL"] if None in values else []
            found.append(f"({' OR '.join(ways)})")
        return found


def _how_many(conditions: Iterable[str]) -> str:
    """Return the SQL of how many conditions hold."""
    return " + ".join(f"CASE WHEN {condition} THEN 1 ELSE 0 END" for condition in conditions)


def _columns(i: int) -> tuple[str, ...]:
    """Return the columns of a way; of two next steps at one instant the way that is listed first is taken."""
    before = "".join(f" AND ended_{other} IS DISTINCT FROM went" for other in range(i))
    lasted = f"epoch_us(ended_{i}) - epoch_us(started)"
    return (
        f"count(*) FILTER (went IS NOT NULL AND ended_{i} = went{before}) AS took_{i}",
        f"count(ended_{i}) AS converted_{i}",
        f"quantile_cont({lasted}, 0.5) AS p50_{i}",
        f"quantile_cont({lasted}, 0.95) AS p95_{i}",
    )


def emitted(signal: BoundSignal) -> str:
    """Return the SQL of whether an event is one of a bound signal's."""
    parts = [f"step = {_text(signal.event)}"] if signal.event else []
    parts += [f"map_extract_value(attributes, {_text(key)}) = {_text(value)}" for key, value in signal.where.items()]
    return f"({' AND '.join(parts)})" if len(parts) > 1 else parts[0]


def field_of(signal: BoundSignal, name: str) -> str:
    """Return the SQL of a field of a signal's events that is text."""
    if name in BUILT_IN:
        return BUILT_IN[name][0]
    return f"map_extract_value(attributes, {_text(signal.fields[name].native)})"


def _instant(moment: datetime) -> str:
    return f"CAST({_text(moment.isoformat())} AS TIMESTAMPTZ)"


def _text(value: str) -> str:
    """Return a text as a literal of SQL: DuckDB's plain quotes know no escape but the doubled quote."""
    return "'" + value.replace("'", "''") + "'"
