"""What a snapshot holds: the clock of its log, what lies far from it, the newest of each signal, values of fields."""

# ruff: noqa: S608 - statements are put together from our own words and quoted literals

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.kpi.connection import moment, opened, opened_points
from bos.kpi.journeys import emitted, field_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from bos.kpi.binding import BoundSignal
    from bos.kpi.connection import Snapshot

MOST_VALUES = 50
"""Values of a field that are offered; one with more is no field to filter by."""
_KEPT = 256
_EVENTS, _POINTS = ("events", "event_time"), ("points", "time")
"""What is asked of a snapshot: the table, and the column of its times."""
FAR = timedelta(days=730)
"""How much is between a stray event and the others at least: no log is silent for as long and goes on."""
_ONE_IN, _LEAST = 100, 3
"""Of how many one may be stray, and how many it takes to tell which is."""
_A_WEEK, _LATE = 7, timedelta(hours=1)
"""Days that tell when a day begins, and how much later a log may begin on its first: by chance, few events do."""
_QUARTER_HOUR, _QUARTER_HOURS = 900_000_000, 100 * (1 + _A_WEEK)
"""In microseconds; all zones begin their days with one. As many as these days have, also where a clock is moved."""
_answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
"""Answers by snapshot and statement: a snapshot never changes, so each is read once a process."""


def log_clock(snapshot: Snapshot, *, memory_limit: str) -> datetime | None:
    """Return what the clock of the log shows (UTC), by which it is judged what is over; nothing without events.

    It is :func:`bos.kpi.columns.log_clock` of the snapshot. Raises Unavailable: the lake cannot be read.
    """
    if not snapshot.files:
        return None
    from bos.kpi.columns import log_clock_sql  # noqa: PLC0415 - half a second that an empty flow does not need

    ((shows,),) = asked(snapshot, log_clock_sql(), memory_limit)
    return None if shows is None else moment(shows)


def points_clock(points: Snapshot, *, memory_limit: str) -> datetime | None:
    """Return what the clock of the points of system signals shows (UTC); nothing without points.

    It is :func:`bos.kpi.columns.points_clock` of the snapshot. Raises Unavailable: the lake cannot be read.
    """
    if not points.files:
        return None
    from bos.kpi.columns import points_clock_sql  # noqa: PLC0415 - half a second that a flow without points does not need

    ((shows,),) = asked(points, points_clock_sql(), memory_limit, points=True)
    return None if shows is None else moment(shows)


@dataclass(frozen=True, slots=True)
class Ahead:
    """How many events, or points, lie after the clock of the log, and the newest of them (UTC)."""

    events: int
    newest: datetime


def ahead(snapshot: Snapshot, *, memory_limit: str, points: bool = False) -> Ahead | None:
    """Return what lies after the clock of the log, or of its points; nothing where nothing does.

    Raises as :func:`log_clock`.
    """
    shows = (points_clock if points else log_clock)(snapshot, memory_limit=memory_limit)
    if shows is None:
        return None
    table, time = _POINTS if points else _EVENTS
    sql = f"SELECT count(*), epoch_us(max({time})) FROM {table} WHERE {time} > {_instant(shows)}"
    ((events, latest),) = asked(snapshot, sql, memory_limit, points=points)
    return Ahead(events, moment(latest)) if events else None


@dataclass(frozen=True, slots=True)
class Stray:
    """How many events, or points, lie years before the others, the oldest of them, and when the others begin (UTC)."""

    events: int
    oldest: datetime
    begins: datetime


