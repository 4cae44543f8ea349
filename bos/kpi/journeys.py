"""How cases move over the step graph: who reached a step, where each went on to and how long it took.

One statement a step. The rows are those of ``duration(step -> next)``: a case's first event of the step, and for each
way out the first event of the next step at or after it; a way back to the same step is taken by a later event of it.
"""

# ruff: noqa: S608 - statements are put together from our own words and quoted literals

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.kpi.binding import BUILT_IN
from bos.kpi.connection import Snapshot, opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    statement.
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
class Cohort:
    """Which cases count: those whose first event of the step lies in ``[start, end)`` and has the fields' values."""

    start: datetime | None = None
    end: datetime | None = None
    filters: Filters = ()


def stages(
    snapshot: Snapshot, departures: Sequence[Departure], cohort: Cohort, *, memory_limit: str
) -> tuple[Stage, ...]:
    """Return what came of each step, in the order asked, over all events of the snapshot.

    Raises:
        Unavailable: the lake cannot be read, or memory does not suffice.
    """
    found = []
    with opened(snapshot, memory_limit=memory_limit) as cursor:
        for departure in departures:
            sql = statement(departure, cohort)
            answer = cursor.execute(sql)
            names = [column[0] for column in answer.description]
            row = answer.fetchone()
            found.append(_stage(departure, dict(zip(names, row or (), strict=True)), sql))
    return tuple(found)


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


def statement(departure: Departure, cohort: Cohort) -> str:
    """Return the DuckDB statement of one step, over a table ``events`` with the lake's columns."""
    own = emitted(departure.signal)
    ways = list(enumerate(departure.ways))
    wanted = " OR ".join(dict.fromkeys([own, *(emitted(way.signal) for way in departure.ways)]))
    lists = "".join(f",\n    list(event_time) FILTER ({emitted(way.signal)}) AS later_{i}" for i, way in ways)
    marks = "".join(
        f",\n    arg_min_null({field_of(departure.signal, name)}, (event_time, event_id)) FILTER ({own}) AS mark_{i}"
        for i, (name, _) in enumerate(cohort.filters)
    )
    ended = "".join(
        f",\n    list_min(list_filter(later_{i}, lambda t: t {'>' if way.target == departure.step else '>='} started))"
        f" AS ended_{i}"
        for i, way in ways
    )
    went = f"least({', '.join(f'ended_{i}' for i, _ in ways)})" if len(ways) > 1 else "ended_0" if ways else "NULL"
    before = (
        " OR ".join(f"coalesce(len(later_{i}), 0) > {int(way.target == departure.step)}" for i, way in ways) or "false"
    )
    text = f"""WITH cases AS (
  SELECT case_id,
    min(event_time) FILTER ({own}) AS started{lists}{marks}
  FROM events WHERE {wanted} GROUP BY case_id
), spans AS (
  SELECT case_id, started, {before} AS passed{ended}
  FROM cases WHERE {" AND ".join(_conditions(cohort))}
)"""
    if not ways:
        return f"{text}\nSELECT count(*) AS reached FROM spans"
    columns = ",\n  ".join(part for i, _ in ways for part in _columns(i))
    return f"""{text}, moves AS (
  SELECT *, {went} AS went FROM spans
), usual AS (
  SELECT quantile_cont(epoch_us(went) - epoch_us(started), {PATIENCE}) AS patience FROM moves
)
SELECT count(*) AS reached,
  count(*) FILTER (went IS NULL AND passed) AS passed,
  count(*) FILTER (went IS NULL AND NOT passed AND epoch_us(started) + (SELECT patience FROM usual)
    < (SELECT epoch_us(max(event_time)) FROM events)) AS dropped,
  (SELECT patience FROM usual) AS patience,
  {columns}
FROM moves"""


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


def _conditions(cohort: Cohort) -> list[str]:
    found = ["started IS NOT NULL"]
    if cohort.start is not None:
        found.append(f"started >= {_instant(cohort.start)}")
    if cohort.end is not None:
        found.append(f"started < {_instant(cohort.end)}")
    for i, (_, values) in enumerate(cohort.filters):
        found.append(f"mark_{i} IN ({', '.join(map(_text, values))})")
    return found


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
