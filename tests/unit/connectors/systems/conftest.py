"""Doubles of systems: on a real socket, with a state, faults on demand and a log of what was asked."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema
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
                time.sleep(2.0)
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
    """Return what a system does wrong, the code of the error that tells it, and how long to wait for its answers."""
    what, code = request.param
    return what, code, 0.5 if what == "slow" else 10.0


TOKEN = "glsa_planted"  # noqa: S105 - of a test


class Grafana:
    """A Grafana with one data source, dashboards in both of its APIs, and people who change them.

    ``api`` is ``v2``, ``v1`` or empty for the classic one alone. ``frames`` answers a query.
    """

    def __init__(self, api="v2", frames=None):
        self.api, self.frames, self.boards = api, frames, {}

    def edit(self, name):
        """Change a dashboard as a person does in a browser."""
        board = self.boards[name]
        board.update(version=board["version"] + 1, message="Moved a panel", by="user:7")

    def answer(self, asked):
        if asked.path == "/api/health":
            return 200, {}, {"database": "ok", "version": "13.3.0"}
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}, {"message": "Invalid API key"}
        if asked.path.startswith("/apis/"):
            return self._apis(asked)
        known = {
            "/api/folders": [],
            "/api/folders/payments": {"uid": "payments", "title": "Payments"},
            "/api/datasources/uid/prom": {"uid": "prom", "name": "Prometheus"},
        }
        if asked.path in known and asked.method == "GET":
            return 200, {}, known[asked.path]
        if asked.path == "/api/ds/query":
            return self.frames(json.loads(asked.body))
        return self._classic(asked)

    def _classic(self, asked):
        if asked.path == "/api/dashboards/db":
            return self._save(json.loads(asked.body))
        name, _, what = asked.path.removeprefix("/api/dashboards/uid/").partition("/")
        if name not in self.boards:
            return 404, {}, {"message": "Dashboard not found"}
        board = self.boards[name]
        if what == "versions":
            return 200, {}, {"versions": [{"version": board["version"], "message": board["message"]}]}
        meta = {"url": f"/d/{name}/x", "updatedBy": board["by"], "updated": "now", "provisioned": board.get("managed")}
        return 200, {}, {"dashboard": {**board["spec"], "version": board["version"]}, "meta": meta}

    def _save(self, body):
        name, board = body["dashboard"]["uid"], self.boards.get(body["dashboard"]["uid"])
        if body["dashboard"]["id"] is not None:
            return 400, {}, {"message": "id"}
        if board and not body["overwrite"] and board["version"] != body["dashboard"]["version"]:
            return 412, {}, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
        version = board["version"] + 1 if board else 1
        kept = {"folder": body.get("folderUid"), "message": body["message"], "by": "sa-1-bos"}
        self.boards[name] = {"spec": body["dashboard"], "version": version, **kept}
        return 200, {}, {"uid": name, "version": version, "url": f"/d/{name}/x", "status": "success"}

    def _apis(self, asked):
        if asked.path == "/apis/dashboard.grafana.app/" and self.api:
            versions = {"v2": ["v1", "v2", "v2alpha1"], "v1": ["v1", "v1beta1"]}[self.api]
            return 200, {}, {"kind": "APIGroup", "versions": [{"version": one} for one in versions]}
        base = f"/apis/dashboard.grafana.app/{self.api}/namespaces/default/dashboards"
        if not self.api or not asked.path.startswith(base):
            return 404, {}, {"kind": "Status", "code": 404}
        name, body = asked.path.removeprefix(base).strip("/"), json.loads(asked.body or b"{}")
        if asked.method != "GET":
            return self._put(name, body)
        found = self.boards.get(name)
        return (200, {}, self._resource(name)) if found else (404, {}, {"kind": "Status", "code": 404})

    def _put(self, name, body):
        metadata = body["metadata"]
        board = self.boards.get(metadata["name"])
        fresh = not name
        if (fresh and board) or (not fresh and metadata["resourceVersion"] != f"rv{board['version']}"):
            return 409, {}, {"kind": "Status", "code": 409, "message": "the object has been modified"}
        notes = metadata["annotations"]
        kept = {"folder": notes.get("grafana.app/folder"), "message": notes["grafana.app/message"], "by": "sa:bos"}
        version = 1 if fresh else board["version"] + 1
        self.boards[metadata["name"]] = {"spec": body["spec"], "version": version, **kept}
        return 201 if fresh else 200, {}, self._resource(metadata["name"])

    def _resource(self, name):
        board = self.boards[name]
        notes = {"grafana.app/message": board["message"], "grafana.app/updatedBy": board["by"]}
        if board.get("managed"):
            notes["grafana.app/managedBy"] = "terraform"
        metadata = {"name": name, "resourceVersion": f"rv{board['version']}", "generation": board["version"]}
        return {"kind": "Dashboard", "metadata": {**metadata, "annotations": notes}, "spec": board["spec"]}


@pytest.fixture(scope="session")
def contract():
    """Return a function that checks a request against the description of Grafana's classic API, where it has it."""
    folder = Path(os.environ.get("BOS_TEST_DATA", "../shared/data")).parent / "contracts"
    file = folder / "grafana-legacy-2025-04.swagger2.json"
    if not file.is_file():
        return lambda _: None
    described = json.loads(file.read_text(encoding="utf-8"))
    paths = [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), each) for path, each in described["paths"].items()]

    def check(asked):
        if not asked.path.startswith("/api/") or asked.path == "/api/health":
            return
        each = next(found for path, found in paths if path.fullmatch(asked.path.removeprefix("/api")))
        parameters = each[asked.method.lower()].get("parameters", [])
        assert set(asked.query) <= {one["name"] for one in parameters if one["in"] == "query"}
        for one in parameters:
            if one["in"] == "body":
                schema = {**one["schema"], "definitions": described["definitions"]}
                jsonschema.Draft4Validator(schema).validate(json.loads(asked.body))

    return check


@pytest.fixture
def grafana(doubled, contract):
    """Return a context manager that serves a Grafana; every request it got is checked against the description."""

    @contextmanager
    def serve(**more):
        tls = more.pop("tls", None)
        with doubled(Grafana(**more), tls=tls) as double:
            yield double
        for asked in double.asked:
            contract(asked)

    return serve
