"""What a snapshot holds: the clock of its log, the newest event of each signal, the values of fields to filter by."""

# ruff: noqa: S608 - statements are put together from our own words and quoted literals

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.kpi.connection import moment, opened, opened_points
from bos.kpi.journeys import emitted, field_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.kpi.binding import BoundSignal
    from bos.kpi.connection import Snapshot

MOST_VALUES = 50
"""Values of a field that are offered; one with more is no field to filter by."""
_KEPT = 256
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
    """How many events lie after the clock of the log, and the newest of them (UTC)."""

    events: int
    newest: datetime


def ahead(snapshot: Snapshot, *, memory_limit: str) -> Ahead | None:
    """Return what lies after the clock of the log; nothing where nothing does. Raises as :func:`log_clock`."""
    shows = log_clock(snapshot, memory_limit=memory_limit)
    if shows is None:
        return None
    sql = (
        "SELECT count(*), epoch_us(max(event_time)) FROM events "
        f"WHERE event_time > CAST('{shows.astimezone(UTC).isoformat()}' AS TIMESTAMPTZ)"
    )
    ((events, latest),) = asked(snapshot, sql, memory_limit)
    return Ahead(events, moment(latest)) if events else None


def newest(
    snapshot: Snapshot, signals: Mapping[str, BoundSignal], end: datetime | None, *, memory_limit: str
) -> dict[str, datetime]:
    """Return signal → its newest event before ``end`` (UTC); signals that are not bound or have none are left out.

    Raises:
        Unavailable: the lake cannot be read.
    """
    bound = {name: signal for name, signal in signals.items() if signal.bound}
    plain = [signal.event for signal in bound.values() if signal.event and not signal.where]
    before = "" if end is None else f" AND event_time < CAST('{end.astimezone(UTC).isoformat()}' AS TIMESTAMPTZ)"
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
    key = (snapshot.id, snapshot.files, sql)
    if key not in _answers:
        with (opened_points if points else opened)(snapshot, memory_limit=memory_limit) as cursor:
            _answers[key] = cursor.execute(sql).fetchall()
        while len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return list(_answers[key])
