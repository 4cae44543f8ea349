"""Moments and periods as people read them, on the clock of a zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bos.model.document import FIRST_YEAR, LAST_YEAR

DASH = "\u2013"
_MOMENT = timedelta(microseconds=1)
AHEAD = timedelta(days=1)
"""How far what happened may lie after its own import before it lies in the future: clocks and zones differ."""


def day(moment: datetime, zone: str) -> str:
    """Return the day of a moment: 2 Mar 2026."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b} {local.year}"


def instant(moment: datetime, zone: str) -> str:
    """Return a moment to the minute: 2 Mar 2026 09:30."""
    return f"{day(moment, zone)} {moment.astimezone(ZoneInfo(zone)):%H:%M}"


def silent_since(newest: datetime | None, zone: str, until: datetime | None = None) -> str:
    """Return since when, or until when, there is no data, to the minute; without a moment, that there is none yet."""
    if until is not None:
        return f"No data {f'from {instant(newest, zone)} to' if newest else 'until'} {instant(until, zone)}"
    return f"No data since {instant(newest, zone)}" if newest else "No data was recorded yet"


def nothing_since(what: str, newest: datetime | None, zone: str) -> str:
    """Return since when nothing came of something that had come before, to the minute."""
    return f"Nothing of {what} since {instant(newest, zone)}" if newest else f"Nothing of {what} yet"


def days(first: datetime, last: datetime, zone: str) -> str:
    """Return the days from that of one moment to that of another: 30 Mar - 5 Apr 2026, with a dash between."""
    one, two = first.astimezone(ZoneInfo(zone)), last.astimezone(ZoneInfo(zone))
    if one.date() == two.date():
        return day(last, zone)
    year = f" {one.year}" if one.year != two.year else ""
    return f"{one.day} {one:%b}{year} {DASH} {day(last, zone)}"


def period(start: datetime, end: datetime, zone: str) -> str:
    """Return ``[start, end)`` as its days, the last of which counts; to the minute where it ends within a day."""
    if any(clocked(moment, zone) for moment in (start, end)):
        return f"{instant(start, zone)} {DASH} {instant(end, zone)}"
    return days(start, end.astimezone(ZoneInfo("UTC")) - _MOMENT, zone)


def clocked(moment: datetime, zone: str) -> bool:
    """Return whether a moment is no midnight in a zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return (local.hour, local.minute, local.second) != (0, 0, 0)


def outside(moment: date) -> str:
    """Return that a day or a moment lies where no log is, as the end of a sentence; empty where one may be."""
    return "" if FIRST_YEAR <= moment.year <= LAST_YEAR else f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
