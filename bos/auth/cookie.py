"""The cookie of a session: its secret, signed, so that a forged one is refused before anything is asked."""

from __future__ import annotations

import hashlib

from itsdangerous import BadSignature, Signer

NAME = "bos_session"
_SALT = "bos.session"


def signed(key: str, secret: str) -> str:
    """Return the value of the cookie for the secret of a session."""
    return _signer(key).sign(secret.encode()).decode()


def secret_of(key: str, value: str) -> str | None:
    """Return the secret of a session that a cookie carries, or nothing when it is not signed with ``key``."""
    try:
        return _signer(key).unsign(value.encode()).decode("ascii")
    except (BadSignature, UnicodeError):
        return None


def _signer(key: str) -> Signer:
    return Signer(key, salt=_SALT, key_derivation="hmac", digest_method=hashlib.sha256)
