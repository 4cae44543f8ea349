"""Sealed streams in the format age (https://age-encryption.org/v1): written for public keys, read with private ones."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pyrage import DecryptError, EncryptError, IdentityError, RecipientError, decrypt_io, encrypt_io
from pyrage.x25519 import Identity, Recipient

from bos.errors import Conflict, Invalid, Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PUBLIC, PRIVATE = "age1", "AGE-SECRET-KEY-1"
_HOW = "Make a pair with bos backup-key FILE."


def make_key(file: Path) -> str:
    """Write a new private key to ``file`` (mode 600), which must not be there; return the public key that fits it.

    Raises:
        Conflict: the file is there.
        Unavailable: it cannot be written.
    """
    identity = Identity.generate()
    public = str(identity.to_public())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Conflict("This file is there already.", where=str(file), hint="Name another one.") from None
    except OSError as error:
        raise Unavailable(f"The key cannot be written: {error.strerror}.", where=str(file)) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(f"# public key: {public}\n{identity}\n")
    return public


def recipients(keys: Sequence[str]) -> list[Recipient]:
    """Return whom an archive is sealed for: each of ``keys`` is a public key, or a file with keys of either kind.

    Raises:
        UsageError: there is none, or one cannot be read.
    """
    if any(key.upper().startswith(PRIVATE) for key in keys):
        raise UsageError("This is the private key.", where="--key", hint="Name its file, or the public key. " + _HOW)
    given = [("--key", [key]) if key.startswith(PUBLIC) else (key, _lines(Path(key))) for key in keys]
    found = [_recipient(line, where=where) for where, lines in given for line in lines]
    if not found:
        raise UsageError("No key is named that the backup is sealed for.", where="--key", hint=_HOW)
    return found


def identities(file: Path) -> list[Identity]:
    """Return the private keys in a file.

    Raises:
        UsageError: there is none, or one cannot be read.
    """
    found = [_identity(line, where=str(file)) for line in _lines(file) if not line.startswith(PUBLIC)]
    if not found:
        raise UsageError("The file has no private key.", where=str(file), hint=f"It has a line that begins {PRIVATE}.")
    return found


def _recipient(line: str, *, where: str) -> Recipient:
    if line.upper().startswith(PRIVATE):
        return _identity(line, where=where).to_public()
    try:
        return Recipient.from_str(line)
    except RecipientError:
        raise UsageError("This is no public key.", where=where, hint=f"It begins {PUBLIC}. {_HOW}") from None


def _identity(line: str, *, where: str) -> Identity:
    try:
        return Identity.from_str(line)
    except IdentityError:
        raise UsageError("This is no private key.", where=where, hint=f"It begins {PRIVATE}. {_HOW}") from None


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"The key cannot be read: {reason}.", where=str(file), hint=_HOW) from None
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@contextmanager
def sealed(file: IO[bytes], for_keys: Sequence[Recipient]) -> Iterator[IO[bytes]]:
    """Yield a stream; what is written to it arrives in ``file`` sealed, whole once the block has ended.

    Raises:
        Unavailable: the file cannot be written.
    """
    reader, writer = _pipe()
    try:
        with _aside(lambda: encrypt_io(reader, file, for_keys), closing=reader), writer:
            yield writer
    except EncryptError as error:
        reason = str(error).rpartition("] ")[2]
        raise Unavailable(f"The backup cannot be written: {reason}.", hint="Make room, or name another file.") from None


@contextmanager
def opened(file: IO[bytes], with_keys: Sequence[Identity], *, where: str) -> Iterator[IO[bytes]]:
    """Yield what was sealed in ``file``. At the end of the block all of it was read, and nobody had changed it.

    Raises:
        Invalid: no key of these fits (``key``), or the file was changed or cut off (``damaged``).
    """
    reader, writer = _pipe()
    try:
        with _aside(lambda: decrypt_io(file, writer, with_keys), closing=writer), reader:
            yield reader
            while reader.read(1 << 20):
                pass
    except DecryptError as error:
        if "No matching keys" in str(error):
            hint = "Use the private key that belongs to the public key it was made with."
            raise Invalid("This key does not open the file.", where=where, hint=hint, code="key") from None
        raise _damaged(where) from None
    except OSError as error:
        if error.errno is None:
            raise _damaged(where) from None
        raise


def _damaged(where: str) -> Invalid:
    return Invalid(
        "The file is no backup, or it was changed or cut off.", where=where, hint="Take another copy.", code="damaged"
    )


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb", 1 << 20)


@contextmanager
def _aside(work: Callable[[], None], *, closing: IO[bytes]) -> Iterator[None]:
    """Do ``work`` in a thread while the block runs; its failure counts before that of the block, which follows from it.

    ``closing`` is its end of the pipe, closed when it ends. The block closes the other end, so neither waits for ever.
    """
    failed: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - raised again below
            failed.append(error)
        finally:
            with suppress(OSError):
                closing.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        thread.join()
        if failed and not isinstance(failed[0], BrokenPipeError):
            raise failed[0] from None
        raise
    thread.join()
    if failed:
        raise failed[0]
