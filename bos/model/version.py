"""One content, one hash: canonical JSON and its digest."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(data: Any) -> bytes:
    """Return ``data`` as UTF-8 JSON with one spelling per content.

    Keys are sorted, no white space, a number without fraction is written as an integer (so that 3 and 3.0, which
    PostgreSQL's jsonb may give back for one another, are one content).

    Raises:
        ValueError: ``data`` has nan or infinity.
    """
    text = json.dumps(_settle(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def digest(data: Any) -> str:
    """Return the SHA-256 of :func:`canonical` in hexadecimal."""
    return hashlib.sha256(canonical(data)).hexdigest()


def _settle(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _settle(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_settle(value) for value in data]
    if isinstance(data, float) and data.is_integer():
        return int(data)
    return data
