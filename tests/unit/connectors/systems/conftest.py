"""Doubles of systems: on a real socket, with a state, faults on demand and a log of what was asked."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest


def _handler(double):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            parts = urlsplit(self.path)
            asked = SimpleNamespace(
                method=self.command,
                path=unquote(parts.path),
                query={name: value for name, (value, *_) in parse_qs(parts.query, keep_blank_values=True).items()},
                headers=dict(self.headers),
                body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )
            double.asked.append(asked)
            fault = next((one for one in double.faults if asked.path.startswith(one[0])), None)
            if fault is not None:
                double.faults.remove(fault)
            kind = fault and fault[1]
            if kind == "reset":
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                return
            if kind == "slow":
                time.sleep(0.5)
            status, headers, content = kind if isinstance(kind, tuple) else double.answer(asked)
            content = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if kind == "cut" else content)
            self.close_connection = kind == "cut"

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names http.server calls them by

        def log_message(self, *_):
            pass

    return Handler


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Say nothing of a client that went away, which is what a fault provokes."""


@pytest.fixture
def doubled():
    """Return a context manager that serves a double: what has ``answer(asked)`` → (status, headers, content).

    ``double.faults`` are pairs: how a path begins, and what the next answer there is instead (an answer, ``reset``,
    ``slow`` or ``cut``). ``double.asked`` is the log. ``double.url`` is where it is.
    """

    @contextmanager
    def serve(double, *, tls=None):
        double.asked, double.faults = [], []
        server = _Quiet(("127.0.0.1", 0), _handler(double))
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        double.url = f"{'http' if tls is None else 'https'}://localhost:{server.server_port}"
        try:
            yield double
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return serve


FAULTS = [
    ("reset", "system.silent"),
    ("slow", "system.slow"),
    ("cut", "system.silent"),
    ((429, {"Retry-After": "17"}, b""), "system.busy"),
    ((429, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, b""), "system.busy"),
    ((503, {}, b"<html>"), "system.busy"),
    ((500, {}, b"<html>"), "system.failed"),
    ((403, {}, b"{}"), "system.refused"),
    ((302, {"Location": "http://localhost:1/"}, b""), "system.elsewhere"),
    ((200, {}, b"<html>Sign in</html>"), "system.strange"),
    ((200, {}, b'[{"trunc'), "system.strange"),
]


@pytest.fixture(params=FAULTS, ids=lambda one: f"{one[0] if isinstance(one[0], str) else one[0][0]}-{one[1]}")
def fault(request):
    """Return what a system does wrong, and the code of the error that tells it."""
    return request.param
