"""The bank's clock: US Eastern time, bank holidays, moments of a bank day. Times are UTC seconds, days numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

Ints: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"
Floats: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
Flags: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]"

ZONE = "America/New_York"
DAY = 86_400
HOUR = 3_600
CUT_OFF = 17 * HOUR
"""Of a bank day, local time: what is received later is received on the next bank day."""

_EPOCH = date(1970, 1, 1)
_NTH_MONDAY = (("01", 2), ("02", 2), ("09", 0), ("10", 1))  # month and how many Mondays come before
_FIXED = ("01-01", "06-19", "07-04", "11-11", "12-25")
_SUNDAY = 6


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - _EPOCH).days


class Clock:
    """Converts between local time and UTC, and finds bank days, for some years."""

    def __init__(self, first: int, last: int) -> None:
        self._starts, self._offsets = _offsets(first, last)
        years = range((_EPOCH + timedelta(first)).year, (_EPOCH + timedelta(last)).year + 1)
        self._bank = np.busdaycalendar(holidays=[day for year in years for day in _holidays(year)])

    def local(self, utc: Ints) -> Ints:
        """Return the local wall clock, as seconds."""
        return utc + self._offset(utc)

    def local_day(self, utc: Ints) -> Ints:
        """Return the local day."""
        return self.local(utc) // DAY

    def at(self, day: Ints, second: Ints | int) -> Ints:
        """Return the moment of a local day and second of the day."""
        wall = day * DAY + second
        return wall - self._offset(wall + 5 * HOUR)

    def is_bank_day(self, day: Ints) -> Flags:
        """Tell which days are bank days."""
        found: Flags = np.is_busday(day.astype("M8[D]"), busdaycal=self._bank)
        return found

    def bank_day(self, day: Ints, after: Ints | int = 0) -> Ints:
        """Return the day itself or the next bank day, and ``after`` bank days on from there."""
        found = np.busday_offset(day.astype("M8[D]"), after, roll="forward", busdaycal=self._bank)
        return found.astype("M8[D]").astype(np.int64)

    def receipt_day(self, utc: Ints) -> Ints:
        """Return the day of receipt: after the cut-off, and on no bank day, it is the next bank day."""
        wall = self.local(utc)
        return self.bank_day(wall // DAY + (wall % DAY > CUT_OFF))

    def _offset(self, utc: Ints) -> Ints:
        return self._offsets[np.searchsorted(self._starts, utc, side="right") - 1]


def _offsets(first: int, last: int) -> tuple[Ints, Ints]:
    """Return from when (UTC seconds) which offset holds."""
    zone = ZoneInfo(ZONE)

    def offset(second: int) -> int:
        return int(datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset().total_seconds())  # type: ignore[union-attr]

    found = [(np.iinfo(np.int64).min, offset(first * DAY))]
    for day in range(first, last):
        if offset(day * DAY) != offset((day + 1) * DAY):
            hours = range(day * DAY, (day + 1) * DAY + 1, HOUR)
            change = next(second for second in hours if offset(second) != found[-1][1])
            found.append((change, offset(change)))
    starts, offsets = zip(*found, strict=True)
    return np.array(starts, np.int64), np.array(offsets, np.int64)


def _holidays(year: int) -> Iterator[np.datetime64]:
    """Give the holidays of the Federal Reserve banks; one on a Sunday is kept on the Monday."""
    for month, nth in _NTH_MONDAY:
        yield np.busday_offset(f"{year}-{month}", nth, roll="forward", weekmask="Mon")
    yield np.busday_offset(f"{year}-11", 3, roll="forward", weekmask="Thu")
    yield np.busday_offset(f"{year}-06", -1, roll="forward", weekmask="Mon")
    for text in _FIXED:
        day = date.fromisoformat(f"{year}-{text}")
        yield np.datetime64(day + timedelta(1) if day.weekday() == _SUNDAY else day)
