"""Connections to other systems: what speaks to them, their secrets, and whether they are well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.client.documents import Documents, quoted
from bos.client.listing import Listing
from bos.model.answers.connections import (
    ConnectionHealth,
    ConnectorAnswer,
    Diagnosis,
    IncomingRow,
    Reception,
    Resealed,
    SecretRow,
    SecretTaken,
    Tried,
)
from bos.model.answers.deliveries import Delivery
from bos.model.answers.documents import ProblemAnswer
from bos.model.answers.feedback import FollowedUp
from bos.model.answers.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bos.client.transport import Calls
    from bos.model.answers.deliveries import DeliveryState


class Connections(Documents):
    """The connections, as documents, and what belongs to them."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(calls, "connections")

    def connectors(self) -> Listing[ConnectorAnswer]:
        """Return the connectors that are installed, and those that are left out with their ``problem``."""
        return Listing(self._calls.pages(Page[ConnectorAnswer], "/api/v1/connectors"))

    def check(self, document: Mapping[str, Any], *, giving: Iterable[str] = ()) -> Listing[ProblemAnswer]:
        """Return what would be wrong with a connection where it is used; ``giving`` names the secrets to come with it.

        Nothing is stored, and the system is asked nothing. An ``attention`` keeps it from being used, not from being
        kept.
        """
        body = {"document": dict(document), "giving": list(giving)}
        found = self._calls.ask(Page[ProblemAnswer], "POST", f"{self._path}/check", json=body)
        return Listing(found.items)

    def doctor(self, connection: str) -> Diagnosis:
        """Look whether a connected system is well; nothing there is changed."""
        return self._calls.ask(Diagnosis, "GET", f"{self._path}/{quoted(connection)}/doctor")

    def health(self) -> Listing[ConnectionHealth]:
        """Return how it goes with every connection."""
        return Listing(self._calls.pages(Page[ConnectionHealth], "/api/v1/connection-health"))

    def test(self, connection: str) -> Tried:
        """Tell a connected system a test message, and read an hour of what is bound to it; nothing of it is kept."""
        return self._calls.ask(Tried, "POST", f"{self._path}/{quoted(connection)}/tests")

    def ask(self, connection: str) -> FollowedUp:
        """Ask a system now how far what it was told of feedback is."""
        return self._calls.ask(FollowedUp, "POST", f"{self._path}/{quoted(connection)}/states")

    def secrets(self, connection: str) -> Listing[SecretRow]:
        """Return which secrets a connection has; never their text."""
        return Listing(self._calls.pages(Page[SecretRow], f"{self._path}/{quoted(connection)}/secrets"))

    def give_secret(self, connection: str, name: str, value: str, *, rationale: str) -> SecretRow:
        """Give a connection a secret, in the place of the one before; it is sent to the address of now alone."""
        body = {"value": value, "rationale": rationale}
        path = f"{self._path}/{quoted(connection)}/secrets/{quoted(name)}"
        return self._calls.ask(SecretRow, "PUT", path, json=body)

    def take_secret(self, connection: str, name: str, *, rationale: str) -> SecretTaken:
        """Take a secret of a connection away."""
        path = f"{self._path}/{quoted(connection)}/secrets/{quoted(name)}"
        return self._calls.ask(SecretTaken, "DELETE", path, params={"rationale": rationale})

    def reseal(self, *, rationale: str) -> Resealed:
        """Encrypt the secrets of all connections with a new key."""
        return self._calls.ask(Resealed, "POST", f"{self._path}/secrets/reseal", json={"rationale": rationale})

    def deliveries(
        self, connection: str | None = None, *, state: DeliveryState | None = None, limit: int = 100
    ) -> Listing[Delivery]:
        """Return what connected systems are told, newest first: to one connection or to all, in one state or in any."""
        asked = {"connection": connection, "state": state, "limit": limit}
        return Listing(self._calls.pages(Page[Delivery], "/api/v1/deliveries", params=asked))

    def retry(self, delivery: int, *, rationale: str) -> Delivery:
        """Let a dead letter be tried again, with the key it had, so that nothing is doubled there."""
        return self._calls.ask(Delivery, "POST", f"/api/v1/deliveries/{delivery}/retry", json={"rationale": rationale})

    def give_up(self, delivery: int, *, rationale: str) -> Delivery:
        """Give a dead letter up: it is not tried again."""
        path = f"/api/v1/deliveries/{delivery}/give-up"
        return self._calls.ask(Delivery, "POST", path, json={"rationale": rationale})

    def reception(self, connection: str) -> Reception:
        """Return where a system sends to over a connection, and how it proves who it is."""
        return self._calls.ask(Reception, "GET", f"{self._path}/{quoted(connection)}/reception")

    def incoming(self, connection: str) -> Listing[IncomingRow]:
        """Return the last hundred deliveries of a connection, those that could not be read first."""
        return Listing(self._calls.pages(Page[IncomingRow], f"{self._path}/{quoted(connection)}/incoming"))

    def retry_incoming(self, connection: str, delivery: str, *, rationale: str) -> IncomingRow:
        """Read a delivery again that could not be read."""
        path = f"{self._path}/{quoted(connection)}/incoming/{quoted(delivery)}/retry"
        return self._calls.ask(IncomingRow, "POST", path, json={"rationale": rationale})
