"""Cursors: where the next page of a list begins."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from bos.errors import UsageError

MOST = 1000
"""Rows a page may have."""


def size(limit: int) -> int:
    """Return a page size within what is allowed.

    Raises:
        UsageError: less than one row is asked for.
    """
    if limit < 1:
        raise UsageError("A page has at least one row.", where="limit", hint=f"Ask for 1 to {MOST}.")
    return min(limit, MOST)


def cursor(*values: Any) -> str:
    """Return the place after a row with these sort values, as text nobody needs to read."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def place(text: str, *types: type) -> tuple[Any, ...]:
    """Return the sort values a cursor was made of.

    Raises:
        UsageError: it is no cursor of this list.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        values = None
    fits = isinstance(values, list) and len(values) == len(types)
    if not fits or not all(isinstance(value, type_) for value, type_ in zip(values, types, strict=True)):
        raise UsageError("The cursor belongs to no page of this list.", where="cursor", hint="Begin again without one.")
    return tuple(values)


def moment_place(text: str) -> tuple[datetime, str]:
    """Return the moment and the id a cursor of a list by time was made of. Raises as :func:`place`."""
    moment, name = place(text, str, str)
    try:
        return datetime.fromisoformat(moment), str(name)
    except ValueError:
        raise UsageError("The cursor belongs to no page of this list.", where="cursor") from None
