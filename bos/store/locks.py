"""One writer at a time: locks that end with their transaction, or with the session of whoever does long work.

Order: the document, then what it refers to, the journal last. Whoever keeps it waits for nobody who waits for them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_EXCLUSIVE = text(
    "SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY u(k, n) ORDER BY n"
)
_SHARED = text(
    "SELECT pg_advisory_xact_lock_shared(k) FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY u(k, n) ORDER BY n"
)
_SEIZE = text("SELECT pg_try_advisory_lock(:key)")


def number(*names: str) -> int:
    """Return the number PostgreSQL knows a lock by: 64 bits of a hash of its name."""
    name = "\x1f".join(names).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8, person=b"bos-lock").digest(), signed=True)


def seize(connection: Connection, *name: str) -> bool:
    """Take a lock for as long as the session of the connection lives; return whether it was free."""
    return bool(connection.execute(_SEIZE, {"key": number(*name)}).scalar())


def lock(connection: Connection, *names: tuple[str, ...]) -> None:
    """Hold locks until the transaction ends, in the order given."""
    connection.execute(_EXCLUSIVE, {"keys": [number(*name) for name in names]})


def share(connection: Connection, names: Iterable[tuple[str, ...]]) -> None:
    """Keep others from holding locks, while any number may share them; in one settled order."""
    keys = [number(*name) for name in sorted(set(names))]
    if keys:
        connection.execute(_SHARED, {"keys": keys})
