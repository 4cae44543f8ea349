"""``bos up --check`` against a real HTTP server: what is right, what is wrong, and that neither stops it."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from bos.serve.probe import OPEN, probe

TOKEN = "t0ken"  # noqa: S105 - of the server below
PATHS = {
    "/api/v1/things": {"get": {}, "post": {}},
    "/api/v1/things/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": True}]}},
    "/api/v1/search": {"get": {"parameters": [{"name": "q", "in": "query", "required": True}]}},
    "/api/v1/only-written": {"post": {}},
}


@pytest.fixture
def server():
    statuses = dict.fromkeys((*OPEN, "/api/v1/things"), 200) | {
        "/api/v1/things/bos-check-absent": 404,
        "/api/v1/search": 422,
    }
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            allowed = self.path in OPEN or self.headers.get("Authorization") == f"Bearer {TOKEN}"
            body = json.dumps({"paths": PATHS}).encode()
            self.send_response(statuses.get(self.path, 500) if allowed else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            """Stay quiet."""

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{listener.server_address[1]}", statuses, asked
    listener.shutdown()
    thread.join()
    listener.server_close()


def test_every_endpoint_that_can_be_asked_is_asked_and_nothing_is_written(server):
    url, _, asked = server
    lines = []
    assert probe(url, TOKEN, lines.append)
    shown = "\n".join(lines)
    for path in (*OPEN, "/api/v1/things", "/api/v1/things/{id}", "/api/v1/search", "/api/v1/things (without a token)"):
        assert f"GET {path}" in shown
    assert "only-written" not in shown
    assert set(asked) == {*OPEN, "/api/v1/things", "/api/v1/things/bos-check-absent", "/api/v1/search"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/readyz", 503), ("/api/v1/things", 404), ("/api/v1/search", 500), ("/api/v1/things/bos-check-absent", 500)],
)
def test_an_endpoint_that_fails_is_shown_and_fails_the_check(server, path, status):
    url, statuses, _ = server
    statuses[path] = status
    lines = []
    assert not probe(url, TOKEN, lines.append)
    assert sum(line.startswith("FAIL") for line in lines) == 1
    assert str(status) in next(line for line in lines if line.startswith("FAIL"))


def test_a_server_that_wants_no_token_fails_the_check(server):
    url, _, _ = server
    lines = []
    assert not probe(url, "another token", lines.append)


def test_a_server_that_is_not_there_fails_the_check_and_ends():
    lines = []
    assert not probe("http://127.0.0.1:9", TOKEN, lines.append)
    assert all(line.startswith("FAIL") for line in lines[:-1])
