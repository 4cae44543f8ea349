"""What every action works with: the home, the database, the lake, and where the request came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bos.actions.runner import Runner
from bos.actions.shelf import Shelf
from bos.home import Home
from bos.store.embedded import open_database
from bos.store.engine import make_engine
from bos.store.migrate import upgrade
from bos.telemetry.lake import Lake

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from bos.settings import Settings
    from bos.store.embedded import Database


@dataclass(frozen=True, slots=True)
class Context:
    """What actions work with. A request works with a copy that names it (``dataclasses.replace``).

    Attributes:
        settings: of the home.
        home: the home.
        engine: connections to the database.
        lake: the telemetry.
        request_id: names the request in journal and log.
        origin: the face the request came through.
        idempotency_key: a write with the same key and request is done once.
        inline_jobs: run long work in a thread of this process.
        runner: runs it.
        shelf: answers that are kept while nothing changes.
        database: the open database, to be given back.
    """

    settings: Settings
    home: Home
    engine: Engine
    lake: Lake
    request_id: str = ""
    origin: str = "library"
    idempotency_key: str | None = None
    inline_jobs: bool = False
    runner: Runner = field(default_factory=Runner)
    shelf: Shelf = field(default_factory=Shelf)
    database: Database | None = None

    @property
    def staging(self) -> Path:
        """Return the folder uploads are kept in until their job has read them."""
        return self.home.folder("staging")

    @property
    def rejects(self) -> Path:
        """Return the folder of rejected rows."""
        return self.home.folder("rejects")

    def close(self) -> None:
        """Stop long work of this process (it goes on later), close connections, give the database back."""
        self.runner.close()
        self.engine.dispose()
        if self.database is not None:
            self.database.close()


def open_context(settings: Settings, *, inline_jobs: bool = False, restoring: bool = False) -> Context:
    """Return a context on the home of ``settings``: database running and migrated, lake at hand.

    ``restoring`` opens a home to the restore that makes it, too.

    Raises:
        Conflict: a restore into the home is not done.
        Unavailable: the home cannot be written, or the database does not answer or is too old or too new.
        UsageError: the database's address is no PostgreSQL URL.
    """
    home = Home(settings.home).make()
    if not restoring:
        home.refuse_restoring()
    database = open_database(settings)
    try:
        upgrade(database.url)
        engine = make_engine(database.url, tend=database.tend)
    except BaseException:
        database.close()
        raise
    lake = Lake(home.folder("lake"))
    return Context(settings, home, engine, lake, inline_jobs=inline_jobs, database=database)
