"""The keys that secrets of connections are sealed with: the first seals, every one of them opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bos.auth import seal
from bos.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST = 32
"""Characters a key has at least: as many as 16 random bytes in hexadecimal."""
_NAME_BYTES = 8


class Sealed(NamedTuple):
    """A sealed text, and the name of the key that opens it."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys, the newest first; ``keys`` are never shown."""

    keys: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, keys: Iterable[str]) -> Keyring:
        """Return a keyring.

        Raises:
            UsageError: there is no key, or one is too short to keep anything.
        """
        found = tuple(key for key in (key.strip() for key in keys) if key)
        if not found or min(map(len, found)) < LEAST:
            raise UsageError(
                f"A key of secrets has at least {LEAST} characters.",
                where="BOS_SECRET_KEY",
                hint="Make one with: openssl rand -hex 32.",
            )
        return cls(found)

    @property
    def newest(self) -> str:
        """The name of the key that seals."""
        return _name(self.keys[0])

    def sealed(self, text: str, *, of: str) -> Sealed:
        """Return text sealed with the newest key; ``of`` says what it belongs to, and opens nothing else."""
        return Sealed(self.newest, seal.sealed(self.keys[0], text, of=of))

    def opened(self, found: Sealed, *, of: str) -> str | None:
        """Return the text again, or nothing where its key is not here, or it was sealed for something else."""
        key = next((key for key in self.keys if _name(key) == found.key), None)
        return None if key is None else seal.opened(key, found.value, of=of)


def _name(key: str) -> str:
    """Return a name of a key that says nothing of it."""
    return HKDF(SHA256(), _NAME_BYTES, salt=None, info=b"bos.keyring.name").derive(key.encode()).hex()
