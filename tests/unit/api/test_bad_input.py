"""Bad input, row by row: refused with a status and a code in plain words, and nothing is stored."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from bos.actions.context import open_context
from bos.actions.identities import operator
from bos.home import Home
from bos.settings import Settings

DEEP = "[" * 100_000 + "]" * 100_000
WHY = {"rationale": "Why."}
TITLE = {"title": "x"}
INSIDE = re.compile(r"Traceback|psycopg|sqlalchemy|SELECT |/bos/|site-packages|File \"")


def document(content, **more):
    return {"json": {"document": content, **WHY, **more}}


def raw(text):
    return {"content": text, "headers": {"Content-Type": "application/json"}}


SIGNAL = '{"document": {"title": "x", "type": "process", "retention_days": %s}, "rationale": "r"}'
IN_A_FIELD = '{"document": {"title": ' + DEEP + '}, "rationale": "r"}'
HALF = '{"document": {"title": "\\ud800"}, "rationale": "r"}'


def tagged(tag):
    return {**document({"title": "y"}), "headers": {"If-Match": tag}}


TURNED = {"json": {"document": TITLE, "rationale": "\u202ey"}}
STALE = {"headers": {"If-Match": '"v99"'}}
ERASED = {"json": {"name": "a\u202eb", **WHY}}
LONG_KEY = {**document(TITLE), "headers": {"Idempotency-Key": "k" * 500}}
ROWS = [
    # what, method, address, what is sent, status, code
    ("SQL in an id", "PUT", "calendars/x'; DROP TABLE document;--", document(TITLE), 422, "invalid"),
    ("HTML in an id", "PUT", "calendars/%3Cscript%3E", document(TITLE), 422, "invalid"),
    ("a path in an id", "PUT", "calendars/..%2F..%2Fetc%2Fpasswd", document(TITLE), 404, "not-found"),
    ("NUL in an id", "PUT", "calendars/a%00b", document(TITLE), 400, "usage"),
    ("a turned direction in an id", "PUT", "calendars/a%E2%80%AEb", document(TITLE), 422, "invalid"),
    ("invalid UTF-8 in an id", "PUT", "calendars/%ff%fe", document(TITLE), 422, "invalid"),
    ("a formula in an id", "PUT", "calendars/=1+1", document(TITLE), 422, "invalid"),
    ("5,000 letters in an id", "PUT", f"calendars/{'a' * 5000}", document(TITLE), 422, "invalid"),
    ("a turned direction in a title", "PUT", "calendars/t", document({"title": "\u202egnp.exe"}), 422, "invalid"),
    ("an isolate in a title", "PUT", "calendars/t", document({"title": "5\u2066 % \u2069"}), 422, "invalid"),
    ("a turned direction in a reason", "PUT", "calendars/t", TURNED, 422, "invalid"),
    ("NUL in a title", "PUT", "calendars/t", document({"title": "a\x00b"}), 422, "invalid"),
    ("an escape sequence in a title", "PUT", "calendars/t", document({"title": "\x1b[31mred"}), 422, "invalid"),
    ("half a surrogate", "PUT", "calendars/t", raw(HALF), 422, "invalid"),
    ("invalid UTF-8", "PUT", "calendars/t", raw(b'{"document":{"title":"\xff"},"rationale":"r"}'), 400, "request"),
    ("deep JSON", "PUT", "calendars/t", raw(DEEP), 400, "request"),
    ("deep JSON in a field", "PUT", "calendars/t", raw(IN_A_FIELD), 400, "request"),
    ("10 MB", "PUT", "calendars/t", document({"title": "x", "description": "y" * 10_000_000}), 413, "too-large"),
    ("no number", "PUT", "signals/t", raw(SIGNAL % "NaN"), 422, "invalid"),
    ("an endless number", "PUT", "signals/t", raw(SIGNAL % "1e999"), 422, "invalid"),
    ("a list for an object", "PUT", "calendars/t", raw("[]"), 422, "request"),
    ("nothing", "PUT", "calendars/t", raw(""), 422, "request"),
    ("no JSON", "PUT", "calendars/t", raw("hello"), 422, "request"),
    ("a form for JSON", "PUT", "calendars/t", {"data": {"document": "x"}}, 422, "request"),
    ("an unknown field", "PUT", "calendars/t", document({"title": "x", "is_admin": True}), 422, "invalid"),
    ("no reason", "PUT", "calendars/t", {"json": {"document": TITLE}}, 422, "invalid"),
    ("an empty reason", "PUT", "calendars/t", {"json": {"document": TITLE, "rationale": " "}}, 422, "invalid"),
    ("a stale tag", "PUT", "calendars/given", tagged('"v99"'), 412, "stale"),
    ("no tag", "PUT", "calendars/given", document({"title": "y"}), 409, "exists"),
    ("a broken tag", "PUT", "calendars/given", tagged("v1"), 400, "etag"),
    ("a stale retirement", "DELETE", "calendars/given", {"params": WHY} | STALE, 412, "stale"),
    ("a long key", "PUT", "calendars/t", LONG_KEY, 400, "idempotency-key"),
    ("SQL in a limit", "GET", "calendars", {"params": {"limit": "1; DROP TABLE x"}}, 422, "request"),
    ("a forged cursor", "GET", "calendars", {"params": {"cursor": "zzz"}}, 400, "usage"),
    ("NUL in a filter", "GET", "calendars", {"params": {"owner": "a\x00"}}, 400, "usage"),
    ("no moment", "GET", "calendars/given", {"params": {"as_of": "yesterday"}}, 422, "request"),
    ("a version beyond all numbers", "GET", "calendars/given", {"params": {"version": "9" * 20}}, 404, "not-found"),
    ("a path without its item", "POST", "calendars/given/submissions", {"json": {
        "base_version": 1, "changes": [{"op": "set", "path": "tags[].x", "new": "y"}], **WHY}}, 422, "invalid"),
    ("a role from before all time", "POST", "bindings", {"json": {"role": "sre", "person": "root",
        "starts": "0001-01-01T00:00:00+14:00", **WHY}}, 422, "request"),
    ("a stand-in for ever and ever", "POST", "delegations", {"json": {
        "delegate": "root", "ends": "9999-12-31T23:59:59-14:00", **WHY}}, 422, "request"),
    ("a tag with a turned direction for a role", "POST", "bindings", {"json": {
        "role": "sre", "person": "root", "scope": "tag", "value": "a\u202eb", **WHY}}, 422, "invalid"),
    ("no e-mail address", "POST", "people", {"json": {
        "person": "new", "display": "New", "email": "not an email", **WHY}}, 422, "invalid"),
    ("a name with a turned direction to erase", "POST", "erasures", ERASED, 404, "not-found"),
]  # fmt: skip


@pytest.fixture(scope="module")
def home(make_store, serving, tmp_path_factory):
    """Return the settings of a home that is served, its address and its token; it has a calendar."""
    folder = tmp_path_factory.mktemp("bad") / "home"
    settings = Settings.load(home=folder, env={}, database_url=make_store(), rate_limit=0)
    with serving(settings) as url:
        yield settings, url, Home(settings.home).make().token()


@pytest.fixture(scope="module")
def client(home):
    _, url, token = home
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as opened:
        assert opened.put("/api/v1/calendars/given", **document(TITLE)).status_code == 201
        yield opened


def stored(settings):
    """Return how many rows each table has, but for what a refusal leaves."""
    names = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as session:
        tables = [name for (name,) in session.execute(names)]
        return {name: session.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608


def told(answer, status, code):
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code, problem
    assert problem["detail"]
    assert not INSIDE.search(answer.text)


@pytest.mark.parametrize(("what", "method", "address", "sent", "status", "code"), ROWS, ids=[row[0] for row in ROWS])
def test_bad_input_is_refused_and_nothing_is_stored(home, client, what, method, address, sent, status, code):
    del what
    before = stored(home[0])
    told(client.request(method, f"/api/v1/{address}", **sent), status, code)
    assert stored(home[0]) == before


def _jwt(**head):
    part = lambda value: urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()  # noqa: E731
    return f"{part({'typ': 'JWT', **head})}.{part({'sub': 'root', 'exp': 9_999_999_999})}."


@pytest.mark.parametrize("what", ["expired", "ended", "forged", "alg=none", "empty", "another home's"])
def test_a_token_that_is_not_good_opens_nothing(home, client, what, tmp_path):
    settings, url, token = home
    asked = {"title": "x", "rights": ["read"], "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(), **WHY}
    made = client.post("/api/v1/tokens", json=asked).json()
    secret = {
        "forged": token[:-1] + ("0" if token[-1] != "0" else "1"),
        "alg=none": _jwt(alg="none"),
        "empty": "''",
        "another home's": Home(tmp_path / "other").make().token(),
    }.get(what, made["secret"])
    if what == "ended":
        client.post(f"/api/v1/tokens/{made['token']}/end", json=WHY).raise_for_status()
    if what == "expired":
        with psycopg.connect(settings.database_url.replace("+psycopg", "")) as session:
            late = "UPDATE api_token SET expires_at = now() - interval '1 second' WHERE api_token = %s"
            session.execute(late, [made["token"]])
    before = stored(settings)
    headers, code = (
        {"Authorization": f"Bearer {secret}"},
        "token" if what in {"expired", "ended"} else "unauthenticated",
    )
    for method, address, sent in (("GET", "calendars", {}), ("PUT", "calendars/t", document(TITLE))):
        told(client.request(method, f"{url}/api/v1/{address}", headers=headers, **sent), 401, code)
    assert stored(settings) == before


def test_a_ticket_is_good_once(home, sign_in):
    settings, url, _ = home
    ctx = open_context(settings)
    try:
        with sign_in(ctx, url, operator().person) as browser:
            ticket = browser.post("/api/v1/tickets", headers={"Origin": url}).json()["ticket"]
    finally:
        ctx.close()
    assert httpx.post(f"{url}/api/v1/tickets/exchange", json={"ticket": ticket}).status_code == 200
    before = stored(settings)
    for bad in (ticket, ticket[::-1], "", "' OR 1=1 --", "a" * 5000):
        told(httpx.post(f"{url}/api/v1/tickets/exchange", json={"ticket": bad}), 401, "ticket")
    assert stored(settings) == before


HARMLESS = [
    "'; DROP TABLE document; --",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x")',
    "{{7*7}}",
    "%s %(x)s",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_only_text_is_stored_as_text_and_finds_nothing_else(home, client, text):
    name = f"harmless-{HARMLESS.index(text)}"
    client.put(f"/api/v1/calendars/{name}", **document({"title": text})).raise_for_status()
    assert client.get(f"/api/v1/calendars/{name}").json()["document"]["title"] == text
    before = stored(home[0])
    for params in ({"owner": text}, {"tag": text}):
        assert client.get("/api/v1/calendars", params=params).json()["items"] == []
    assert client.get("/api/v1/search", params={"q": text}).status_code == 200
    assert stored(home[0]) == before
