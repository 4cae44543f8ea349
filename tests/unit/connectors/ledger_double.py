"""A ledger on a real socket, which enters whatever it is sent, twice where it is sent twice; with faults on demand."""

from __future__ import annotations

import importlib
import json
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bos.outgoing import connectors

PACKAGE = Path(__file__).parent / "ledger"
"""To be put on the path: the connector, as an installed package."""


class Books:
    """What the ledger has. ``faults``: status and headers that posts are answered with, in turn, entering nothing.

    ``slow`` are the seconds between entering and answering; ``most`` is how many asked at once at most.
    """

    def __init__(self):
        self.entries, self.faults, self.posts = [], [], []
        self.slow, self.most, self._now = 0.0, 0, 0
        self._lock = threading.Lock()

    def __enter__(self):
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *_):
        with self._lock:
            self._now -= 1

    def of(self, key):
        with self._lock:
            return [entry for entry in self.entries if entry["key"] == key]

    def post(self, entry):
        with self._lock:
            self.posts.append((time.monotonic(), entry["title"]))
            if self.faults:
                return self.faults.pop(0)
            entry = {"number": len(self.entries) + 1, **entry}
            self.entries.append(entry)
        time.sleep(self.slow)
        return 201, {}, entry

    def titles(self):
        return [entry["title"] for entry in self.entries]


def _handler(books):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            (key,) = parse_qs(urlsplit(self.path).query)["key"]
            self.answer(200, {}, books.of(key))

        def do_POST(self):
            with books:
                entry = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(*books.post(entry))

        def answer(self, status, headers, content=None):
            body = json.dumps(content).encode()
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # who asked was killed

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def serving(books):
    """Serve a ledger; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(books))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def installed():
    """Have the connector installed in this process."""
    sys.path.insert(0, str(PACKAGE))
    importlib.invalidate_caches()
    connectors.found.cache_clear()
    try:
        yield
    finally:
        sys.path.remove(str(PACKAGE))
        connectors.found.cache_clear()
