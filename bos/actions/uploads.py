"""Uploaded files: kept in the staging folder, each in a folder of its own, until their job has ended for good."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bos.errors import Unavailable, UsageError
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from typing import Self

    from bos.actions.context import Context

KEPT_SECONDS = 24 * 3600.0
"""How long an upload whose job was never written is kept."""

_UNSAFE = re.compile(r"[^\w .()+=-]|[\x00-\x1f]")
_NAME_BYTES = 120
_FOLDER = re.compile(r"[0-9a-f]{32}")
_MOST_JOBS = 10_000


class Upload:
    """A file that is being received: written under a name of its own, and there under its real one once it is whole.

    As a context manager it removes what was received when it was not finished.
    """

    def __init__(self, staging: Path, name: str) -> None:
        self.path = staging / uuid.uuid4().hex / safe_name(name)
        self._hash = hashlib.sha256()
        self._done = False
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Make the folder and the file."""
        self.path.parent.mkdir(mode=0o700)
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._stream = os.fdopen(descriptor, "wb")
        return self

    def __exit__(self, *reason: object) -> None:
        """Remove an upload that was cut off."""
        if self._stream is not None:
            self._stream.close()
        if not self._done:
            discard(self.path)

    @property
    def sha256(self) -> str:
        """Return the hash of what was received."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            Unavailable: the disk is full or cannot be written.
        """
        try:
            self._open.write(data)
        except OSError as error:
            raise _unkept(error) from error
        self._hash.update(data)

    def finish(self) -> None:
        """Put the whole file in its place, safe from a loss of power.

        Raises:
            Unavailable: the disk is full or cannot be written.
        """
        try:
            self._open.flush()
            os.fsync(self._open.fileno())
            self._part.rename(self.path)
            _sync(self.path.parent)
        except OSError as error:
            raise _unkept(error) from error
        self._done = True

    @property
    def _part(self) -> Path:
        return self.path.parent / ".part"

    @property
    def _open(self) -> IO[bytes]:
        if self._stream is None:
            raise UsageError("The upload was not begun.")
        return self._stream


def _unkept(error: OSError) -> Unavailable:
    return Unavailable(
        f"The file cannot be kept: {error.strerror}.",
        hint="Make room on the disk of the home, then send the file again.",
        code="upload",
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def safe_name(name: str) -> str:
    """Return a file name that is safe in any folder, with the endings that tell the format.

    Raises:
        UsageError: there is no name.
    """
    last = re.split(r"[/\\]", name.strip())[-1].strip()
    if not last:
        raise UsageError("The file has no name.", where="name", hint="Name it, with its ending: name=log.csv.")
    clean = _UNSAFE.sub("_", last.encode("utf-8", "replace").decode())
    clean = clean.lstrip(".") or "upload"
    while len(clean.encode()) > _NAME_BYTES:
        clean = clean[1:]
    return clean.lstrip(". ") or "upload"


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole upload: its path, its size and its hash."""

    path: Path
    size: int
    sha256: str


def kept(staging: Path, path: Path, sha256: str | None) -> Kept:
    """Return an upload that lies in the staging folder; ``sha256`` is its hash, where it is known already.

    Raises:
        UsageError: it lies somewhere else, or is not there.
    """
    fits = path.parent.parent == staging and _FOLDER.fullmatch(path.parent.name) and safe_name(path.name) == path.name
    if not fits or path.is_symlink() or not path.is_file():
        raise UsageError("The file was not uploaded.", where=path.name, hint="Send the file again.")
    if sha256 is None:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return Kept(path, path.stat().st_size, sha256)


def discard(path: Path) -> None:
    """Remove an upload with its folder; one that is gone is fine."""
    if _FOLDER.fullmatch(path.parent.name):
        shutil.rmtree(path.parent, ignore_errors=True)


def sweep(ctx: Context) -> int:
    """Remove uploads older than a day that no unfinished job names; return how many."""
    limit = time.time() - KEPT_SECONDS
    old = [entry for entry in ctx.staging.iterdir() if _FOLDER.fullmatch(entry.name) and _written(entry) < limit]
    if not old:
        return 0
    with reading(ctx.engine) as connection:
        rows = jobs.unfinished(connection, limit=_MOST_JOBS)
    wanted = {Path(str(row.arguments.get("upload", ""))).parent.name for row in rows}
    gone = [entry for entry in old if entry.name not in wanted]
    for entry in gone:
        shutil.rmtree(entry, ignore_errors=True)
    return len(gone)


def _written(folder: Path) -> float:
    """Return when a folder was last written to; one that has just gone counts as new."""
    try:
        return max(entry.stat().st_mtime for entry in (folder, *folder.iterdir()))
    except OSError:
        return time.time()
