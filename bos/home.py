"""The home: the folder that holds one installation of BOS."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bos.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TOKEN_BYTES = 32  # 256 bits, beyond guessing


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs on a home: its address, the process id of its supervisor and when it started (UTC)."""

    url: str
    pid: int
    started_at: str


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one installation. Nothing is touched until a method is called.

    BOS changes the permissions of no folder that it did not make.
    """

    path: Path

    def make(self) -> Home:
        """Make the folder, for its owner only, unless it is there; return the home.

        Raises:
            Unavailable: the folder cannot be made or written.
        """
        try:
            make_private(self.path)
        except OSError as error:
            raise Unavailable(
                f"The home cannot be made: {error.strerror}.", where=str(self.path), hint=_OTHER_HOME
            ) from error
        if not os.access(self.path, os.R_OK | os.W_OK | os.X_OK):
            raise Unavailable(
                "The home cannot be written.", where=str(self.path), hint=f"Check who owns the folder. {_OTHER_HOME}"
            )
        return self

    def folder(self, name: str) -> Path:
        """Return a folder of the home, made for its owner only where it is missing."""
        folder = self.path / name
        make_private(folder)
        return folder

    def token(self) -> str:
        """Return the bearer token of the home; the first call makes it (file ``token``, mode 600)."""
        return self._secret("token")

    def session_key(self) -> str:
        """Return the key that signs the cookies of sessions; the first call makes it (file ``session.key``, mode 600).

        Apps on another machine need the same file.
        """
        return self._secret("session.key")

    def journal_key(self) -> str:
        """Return the private key that signs checkpoints of the journal: 32 bytes in hexadecimal (file ``journal.key``).

        The first call makes it, mode 600. A worker on another machine needs the same file.
        """
        return self._secret("journal.key")

    def pseudonym_key(self) -> str:
        """Return the key by which the keys of people in telemetry are found: hexadecimal (file ``pseudonym.key``).

        The first call makes it, mode 600. A worker on another machine needs the same file.
        """
        return self._secret("pseudonym.key")

    def secret_keys(self) -> list[str]:
        """Return what the secrets of connections are encrypted with, the newest first (file ``secrets.key``).

        The first call makes it, mode 600. All API servers and workers of a home need the same file.
        """
        return self._secret("secrets.key").split()

    def fresh_secret(self) -> str:
        """Return a new key: 32 random bytes in hexadecimal."""
        return secrets.token_hex(TOKEN_BYTES)

    def write_secret_keys(self, keys: Iterable[str]) -> None:
        """Replace the keys of ``secrets.key``, at once and durably."""
        file = self.path / "secrets.key"
        fresh = self.path / f"secrets.key.{os.getpid()}.{secrets.token_hex(4)}"
        _write_private(fresh, "".join(f"{key}\n" for key in keys))
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.replace(file)

    def new_start_key(self) -> str:
        """Make the key that the printed address carries, and return it; the one before is good no more."""
        fresh = self.path / "start.key.new"
        fresh.unlink(missing_ok=True)
        key = secrets.token_urlsafe(TOKEN_BYTES)
        _write_private(fresh, key + "\n")
        fresh.replace(self.path / "start.key")
        return key

    def start_key(self) -> str | None:
        """Return the key that the printed address carries, while a server runs."""
        with suppress(OSError, UnicodeDecodeError):
            return (self.path / "start.key").read_text(encoding="ascii").strip() or None
        return None

    def forget_start_key(self) -> None:
        """Remove the key that the printed address carried."""
        (self.path / "start.key").unlink(missing_ok=True)

    def mark_demo(self) -> None:
        """Make this a demo, for good: its sample people may be acted as.

        Raises:
            Conflict: the home was made for something else.
        """
        if self.is_demo:
            return
        if (self.path / "token").exists():
            raise Conflict(
                "This home was not made as a demo, and a demo lets one person act as many.",
                where=str(self.path),
                hint="Name a folder that is not there yet with --home; bos up opens this one.",
            )
        self.make()
        _write_private(self.path / "demo", "In this home one person may act as the sample people.\n")

    @property
    def is_demo(self) -> bool:
        """Whether this home is a demo."""
        return (self.path / "demo").is_file()

    @property
    def is_restoring(self) -> bool:
        """Whether a restore into this home was begun and is not done."""
        return (self.path / _RESTORING).exists()

    def begin_restore(self) -> None:
        """Close the home to everything but the restore that makes it."""
        self.make()
        (self.path / _RESTORING).touch(mode=0o600)

    def end_restore(self) -> None:
        """Open the home: it was restored whole."""
        (self.path / _RESTORING).unlink(missing_ok=True)

    def refuse_restoring(self) -> None:
        """Raise Conflict where a restore into this home is not done: part of it may be missing."""
        if self.is_restoring:
            raise Conflict(
                "This home was not restored whole.", where=str(self.path), hint="Run bos restore on it again."
            )

    def _secret(self, name: str) -> str:
        file = self.path / name
        with suppress(FileNotFoundError):
            return file.read_text(encoding="ascii").strip()
        self.make()
        fresh = self.path / f"{name}.{os.getpid()}.{secrets.token_hex(4)}"
        _write_private(fresh, secrets.token_hex(TOKEN_BYTES) + "\n")
        with suppress(FileExistsError):
            os.link(fresh, file)  # of two processes that make it at once, one wins and both read the same
        fresh.unlink()
        return file.read_text(encoding="ascii").strip()

    def running(self) -> Running | None:
        """Return the server that runs on the home, or nothing; a note left by a dead server counts for nothing."""
        try:
            note = json.loads((self.path / "server.json").read_text(encoding="utf-8"))
            running = Running(url=str(note["url"]), pid=int(note["pid"]), started_at=str(note["started_at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return running if self._served() else None

    def serve(self) -> int | None:
        """Take the home for a server; return the lock, to be closed by ``os.close``, or nothing when it is taken.

        The kernel drops the lock of a process that ends, however it ends.
        """
        descriptor = os.open(self.path / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        for _ in range(25):  # a reader may hold the lock for an instant, to see whether it is free
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.02)
            else:
                return descriptor
        os.close(descriptor)
        return None

    def _served(self) -> bool:
        try:
            descriptor = os.open(self.path / "serve.lock", os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def note_running(self, url: str) -> None:
        """Note that this process serves the home at ``url``."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        fresh = self.path / "server.json.new"
        fresh.unlink(missing_ok=True)
        _write_private(fresh, json.dumps(asdict(Running(url=url, pid=os.getpid(), started_at=now))) + "\n")
        fresh.replace(self.path / "server.json")

    def note_stopped(self) -> None:
        """Remove the note of a running server."""
        (self.path / "server.json").unlink(missing_ok=True)


_RESTORING = "restore.unfinished"
_OTHER_HOME = "Choose another home with --home or BOS_HOME."


def make_private(folder: Path) -> None:
    """Make ``folder`` for its owner only (700), and parents with the usual permissions; leave what exists alone."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
