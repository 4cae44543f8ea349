"""Windows and steps of telemetry queries: what a KPI covers, and where buckets of one length begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.kpi.buckets import key_of, label

if TYPE_CHECKING:
    from bos.kpi.nodes import Frame
    from bos.kpi.options import By, Options
    from bos.kpi.queries.support import Engine

from bos.kpi.queries.support import refusal

_DAYS = {"day": 1, "week": 7}
STEPS = {"hour": 3_600, "day": 86_400, "week": 604_800}
"""Seconds of the buckets that have one length where the clock does not change."""
_WEEK = timedelta(days=7)


def window_of(frame: Frame | None, options: Options, engine: Engine) -> tuple[datetime | None, datetime | None]:
    """Return ``[low, high)`` that a value without buckets covers.

    Raises:
        NotExpressible: a span reaches back from an end that nobody gave.
    """
    if frame is None:
        return options.start, options.end
    if frame.open:
        return None, options.end
    if options.end is None:
        raise refusal("a cumulative KPI without an end", engine, "Give the window an end.", "Cumulative")
    return _low(frame, options.end, options.time_zone), options.end


def _low(frame: Frame, end: datetime, zone: str) -> datetime:
    """Return where a frame begins that ends at a moment; days and weeks are those of the calendar."""
    if frame.window is not None and frame.window.unit not in _DAYS:
        return end - timedelta(seconds=frame.window.seconds)
    own = ZoneInfo(zone)
    if frame.window is not None:
        days = _DAYS[frame.window.unit] * frame.window.count
        return (end.astimezone(own).replace(tzinfo=None) - timedelta(days=days)).replace(tzinfo=own).astimezone(UTC)
    last = end - timedelta(microseconds=1)
    if frame.grain == "year":
        first = last.astimezone(own).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        return first.replace(tzinfo=own).astimezone(UTC)
    grain: By = frame.grain or "month"
    return label(key_of(last, grain, zone), grain, zone).astimezone(UTC)


def offsets(options: Options) -> set[timedelta]:
    """Return by how much the clock of the zone differs from UTC in the window, of an open one over some decades."""
    start = options.start or datetime(2000, 1, 1, tzinfo=UTC)
    return set(_offsets(start, options.end or datetime(2050, 1, 1, tzinfo=UTC), options.time_zone))


@lru_cache(maxsize=64)
def _offsets(start: datetime, end: datetime, name: str) -> frozenset[timedelta]:
    zone, moment = ZoneInfo(name), start
    found = {(end - timedelta(microseconds=1)).astimezone(zone).utcoffset() or timedelta()}
    while moment < end:
        found.add(moment.astimezone(zone).utcoffset() or timedelta())
        moment += _WEEK
    return frozenset(found)


def first_of(moment: datetime, by: By, zone: str) -> datetime:
    """Return the first instant of the bucket that a moment lies in (UTC)."""
    return label(key_of(moment, by, zone), by, zone).astimezone(UTC)


def seconds(moment: datetime) -> str:
    """Return a moment as seconds since 1970, with as many digits as it needs."""
    micros = (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    whole, rest = divmod(micros, 1_000_000)
    return f"{whole}.{rest:06}".rstrip("0") if rest else str(whole)
