"""Secrets that have to be read again: kept encrypted, with a key that is not in the database."""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12  # NIST SP 800-38D
_KEY_BYTES = 32


def sealed(key: str, text: str, *, of: str) -> str:
    """Return text encrypted with AES-256-GCM; ``of`` says what it belongs to, and opens nothing else."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.b64encode(nonce + _cipher(key).encrypt(nonce, text.encode(), of.encode())).decode()


def opened(key: str, value: str, *, of: str) -> str | None:
    """Return the text again, or nothing where it was sealed with another key, or for something else."""
    raw = base64.b64decode(value)
    try:
        return _cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], of.encode()).decode()
    except InvalidTag:
        return None


def _cipher(key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"bos.seal").derive(key.encode()))
