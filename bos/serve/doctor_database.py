"""What ``bos doctor`` looks at in the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from alembic.script import ScriptDirectory
from alembic.util import CommandError

import bos.store
from bos.serve.check import Check

if TYPE_CHECKING:
    from collections.abc import Callable

SKEW_SECONDS = 5.0  # beyond this, leases and time-outs of jobs on two machines disagree
APP_ROLE = "bos_app"
JOURNAL = "journal"
_UPGRADE = "Start bos up once; it brings the database up to date."


def look_at(conninfo: str) -> list[Check]:
    """Return every check of the database at ``conninfo``; one that cannot be made is a check that failed."""
    return [_guarded(name, look, conninfo) for name, look in _LOOKS]


def _guarded(name: str, look: Callable[[str], Check], conninfo: str) -> Check:
    try:
        return look(conninfo)
    except psycopg.Error as error:
        return Check(name, ok=False, detail=f"not to be found out ({type(error).__name__})", hint="Try again.")
    except CommandError:
        return Check(name, ok=False, detail="this installation lacks its migrations", hint="Install BOS again.")


def _reachable(conninfo: str) -> Check:
    with psycopg.connect(conninfo) as session:
        number = session.info.server_version
        size = _one(session, "SELECT pg_size_pretty(pg_database_size(current_database()))")
    return Check("database", ok=True, detail=f"PostgreSQL {number // 10_000}.{number % 10_000}, {size}")


def _current(conninfo: str) -> Check:
    head = ScriptDirectory(str(Path(bos.store.__file__).parent / "migrations")).get_current_head()
    with psycopg.connect(conninfo) as session:
        known = _one(session, "SELECT to_regclass('alembic_version')")
        found = _one(session, "SELECT max(version_num) FROM alembic_version") if known else None
    return Check("migrations", found == head, f"at {found or 'nothing'}, this BOS has {head}", _UPGRADE)


def _separated(conninfo: str) -> Check:
    """The application's role may add to the journal, and may neither change nor remove what is in it."""
    with psycopg.connect(conninfo) as session:
        if not _one(session, "SELECT to_regrole(%s) IS NOT NULL AND to_regclass(%s) IS NOT NULL", APP_ROLE, JOURNAL):
            return Check("journal", ok=False, detail="there is no journal yet", hint=_UPGRADE)
        rights = {
            right
            for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
            if _one(session, "SELECT has_table_privilege(%s, %s, %s)", APP_ROLE, JOURNAL, right)
        }
        powers = _one(session, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", APP_ROLE)
    good = rights == {"INSERT"} and not powers
    shown = ", ".join(sorted(rights)) or "nothing"
    hint = f"Somebody granted more: leave {APP_ROLE} nothing but reading and adding."
    return Check("journal", good, f"the application may: {shown}", hint)


def _same_time(conninfo: str) -> Check:
    with psycopg.connect(conninfo) as session:
        before = datetime.now(UTC)
        there = _one(session, "SELECT clock_timestamp()")
    skew = abs((there - before).total_seconds()) if isinstance(there, datetime) else 0.0
    hint = "Let both machines keep time with NTP."
    return Check("clock", skew <= SKEW_SECONDS, f"{skew:.1f} s from the database's", hint)


def _one(session: psycopg.Connection[tuple[object, ...]], query: str, *values: object) -> object:
    row = session.execute(query.encode(), values or None).fetchone()
    return None if row is None else row[0]


_LOOKS: tuple[tuple[str, Callable[[str], Check]], ...] = (
    ("database", _reachable),
    ("migrations", _current),
    ("journal", _separated),
    ("clock", _same_time),
)