def stray(snapshot: Snapshot, *, memory_limit: str, points: bool = False) -> Stray | None:
    """Return what lies so far before the others that its time is most likely wrong; nothing where nothing does.

    It is at most one in a hundred of what does not lie after the clock, or a single one of three or more, with more
    than :data:`FAR` between it and the next. Raises as :func:`log_clock`.
    """
    shows = (points_clock if points else log_clock)(snapshot, memory_limit=memory_limit)
    if shows is None:
        return None
    table, time = _POINTS if points else _EVENTS
    ((first,),) = asked(snapshot, f"SELECT epoch_us(min({time})) FROM {table}", memory_limit, points=points)
    if shows - moment(first) <= FAR:
        return None
    sql = (
        f"SELECT epoch_us(min({time})), epoch_us(max({time})), count(*) FROM {table} "
        f"WHERE {time} <= {_instant(shows)} GROUP BY epoch_us({time}) // 86_400_000_000 ORDER BY 1"
    )
    days = asked(snapshot, sql, memory_limit, points=points)
    total, held, found = sum(many for _, _, many in days), 0, None
    for (_, last, many), (first, _, _) in pairwise(days):
        held += many
        if held > max(1, total // _ONE_IN) or total < _LEAST:
            break
        if moment(first) - moment(last) > FAR:
            found = Stray(held, moment(days[0][0]), moment(first))
    return found


def begun_late(snapshot: Snapshot, first: datetime, zone: str, *, memory_limit: str, points: bool = False) -> bool:
    """Return whether a log, or its points, began in the midst of a day of a zone, so that it has a part of it alone.

    So it is where its ``first`` is over an hour later on the clock than that of any of the next seven days with events.
    Raises as :func:`log_clock`.
    """
    table, time = _POINTS if points else _EVENTS
    sql = (
        f"SELECT epoch_us(min({time})) FROM {table} WHERE {time} >= {_instant(first)} "
        f"GROUP BY epoch_us({time}) // {_QUARTER_HOUR} ORDER BY 1 LIMIT {_QUARTER_HOURS}"
    )

    def late() -> bool:
        begun: dict[date, timedelta] = {}
        for (found,) in asked(snapshot, sql, memory_limit, points=points):
            local = moment(found).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            begun.setdefault(local.date(), local - datetime.combine(local, time_of_day.min))
        clocks = list(begun.values())[: 1 + _A_WEEK]
        return len(clocks) > 1 and clocks[0] > max(clocks[1:]) + _LATE

    return bool(_once(snapshot, f"{sql} -- {zone}", late))


def timely(snapshot: Snapshot, *, memory_limit: str, points: bool = False) -> str:
    """Return the condition (DuckDB) of the events, or points, that do not lie years before the others.

    Raises as :func:`log_clock`.
    """
    found = stray(snapshot, memory_limit=memory_limit, points=points)
    return f"{(_POINTS if points else _EVENTS)[1]} >= {_instant(found.begins)}" if found else "true"


def _instant(at: datetime) -> str:
    return f"CAST('{at.astimezone(UTC).isoformat()}' AS TIMESTAMPTZ)"


def newest(
    snapshot: Snapshot, signals: Mapping[str, BoundSignal], end: datetime | None, *, memory_limit: str
) -> dict[str, datetime]:
    """Return signal → its newest event before ``end`` (UTC); signals that are not bound or have none are left out.

    Events that lie after what the clock of the log shows do not count: their time is wrong.

    Raises:
        Unavailable: the lake cannot be read.
    """
    bound = {name: signal for name, signal in signals.items() if signal.bound}
    plain = [signal.event for signal in bound.values() if signal.event and not signal.where]
    shows = log_clock(snapshot, memory_limit=memory_limit)
    before = "" if shows is None else f" AND event_time <= {_instant(shows)}"
    before += "" if end is None else f" AND event_time < {_instant(end)}"
    found: dict[str, datetime] = {}
    if plain:
        sql = f"SELECT step, epoch_us(max(event_time)) FROM events WHERE true{before} GROUP BY step"
        by_step = dict(asked(snapshot, sql, memory_limit))
        found = {
            name: moment(by_step[signal.event])
            for name, signal in bound.items()
            if not signal.where and signal.event in by_step
        }
    for name, signal in bound.items():
        if signal.where:
            sql = f"SELECT epoch_us(max(event_time)) FROM events WHERE {emitted(signal)}{before}"
            ((last,),) = asked(snapshot, sql, memory_limit)
            if last is not None:
                found[name] = moment(last)
    return found


def values(
    snapshot: Snapshot, signals: Mapping[str, BoundSignal], fields: Sequence[str], *, memory_limit: str
) -> dict[str, tuple[str, ...]]:
    """Return field → the values it has, in order; one that no bound signal has as text, or with too many, is left out.

    They are read from every signal that has the field. Raises as :func:`newest`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in fields:
        by_column: dict[str, list[str]] = {}
        for signal in signals.values():
            if signal.bound and signal.kind(name) == "text":
                by_column.setdefault(field_of(signal, name), []).append(emitted(signal))
        if not by_column:
            continue
        parts = (
            f"SELECT DISTINCT {column} AS value FROM events WHERE ({' OR '.join(own)}) AND {column} IS NOT NULL"
            for column, own in by_column.items()
        )
        sql = f"{' UNION '.join(parts)} ORDER BY value LIMIT {MOST_VALUES + 1}"
        rows = asked(snapshot, sql, memory_limit)
        if 0 < len(rows) <= MOST_VALUES:
            found[name] = tuple(value for (value,) in rows)
    return found


def asked(snapshot: Snapshot, sql: str, memory_limit: str, *, points: bool = False) -> list[tuple[Any, ...]]:
    """Return the rows of a statement over the events of a snapshot, or over its points. Raises as :func:`newest`."""

    def fetched() -> list[tuple[Any, ...]]:
        with (opened_points if points else opened)(snapshot, memory_limit=memory_limit) as cursor:
            return cursor.execute(sql).fetchall()

    return list(_once(snapshot, sql, fetched))


def _once(snapshot: Snapshot, what: str, make: Callable[[], Any]) -> Any:
    """Return what is made of a snapshot under a name, made when it is first asked for."""
    key = (snapshot.id, snapshot.files, what)
    if key not in _answers:
        _answers[key] = make()
    found = _answers[key]
    while len(_answers) > _KEPT:
        _answers.popitem(last=False)
    return found
