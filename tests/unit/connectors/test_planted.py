"""No secret of a connection is anywhere but in its system, whatever that repeats, or whoever stands in its place."""

import base64
import json
import logging
import socketserver
import ssl
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, quote_plus

import httpx
import pytest
from psycopg import sql

from bos.actions import connection_tests, connections, delivering
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.errors import BosError
from bos.home import Home
from bos.model.answers.connections import ConnectionHealth, ConnectorAnswer, Diagnosis, SecretRow
from bos.model.answers.deliveries import Delivery
from bos.outgoing.connectors import installed
from bos.outgoing.speaking import speaking
from bos.settings import Settings
from bos.store import deliveries
from bos.store.engine import transaction
from bos.wire import without
from tests.unit.connectors import planted_copies
from widgets.connections.state import State
from widgets.connections.view import view

SAM = Actor("sam", "Sam", roles=frozenset({"sre", "coe"}))
WHY = {"rationale": "To be looked for."}
FLOW = "loans"
SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
SIGNING = "whsec_" + base64.b64encode(b"planted signing key, 32 bytes ok").decode()
GRANTED = "planted-granted/token+of-appdynamics"


@dataclass(frozen=True)
class Planted:
    """A connection of a connector with everything it wants; ``query`` where it is read."""

    connector: str
    settings: dict = field(default_factory=dict)
    secrets: dict = field(default_factory=dict)
    query: str = ""
    scheme: str = "https"


def _secret(name):
    return f"planted/{name}+e&<7f3a>"


PEOPLE = {"sender": "a@b.example", "recipients": "c@d.example", "user": "bos"}
ATLASSIAN = {"email": "bos@bank.example"}
PLANTED = {
    "appd": Planted("appdynamics", {"client": "bos@bank"}, {"client_secret": _secret("appd")}, "App|Calls per Minute"),
    "analytics": Planted("appdynamics-analytics", {"account": "b"}, {"key": _secret("analytics")}, "SELECT * FROM a"),
    "confluence": Planted("confluence", {"space": "PAY", **ATLASSIAN}, {"token": _secret("confluence")}),
    "grafana": Planted("grafana", {"datasource": "d", "folder": "f"}, {"token": _secret("grafana")}, "up"),
    "hooks": Planted(
        "hooks", {"flow": FLOW, "shape": "json", "signature": "path"},
        {"key": "planted-hooks-7f3a", "key_before": "planted-hooks-before-7f3a"}, scheme="hook",
    ),
    "jira": Planted("jira", {"project": "PAY", **ATLASSIAN}, {"token": _secret("jira")}),
    "jira-own": Planted("jira", {"project": "PAY", "deployment": "data-center"}, {"token": _secret("jira-own")}),
    "mail": Planted("mail", PEOPLE, {"password": _secret("mail")}, scheme="smtps"),
    "prometheus": Planted("prometheus", {}, {"token": _secret("prometheus")}, "up"),
    "slack": Planted("slack", {"channel": "C0123456789"}, {"token": "xoxb-planted-7f3a"}),
    "slack-hook": Planted(
        "slack", {"channel": "C0123456789", "way": "webhook"}, {"webhook": "services/T000/B000/planted7f3ahook"}
    ),
    "splunk": Planted("splunk", {}, {"token": _secret("splunk")}, "index=main"),
    "splunk-user": Planted("splunk", {"user": "bos"}, {"password": _secret("splunk-user")}, "index=main"),
    "splunk-hec": Planted("splunk-hec", {}, {"token": _secret("hec")}),
    "webhook": Planted(
        "webhook", {}, {"signing": SIGNING, "signing_before": SIGNING[:-6] + "AAAAA=", "token": _secret("webhook")}
    ),
}  # fmt: skip


def forms(secret):
    """Return what would give a secret away, made without the code that hides it."""
    raw = secret.encode()
    accounts = [base64.b64encode(f"{user}:{secret}".encode()).decode() for user in ("bos", ATLASSIAN["email"], "")]
    whole = [base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode().rstrip("=")]
    written = [quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]]
    return {secret, *accounts, *whole, *written, *(one.rstrip("=") for one in whole)}


def inside(secret):
    """Return what base64 has of a secret whatever stands around it."""
    return {base64.b64encode(b"x" * n + secret.encode()).decode()[4:-4] for n in (0, 1, 2)}


