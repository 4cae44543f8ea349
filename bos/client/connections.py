"""Connections to other systems: what speaks to them, their secrets, and whether they are well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.client.documents import Documents, quoted
from bos.client.listing import Listing
from bos.model.answers.connections import ConnectorAnswer, DeliveryRow, Diagnosis, Resealed, SecretRow, SecretTaken
from bos.model.answers.page import Page

if TYPE_CHECKING:
    from bos.client.transport import Calls


class Connections(Documents):
    """The connections, as documents, and what belongs to them."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(calls, "connections")

    def connectors(self) -> Listing[ConnectorAnswer]:
        """Return the connectors that are installed."""
        return Listing(self._calls.pages(Page[ConnectorAnswer], "/api/v1/connectors"))

    def doctor(self, connection: str) -> Diagnosis:
        """Look whether a connected system is well; nothing there is changed."""
        return self._calls.ask(Diagnosis, "GET", f"{self._path}/{quoted(connection)}/doctor")

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

    def deliveries(self, connection: str) -> Listing[DeliveryRow]:
        """Return the last hundred deliveries of a connection, those that could not be read first."""
        return Listing(self._calls.pages(Page[DeliveryRow], f"{self._path}/{quoted(connection)}/deliveries"))

    def retry_delivery(self, connection: str, delivery: str, *, rationale: str) -> DeliveryRow:
        """Read a delivery again that could not be read."""
        path = f"{self._path}/{quoted(connection)}/deliveries/{quoted(delivery)}/retry"
        return self._calls.ask(DeliveryRow, "POST", path, json={"rationale": rationale})
