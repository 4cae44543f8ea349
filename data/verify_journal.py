"""Checks an export of the journal without BOS.

    python verify_journal.py FILE [--key KEY] [CHECKPOINT ...]

The chain needs Python and nothing else, signatures need the package cryptography. A CHECKPOINT is the word that begins
with bos1. as BOS printed it earlier; KEY is the public key of the home, as `bos audit checkpoint` prints it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FORM = re.compile(r"(bos1\.([0-9]+)\.([0-9a-f]{64})\.[0-9]{8}T[0-9]{6}Z\.([\w-]{43}))\.([\w-]{86})")


class Broken(Exception):
    """What is wrong; of several things, the first."""


def verify(lines: Iterable[str], checkpoints: Iterable[str] = (), key: str | None = None) -> None:
    """Return when an export is whole, and has every entry that a checkpoint vouches for.

    Raises:
        Broken: it is not.
    """
    lines = iter(lines)
    header = json.loads(next(lines, "{}"))
    if header.get("format") != "bos-journal-2":
        raise Broken("This is no export of the journal.")
    vouched = signed([header["checkpoint"], *checkpoints], key)
    count, previous = 0, "0" * 64
    for count, line in enumerate(lines, start=1):
        previous = checked(json.loads(line), count, previous)
        if vouched.pop(count, previous) != previous:
            raise Broken(f"Entry {count}, or one before it, is not the one that was signed.")
    if vouched:
        raise Broken(f"Entry {count + 1} is missing: a checkpoint was signed for entry {max(vouched)}.")
    if (count, previous) != (header["entries"], header["head"]):
        raise Broken(f"The header promises {header['entries']} entries; the file has {count}.")


def checked(entry: dict[str, object], count: int, previous: str) -> str:
    """Return the hash of an entry, which is the next in the chain."""
    claimed = entry.pop("hash", None)
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if entry.get("seq") != count:
        raise Broken(f"Entry {count} is missing; entry {entry.get('seq')} stands in its place.")
    if entry.get("prev_hash") != previous:
        raise Broken(f"Entry {count} does not follow from the one before it.")
    found = hashlib.sha256(text.encode()).hexdigest()
    if found != claimed:
        raise Broken(f"Entry {count} was changed.")
    return found


def signed(texts: list[str], key: str | None) -> dict[int, str]:
    """Return number → hash of what checkpoints vouch for; without a key, that of the first one counts."""
    found = []
    for text in texts:
        one = FORM.fullmatch(text)
        if one is None:
            raise Broken(f"{text[:40]!r} is no checkpoint.")
        found.append(one)
    verified(found, key or found[0][4])
    return {int(one[2]): one[3] for one in found}


def verified(found: Iterable[re.Match[str]], key: str) -> None:
    """Return when all checkpoints are signed with a key."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        print("Checkpoints are compared, but not their signatures: that needs the package cryptography.")
        return
    for one in found:
        try:
            Ed25519PublicKey.from_public_bytes(raw(key)).verify(raw(one[5]), one[1].encode())
        except (InvalidSignature, ValueError):
            raise Broken(f"The checkpoint of entry {one[2]} is not signed with this key.") from None


def raw(text: str) -> bytes:
    """Return the bytes that unpadded URL-safe base64 stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_joined(arguments: list[str]) -> list[str]:
    """Join the key to its option: one key in 64 begins with a dash, and would be read as an option itself."""
    if "--key" not in arguments[:-1]:
        return arguments
    at = arguments.index("--key")
    return [*arguments[:at], f"--key={arguments[at + 1]}", *arguments[at + 2 :]]


def main(arguments: list[str]) -> int:
    """Check the file that the command line names; return 0 when it is whole."""
    parser = argparse.ArgumentParser(description="Check an export of the journal.")
    parser.add_argument("file", type=Path)
    parser.add_argument("checkpoints", nargs="*", metavar="CHECKPOINT", help="a word that begins with bos1.")
    parser.add_argument("--key", help="the public key of the home")
    asked = parser.parse_intermixed_args(key_joined(arguments))
    try:
        with asked.file.open(encoding="utf-8", newline="\n") as file:
            verify(file, asked.checkpoints, asked.key)
    except OSError as error:
        parser.error(f"the file cannot be read: {error.strerror}")
    except Broken as error:
        print(error)
        return 1
    except (ValueError, KeyError, AttributeError):
        print("This is no export of the journal, or a line of it is damaged.")
        return 1
    print("The journal is whole.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