SECRETS = [secret for one in PLANTED.values() for secret in one.secrets.values()]
EVERY = {form for secret in SECRETS for form in forms(secret) | inside(secret)} | {GRANTED}


def leaks(text):
    return sorted(form for form in EVERY if form in text)


class Echo:
    """Servers that repeat what they are sent in every error, over TLS: HTTP, and SMTP."""

    def __init__(self, certificate):
        self.status, self.asked, self.certificate = 400, [], certificate

    def words(self, text):
        said = [text]
        for part in text.replace(",", " ").split():
            with suppress(ValueError):
                said.append(base64.b64decode(part, validate=True).decode("utf-8", "replace"))
        self.asked.append(" ".join(said))
        return self.asked[-1]

    @contextmanager
    def running(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate)
        servers = [ThreadingHTTPServer(("127.0.0.1", 0), _http(self)), _Mails(("127.0.0.1", 0), _smtp(self))]
        threads = []
        for server in servers:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            server.daemon_threads = True
            server.handle_error = lambda *_: None
            threads.append(threading.Thread(target=server.serve_forever, args=(0.02,)))
            threads[-1].start()
        self.ports = [server.server_port for server in servers]
        try:
            yield self
        finally:
            for server, thread in zip(servers, threads, strict=True):
                server.shutdown()
                thread.join()
                server.server_close()


