"""Moments: as an address names them, and as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bos.errors import UsageError


def on_clock(moment: datetime, zone: str) -> str:
    """Return a moment to the minute, on the clock of a zone: 2 Mar 2026 09:30."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y %H:%M}"


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
