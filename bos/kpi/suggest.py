"""What a person may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 30
"""Names that a hint lists."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known name, or all of them."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known are {', '.join(names)}." if names else "None is defined yet."


def choices(name: str, known: Iterable[str], are: str) -> str:
    """Return a hint that names the nearest known name and those there are, as in ``Its KPIs are a, b.``."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    every = f"{are} {', '.join(names[:SHOWN]) or 'none'}{more}."
    return f"Did you mean {close[0]}? {every}" if close else every
