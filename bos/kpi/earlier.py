"""Earlier periods: what a period is held against, by the calendar of its zone.

A period is compared with the one before it, or with itself some spans earlier (MetricFlow: ``offset_window``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, cast
from zoneinfo import ZoneInfo

from bos.errors import UsageError
from bos.kpi.buckets import key_of, label

if TYPE_CHECKING:
    from bos.kpi.options import By

PREVIOUS = "previous"
"""How the period before is asked for."""
OffsetUnit = Literal["hour", "day", "week", "month", "quarter", "year"]

_WRITTEN = re.compile(r"([1-9]\d{0,3}) (hour|day|week|month|quarter|year)s?")
_DAYS: dict[str, int] = {"day": 1, "week": 7}
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
_DAY = 86_400
_ABOUT: dict[OffsetUnit, float] = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
MOST_DAYS = 36_500
"""Days, about, that a period may be compared back."""


@dataclass(frozen=True, slots=True)
class Offset:
    """How far back the period lies that another is held against; days and longer are those of the calendar."""

    count: int
    unit: OffsetUnit

    def __str__(self) -> str:
        """Return it as it is written, such as ``4 weeks``."""
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    def fits(self, by: By) -> bool:
        """Return whether a bucket, so much earlier, is a bucket again."""
        if by == "hour":
            return True
        if by == "day":
            return self.unit != "hour"
        if by == "week":
            return self.unit == "week" or (self.unit == "day" and self.count % 7 == 0)
        months = self.count * _MONTHS.get(self.unit, 0)
        return months > 0 and months % _MONTHS[by] == 0

    def before(self, moment: datetime, zone: str) -> datetime:
        """Return the instant (UTC) that lies so much earlier than an aware one, at the same time of day.

        Of a day that its month does not have, the beginning of the next month is taken.
        """
        if self.unit == "hour":
            return moment.astimezone(UTC) - timedelta(hours=self.count)
        local = moment.astimezone(ZoneInfo(zone))
        if self.unit in _DAYS:
            moved = local.replace(tzinfo=None) - timedelta(days=self.count * _DAYS[self.unit])
        else:
            moved = _months_back(local.replace(tzinfo=None), self.count * _MONTHS[self.unit])
        return moved.replace(tzinfo=ZoneInfo(zone), fold=local.fold).astimezone(UTC)


Comparing: TypeAlias = "Offset | None"
"""What to compare with: so much earlier, or (``None``) the period before."""


def comparing(text: str) -> Comparing:
    """Return what a text asks to compare with: ``previous``, or a span such as ``4 weeks`` or ``1 year``.

    Raises:
        UsageError: it says neither.
    """
    if text == PREVIOUS:
        return None
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise UsageError(
            f"{text!r} is nothing to compare with.",
            where="compare",
            hint="Write previous for the period before, or how much earlier: 4 weeks, 1 month, 1 year.",
        )
    offset = Offset(int(found[1]), cast("OffsetUnit", found[2]))
    if offset.count * _ABOUT[offset.unit] > MOST_DAYS:
        raise UsageError(f"{offset} is too far back to compare with.", where="compare", hint="At most 100 years are.")
    return offset


def offset_of(compare: Comparing, by: By) -> Offset:
    """Return how far back buckets are compared; the one before is one bucket back.

    Raises:
        UsageError: so much earlier, a bucket of this length is none.
    """
    if compare is None:
        return Offset(1, by)
    if not compare.fits(by):
        fitting = {"day": "days or longer", "week": "whole weeks, such as 52 weeks", "month": "months or years"}
        raise UsageError(
            f"A {by} and what lies {compare} before it are not alike.",
            where="compare",
            hint=f"Compare {by}s by {fitting.get(by, 'quarters or years')}, or ask for other buckets.",
        )
    return compare


def period_before(start: datetime, end: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the period that ends where this one begins: as many whole months or days, else the same length."""
    first, last = (moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in (start, end))
    if first < last and _begins_month(first) and _begins_month(last):
        months = (last.year - first.year) * 12 + last.month - first.month
        return Offset(months, "month").before(start, zone), start
    if not whole_days(start, end, zone):
        return start.astimezone(UTC) - length(start, end), start
    return (first - (last - first)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), start


def alike(one: tuple[datetime, datetime], two: tuple[datetime, datetime], zone: str) -> bool:
    """Return whether two periods are as long: as many hours, as many days of the calendar, or whole months both."""
    place = ZoneInfo(zone)
    if length(*one) == length(*two):
        return True
    (a, b), (c, d) = ([moment.astimezone(place).replace(tzinfo=None) for moment in pair] for pair in (one, two))
    return b - a == d - c or all(_begins_month(local) for local in (a, b, c, d))


def whole_days(start: datetime, end: datetime, zone: str) -> bool:
    """Return whether a period is as long as some days of the calendar of a zone."""
    first, last = (moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in (start, end))
    return last != first and (last - first).total_seconds() % _DAY == 0


def length(start: datetime, end: datetime) -> timedelta:
    """Return how much time lies between two moments; on the clocks of a zone it may be an hour more or less."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def bucket_before(start: datetime, offset: Offset, by: By, zone: str) -> datetime | None:
    """Return the start of the bucket so much earlier, in the zone; nothing where there is none, such as 30 February."""
    local = start.astimezone(ZoneInfo(zone))
    earlier = offset.before(start, zone).astimezone(ZoneInfo(zone))
    days_kept = offset.unit in _MONTHS and by in {"day", "hour"}
    if days_kept and earlier.day != local.day:
        return None
    if by == "hour" and offset.unit != "hour" and earlier.hour != local.hour:
        return None  # the hour that a clock change leaves out
    return label(key_of(earlier, by, zone), by, zone)


def _begins_month(local: datetime) -> bool:
    return local.day == 1 and local.time() == datetime.min.time()


def _months_back(local: datetime, count: int) -> datetime:
    month = local.year * 12 + local.month - 1 - count
    first = local.replace(year=month // 12, month=month % 12 + 1, day=1)
    moved = first + timedelta(days=local.day - 1)
    if moved.month == first.month:
        return moved
    return moved.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
