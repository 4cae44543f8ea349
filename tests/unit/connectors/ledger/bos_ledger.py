"""A sink for tests: it looks whether its system has an entry of the key, and makes one where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.errors import Invalid
from bos.ports import Finding, Receipt, Target, Wanted
from bos.wire import answered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.ports import Message


class Ledger:
    """Speaks to ``tests/unit/connectors/ledger_double.py``."""

    name = "ledger"
    title = "Ledger"
    schemes = ("http",)
    settings = ()
    secrets = (Wanted("token", "Who may write."),)
    unproven = "It met nothing but the ledger of a test."

    def __init__(self, target: Target) -> None:
        self._client = target.http()
        self._token = target.secret("token", needed=False)

    def doctor(self) -> Iterator[Finding]:
        """Say that it answers."""
        answered(self._client.get("/entries", params={"key": "none"}), "The ledger")
        yield Finding("Answer", ok=True, words="The ledger answers.")

    def send(self, message: Message, *, key: str) -> Receipt:
        """Enter a message."""
        if message.title.startswith("Impossible"):
            raise Invalid("The ledger takes no such title.", hint="Write another.")
        if "pictureless" in message.title and message.attachments:
            raise Invalid("The ledger takes no pictures.", hint="Send none.")
        if message.title.startswith("Broken"):
            raise ZeroDivisionError
        found = answered(self._client.get("/entries", params={"key": key}), "The ledger").json()
        if not found:
            entry = {"key": key, "kind": message.kind, "flow": message.flow, "title": message.title}
            entry |= {"paragraphs": message.paragraphs, "facts": message.facts, "thread": message.thread}
            entry |= {"files": [file.name for file in message.attachments], "links": message.links}
            found = [answered(self._client.post("/entries", json=entry), "The ledger").json()]
        return Receipt(f"entry {found[0]['number']}", f"https://ledger.example/{found[0]['number']}")

    def close(self) -> None:
        """Close the client."""
        self._client.close()
