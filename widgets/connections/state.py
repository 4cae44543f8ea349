"""What the page of connections is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from widgets import shelf
from widgets.connections.form import ConnectionForm

if TYPE_CHECKING:
    from bos.model.answers.connections import (
        ConnectionHealth,
        ConnectorAnswer,
        Diagnosis,
        IncomingRow,
        Reception,
        SecretRow,
    )
    from bos.model.answers.deliveries import Delivery
    from bos.model.answers.documents import DocumentRow
    from bos.model.answers.files import FileStanding
    from bos.model.answers.pulls import SignalRejects

WHY, WHICH, SECRET = "why", "which", "secret"


class Reread(NamedTuple):
    """What somebody had read again: ``over`` once its job has ended, ``failed`` where it could not be read."""

    words: str
    over: bool = False
    failed: bool = False


@dataclass
class State(shelf.State[ConnectionForm]):
    """All that the page is made of.

    ``found`` is what the last test found. ``giving`` is the connection whose secrets are open, ``given`` are those it
    has. ``deciding`` is the dead letter somebody is about to decide, and how. ``secret`` is what was typed; no view
    has it. ``saved`` is the connection that was just saved, ``reception`` where it is sent to. ``ended`` are the
    connections that are retired, ``restoring`` the one somebody is about to restore. ``unread`` are the deliveries that
    could not be read, by connection and id, ``rereading`` the one, or the file or signal, that somebody is about to
    have read again. ``rereads`` are those being read again, or that were, by what the page calls them. ``errors`` are
    of the small forms.
    """

    kind: str = "connection"
    health: tuple[ConnectionHealth, ...] = ()
    connectors: dict[str, ConnectorAnswer] = field(default_factory=dict)
    letters: tuple[Delivery, ...] = ()
    found: Diagnosis | None = None
    giving: str = ""
    given: tuple[SecretRow, ...] = ()
    which: str = ""
    secret: str = field(default="", repr=False)
    deciding: tuple[str, int] = ("", 0)
    why: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    saved: str = ""
    ended: tuple[DocumentRow, ...] = ()
    restoring: str = ""
    unread: dict[str, IncomingRow] = field(default_factory=dict)
    rereading: str = ""
    rereads: dict[str, Reread] = field(default_factory=dict)
    reception: Reception | None = None
    forgot: int = 0

    def may(self, right: str) -> bool:
        """Return whether the person may do something somewhere; the server decides where."""
        return self.session is not None and right in self.session.may

    def seen(self, connection: str) -> ConnectionHealth | None:
        """Return a connection that the page shows."""
        return next((one for one in self.health if one.connection == connection), None)

    @property
    def outdated(self) -> dict[str, FileStanding]:
        """Return the files that are to be read again, each by what the page calls it.

        They were taken with another mapping than now, or may have lost rows to a file that was read again.
        """
        files = (file for one in self.health for file in one.files if file.earlier or file.short)
        return {f"{file.connection}/{file.flow}/{file.name}": file for file in files}

    def may_reread(self, key: str) -> bool:
        """Return whether a file can be read again now: it is in its folder, and not being read."""
        file, reread = self.outdated.get(key), self.rereads.get(key)
        return file is not None and file.gone_at is None and (reread is None or reread.over)

    @property
    def rejects(self) -> dict[str, tuple[ConnectionHealth, SignalRejects]]:
        """Return the rows of signals that pulls could not take, and over what, each by what the page calls it."""
        return {f"{one.connection}/{row.flow}//{row.signal}": (one, row) for one in self.health for row in one.rejected}

    def may_pull_again(self, key: str) -> bool:
        """Return whether rows of a signal can be read again now: it is known since when, and it is not being read."""
        found, reread = self.rejects.get(key), self.rereads.get(key)
        return found is not None and found[1].again is not None and (reread is None or reread.over)

    def letter(self, number: int) -> Delivery | None:
        """Return a dead letter that the page shows."""
        return next((one for one in self.letters if one.delivery == number), None)

    def connector_of(self, connection: str) -> ConnectorAnswer | None:
        """Return the connector of a connection that the page shows, where it is installed."""
        one = self.seen(connection)
        return self.connectors.get(one.connector) if one else None

    def names(self, connection: str) -> tuple[str, ...]:
        """Return the names of the secrets that a connection may have."""
        connector = self.connector_of(connection)
        return tuple(want.name for want in connector.secrets) if connector else ()
