"""Periods: in words, and in buckets that suit them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.model.moments import DASH, clocked, day, days, instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bos.kpi.options import By

_SUITS: tuple[tuple[float, By], ...] = ((3, "hour"), (45, "day"), (400, "week"), (1900, "month"))
"""Days up to which a period is best seen in a bucket."""
LONGER: dict[By, By] = {"hour": "day", "day": "week", "week": "week", "month": "month", "quarter": "quarter"}
"""The bucket two of which are compared where a period has none before it."""
_MOMENT = timedelta(microseconds=1)
_MONTHS: dict[By, int] = {"month": 1, "quarter": 3}
SO_FAR, IN_PART, GAPPED, FEW = "so far", "in part", "with data missing", "of small numbers"
"""What is said of a bucket that is not over, of one that began before the period did, of one that rests on little."""
_TENTH = 10


@dataclass(frozen=True, slots=True)
class Held:
    """The first and the newest event that is known (UTC); nothing where there is none."""

    first: datetime | None = None
    last: datetime | None = None

    def until(self, moment: datetime | None) -> Held:
        """Return the same, the newest event at most of a moment: what is over is judged by no later one."""
        return self if moment is None or self.last is None else Held(self.first, min(self.last, moment))

    def runs_past(self, shows: datetime | None, start: datetime | None) -> bool:
        """Return whether a window without an end reaches to events after what the clock of the log shows."""
        late = shows is not None and self.last is not None and shows < self.last
        return late and (start is None or shows is None or start < shows)


def thin(counts: Sequence[int]) -> list[bool]:
    """Return which numbers that stand beside each other rest on less than a tenth of what the middle one rests on."""
    usual = median(counts) if counts else 0
    return [count * _TENTH < usual for count in counts]


def suits(start: datetime | None, end: datetime | None, held: Held) -> By:
    """Return the bucket that suits a period, where it is open that of what was recorded."""
    first, last = start or held.first, end or held.last
    if first is None or last is None:
        return "day"
    days = (last - first).total_seconds() / 86_400
    return next((by for most, by in _SUITS if days <= most), "quarter")


def day_after(moment: datetime, zone: str) -> datetime:
    """Return the midnight that ends the day of a moment, in UTC."""
    local = moment.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return (local + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_of(moment: datetime, zone: str) -> datetime:
    """Return the midnight that begins the day of a moment, in UTC."""
    local = moment.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def bucket_after(start: datetime, by: By, zone: str) -> datetime:
    """Return where a bucket ends that begins at ``start``, in UTC."""
    if by == "hour":
        return start.astimezone(UTC) + timedelta(hours=1)
    local = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if by in _MONTHS:
        month = local.month - 1 + _MONTHS[by]
        local = local.replace(year=local.year + month // 12, month=month % 12 + 1)
    else:
        local += timedelta(days=7 if by == "week" else 1)
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def covered(start: datetime | None, end: datetime | None, held: Held, zone: str) -> tuple[datetime, datetime] | None:
    """Return from when until when a period is known whole: a day that was asked for counts once it has events."""
    if held.first is None or held.last is None:
        return None
    until = min(end or held.last, day_after(held.last, zone))
    return day_of(max(start or held.first, held.first), zone), until


def incomplete(
    starts: Iterable[datetime], by: By, zone: str, whole: tuple[datetime, datetime] | None
) -> dict[str, str]:
    """Return the buckets that are not known whole, by their start in ISO 8601, and what to say beside their value."""
    if whole is None:
        return {}
    found = {}
    for start in starts:
        if bucket_after(start, by, zone) > whole[1]:
            found[start.isoformat()] = SO_FAR
        elif start < whole[0]:
            found[start.isoformat()] = IN_PART
    return found


def words(start: datetime | None, end: datetime | None, held: Held, zone: str) -> str:
    """Return a period in words: ``16 Nov - 22 Nov 2026, Europe/Amsterdam`` with a dash between; the last day counts."""
    if start is None and end is None:
        if held.first is None or held.last is None:
            return "Nothing was recorded yet"
        return f"All that was recorded: {days(held.first, held.last, zone)}, {zone}"
    first, last = start or held.first, (end - _MOMENT if end else held.last)
    if first is None or last is None:
        return f"Nothing was recorded yet, {zone}"
    if start is None:
        return f"All until {day(last, zone)}, {zone}"
    if any(clocked(moment, zone) for moment in (start, end) if moment is not None):
        return f"{instant(first, zone)} {DASH} {instant(last + _MOMENT, zone)}, {zone}"
    return f"{days(first, last, zone)}, {zone}"


def spans(
    starts: Iterable[datetime], by: By, zone: str, window: tuple[datetime | None, datetime | None]
) -> Iterator[str]:
    """Yield for each bucket when it begins on the clocks of a zone and the last day of it: ``2026-01-05/2026-01-11``.

    What lies outside the ``window`` ``[start, end)`` is left out.
    """
    place, (first, end) = ZoneInfo(zone), window
    for start in starts:
        begin = max(start, first) if first is not None else start
        until = bucket_after(start, by, zone)
        last = (min(until, end) if end is not None else until) - _MOMENT
        local = begin.astimezone(place)
        yield f"{local:%Y-%m-%dT%H:%M}/{last.astimezone(place):%Y-%m-%d}"


def short(moment: datetime, by: By, zone: str) -> str:
    """Return the start of a bucket in words."""
    local = moment.astimezone(ZoneInfo(zone))
    if by == "hour":
        return instant(moment, zone)
    if by in {"month", "quarter"}:
        return f"{local:%b %Y}"
    return day(moment, zone)
