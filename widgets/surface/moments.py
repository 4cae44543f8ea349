"""Moments as an address names them."""

from __future__ import annotations

from datetime import datetime

from bos.errors import UsageError


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
