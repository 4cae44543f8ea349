"""A server on a real socket that answers what a test has written down, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from bos.client.transport import Calls

LOST = "the connection is closed without an answer"
BROKEN = "the answer breaks off"


@dataclass
class Script:
    """What is answered, in turn (the last answer again and again), and what was asked."""

    url: str = ""
    answers: list = field(default_factory=list)
    asked: list = field(default_factory=list)

    def problem(self, status, **members):
        self.answers.append((status, {"type": f"urn:bos:problem:{members.pop('kind')}", **members}))

    def next(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def keys(self):
        return [headers.get("Idempotency-Key") for _, _, headers, _ in self.asked]


def _handler(script):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = b"".join(self.body())
            script.asked.append((self.command, self.path, dict(self.headers), body))
            found = script.next()
            if found == LOST:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            status, told = (200, b"{}") if found == BROKEN else found
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) + (found == BROKEN)))
            self.end_headers()
            self.wfile.write(content)
            if found == BROKEN:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True

        def body(self):
            if self.headers.get("Transfer-Encoding") != "chunked":
                yield self.rfile.read(int(self.headers.get("Content-Length", 0)))
                return
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names http.server asks for

        def log_message(self, *_):
            """Stay quiet."""

    return Handler


@pytest.fixture
def script():
    """Return what a server answers; it runs at ``script.url``."""
    told = Script()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def calls(script):
    """Return calls to that server."""
    with closing(Calls(httpx.Client(base_url=script.url, trust_env=False), patient=True)) as made, suppress(OSError):
        yield made
