"""Restoring a home from a backup: into an empty home and an empty database, held against what the backup says."""

from __future__ import annotations

import json
import os
import tarfile
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from bos.actions.context import open_context
from bos.actions.identities import operator
from bos.actions.personal import destroy_again
from bos.actions.unit import write
from bos.backup import database, files
from bos.backup.manifest import FORMAT, Manifest
from bos.backup.seal import opened
from bos.backup.take import DATABASE, FILES, MANIFEST, SETTINGS, SUBJECTS
from bos.errors import Conflict, Invalid, Unavailable
from bos.home import Home, make_private
from bos.model.answers.page import Done
from bos.model.moments import instant
from bos.store import audit
from bos.store.embedded import open_database
from bos.store.engine import reading
from bos.store.migrate import HEAD, upgrade
from bos.store.tags import Tag
from bos.telemetry.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pyrage.x25519 import Identity

    from bos.actions.unit import Unit
    from bos.settings import Settings
    from bos.store.embedded import Database

_MAY_BE_THERE = frozenset({SETTINGS, "logs"})
_ELSEWHERE = "Name a folder that is not there yet with --home."


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: what the backup said, the number of files, the keys; and what is not as the backup said.

    ``settings``: the settings of then lie in the home as ``bos.toml.restored``.
    """

    manifest: Manifest
    files: int
    keys: tuple[str, ...]
    settings: bool
    trouble: tuple[str, ...]


def restore(
    settings: Settings,
    source: Path,
    keys_from: Path | None,
    with_keys: Sequence[Identity],
    *,
    say: Callable[[str], None],
) -> Restored:
    """Make the home of ``settings`` from a backup and, where it is named, the file of its keys.

    Until it is done the home can be used for nothing else; one that was cut off can be begun again.

    Raises:
        Conflict: the home or the database is not empty.
        Invalid: a file is damaged, is no backup, or the key does not fit.
        Unavailable: a newer BOS made it, or something cannot be written.
    """
    home = Home(settings.home)
    again = _refuse_full(home)
    home.begin_restore()
    with _held(home):
        opened_database = open_database(settings)
        try:
            with _archive(source, with_keys) as archive:
                manifest = _manifest(archive, source)
                fresh = not (again and database.ends_with(opened_database, manifest.entries, manifest.head))
                if fresh:
                    database.refuse_full(opened_database)
                say(f"Backup of {instant(manifest.made_at, 'UTC')} UTC, made by BOS {manifest.bos}")
                count = _unpack(archive, opened_database if fresh else None, home, manifest, say)
            say("Comparing with what the backup says of itself")
            trouble = _rows_differ(opened_database, manifest) if fresh else []
            upgrade(opened_database.url)
            keys, had_settings = _keys(home, opened_database, keys_from, with_keys)
            trouble += _differs(opened_database, home, manifest)
            if not trouble:
                _journal(settings, manifest)
                home.end_restore()
        finally:
            opened_database.close()
    return Restored(manifest, count, keys, had_settings, tuple(trouble))


def _refuse_full(home: Home) -> bool:
    """Return whether a restore into the home was begun before; refuse one that holds something else."""
    if home.is_restoring:
        return True
    if home.path.is_dir() and {entry.name for entry in home.path.iterdir()} - _MAY_BE_THERE:
        raise Conflict("The home is not empty.", where=str(home.path), hint=_ELSEWHERE, code="not-empty")
    return False


@contextmanager
def _held(home: Home) -> Iterator[None]:
    lock = home.serve()
    if lock is None:
        raise Conflict("The home is in use.", where=str(home.path), hint=_ELSEWHERE)
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _archive(file: Path, with_keys: Sequence[Identity]) -> Iterator[tarfile.TarFile]:
    try:
        stream = file.open("rb")
    except OSError as error:
        raise Unavailable(f"The file cannot be read: {error.strerror}.", where=str(file)) from error
    with stream, opened(stream, with_keys, where=str(file)) as plain:
        try:
            with tarfile.open(fileobj=plain, mode="r|") as archive:
                yield archive
        except tarfile.TarError:
            raise _no_backup(file) from None


def _no_backup(file: Path) -> Invalid:
    return Invalid("The file is no backup of BOS.", where=str(file), hint="Check which file it is.", code="damaged")


def _manifest(archive: tarfile.TarFile, source: Path) -> Manifest:
    first = archive.next()
    if first is None or first.name != MANIFEST:
        raise _no_backup(source)
    try:
        told = json.loads(_stream(archive, first).read())
        found = Manifest.model_validate(told) if told["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError):
        raise _no_backup(source) from None
    if found is None or found.migration > HEAD:
        newer = f"The backup was made by a newer BOS, {str(told.get('bos'))[:40]}."
        raise Unavailable(newer, where=str(source), hint="Restore it with that version.")
    return found


def _unpack(
    archive: tarfile.TarFile, into: Database | None, home: Home, manifest: Manifest, say: Callable[[str], None]
) -> int:
    """Load the database (unless that was done) and write the files, in the order they come; return how many files."""
    held: list[tarfile.TarInfo] = []

    def pieces() -> Iterator[bytes]:
        while (member := archive.next()) is not None:
            if not member.name.startswith(f"{DATABASE}/"):
                held.append(member)
                return
            yield _stream(archive, member).read()

    say("Database")
    if into is not None:
        database.load(into, pieces(), of=manifest.server, dumped_by=manifest.dumped_by)
    else:
        deque(pieces(), maxlen=0)
    say("Files")
    count, member = 0, held[0] if held else None
    while member is not None:
        _write(archive, member, home.path / files.safe(member.name.removeprefix(f"{FILES}/")), home.path)
        count += 1
        member = archive.next()
    return count


def _stream(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    found = archive.extractfile(member) if member.isreg() else None
    if found is None:
        raise Invalid("The archive has something that is no file.", where=member.name[:200], code="damaged")
    return found


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path, root: Path) -> None:
    """Write a file for its owner only, over what a restore that was cut off left."""
    stream = _stream(archive, member)
    try:
        for folder in reversed([one for one in path.parents if one != root and one.is_relative_to(root)]):
            make_private(folder)
            if folder.is_symlink():
                raise Conflict("A link lies where the home has a folder.", where=str(folder), hint="Remove it.")
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            while piece := stream.read(1 << 20):
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise Unavailable(
            f"A file cannot be written: {error.strerror}.", where=member.name, hint="Make room, and begin again."
        ) from error


def _keys(
    home: Home, of: Database, keys_from: Path | None, with_keys: Sequence[Identity]
) -> tuple[tuple[str, ...], bool]:
    """Write the keys of the home and of people in telemetry; return which, and whether there were settings.

    Settings are put aside: what names the database and the addresses of another machine is for a person to look at.
    """
    if keys_from is None:
        return (), False
    names = []
    with _archive(keys_from, with_keys) as archive:
        while (member := archive.next()) is not None:
            if member.name not in {*files.KEYS, SETTINGS, SUBJECTS}:
                raise _no_backup(keys_from)
            if member.name == SUBJECTS:
                database.load_apart(of, _stream(archive, member).read())
                continue
            name = f"{SETTINGS}.restored" if member.name == SETTINGS else member.name
            _write(archive, member, home.path / name, home.path)
            names.append(member.name)
    return tuple(name for name in names if name != SETTINGS), SETTINGS in names


def _rows_differ(of: Database, manifest: Manifest) -> list[str]:
    """Return the tables that have another number of rows than the backup says, as words."""
    with psycopg.connect(of.conninfo) as session:
        rows = database.rows_of(session)
    names = sorted(rows.keys() | manifest.tables.keys())
    pairs = [(name, rows.get(name), manifest.tables.get(name)) for name in names]
    return [f"The table {name} has {has} rows, not {told}." for name, has, told in pairs if has != told]


def _differs(of: Database, home: Home, manifest: Manifest) -> list[str]:
    """Return what else is not as the backup says: the journal, the lake."""
    engine = create_engine(of.url, poolclass=NullPool)
    with reading(engine) as connection:
        _, _, broken, reason = audit.first_broken(connection, {manifest.entries: manifest.head})
    lake = Lake(home.folder(files.LAKE))
    found = [files.differs(lake, told) for told in manifest.lake]
    return [*([reason] if broken is not None else []), *filter(None, found)]


def _journal(settings: Settings, manifest: Manifest) -> None:
    def work(unit: Unit) -> Done:
        told = {"made_at": manifest.made_at.isoformat(), "entries": manifest.entries, "head": manifest.head}
        if erased := destroy_again(unit):
            told["erased_again"] = erased
        unit.note(Tag.HOME_RESTORED, kind="home", id=manifest.backup, after=told)
        return Done()

    ctx = open_context(settings, restoring=True)
    try:
        why = "(written by BOS) The home was restored from a backup; what was done after it is not in this home."
        request = {"backup": manifest.backup}
        write(ctx, operator(alone=not settings.sign_on), "restore", request, Done, work, rationale=why)
    finally:
        ctx.close()