class _Mails(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    server_port = property(lambda self: self.server_address[1])


def _http(echo):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            # the secrets come first, and far enough on to be cut where a hint ends
            values = " ".join(self.headers.values())
            said = echo.words(f"{values} {self.path} {body}")
            said = f"{said} {'.' * (480 - len(said) % 480)} {values} {said}"
            status, told = echo.status, {"message": said, "error": said, "text": said, "errorMessages": [said]}
            told |= {"status": "error", "code": 6, "ok": False, "messages": [{"text": said, "type": "FATAL"}]}
            if self.path.endswith("oauth/access_token"):
                status, told = 200, {"access_token": GRANTED, "expires_in": 300}
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Echo", "".join(c for c in values if c.isprintable()))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names http.server calls them by

        def log_message(self, *_):
            pass

    return Handler


def _smtp(echo):
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 echo\r\n")
            while line := self.rfile.readline().decode().strip():
                said = echo.words(line)
                if line[:4].upper() == "EHLO":
                    self.wfile.write(b"250-echo\r\n250 AUTH PLAIN LOGIN\r\n")
                else:
                    self.wfile.write(f"535 {said!r}\r\n".encode())

    return Handler


class Site:
    """A home with a connection of every connector, a flow that is pulled over them, and a dashboard of it."""

    def __init__(self, url, settings, echo):
        self.settings, self.echo, self.said = settings, echo, []
        token = Home(settings.home).make().token()
        self.api = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=120)
        self.ctx = open_context(settings)

    def ask(self, method, path, **more):
        """Ask the API, and keep whatever it answers."""
        answer = self.api.request(method, f"/api/v1/{path}", **more)
        self.said.append(f"{answer.headers} {answer.text}")
        return answer

    def put(self, kind, name, document, **headers):
        body = {"document": {"id": name, "title": name, **document}, **WHY}
        answer = self.ask("PUT", f"{kind}/{name}", json=body, headers=headers or {"If-None-Match": "*"})
        assert answer.is_success, answer.text

    def plant(self):
        """Make everything, and a dashboard of the flow."""
        for name, one in PLANTED.items():
            port = self.echo.ports[one.scheme == "smtps"]
            address = "hook://sender" if one.scheme == "hook" else f"{one.scheme}://localhost:{port}"
            self.put("connections", name, {"connector": one.connector, "address": address, "settings": one.settings})
            for secret, value in one.secrets.items():
                path = f"connections/{name}/secrets/{secret}"
                assert self.ask("PUT", path, json={"value": value, **WHY}).is_success
            if one.query:
                binding = {"connection": name, "query": one.query}
                self.put("signals", f"s.{name}", {"type": "system", "binding": binding})
        self.put("signals", "posted", {"type": "process", "binding": {"event": "posted"}})
        read = [name for name, one in PLANTED.items() if one.query]
        flow = {
            "time_zone": "UTC",
            "flow": {"correlation_key": ["loan"], "steps": [{"id": "all", "title": "All"}]},
            "process_signals": [{"id": "posted", "signal": "posted", "step": "all"}],
            "system_signals": [
                {"id": name.replace("-", "_"), "signal": f"s.{name}", "affects": ["all"]} for name in read
            ],
            "outcomes": [{"id": "posts", "title": "P", "measure": {"formula": "count(posted)", "unit": "posts"}}],
            "ownership": [{"id": s.replace("_", "-"), "covers": s, "accountable": "process_owner"} for s in SECTIONS],
        }
        self.put("templates", FLOW, flow)
        asked = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
        self.run = self.ask("POST", f"flows/{FLOW}/dashboard", json=asked).json()["run"]

    def work(self):
        """Pull each signal, and put the dashboard into Grafana, as jobs."""
        self.rest()
        jobs = [
            self.ask("POST", f"flows/{FLOW}/pulls", json={"signals": [name.replace("-", "_")]})
            for name, one in PLANTED.items()
            if one.query
        ]
        jobs.append(self.ask("POST", f"dashboard-runs/{self.run}/placements", json={"connection": "grafana"}))
        for job in jobs:
            deadline = time.monotonic() + 30
            while (told := self.ask("GET", f"jobs/{job.json()['id']}").json())["state"] not in {"failed", "done"}:
                assert time.monotonic() < deadline, told
                time.sleep(0.1)
            assert told["state"] == "failed", told

    def over(self, ctx, name):
        """Do what can be done with a connection, in the process; keep every error as Python shows it."""
        document = {"id": name, **self.ask("GET", f"connections/{name}").json()["document"]}
        self.rest()
        for work in (
            lambda: connections.diagnose(ctx, SAM, name),
            lambda: connection_tests.test(ctx, SAM, name),
            lambda: self.deliver(ctx, name),
            lambda: self.place(ctx, name, document),
        ):
            try:
                self.said.append(repr(work()))
            except BosError as error:
                shown = "".join(traceback.format_exception(error))
                self.said.append(f"{error!r} {error} {error.details} {error.args} {shown}")

    def deliver(self, ctx, name):
        message = {"kind": "test", "flow": FLOW, "title": "T", "paragraphs": [], "facts": [], "links": [], "thread": ""}
        now = datetime.now(UTC)
        row = {"connection": name, "flow": FLOW, "kind": "test", "message": message, "due_at": now, "created_at": now}
        with transaction(ctx.engine) as session:
            session.exec_driver_sql("UPDATE delivery SET state = 'given up' WHERE state = 'waiting'")
            deliveries.add(session, [{**row, "key": f"key-{len(self.said)}"}])
        assert delivering.deliver(ctx, name, FLOW)

    def place(self, ctx, name, document):
        """Read, and put a dashboard there, as far as the connector can; show what it is made of meanwhile."""
        connector, target = installed()[document["connector"]], connections.target_of(ctx, document)
        with speaking(connector, target) as system:
            for secret in PLANTED[name].secrets:
                target.secret(secret)
            self.said.append(f"{system!r} {target!r} {target}")
            if hasattr(system, "shape"):
                system.shape()
            if hasattr(system, "read"):
                list(system.read(PLANTED[name].query, start=datetime(2026, 3, 2, tzinfo=UTC), end=datetime.now(UTC)))

    def rest(self):
        with transaction(self.ctx.engine) as session:
            session.exec_driver_sql("DELETE FROM connection_state")

    def everything(self):
        """Return what the API tells, what every table and file has, by where it stands."""
        paths = ("connections", "connection-health", "connectors", "deliveries?limit=500", "journal", "audit", "jobs")
        found = {path: self.ask("GET", path).text for path in paths}
        found["openapi"] = self.api.get("/api/openapi.json").text + self.api.get("/openapi.json").text
        for name in PLANTED:
            for what in ("", "/secrets", "/incoming", "/versions"):
                found[name + what] = self.ask("GET", f"connections/{name}{what}").text
        found["said"] = "\n".join(self.said)
        with transaction(self.ctx.engine) as session:
            cursor = session.connection.cursor()
            tables = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in tables:
                query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))
                found[f"table {name}"] = str(cursor.execute(query).fetchall())
        for file in self.settings.home.rglob("*"):
            if file.is_file() and file.name != "secrets.key":
                found[str(file)] = file.read_bytes().decode("utf-8", "replace")
        return found

    def page(self):
        """Return the page of connections as data, with a test that failed and secrets that are open."""
        rows = {
            path: self.ask("GET", path).json()["items"] for path in ("connection-health", "connectors", "deliveries")
        }
        found = Diagnosis.model_validate(self.ask("GET", "connections/grafana/doctor").json())
        given = self.ask("GET", "connections/grafana/secrets").json()["items"]
        state = State(
            health=tuple(map(ConnectionHealth.model_validate, rows["connection-health"])),
            connectors={one["name"]: ConnectorAnswer.model_validate(one) for one in rows["connectors"]},
            letters=tuple(map(Delivery.model_validate, rows["deliveries"])),
            found=found, giving="grafana", given=tuple(map(SecretRow.model_validate, given)),
        )  # fmt: skip
        return repr(view(state)) + repr(state)


