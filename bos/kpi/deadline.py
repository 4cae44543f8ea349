"""When a span has passed since a moment: on the wall, or in the working time of a calendar."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import date

    from bos.kpi.binding import BusinessClock

MOST_DAYS = 3_660
"""Days that are looked through for working time; what has not passed by then passes never."""


def deadline(since: datetime, span: timedelta, clock: BusinessClock | None = None) -> datetime | None:
    """Return the moment (UTC) at which a span has passed since an aware one; nothing where it never does.

    With a clock only its working time counts: its days and hours, without holidays. The cut-off and what stops the
    clock of a case do not matter here.
    """
    moment, left = since.astimezone(UTC), span
    if clock is None:
        return moment + left
    day = moment.astimezone(ZoneInfo(clock.time_zone)).date()
    for _ in range(MOST_DAYS):
        opens, closes = _hours(clock, day)
        begins = max(opens, moment)
        if begins < closes:
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
        day += timedelta(days=1)
    return None


def _hours(clock: BusinessClock, day: date) -> tuple[datetime, datetime]:
    """Return from when until when a day is worked (UTC); both alike where it is not."""
    opens, closes = (_instant(clock, day, seconds) for seconds in (clock.opens, clock.closes))
    works = day.weekday() in clock.working_days and day not in clock.holidays
    return opens, max(opens, closes) if works else opens


def _instant(clock: BusinessClock, day: date, seconds: int) -> datetime:
    local = datetime.combine(day, time()) + timedelta(seconds=seconds)
    return local.replace(tzinfo=ZoneInfo(clock.time_zone)).astimezone(UTC)
