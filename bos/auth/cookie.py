"""Cookies, signed, so that a forged one is refused before anything is asked: a session's, and a sign-in's under way."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, BadSignature, Signer, URLSafeTimedSerializer

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "bos_session"
STARTED = "bos_sign_in_"
"""With the beginning of a state: several tabs may sign in at once."""
STARTED_SECONDS = 900
"""How long somebody may take to sign in at the provider."""
_SALT = "bos.session"
_STARTED_SALT = "bos.sign-in"
_DIGEST: Mapping[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}


def signed(key: str, secret: str) -> str:
    """Return the value of the cookie for the secret of a session."""
    return _signer(key).sign(secret.encode()).decode()


def secret_of(key: str, value: str) -> str | None:
    """Return the secret of a session that a cookie carries, or nothing when it is not signed with ``key``."""
    try:
        return _signer(key).unsign(value.encode()).decode("ascii")
    except (BadSignature, UnicodeError):
        return None


def started_name(state: str) -> str:
    """Return the name of the cookie of a sign-in under way."""
    return STARTED + hashlib.sha256(state.encode(errors="replace")).hexdigest()[:16]


def started(key: str, told: Mapping[str, str]) -> str:
    """Return the value of the cookie of a sign-in under way: what its end is checked with."""
    return str(_serializer(key).dumps(dict(told)))


def started_of(key: str, value: str) -> dict[str, str] | None:
    """Return what such a cookie carries; nothing when it is not signed with ``key``, or older than 15 minutes."""
    try:
        found: dict[str, str] = _serializer(key).loads(value, max_age=STARTED_SECONDS)
    except BadData:
        return None
    return found


def _signer(key: str) -> Signer:
    return Signer(key, salt=_SALT, **_DIGEST)


def _serializer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=_STARTED_SALT, signer_kwargs=dict(_DIGEST))
