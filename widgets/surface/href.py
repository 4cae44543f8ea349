"""Addresses a page may lead to."""

from __future__ import annotations

import re

_LOCAL = re.compile(r"[?#]|\./|[a-z]+\.ipynb(?:\?|$)|/(?!/)")


def safe_href(address: str) -> str:
    """Return an address of this host; anything else becomes ``#``."""
    return address if _LOCAL.match(address) else "#"
