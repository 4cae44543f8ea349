"""Points of system signals in a snapshot of the lake → a series for each signal."""

# ruff: noqa: S608 - statements are put together from our own words and quoted literals

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.kpi.buckets import label, series
from bos.kpi.connection import Snapshot, moment, paths_of, session
from bos.kpi.extents import asked, points_clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.kpi.binding import BoundSeries
    from bos.kpi.options import By

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Points of one bucket: mean, least, greatest and how many; ``None`` and 0 where there is none."""

    start: datetime
    mean: float | None
    low: float | None
    high: float | None
    points: int


@dataclass(frozen=True, slots=True)
class Readings:
    """A signal over a window. ``newest`` is its newest point before the window's end, ``first`` the one it began with.

    Points that lie after what the clock of the points shows are none of these. ``latest`` is the value of the newest
    point in the window; ``sql`` the statement of the buckets.
    """

    signal: str
    buckets: tuple[Bucket, ...]
    points: int
    latest: float | None
    first: datetime | None
    newest: datetime | None
    sql: str


def readings(
    snapshot: Snapshot,
    signals: Sequence[str],
    *,
    by: By,
    start: datetime,
    end: datetime,
    time_zone: str,
    memory_limit: str,
) -> dict[str, Readings]:
    """Return what is recorded of each signal in ``[start, end)``, with every bucket from the first to the last.

    Raises:
        Unavailable: the lake cannot be read.
    """
    edges = [label(key, by, time_zone) for key in series(start, end, by, time_zone)]
    edges = [edge for edge in edges if edge < end]
    found: dict[str, dict[datetime, Bucket]] = {name: {} for name in signals}
    ends: dict[str, tuple[datetime, datetime, float | None]] = {}
    sqls = {name: _statement([name], by, start, end, time_zone) for name in signals}
    if snapshot.files and signals:
        with session(snapshot, memory_limit=memory_limit) as cursor:
            cursor.execute(f"CREATE TEMP VIEW metrics AS SELECT * FROM read_parquet([{paths_of(snapshot.files)}])")
            for name, key, mean, low, high, points in cursor.execute(
                _statement(signals, by, start, end, time_zone)
            ).fetchall():
                at = label(key, by, time_zone)
                found[name][at] = Bucket(at, mean, low, high, points)
            known = min(end, (points_clock(snapshot, memory_limit=memory_limit) or end) + _MOMENT)
            for name, first, newest, latest in cursor.execute(_extent(signals, known)).fetchall():
                ends[name] = (moment(first), moment(newest), latest)
    return {name: _of(name, found[name], edges, ends.get(name), start, sqls[name], time_zone) for name in signals}


def newest(
    snapshot: Snapshot, systems: Mapping[str, BoundSeries], end: datetime | None, *, memory_limit: str
) -> dict[str, datetime]:
    """Return system signal → its newest point before ``end`` (UTC), by the names of formulas; without points left out.

    Points that lie after what the clock of the points shows do not count: their time is wrong.

    Raises:
        Unavailable: the lake cannot be read.
    """
    recorded = sorted({name for one in systems.values() for name in one.recorded})
    shows = points_clock(snapshot, memory_limit=memory_limit)
    if shows is None or not recorded:
        return {}
    before = f"time <= {_instant(shows)}" + (f" AND time < {_instant(end)}" if end else "")
    sql = f"""SELECT signal, epoch_us(max(time)) FROM points
WHERE signal IN ({", ".join(map(_text, recorded))}) AND {before} GROUP BY signal"""
    found = {name: moment(last) for name, last in asked(snapshot, sql, memory_limit, points=True)}
    held = {name: [found[one] for one in system.recorded if one in found] for name, system in systems.items()}
    return {name: max(moments) for name, moments in held.items() if moments}


def _of(
    name: str,
    held: dict[datetime, Bucket],
    edges: Sequence[datetime],
    extent: tuple[datetime, datetime, float | None] | None,
    start: datetime,
    sql: str,
    zone: str,
) -> Readings:
    buckets = tuple(held.get(edge, Bucket(edge, None, None, None, 0)) for edge in edges)
    first, newest, latest = extent or (None, None, None)
    moments = [None if at is None else at.astimezone(ZoneInfo(zone)) for at in (first, newest)]
    inside = moments[1] is not None and moments[1] >= start
    points = sum(bucket.points for bucket in buckets)
    return Readings(name, buckets, points, latest if inside else None, moments[0], moments[1], sql)


def _statement(signals: Sequence[str], by: By, start: datetime, end: datetime, zone: str) -> str:
    local = f"timezone({_text(zone)}, time)"
    bucket = (
        f"timezone('UTC', time) - ({local} - date_trunc('hour', {local}))"
        if by == "hour"
        else f"date_trunc('{by}', {local})"
    )
    return f"""SELECT signal, {bucket} AS bucket, round(avg(value), 6) AS mean, min(value) AS low, max(value) AS high,
  count(*) AS points
FROM metrics WHERE signal IN ({", ".join(map(_text, signals))})
  AND time >= {_instant(start)} AND time < {_instant(end)}
GROUP BY ALL ORDER BY ALL"""


def _extent(signals: Sequence[str], end: datetime) -> str:
    return f"""SELECT signal, epoch_us(min(time)), epoch_us(max(time)), arg_max(value, time)
FROM metrics WHERE signal IN ({", ".join(map(_text, signals))})
  AND time < {_instant(end)} GROUP BY signal"""


def _instant(at: datetime) -> str:
    return f"CAST({_text(at.isoformat())} AS TIMESTAMPTZ)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
