"""Checkpoints of the journal: the number and hash of an entry, signed with a key that is not in the database (Ed25519).

A checkpoint is one word, ``bos1.SEQ.HASH.TIME.KEY.SIGNATURE``: the number of the entry, its hash, when it was signed
(UTC), and public key and signature (RFC 8032) in unpadded URL-safe base64. The signature covers all before its dot.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from bos.store.tables import checkpoint

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FORM = re.compile(r"bos1\.([1-9][0-9]{0,17})\.([0-9a-f]{64})\.([0-9]{8}T[0-9]{6}Z)\.([\w-]{43})\.([\w-]{86})")
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says; ``text`` is the whole of it, ``key`` the public key."""

    seq: int
    hash: str
    at: datetime
    key: str
    text: str


def signed(seq: int, hash_: str, at: datetime, secret: str) -> Checkpoint:
    """Return a checkpoint of an entry; ``secret`` is the private key, 32 bytes in hexadecimal."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - only where something is signed
        Ed25519PrivateKey,
    )

    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    key = _encoded(private.public_key().public_bytes_raw())
    said = f"bos1.{seq}.{hash_}.{at.astimezone(UTC):{_TIME}}.{key}"
    return parsed(f"{said}.{_encoded(private.sign(said.encode('ascii')))}")


def parsed(text: str) -> Checkpoint:
    """Return what a checkpoint says; its signature is not looked at.

    Raises:
        ValueError: it is not written as one.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError("is no checkpoint")
    at = datetime.strptime(found[3], _TIME).replace(tzinfo=UTC)
    return Checkpoint(int(found[1]), found[2], at, found[4], found[0])


def genuine(found: Checkpoint, key: str) -> bool:
    """Return whether a checkpoint was signed by the holder of a public key."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - as above

    said, _, signature = found.text.rpartition(".")
    try:
        Ed25519PublicKey.from_public_bytes(_decoded(key)).verify(_decoded(signature), said.encode("ascii"))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return found.key == key


def public_key(secret: str) -> str:
    """Return the public key of a private one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - as above

    return _encoded(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).public_key().public_bytes_raw())


def latest(connection: Connection) -> Checkpoint | None:
    """Return the newest checkpoint that is kept, or nothing."""
    query = select(checkpoint.c.text).order_by(checkpoint.c.seq.desc()).limit(1)
    text = connection.execute(query).scalar()
    return parsed(text) if text else None


def every(connection: Connection) -> list[str]:
    """Return the text of every checkpoint that is kept, by number."""
    return list(connection.execute(select(checkpoint.c.text).order_by(checkpoint.c.seq)).scalars())


def keep(connection: Connection, made: Checkpoint) -> None:
    """Write a checkpoint."""
    connection.execute(insert(checkpoint).values(seq=made.seq, at=made.at, text=made.text))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
