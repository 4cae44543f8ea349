"""What every double of a system is made of: state, a log of what it was asked, and faults on demand."""

import json
import re
import socket
import ssl
import struct
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

RESET, LOST, CUT, HALF, DRIP = "reset", "lost", "cut", "half", "drip"
"""A connection that is reset before anything is done; after it was done; within the answer; an answer whose text ends
too early; an answer that comes byte by byte."""
FAULTS = (
    RESET,
    LOST,
    CUT,
    HALF,
    DRIP,
    (429, {"Retry-After": "7"}),
    (503, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}),
    (500, {}),
    (401, {}),
    (302, {"Location": "https://localhost:1/"}),
)


_SHAPES = ("null", "[]", "{}", "[null]", '"x"', "7")
_INSIDE = (None, {}, 7, {"id": 7, "key": 7, "ts": 7, "title": 7})
_LISTS = ("issues", "results", "messages", "comments")
_OBJECTS = ("permissions", "version", "body", "_links")


def _inside(one):
    lists, objects = {name: [one] for name in _LISTS}, {name: {"BROWSE_PROJECTS": one} for name in _OBJECTS}
    return json.dumps({"ok": True, "total": 1, **lists, **objects})


ODD = tuple((200, {}, text) for text in (*_SHAPES, *map(_inside, _INSIDE)))
"""Answers with a status that all is well, which no system would give."""


class Double:
    """A system on a real socket; a subclass has a method ``answer(asked)`` that returns status and content.

    ``asked`` is what a request was (method, path, query, headers, body, json); ``log`` has all of them. ``faults`` are
    kinds of :data:`FAULTS` by the number of the request they happen at, from 0. ``judged`` says what is wrong with a
    request by the vendor's own description, where that is known.
    """

    judged = None

    def __init__(self):
        self.log = []
        self.faults = {}
        self.url = ""
        self.lock = threading.Lock()

    def fault_at(self, number):
        return self.faults.get(number)

    @contextmanager
    def running(self, tls=None):
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.double = self
        server.daemon_threads = True
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            self.url = f"http{'s' if tls else ''}://localhost:{server.server_port}"
            yield self
            assert [found for asked in self.log if self.judged for found in self.judged(asked)] == []
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # no waits of 40 ms

    def handle_one(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked, double = _asked(self, raw), self.server.double
        with double.lock:
            fault = double.fault_at(len(double.log))
            double.log.append(asked)
            if fault == RESET:
                self.hang_up()
                return
            if isinstance(fault, tuple):
                status, headers, *text = fault
                self.reply(status, text[0].encode() if text else b'{"errorMessages": ["planted"]}', headers)
                return
            status, content, *more = double.answer(asked)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.finish_with(fault, status, body, *more)

    do_GET = do_POST = do_PUT = do_DELETE = handle_one  # noqa: N815 - the names http.server calls it by

    def finish_with(self, fault, status, body, headers=None):
        if fault == LOST:
            self.hang_up()
        elif fault == CUT:
            self.reply(status, body[: len(body) // 2], headers, length=len(body) + 1)
            self.hang_up()
        elif fault == HALF:
            self.reply(status, body[:-1], headers)
        elif fault == DRIP:
            self.reply(status, b"", headers, length=len(body))
            for one in body:
                try:
                    self.wfile.write(bytes([one]))
                except OSError:
                    return
                time.sleep(0.05)
        else:
            self.reply(status, body, headers)

    def reply(self, status, body, headers=None, *, length=None):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.close_connection = True
        sock = self.connection
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    def finish(self):
        with suppress(OSError):
            super().finish()

    def handle(self):
        with suppress(OSError, ValueError):
            super().handle()

    def log_message(self, *_):
        pass


def _asked(request, raw):
    parts = urlsplit(request.path)
    kind = request.headers.get("Content-Type", "")
    try:
        content = json.loads(raw) if "json" in kind else None
    except ValueError:
        content = None
    return SimpleNamespace(
        method=request.command, path=parts.path, query=parse_qs(parts.query, keep_blank_values=True),
        headers={name.lower(): value for name, value in request.headers.items()}, body=raw, json=content, kind=kind,
    )  # fmt: skip


def files_of(asked):
    """Return name → (media type, content) of what a form carries as files, and name → value of the rest."""
    boundary = re.search(r'boundary="?([^";]+)', asked.kind)[1].encode()
    files, rest = {}, {}
    for part in asked.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part[2:-2].partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)[1].decode()
        if found := re.search(rb'filename="([^"]+)"', head):
            kind = re.search(rb"(?i)content-type: (\S+)", head)
            files[found[1].decode()] = (kind[1].decode() if kind else "", content)
        else:
            rest[name] = content.decode()
    return files, rest
