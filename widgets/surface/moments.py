"""Moments as an address names them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.errors import UsageError
from bos.model.document import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping


def moment_of(text: str) -> datetime | None:
    """Return the moment of an address; nothing where there is none. Raises UsageError: it is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(f"{text[:60]!r} is no moment.", hint="Open the page from a dashboard.")
    return found


def window_of(asked: Mapping[str, str], zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the period ``[start, end)`` of an address: moments ``start`` and ``end``, or days ``from`` and ``to``.

    Days are those of ``zone``, and both count, as a dashboard writes them.

    Raises:
        UsageError: one of them is no moment or no day.
    """
    start, end = (moment_of(asked.get(name, "")) for name in ("start", "end"))
    return start or midnight_of(asked.get("from", ""), 0, zone), end or midnight_of(asked.get("to", ""), 1, zone)


def day_of(text: str) -> date:
    """Return a day. Raises UsageError: it is none, or lies where no log is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text[:40]!r} is no day.", where="address", hint="Write 2026-01-31.") from None
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        words = f"{text} lies outside the years {FIRST_YEAR} to {LAST_YEAR}."
        raise UsageError(words, where="address", hint="Name a day that the log covers.")
    return day


def midnight_of(text: str, after: int, zone: str) -> datetime | None:
    """Return where a day begins in a zone, or so many days ``after`` it; nothing for an empty text.

    Raises:
        UsageError: it is no day.
    """
    if not text:
        return None
    day = day_of(text) + timedelta(days=after)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