def test_every_secret_of_every_connector_is_planted_here():
    known = {name: {one.name for one in connector.secrets} for name, connector in installed().items()}
    wanted = {}
    for one in PLANTED.values():
        wanted.setdefault(one.connector, set()).update(one.secrets)
    assert {name: secrets for name, secrets in known.items() if secrets and name in wanted} == wanted
    assert {name for name, secrets in known.items() if secrets} - set(wanted) <= {"ledger", "tickertape"}


@pytest.mark.parametrize("secret", ["planted/secret+7f3a&<>", "ab c", "é\"'7f3a-planted", "xoxb-1-2-3"])
def test_no_way_to_write_a_secret_is_left_in_words_and_all_else_stays(secret):
    for form in forms(secret):
        if len(form) > 4:
            text = without(f"It says: {form}, and no more (HTTP 401).", secret)
            assert form not in text
            assert (text.startswith("It says: "), text.endswith("(HTTP 401).")) == (True, True)
    cut = f"It says: {'x' * 20} {secret}"
    for end in range(len(cut) - len(secret) + 6, len(cut)):
        assert secret[:6] not in without(cut[:end], secret)
    assert without("Nothing of it is here.", secret, None, "") == "Nothing of it is here."


@pytest.mark.full
def test_no_secret_is_anywhere_whatever_a_system_repeats(serving, make_store, tmp_path, certificate, caplog):
    caplog.set_level(logging.DEBUG)
    settings = Settings.load(home=tmp_path / "home", env={}, database_url=make_store())
    settings = replace(
        settings, outgoing_hosts="localhost", outgoing_private="127.0.0.0/8, ::1/128", outgoing_ca_file=certificate[0]
    )
    with Echo(certificate).running() as echo, serving(settings) as url:
        site = Site(url, settings, echo)
        site.plant()
        for echo.status in (400, 401, 500):
            site.work()
            for name, one in PLANTED.items():
                before = len(echo.asked)
                site.over(site.ctx, name)
                assert (len(echo.asked) > before) is (one.scheme != "hook"), name
                for method, what in (("GET", "doctor"), ("POST", "tests")):
                    site.rest()
                    site.ask(method, f"connections/{name}/{what}")
        repeated = " ".join(echo.asked)
        for form in (GRANTED, *SECRETS):
            assert any(way in repeated for way in forms(form)) or form.startswith(("planted-hooks", "whsec_"))
        site.ask("POST", "hooks/hooks/wrong", json={"a": 1})
        site.api.post("/api/v1/hooks/hooks/planted-hooks-7f3a", json={"a": 1})
        asked, strict = len(echo.asked), replace(site.ctx, settings=replace(settings, outgoing_ca_file=None))
        for name, one in PLANTED.items():
            at = len(site.said)
            site.over(strict, name)
            assert one.scheme == "hook" or "not trusted" in " ".join(site.said[at:]), (name, site.said[at:])
        assert len(echo.asked) == asked, "something was said to a server that nobody vouches for"
    with serving(settings) as url:
        site.api.base_url = f"{url}/"
        site.work()
        for name in PLANTED:
            site.over(site.ctx, name)
        found = site.everything() | planted_copies.notebooks(site, url, FLOW, PLANTED)
        found["page"] = site.page()
    found |= planted_copies.backed_up(site.ctx, tmp_path / "backup")
    for one in (site.api, site.ctx):
        one.close()
    found["log"] = "\n".join(logging.Formatter().format(one) + str(vars(one)) for one in caplog.records)
    assert {where: leaks(text) for where, text in found.items() if leaks(text)} == {}
