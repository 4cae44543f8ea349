"""Making a backup, while BOS runs or not: one state of the database, then the lake, which only grows."""

from __future__ import annotations

import os
import tarfile
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from typing import IO, TYPE_CHECKING

from bos.actions.context import open_context
from bos.actions.identities import operator
from bos.actions.unit import write
from bos.backup import database, files
from bos.backup.manifest import Manifest
from bos.backup.seal import sealed
from bos.errors import Conflict, Unavailable
from bos.home import Home
from bos.model.answers.page import Done
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pyrage.x25519 import Recipient

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.settings import Settings
    from bos.store.embedded import Database

MANIFEST, DATABASE, FILES = "manifest.json", "database", "files"
SETTINGS = "bos.toml"
SUBJECTS = "subject_key"


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was made: what it says of itself, its size in bytes, and the keys that went into their own file."""

    manifest: Manifest
    size: int
    keys: tuple[str, ...]


def backup(
    settings: Settings, target: Path, keys_to: Path, for_keys: Sequence[Recipient], *, say: Callable[[str], None]
) -> Taken:
    """Write a backup to ``target`` and the home's keys to ``keys_to``, both sealed; each appears whole or not at all.

    It stands in the journal, and in the backup, that it was made. ``say`` is told what is under way.

    Raises:
        Conflict: a file is there already.
        Unavailable: a file cannot be written, the database or the lake cannot be read.
    """
    name = uuid.uuid4().hex
    home = Home(settings.home)
    with ExitStack() as stack:
        out, keys_out = (stack.enter_context(_whole(path)) for path in (target, keys_to))
        ctx = open_context(settings)
        stack.callback(ctx.close)
        _journal(ctx, name, for_keys)
        with sealed(out, for_keys) as stream, _tar(stream) as archive:
            manifest = _fill(archive, ctx, name, say)
        with sealed(keys_out, for_keys) as stream, _tar(stream) as archive:
            keys = tuple(key for key in (*files.KEYS, SETTINGS) if (home.path / key).is_file())
            for key in keys:
                _add_file(archive, key, home.path / key)
            _add(archive, SUBJECTS, database.rows_apart(_open(ctx)))
        size = out.tell()
    return Taken(manifest, size, keys)


def _open(ctx: Context) -> Database:
    if ctx.database is None:
        raise ValueError("a context without its database")
    return ctx.database


def _journal(ctx: Context, name: str, for_keys: Sequence[Recipient]) -> None:
    def work(unit: Unit) -> Done:
        unit.note(Tag.BACKUP_MADE, kind="home", id=name, after={"sealed_for": sorted(map(str, for_keys))})
        return Done()

    why = "(written by BOS) A backup of the whole home is being made."
    write(ctx, operator(alone=not ctx.settings.sign_on), "backup", {"backup": name}, Done, work, rationale=why)


def _fill(archive: tarfile.TarFile, ctx: Context, name: str, say: Callable[[str], None]) -> Manifest:
    of = _open(ctx)
    with database.state(of) as state:
        tables = files.lake_tables(ctx.lake)
        by = database.program("pg_dump", of, least=state.server)
        manifest = Manifest(
            backup=name,
            made_at=datetime.now(UTC),
            bos=version("bos-workbench"),
            migration=state.migration,
            server=state.server,
            dumped_by=by.major,
            tables=state.tables,
            entries=state.entries,
            head=state.head,
            lake=tuple(about for about, _ in tables),
        )
        _add(archive, MANIFEST, manifest.model_dump_json(indent=2).encode())
        say(f"Database: {sum(state.tables.values()):,} rows")
        for number, piece in enumerate(database.dump(of, state, by)):
            _add(archive, f"{DATABASE}/{number:08}", piece)
    root = ctx.lake.root.parent
    for about, paths in tables:
        say(f"Lake: {about.kind} of {about.flow}, {about.bytes / 1e6:,.1f} MB")
        for path in paths:
            _add_file(archive, f"{FILES}/{files.LAKE}/{path.relative_to(ctx.lake.root)}", path)
    say("Packs, notebooks, uploads that wait")
    for path in files.others(root):
        _add_file(archive, f"{FILES}/{path.relative_to(root)}", path, may_go=path.is_relative_to(root / "staging"))
    return manifest


@contextmanager
def _tar(stream: IO[bytes]) -> Iterator[tarfile.TarFile]:
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        yield archive


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    about = tarfile.TarInfo(name)
    about.size, about.mode, about.mtime = len(data), 0o600, int(time.time())
    archive.addfile(about, BytesIO(data))


def _add_file(archive: tarfile.TarFile, name: str, path: Path, *, may_go: bool = False) -> None:
    """Add a file as long as it is now; one that ``may_go`` and went is left out."""
    try:
        with path.open("rb") as stream:
            about = tarfile.TarInfo(name)
            status = os.fstat(stream.fileno())
            about.size, about.mode, about.mtime = status.st_size, 0o600, int(status.st_mtime)
            archive.addfile(about, stream)
    except FileNotFoundError:
        if not may_go:
            raise Unavailable("A file of the home went while the backup was made.", where=name, hint=_AGAIN) from None


_AGAIN = "Look why, and make the backup again."


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that appears under its name only when all of it is on the disk.

    Raises:
        Conflict: it is there already.
        Unavailable: it cannot be written.
    """
    if path.exists():
        raise Conflict("This file is there already.", where=str(path), hint="Name a new one; none is overwritten.")
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.link(fresh, path)  # not over one that appeared meanwhile
    except FileExistsError:
        raise Conflict("This file is there already.", where=str(path), hint="Name a new one.") from None
    except OSError as error:
        words = f"The backup cannot be written: {error.strerror or error}."
        raise Unavailable(words, where=str(path), hint="Make room, or name another.") from error
    finally:
        fresh.unlink(missing_ok=True)
