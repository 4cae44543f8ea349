"""Splunk's HTTP Event Collector (HEC): messages of BOS as events in an index."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from bos.errors import BosError, Invalid, Unavailable
from bos.ports import Finding, Receipt, Wanted
from bos.wire import OverHttp, answered, exchange, strange

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from bos.ports import Message

_BAD, _GOOD, _NO_DATA = 400, 0, 5
_POLL, _SLOWEST = 0.1, 2.0
_CHANNELS = uuid.UUID("5a0d6f0e-8f0b-5d0e-9a51-6f2d1c3b7e10")


class Hec(OverHttp):
    """A Splunk's HEC port.

    HEC has no key by which it would know a message again, and its tokens may not search: a message that was sent when
    BOS was killed is sent again, with the same ``bos_key``, by which a search tells the two for one.
    """

    name = "splunk-hec"
    title = "Splunk HEC"
    purpose = "Tells Splunk what happened, as events of an index."
    schemes = ("https", "http")
    example = "https://splunk.bank.example:8088"
    settings = (
        Wanted("index", "The index the events go to; the token's own where it is left out.", example="bos"),
        Wanted("source", "The source of the events.", default="bos"),
        Wanted("sourcetype", "Their source type.", default="bos:message", label="Source type"),
    )
    secrets = (Wanted("token", "The token of an HEC input (sent as Authorization: Splunk …).", needed=True),)
    unproven = (
        "All of it: it met a double that answers as the manuals say, no Splunk server. Delivery is at least once: a "
        "message sent again after a break has the same bos_key."
    )

    def doctor(self) -> Iterator[Finding]:
        """Look whether the collector answers and knows the token; nothing is sent that would be an event."""
        try:
            answered(self._client().get("services/collector/health"), self.title)
        except BosError as error:
            yield Finding("Answer", ok=False, words=error.message, hint=error.hint)
            return
        yield Finding("Answer", ok=True, words="The collector answers, and says it is healthy.")
        try:
            said = self._post("event", b"", str(uuid.uuid4()))
        except BosError as error:
            yield Finding("Token", ok=False, words=error.message, hint=error.hint)
            return
        known = said.get("code") == _NO_DATA
        words = "It knows the token." if known else f"It answers an empty message with: {said.get('text', '')}."
        yield Finding("Token", ok=known, words=words, hint="" if known else "Check the address of the connection.")

    def send(self, message: Message, *, key: str) -> Receipt:
        """Send a message as one event; where the token wants acknowledgements, wait until it is indexed.

        Raises:
            Unavailable: it was not taken, or nobody can say.
            Invalid: the collector never takes it like this, such as for its index; the hint has its words.
        """
        channel = str(uuid.uuid5(_CHANNELS, key))
        said = self._post("event", json.dumps(self._event(message, key), ensure_ascii=False).encode(), channel)
        if said.get("code") != _GOOD:
            raise Invalid(
                "Splunk does not take this message.",
                hint=f"It says: {said.get('text', '')} (code {said.get('code')})."[:500],
                code="system.message",
            )
        if (ack := said.get("ackId")) is not None:
            self._wait(ack, channel)
        return Receipt(reference=key)

    def _event(self, message: Message, key: str) -> dict[str, Any]:
        settings = self._target.settings
        event = {
            "kind": message.kind,
            "flow": message.flow,
            "title": message.title,
            "text": "\n\n".join(message.paragraphs),
            "facts": dict(message.facts),
            "links": dict(message.links),
            "thread": message.thread,
            "files": [one.name for one in message.attachments],
        }
        whole: dict[str, Any] = {
            "time": round(time.time(), 3),
            "source": settings.get("source", "bos"),
            "sourcetype": settings.get("sourcetype", "bos:message"),
            "event": {name: value for name, value in event.items() if value},
            "fields": {"bos_key": key, "bos_kind": message.kind, "bos_flow": message.flow},
        }
        return whole | ({"index": settings["index"]} if "index" in settings else {})

    def _wait(self, ack: int, channel: str) -> None:
        """Wait until an event is indexed."""
        until, pause = time.monotonic() + self._target.timeout, _POLL
        while True:
            said = self._post("ack", b'{"acks": [%d]}' % ack, channel)
            if said.get("acks", {}).get(str(ack)) is True:
                return
            if time.monotonic() + pause > until:
                raise Unavailable(
                    "Splunk took the message, and does not say that it is indexed.",
                    hint="It is sent again, with the same bos_key; give the connection more seconds if this goes on.",
                    code="system.slow",
                )
            time.sleep(pause)
            pause = min(_SLOWEST, pause * 2)

    def _post(self, what: str, content: bytes, channel: str) -> dict[str, Any]:
        """Return what the collector says: of what it does not take, too, as long as it is about the message."""
        headers = {"X-Splunk-Request-Channel": channel, "Content-Type": "application/json"}
        client = self._client()
        request = client.build_request("POST", f"services/collector/{what}", content=content, headers=headers)
        response = exchange(client, request, self.title)
        if response.status_code != _BAD:
            answered(response, self.title)
        try:
            said = response.json()
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise strange("Splunk's HEC")
        return said

    def _sign(self, client: httpx.Client) -> None:
        client.headers["Authorization"] = f"Splunk {self._target.secret('token')}"
