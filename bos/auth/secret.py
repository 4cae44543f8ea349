"""Secrets that are given out once: beyond guessing, and kept as their SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets

_BYTES = 32  # 256 bits


def fresh() -> str:
    """Return a new secret, as text that goes into a header or an address."""
    return secrets.token_urlsafe(_BYTES)


def hashed(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
