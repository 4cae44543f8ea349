"""A Splunk on a real socket (management port): what the SDKs ask of it, every fault on demand, and a log of requests.

It knows its events, judges searches by the little of SPL that tests use, and answers as Splunk's manuals and SDKs say
Splunk does; no Splunk was ever compared with it. Standard library alone. Run as a program it serves many generated
events: ``python -m tests.doubles.splunk --rows 1000000``.
"""

from __future__ import annotations

import argparse
import json
import socket
import ssl
import struct
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.doubles.splunk_search import FLUSH, Search, Wrong, generated, lines_of

TOKEN, USER, PASSWORD = "eyJ-bearer", "bos", "p&ss<word"
MOST = 50_000
"""``maxresultrows``: what ``results`` gives at most, whatever is asked."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass
class Double:
    """What the server knows, what it was asked, and how it is to fail.

    ``faults`` has, by the last part of a path (``export``, ``results``, ``login``, ``jobs``, ``info``, ``views`` …), a
    list of faults to commit in turn, each once: ``{"status": 503, "retry_after": "1"}``, or for what is streamed any of
    ``reset``/``cut``/``truncate``/``fatal`` (after so many rows), ``messages`` (before the rows), ``previews``
    (each row so often before it counts), ``drip`` (seconds between rows), ``blanks`` (so many first, 20 a
    second), ``short`` (a Content-Length that is too
    long for what comes), ``close`` (the end of the connection ends the answer); ``{}`` is no fault.
    """

    events: object = ()
    version: str = "9.3.1"
    cloud: bool = False
    zone: str = "+01:00"
    named_zone: str = ""
    session_seconds: float = 3600.0
    capabilities: tuple[str, ...] = ("search", "rest_properties_get")
    indexes: tuple[str, ...] = ("main", "payments")
    busy_polls: int = 1
    faults: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    asked: list[SimpleNamespace] = field(default_factory=list)
    sessions: dict[str, float] = field(default_factory=dict)
    jobs: dict[str, SimpleNamespace] = field(default_factory=dict)
    views: dict[tuple[str, str], dict] = field(default_factory=dict)
    streaming: Counter = field(default_factory=Counter)

    def paths(self):
        """Return the paths that were asked for, in order."""
        return [one.path for one in self.asked]

    def fault(self, what):
        """Return the fault to commit now, if any."""
        return self.faults[what].pop(0) if self.faults[what] else {}

    def login(self):
        """Return a new session."""
        key = uuid.uuid4().hex
        self.sessions[key] = time.monotonic() + self.session_seconds
        return key

    def knows(self, headers):
        """Return whether a request has a good token, session or cookie."""
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        cookie = headers.get("Cookie", "").partition("splunkd_8089=")[2].partition(";")[0].strip('"')
        if scheme == "Bearer":
            return given == TOKEN
        return any(self.sessions.get(key, 0) > time.monotonic() for key in (given, cookie))

    def search(self, form):
        """Return a search, or raise what Splunk says of it."""
        return Search.of(form, self.events, self.indexes, self.zone)


def _messages(words, kind, as_json):
    if as_json:
        return json.dumps({"messages": [{"type": kind, "text": words}]}).encode(), "application/json"
    body = f'{_HEAD}<response>\n<messages>\n<msg type="{kind}">{escape(words)}</msg>\n</messages>\n</response>\n'
    return body.encode(), "text/xml"


def _xml_of(value):
    if isinstance(value, dict):
        keys = "".join(f'<s:key name="{escape(k)}">{_xml_of(v)}</s:key>' for k, v in value.items())
        return f"<s:dict>{keys}</s:dict>"
    if isinstance(value, list):
        return "<s:list>" + "".join(f"<s:item>{_xml_of(v)}</s:item>" for v in value) + "</s:list>"
    return escape(str(int(value) if isinstance(value, bool) else value))


def _entry(name, content, *, bare=False):
    spaces = ' xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://dev.splunk.com/ns/rest"'
    own = f"<title>{escape(name)}</title><id>{escape(name)}</id>"
    inner = f'<entry{spaces if bare else ""}>{own}<content type="text/xml">{_xml_of(content)}</content></entry>'
    return (_HEAD + inner if bare else f"{_HEAD}<feed{spaces}><title>{escape(name)}</title>{inner}</feed>").encode()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    double: Double

    def log_message(self, *_):
        """Say nothing; ``asked`` is the log."""

    def end_headers(self):
        """Say whether the connection is kept: an SDK that asked for its end reads no answer that keeps it."""
        self.send_header("Connection", "Close" if self.close_connection else "Keep-Alive")
        super().end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        parts = urlsplit(self.path)
        form = {name: values[-1] for name, values in parse_qs(f"{parts.query}&{body}", True).items()}
        asked = SimpleNamespace(
            method=self.command, path=unquote(parts.path), form=form, headers=dict(self.headers), body=body,
            secure=isinstance(self.connection, ssl.SSLSocket),
        )  # fmt: skip
        self.double.asked.append(asked)
        self.form = form
        self.json = form.get("output_mode") == "json"
        try:
            self._route(asked)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    do_GET = do_DELETE = do_POST  # noqa: N815 - the names http.server calls them by

    def _route(self, asked):  # noqa: PLR0911 - a table of addresses
        names = asked.path.strip("/").split("/")
        if names[:1] == ["services"]:
            owner, app, rest = "-", "-", names[1:]
        elif names[:1] == ["servicesNS"] and len(names) > 3:
            owner, app, rest = names[1], names[2], names[3:]
        else:
            return self._say(404, "Not Found", "ERROR")
        path = "/".join(rest)
        if path == "auth/login":
            return self._login()
        what = rest[-1] if rest[:1] != ["search"] or rest[-1] in {"export", "results", "jobs"} else "job"
        fault = {} if what == "export" else self.double.fault(what)
        if fault.get("status"):
            return self._fail(fault)
        if path != "server/info" and not self.double.knows(self.headers):
            return self._say(401, "call not properly authenticated", "WARN")
        if rest[0] == "search":
            return self._searching(rest[1:])
        if path.startswith("data/ui/views"):
            return self._view(owner, app, rest[3:])
        return self._known(path)

    def _known(self, path):
        if path == "server/info":
            info = {"version": self.double.version, "guid": "A", "licenseState": "OK"}
            return self._tell("server-info", info | ({"instance_type": "cloud"} if self.double.cloud else {}))
        if path == "authentication/current-context":
            context = {"username": USER, "roles": ["bos_reader"], "capabilities": list(self.double.capabilities)}
            context |= {"tz": self.double.named_zone} if self.double.named_zone else {}
            return self._tell("context", context)
        return self._say(404, "Not Found", "ERROR")

    def _login(self):
        fault = self.double.fault("login")
        if fault.get("status"):
            return self._fail(fault)
        if (self.form.get("username"), self.form.get("password")) != (USER, PASSWORD):
            return self._say(401, "Login failed", "WARN")
        key = self.double.login()
        cookie = {"Set-Cookie": f"splunkd_8089={key}; Path=/; HttpOnly"} if self.form.get("cookie") == "1" else {}
        body = f"<response>\n  <sessionKey>{key}</sessionKey>\n</response>".encode()
        return self._send(200, body, "text/xml", cookie)

    def _searching(self, rest):
        version = tuple(int(part) for part in self.double.version.split("-")[0].split(".")[:3])
        if rest[0] == "v2":
            if version < (9, 0, 2):
                return self._say(404, "Not Found", "ERROR")
            rest = rest[1:]
        if rest == ["jobs", "export"]:
            return self._export()
        if rest == ["jobs"]:
            return self._create()
        job = self.double.jobs.get(rest[1])
        if job is None or job.cancelled:
            return self._say(404, "Unknown sid.", "FATAL")
        return {"results": self._results, "control": self._control}.get(rest[-1], self._job)(rest[1], job)

    def _search(self):
        try:
            return self.double.search(self.form)
        except Wrong as wrong:
            return self._say(400, str(wrong), "FATAL")

    def _create(self):
        if (search := self._search()) is None:
            return None
        sid = f"{time.time():.2f}_{len(self.double.jobs)}"
        rows = list(search.rows())[: int(self.form.get("max_count", 500_000))]
        polls = 0 if self.form.get("exec_mode") == "blocking" else self.double.busy_polls
        self.double.jobs[sid] = SimpleNamespace(search=search, rows=rows, polls=polls, cancelled=False, touched=0)
        if self.json:
            return self._send(201, json.dumps({"sid": sid}).encode(), "application/json")
        return self._send(201, f"<response>\n<sid>{sid}</sid>\n</response>".encode(), "text/xml")

    def _job(self, sid, job):
        job.polls -= 1
        done, fault = job.polls < 0, self.double.fault("state")
        content = {
            "sid": sid, "isDone": done, "isFailed": False, "dispatchState": "DONE" if done else "RUNNING",
            "doneProgress": 0.5 + done / 2, "resultCount": len(job.rows) if done else 0, "eventCount": len(job.rows),
            "messages": job.search.messages,
        } | fault  # fmt: skip
        if self.json:
            return self._send(
                200, json.dumps({"entry": [{"name": sid, "content": content}]}).encode(), "application/json"
            )
        return self._send(200, _entry(sid, content, bare=True), "text/xml")

    def _control(self, sid, job):
        del sid
        action = self.form.get("action")
        job.cancelled |= action == "cancel"
        job.touched += action in {"touch", "setttl"}
        self._say(200, f"Search job {action}.", "INFO")

    def _results(self, sid, job):
        del sid
        if job.polls >= 0:
            return self._send(204, b"", "application/json")
        first = int(self.form.get("offset", 0))
        count = int(self.form.get("count", 100)) or MOST
        rows = [job.search.result(row, self.double.zone) for row in job.rows[first : first + min(count, MOST)]]
        told = {"preview": False, "init_offset": first, "messages": job.search.messages, "results": rows}
        return self._send(200, json.dumps(told).encode(), "application/json")

    def _export(self):
        fault = self.double.fault("export")
        if fault.get("status"):
            return self._fail(fault)
        if (search := self._search()) is None:
            return None
        previews = fault.get("previews", 0 if self.form.get("preview") in {"0", "false", "f"} else 2)
        drip = fault.get("drip", 0)
        self._begin(fault)
        for _ in range(fault.get("blanks", 0)):
            self._piece(b" \n")
            time.sleep(0.05)
        sent, rows, buffer = 0, 0, []
        for line, counts in lines_of(search, self.double.zone, previews, fault):
            buffer.append(line)
            sent += len(line)
            rows += counts
            if drip or sent >= FLUSH:
                self._piece(b"".join(buffer))
                buffer, sent = [], 0
                self.double.streaming["rows"] = rows
            if drip:
                time.sleep(drip)
        self._piece(b"".join(buffer))
        self._finish(fault)
        return None

    def _begin(self, fault):
        self.chunks = not ({"close", "short"} & set(fault))
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        if self.chunks:
            self.send_header("Transfer-Encoding", "chunked")
        elif "short" in fault:
            self.send_header("Content-Length", str(fault["short"]))
        else:
            self.close_connection = True
        self.end_headers()

    def _piece(self, data):
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if self.chunks else data)
            self.wfile.flush()

    def _finish(self, fault):
        """End the answer: whole, with the connection cut in it, or reset."""
        self.close_connection = True
        if "reset" in fault:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif self.chunks and not {"cut", "truncate"} & set(fault):
            self.wfile.write(b"0\r\n\r\n")

    def _view(self, owner, app, rest):
        views, name = self.double.views, unquote(rest[0]) if rest else self.form.get("name", "")
        if self.command == "POST" and (app == "-" or owner == "-"):
            return self._say(400, "Cannot write to a wildcard namespace", "ERROR")
        key = (app, name)
        if not rest and self.command == "POST":
            if key in views:
                return self._say(409, f"Unable to create a view with name={name}. It exists already.", "ERROR")
            views[key] = {"eai:data": self.form["eai:data"], "owner": owner, "sharing": "user", "perms.read": []}
            return self._tell(name, views[key], status=201)
        if key not in views:
            return self._say(404, f"Could not find object id={name}", "ERROR")
        if self.command == "POST" and rest[1:] == ["acl"]:
            views[key] |= {"sharing": self.form["sharing"], "perms.read": self.form.get("perms.read", "").split(",")}
        elif self.command == "POST":
            if "name" in self.form:
                return self._say(400, 'Argument "name" is not supported by this handler.', "ERROR")
            views[key]["eai:data"] = self.form["eai:data"]
        return self._tell(name, views[key])

    def _tell(self, name, content, status=200):
        if self.json:
            return self._send(
                status, json.dumps({"entry": [{"name": name, "content": content}]}).encode(), "application/json"
            )
        return self._send(status, _entry(name, content), "text/xml")

    def _fail(self, fault):
        headers = {"Retry-After": fault["retry_after"]} if "retry_after" in fault else {}
        headers |= {"Location": fault["location"]} if "location" in fault else {}
        body, kind = _messages(fault.get("words", "The server is busy."), fault.get("type", "ERROR"), self.json)
        self._send(fault["status"], body, kind, headers)

    def _say(self, status, words, kind):
        body, media = _messages(words, kind, self.json)
        self._send(status, body, media)

    def _send(self, status, body, kind, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of connections that a test broke."""


@contextmanager
def serving(double, *, handler=Handler, tls=None):
    """Serve a double on a port of this machine; ``tls`` is a certificate and its key. Gives the address."""
    server = _Server(("127.0.0.1", 0), type("Own", (handler,), {"double": double}))
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main():
    """Serve generated events until the standard input ends; say the address first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--first", type=float, default=1_772_409_600.0)
    parser.add_argument("--step", type=float, default=0.02)
    parser.add_argument("--wide", type=int, default=300)
    given = parser.parse_args()
    double = Double(events=generated(given.rows, given.first, given.step, given.wide))
    with serving(double) as url, suppress(EOFError, KeyboardInterrupt):
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        input()


if __name__ == "__main__":
    main()
