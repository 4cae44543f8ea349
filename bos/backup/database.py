"""The database in a backup: one state of it, counted and dumped by ``pg_dump``, loaded whole by ``pg_restore``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bos.errors import Conflict, Unavailable
from bos.store import embedded_programs
from bos.store.engine import ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bos.store.embedded import Database

CHUNK = 8 << 20
APART = "subject_key"
"""The table whose rows go with the keys: whoever was erased stays so when older data is restored."""
_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY c.relname"
)
_LAST = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1"
_ROLE = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} NOLOGIN;
    END IF;
    EXECUTE format('GRANT {ROLE} TO %I', current_user);
EXCEPTION
    WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
        NULL;
END
$$
"""


@dataclass(frozen=True, slots=True)
class State:
    """A state of the database that stays the same while it is open: its name for ``pg_dump``, and what is in it.

    ``tables`` has the number of rows by table, ``entries`` and ``head`` are the journal's.
    """

    name: str
    server: int
    migration: str
    tables: dict[str, int]
    entries: int
    head: str


@contextmanager
def state(database: Database) -> Iterator[State]:
    """Open one state of a migrated database."""
    with psycopg.connect(database.conninfo) as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        name = _one(session, "SELECT pg_export_snapshot()")
        migration = _one(session, "SELECT version_num FROM alembic_version")
        entries, head = session.execute(_LAST).fetchone() or (0, "")
        server = session.info.server_version // 10_000
        yield State(name, server, migration, rows_of(session), entries, head)


def rows_of(session: psycopg.Connection[Any]) -> dict[str, int]:
    """Return how many rows each table has."""
    names = [name for (name,) in session.execute(_TABLES).fetchall()]
    count = sql.SQL("SELECT count(*) FROM {}")
    return {name: _one(session, count.format(sql.Identifier(name))) for name in names if name != APART}


def rows_apart(database: Database) -> bytes:
    """Return the rows of the table that goes with the keys, as ``COPY`` writes them."""
    query = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(APART))
    with psycopg.connect(database.conninfo) as session, session.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(bytes(piece) for piece in copy)


def load_apart(database: Database, rows: bytes) -> None:
    """Put back the rows that went with the keys, in the place of those that are there."""
    with psycopg.connect(database.conninfo) as session, session.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(APART)))
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(APART))) as copy:
            copy.write(rows)


@dataclass(frozen=True, slots=True)
class Program:
    """A program of PostgreSQL: its path and its major version."""

    path: str
    major: int


def program(name: str, database: Database, *, least: int) -> Program:
    """Return ``pg_dump`` or ``pg_restore`` of version ``least`` or newer.

    For a database of one's own it is the system's where that is new enough, since the one BOS carries speaks no TLS.

    Raises:
        Unavailable: there is none so new.
    """
    own = None if database.embedded else shutil.which(name)
    if own is not None and (major := _major(own)) >= least:
        return Program(own, major)
    if least <= embedded_programs.MAJOR:
        return Program(str(embedded_programs.installed() / name), embedded_programs.MAJOR)
    raise Unavailable(
        f"This needs {name} of PostgreSQL {least} or newer, and none is installed.",
        hint="Install the client programs of that PostgreSQL.",
    )


def dump(database: Database, of: State, by: Program) -> Iterator[bytes]:
    """Yield an archive of ``pg_dump`` (custom format) of a state that is open, in pieces.

    Raises:
        Unavailable: the program fails.
    """
    options = ["--format=custom", "--compress=1", "--no-owner", f"--snapshot={of.name}"]
    options += [f"--exclude-table-data={APART}"]
    with _running(by, database, options, stdout=subprocess.PIPE) as process:
        while piece := _out(process).read(CHUNK):
            yield piece


def load(database: Database, pieces: Iterable[bytes], *, of: int, dumped_by: int) -> None:
    """Load an archive into an empty database, all of it or nothing.

    ``of`` is the major version of the PostgreSQL it was made of, ``dumped_by`` that of its ``pg_dump``.

    Raises:
        Unavailable: the database is older than the archive's; the program is missing, too old, or fails.
    """
    with psycopg.connect(database.conninfo, autocommit=True) as session:
        server = session.info.server_version // 10_000
        if server < of:
            raise Unavailable(
                f"The backup was made of PostgreSQL {of}, and this database is the older {server}.",
                hint=f"Name one of PostgreSQL {of} or newer in BOS_DATABASE_URL.",
            )
        session.execute(_ROLE)
    by = program("pg_restore", database, least=max(server, dumped_by))
    options = ["--exit-on-error", "--single-transaction", "--no-owner"]
    with _running(by, database, options, stdin=subprocess.PIPE) as process:
        for piece in pieces:
            try:
                _in(process).write(piece)
            except BrokenPipeError:
                break
        _in(process).close()


def ends_with(database: Database, entries: int, head: str) -> bool:
    """Return whether this is the last entry of the journal."""
    with psycopg.connect(database.conninfo) as session:
        if not _one(session, "SELECT to_regclass('journal') IS NOT NULL"):
            return False
        return session.execute(_LAST).fetchone() == (entries, head)


def refuse_full(database: Database) -> None:
    """Raise Conflict where the database has tables."""
    with psycopg.connect(database.conninfo) as session:
        tables = session.execute(_TABLES).fetchall()
    if tables:
        raise Conflict(
            "The database is not empty, and a restore makes a whole one.",
            hint="Name an empty database in BOS_DATABASE_URL, or a home that is not there yet with --home.",
            code="not-empty",
        )


@contextmanager
def _running(by: Program, database: Database, options: list[str], **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program on the database; its failure is told by what it says first; no password is on its command line."""
    given = conninfo_to_dict(database.conninfo)
    password = given.pop("password", None)
    command = [by.path, *options, f"--dbname={make_conninfo('', **given)}"]
    env = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, env=env, stderr=said, cwd="/", **streams) as process,  # noqa: S603 - PostgreSQL's own
    ):
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        if process.wait():
            said.seek(0)
            raise Unavailable(
                f"{Path(by.path).name} fails: {_first(said.read(4000).decode(errors='replace'))}",
                hint="Check that the database runs, has room, and lets this user read or make all of it; a database "
                "that is reached by TLS needs the client programs of its PostgreSQL on this machine.",
            )


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - as above
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def _first(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[0][:300] if lines else "it says nothing."


def _one(session: psycopg.Connection[Any], query: Any) -> Any:
    row = session.execute(query).fetchone()
    return row[0] if row else None


def _out(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise ValueError("the program has no output")
    return process.stdout


def _in(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise ValueError("the program has no input")
    return process.stdin
