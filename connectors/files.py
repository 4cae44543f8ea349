"""Files that are put into a folder of this machine: each is taken once it is whole, and stays where it is."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bos.errors import BosError, Invalid, Unavailable
from bos.model.numbers import counted
from bos.ports import Arrived, Finding, Wanted, of_rows
from bos.reads import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

    from bos.ports import Target

SETTLE_SECONDS = 60
_DONE = ".done"
_UNFINISHED = (_DONE, ".part", ".tmp", ".filepart", ".crdownload")
_BLOCK = 1 << 20
_NO_TEXT = "Its name is no text in UTF-8, shown with \\x before each such byte. Let the sender name it otherwise."


_settling = seconds("settle_seconds")


class Files:
    """A folder. Only what lies in it is looked at, never what lies below; links are passed over."""

    name = "files"
    title = "Files in a folder"
    purpose = "Takes whole files of events or points that arrive in a folder of this machine."
    schemes = ("file",)
    example = "file:///srv/bos/incoming/payments"
    settings = (
        Wanted("what", "What a file has.", label="Holds", default="events", choices=("events", "metrics")),
        Wanted(
            "pattern", "Which names are taken; all where it is left out.", example="payments-*.csv", label="File names"
        ),
        Wanted(
            "complete",
            "When a file is whole: settled, or done by a marker NAME.done.",
            label="Whole when",
            default="settled",
            choices=("settled", "done"),
        ),
        Wanted(
            "settle_seconds",
            "How long nobody wrote to a file before it is whole.",
            label="Seconds to settle",
            default=str(SETTLE_SECONDS),
            kind="number",
            reads=_settling,
        ),
        Wanted("format", "By the name where it is left out.", choices=("csv", "jsonl", "parquet", "xes")),
        Wanted("flow", "The flow that files go into by themselves, with a schedule.", label="Flow", kind="flow"),
        *of_rows("Over the template's; one with case, step and time stands alone.", "amount=sum"),
        Wanted("signal", "The system signal that all points are of.", example="gateway_latency"),
    )
    secrets = ()
    unproven = ""

    def __init__(self, target: Target) -> None:
        self._target = target

    def close(self) -> None:
        """Nothing is open."""

    def doctor(self) -> Iterator[Finding]:
        """Look whether the folder is there and may be read, and what of it is whole."""
        try:
            folder = self._target.folder()
            names = self._names(folder)
            whole = [name for name in names if self._whole(folder, name)]
        except BosError as error:
            yield Finding("Folder", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding(
            "Folder", ok=True, words=f"It has {counted(len(names), 'file')} of that name; whole: {len(whole)}."
        )

    def arrivals(self) -> Iterator[Arrived]:
        """Yield the files that are whole, by name; one that is written to meanwhile waits for the next time.

        One that cannot be read, or whose name is no text, is told and stops no other; one that was taken away meanwhile
        is passed over.

        Raises:
            Forbidden: the operator does not allow the folder. Invalid: a setting is wrong.
            Unavailable: the folder cannot be read.
        """
        folder = self._target.folder()
        for name in self._names(folder):
            try:
                told = _hashed(folder, name) if self._whole(folder, name) else None
            except Unavailable as error:
                if os.path.lexists(folder / name):
                    yield Arrived(_shown(name), 0, "", problem=str(error))
                continue
            if told is not None and _shown(name) != name:
                yield Arrived(_shown(name), 0, "", problem=_NO_TEXT)
            elif told is not None:
                yield Arrived(name, told[0], told[1])
        self._target.folder()  # a disk that went away took all of its files

    def fetch(self, arrived: Arrived, into: Path) -> None:
        """Copy a file.

        Raises:
            Unavailable: it cannot be read, or is not any more what it was.
        """
        sha256 = hashlib.sha256()
        with _opened(self._target.folder(), arrived.name) as source, into.open("wb") as out:
            while block := source.read(_BLOCK):
                sha256.update(block)
                out.write(block)
        if sha256.hexdigest() != arrived.sha256:
            raise Unavailable(f"{arrived.name} was changed while it was read.", hint="It is taken the next time.")

    def _names(self, folder: Path) -> list[str]:
        pattern = self._target.settings.get("pattern", "*")
        with _told(folder.name, "system.refused"), os.scandir(folder) as entries:
            found = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        return sorted(n for n in found if fnmatchcase(n, pattern) and n[0] != "." and not n.endswith(_UNFINISHED))

    def _whole(self, folder: Path, name: str) -> bool:
        kind = self._target.settings.get("complete", "settled")
        if kind == "done":
            return (folder / f"{name}{_DONE}").is_file()
        if kind != "settled":
            raise Invalid(f"{kind!r} does not say when a file is whole.", where="complete", hint="Write done.")
        settled = _settling(self._target.settings.get("settle_seconds", str(SETTLE_SECONDS)))
        with _told(name):
            known = (folder / name).lstat()
        # A file that was moved here, or given an old date, was changed (ctime) when that was done.
        return max(known.st_mtime, known.st_ctime) + settled <= time.time()


def _shown(name: str) -> str:
    """Return a name as it can be shown, kept and sent: bytes of it that are no UTF-8 are spelt out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _hashed(folder: Path, name: str) -> tuple[int, str] | None:
    """Return the size and the SHA-256 of a file; nothing where it was written to meanwhile."""
    with _opened(folder, name) as source:
        before = os.fstat(source.fileno())
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        after = os.fstat(source.fileno())
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return (after.st_size, sha256) if same else None


@contextmanager
def _opened(folder: Path, name: str) -> Iterator[BufferedReader]:
    """Open a plain file of a folder; a link in its place is not followed."""
    with _told(name):
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as source:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unavailable(f"{_shown(name)} is no plain file.")
            yield source


@contextmanager
def _told(name: str, code: str = "") -> Iterator[None]:
    """Raise what goes wrong with a file, or with the folder, as an error of BOS."""
    try:
        yield
    except OSError as error:
        words = f"{_shown(name)} cannot be read: {error.strerror}."
        raise Unavailable(words, hint="Check who may read it.", code=code) from None
