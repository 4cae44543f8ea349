"""The database BOS runs on: the embedded PostgreSQL of the home, or the one ``BOS_DATABASE_URL`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.store.embedded_place import place_of
from bos.store.embedded_server import EmbeddedServer
from bos.store.embedded_url import check, normalise

if TYPE_CHECKING:
    from bos.settings import Settings


class Database:
    """An open database. The embedded one stays up for as long as one ``Database`` of any process is open.

    Attributes:
        url: SQLAlchemy URL with the driver psycopg 3; the same after every restart of the embedded server.
        embedded: whether BOS runs the server itself.
    """

    def __init__(self, url: str, server: EmbeddedServer | None = None) -> None:
        self.url = url
        self.embedded = server is not None
        self._server = server

    @property
    def conninfo(self) -> str:
        """The URL as libpq and psycopg read it."""
        return self.url.replace("+psycopg", "", 1)

    def ensure(self) -> None:
        """Return once the server answers; start the embedded one again should its guardian have been killed.

        Raises:
            Unavailable: it does not answer.
        """
        if self._server is None:
            check(self.url)
        else:
            self._server.start()

    def tend(self) -> None:
        """Start the embedded server again should its guardian have been killed; cheap enough for every second.

        Raises:
            Unavailable: it does not start.
        """
        if self._server is not None and not self._server.guarded():
            self._server.start()

    def close(self, *, wait: bool = True) -> None:
        """Give the database back; with ``wait``, an embedded server that nobody else uses has stopped on return."""
        if self._server is not None:
            self._server.close(wait=wait)


def open_database(settings: Settings) -> Database:
    """Return the database of ``settings``, running and of a version BOS works with (no migrations are run).

    Raises:
        Unavailable: it cannot be started or reached, or is too old; the message says which.
        UsageError: ``database_url`` is not a PostgreSQL URL.
    """
    if settings.database_url:
        url = normalise(settings.database_url)
        check(url)
        return Database(url)
    server = EmbeddedServer(place_of(settings))
    server.start()
    return Database(server.url, server)
