"""The HEC port of the double: events of concatenated JSON, its codes, acknowledgements by channel, faults on demand."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from urllib.parse import urlsplit

KNOWN = "0f5e-hec"
_CODES = {
    0: (200, "Success"), 2: (401, "Token is required"), 3: (401, "Invalid authorization"), 4: (403, "Invalid token"),
    5: (400, "No data"), 6: (400, "Invalid data format"), 7: (400, "Incorrect index"), 9: (503, "Server is busy"),
    10: (400, "Data channel is missing"), 12: (400, "Event field is required"),
    13: (400, "Event field cannot be blank"),
    17: (200, "HEC is healthy"), 18: (503, "HEC is unhealthy, queues are full"),
}  # fmt: skip


@dataclass
class HecDouble:
    """What the collector took. ``faults``: codes to answer with in turn, ``lost`` for an answer that never comes.

    ``polls``: how often an acknowledgement says no before it says yes, where the token wants them (``acks``).
    """

    indexes: tuple[str, ...] = ("main", "bos")
    acks: bool = False
    polls: int = 1
    healthy: bool = True
    faults: list[object] = field(default_factory=list)
    events: list[dict] = field(default_factory=list)
    asked: list[SimpleNamespace] = field(default_factory=list)
    given: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def take(self, body):
        """Take the events of a body up to the first that is wrong; return the code and what is said besides."""
        decoder, at, number, body = json.JSONDecoder(), 0, 0, body.strip()
        if not body:
            return 5, {}
        while at < len(body):
            try:
                event, at = decoder.raw_decode(body, at)
            except ValueError:
                return 6, {"invalid-event-number": number}
            if code := self.wrong(event):
                return code, {"invalid-event-number": number}
            self.events.append(event)
            number += 1
            at += len(body[at:]) - len(body[at:].lstrip())
        return 0, {}

    def wrong(self, event):
        """Return the code of what is wrong with an event, 0 for nothing."""
        if not isinstance(event, dict):
            return 6
        if "event" not in event:
            return 12
        if event["event"] in {"", None} if isinstance(event["event"], str | None) else False:
            return 13
        return 0 if event.get("index", "main") in self.indexes else 7


class HecHandler(BaseHTTPRequestHandler):
    """One connection to the collector."""

    protocol_version = "HTTP/1.1"
    double: HecDouble

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):
        if urlsplit(self.path).path == "/services/collector/health":
            return self._say(17 if self.double.healthy else 18)
        return self._say(6)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = urlsplit(self.path).path
        self.double.asked.append(SimpleNamespace(path=path, headers=dict(self.headers), body=body))
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        channel = self.headers.get("X-Splunk-Request-Channel", "")
        if not scheme or scheme != "Splunk" or token != KNOWN:
            return self._say(2 if not scheme else 3 if scheme != "Splunk" else 4)
        if path.endswith("/ack"):
            return self._acknowledge(channel, json.loads(body)["acks"])
        if self.double.acks and not channel:
            return self._say(10)
        fault = self.double.faults.pop(0) if self.double.faults else None
        if isinstance(fault, int):
            return self._say(fault)
        code, more = self.double.take(body)
        if code == 0 and self.double.acks:
            left = self.double.given[channel]
            left.append(self.double.polls)
            more["ackId"] = len(left) - 1
        if fault == "lost":  # it is indexed, and the answer never comes
            self.close_connection = True
            return self.connection.close()
        return self._say(code, more)

    def _acknowledge(self, channel, acks):
        left, said = self.double.given[channel], {}
        for ack in acks:
            left[ack] -= 1
            said[str(ack)] = left[ack] < 0
        self._send(200, {"acks": said})

    def _say(self, code, more=()):
        status, text = _CODES[code]
        self._send(status, {"text": text, "code": code, **dict(more)})

    def _send(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
