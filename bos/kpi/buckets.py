"""Buckets of time in a zone: every one from the first to the last, and the instant each begins.

Keys are as the statements name them: the start as a local time without zone; of an hour, in UTC. Sub-day buckets
divide a day of the declared zone, weeks begin on Monday.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.errors import UsageError

if TYPE_CHECKING:
    from bos.kpi.options import By

MOST = 100_000
"""Buckets one evaluation may give."""

_LENGTH = {"hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_592_000, "quarter": 7_776_000}
_QUARTER_HOUR = timedelta(minutes=15)


def series(first: datetime, last: datetime, by: By, zone: str) -> list[datetime]:
    """Return the keys of all buckets from the one with ``first`` to the one with ``last`` (aware instants).

    Raises:
        UsageError: there are more than 100,000.
    """
    if (last - first).total_seconds() / _LENGTH[by] > MOST:
        raise UsageError(
            f"The window has more than {MOST:,} buckets.", hint="Choose a shorter window or a longer bucket."
        )
    if by == "hour":
        return _hours(first, last, zone)
    keys, end = [key_of(first, by, zone)], key_of(last, by, zone)
    while keys[-1] < end:
        keys.append(_next(keys[-1], by))
    return keys


def key_of(moment: datetime, by: By, zone: str) -> datetime:
    """Return the key of the bucket an aware instant falls into."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if by == "hour":
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return moment.astimezone(UTC).replace(tzinfo=None) - past
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if by == "week":
        return day - timedelta(days=day.weekday())
    if by == "day":
        return day
    return day.replace(day=1, month=day.month if by == "month" else day.month - (day.month - 1) % 3)


def label(key: datetime, by: By, zone: str) -> datetime:
    """Return the first instant of a bucket, in the zone; of a local midnight that occurs twice, the earlier."""
    at = key.replace(tzinfo=UTC) if by == "hour" else key.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return at.astimezone(ZoneInfo(zone))


def _next(key: datetime, by: By) -> datetime:
    if by in {"day", "week"}:
        return key + timedelta(days=1 if by == "day" else 7)
    months = key.month - 1 + (1 if by == "month" else 3)
    return key.replace(year=key.year + months // 12, month=months % 12 + 1)


def _hours(first: datetime, last: datetime, zone: str) -> list[datetime]:
    """Step by quarters of an hour, since no zone moves its clock by less."""
    keys: dict[datetime, None] = {}
    moment, end = first.astimezone(UTC), last.astimezone(UTC)
    while moment <= end:
        keys[key_of(moment, "hour", zone)] = None
        moment += _QUARTER_HOUR
    keys[key_of(end, "hour", zone)] = None
    return list(keys)
