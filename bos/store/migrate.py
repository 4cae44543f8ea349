"""Brings a database to the schema of this version of BOS.

``python -m bos.store.migrate check`` compares the tables of the code with the migrations, on a database of its own.
"""

from __future__ import annotations

import io
import logging
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from bos.errors import Unavailable
from bos.settings import Settings
from bos.store import derived
from bos.store.embedded import open_database

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent / "migrations"
HEAD = "0025"
"""The newest migration."""

_READ_OFF = "0014"
"""The newest migration that changed what is read off documents: of a database before it, that is written anew."""

_LOCK = 0x424F53_4D49_4752  # "BOSMIGR": one process migrates at a time
_CURRENT = "SELECT version_num FROM alembic_version"
_PRESENT = "SELECT to_regclass('alembic_version') IS NOT NULL"


def upgrade(url: str) -> None:
    """Run every migration the database does not have, in one transaction; of two processes, the second waits.

    Raises:
        Unavailable: the database does not answer, or a newer BOS has migrated it.
    """
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            if current(connection) == HEAD:
                return
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            before = current(connection)
            _run(connection)
            if before is not None and before < _READ_OFF:
                derived.renew(connection)
    except OperationalError as error:
        logging.getLogger(__name__).warning("migration failed: %s", error)
        raise Unavailable("The database does not answer.", hint="Check that it runs, and try again.") from None


def current(connection: Connection) -> str | None:
    """Return the newest migration the database has, or ``None`` for one that has none."""
    if not connection.execute(text(_PRESENT)).scalar():
        return None
    found = connection.execute(text(_CURRENT)).scalar()
    return found if found is None else str(found)


def _run(connection: Connection) -> None:
    try:
        command.upgrade(_config(connection), "head")
    except CommandError:
        raise Unavailable(
            "The database was made by a newer version of BOS.",
            hint="Use that version, or another database.",
        ) from None


def _config(connection: Connection) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def check() -> str:
    """Return what the migrations lack against the tables of the code, or an empty text.

    The comparison runs on an embedded database that is made for it and removed.
    """
    with tempfile.TemporaryDirectory(prefix="bos-check-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # the embedded database of root's homes runs as another user
        settings = Settings.load(home=Path(folder) / "home", env={}, state_dir=Path(folder) / "state")
        database = open_database(settings)
        try:
            return _compare(database.url)
        finally:
            database.close()


def _compare(url: str) -> str:
    upgrade(url)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        config = _config(connection)
        if ScriptDirectory.from_config(config).get_heads() != [HEAD]:
            return f"The newest migration is not {HEAD}."
        try:
            command.check(config)
        except CommandError as error:
            return str(error)[:2000]
    return ""


def main(arguments: Sequence[str]) -> int:
    """Run the comparison; return 0 when tables and migrations agree, 1 when not, 2 for wrong use."""
    if list(arguments) != ["check"]:
        sys.stderr.write("usage: python -m bos.store.migrate check\n")
        return 2
    lacking = check()
    sys.stdout.write(f"{lacking or 'The migrations make exactly the tables of the code.'}\n")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
