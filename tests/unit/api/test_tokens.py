"""Tokens of people and of services: told once, narrowed to what they are for, good no more when they should not be."""

import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, table, text

from bos.actions.context import open_context
from bos.home import Home
from bos.settings import Settings
from bos.store.engine import transaction

WHY = {"rationale": "Because."}
FLOW, OTHER = "loan-payment-processing", "loan-application"


class Bank:
    """A server with two flows, and people who hold something on the first, on all, or on those with a tag."""

    def __init__(self, url, settings, sign_in):
        self.url, self.ctx = url, open_context(settings)
        home = Home(settings.home)
        self.operator = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {home.token()}"}, timeout=60)
        for flow in (FLOW, OTHER):
            self.do("POST", f"/api/v1/blueprints/{flow}/templates", json={"id": flow, **WHY})
        for person, role, where in (
            ("bea", "process_owner", {}),
            ("carl", "finance_control", {}),
            ("dora", "sre", {"scope": "flow", "value": FLOW}),
            ("adam", "admin", {}),
            ("lena", "data_steward", {}),
        ):
            self.do("POST", "/api/v1/people", json={"person": person, "display": person.title(), **WHY})
            self.do("POST", "/api/v1/bindings", json={"role": role, "person": person, **where, **WHY})
        names = ("bea", "carl", "dora", "adam", "lena")
        self.people = {name: sign_in(self.ctx, url, name) for name in names}

    def do(self, method, path, **sent):
        answer = self.operator.request(method, path, **sent)
        assert answer.is_success, answer.text
        return answer.json()

    def make(self, person, rights=("read",), **more):
        body = {"title": "Nightly", "rights": rights, "expires_at": in_days(30), **more, **WHY}
        return self.people[person].post("/api/v1/tokens", json=body)

    def with_token(self, secret):
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {secret}"}, timeout=60)


def in_days(days):
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def refusal(answer):
    """Return status and code of a refusal; of one with a single problem, the code of that."""
    told = answer.json()
    return answer.status_code, told["problems"][0]["code"] if len(told["problems"]) == 1 else told["code"]


@pytest.fixture(scope="module")
def bank(make_store, serving, sign_in, tmp_path_factory):
    settings = Settings.load(home=tmp_path_factory.mktemp("tokens") / "home", env={}, database_url=make_store())
    with serving(settings) as url:
        found = Bank(url, settings, sign_in)
        yield found
        for client in (found.operator, *found.people.values()):
            client.close()
        found.ctx.close()


@pytest.fixture
def token(bank):
    """Return a function that makes a token of somebody and returns a client with it, and what was answered."""
    clients = []

    def make(person, rights=("read",), **more):
        answer = bank.make(person, rights, **more)
        assert answer.status_code == 201, answer.text
        clients.append(bank.with_token(answer.json()["secret"]))
        return clients[-1], answer.json()

    yield make
    for client in clients:
        client.close()


def everything(bank):
    """Return every row of every table as text."""
    with transaction(bank.ctx.engine) as connection:
        names = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        rows = (row for name in names for row in connection.execute(select(text("*")).select_from(table(name))))
        return "\n".join(str(tuple(row)) for row in rows)


def test_a_secret_is_told_once_and_stands_nowhere(bank):
    answer = bank.people["bea"].post(
        "/api/v1/tokens",
        json={"title": "Nightly", "rights": ["read"], "expires_at": in_days(30), **WHY},
        headers={"Idempotency-Key": "make-a-token"},
    )
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert made["secret"].startswith("bos_")
    assert made["token"] in everything(bank)
    assert made["secret"] not in everything(bank)
    assert made["secret"].removeprefix("bos_") not in everything(bank)
    listed = bank.people["bea"].get("/api/v1/tokens").json()["items"]
    assert {"secret", "sha256"}.isdisjoint(listed[0])
    entry = bank.operator.get("/api/v1/journal", params={"tag": "token.made"}).json()["items"][0]
    assert (entry["actor"], entry["after"]["token"]) == ("bea", made["token"])


def test_a_token_acts_as_its_person_and_does_what_it_was_made_for(bank, token):
    client, made = token("bea", ["read", "template.write"])
    me = client.get("/api/v1/session").json()
    assert (me["person"], "template.write" in me["may"], "signal.write" in me["may"]) == ("bea", True, False)
    assert client.get(f"/api/v1/templates/{FLOW}").status_code == 200
    assert refusal(client.post(f"/api/v1/flows/{FLOW}/runs", json={})) == (403, "role")
    signal = {"document": {"title": "Posted", "type": "process", "binding": {"event": "posted"}}, **WHY}
    assert refusal(client.put("/api/v1/signals/posted", json=signal)) == (403, "role")
    change = {"op": "set", "path": "description", "new": "By a program."}
    body = {"base_version": 1, "changes": [change], **WHY}
    done = client.post(f"/api/v1/templates/{FLOW}/submissions", json=body, headers={"X-BOS-Origin": "ci"})
    assert done.status_code == 201, done.text
    entry = bank.operator.get("/api/v1/journal", params={"tag": "change.live"}).json()["items"][0]
    assert (entry["actor"], entry["origin"]) == ("bea", f"ci, token {made['token']}")
    used = {one["token"]: one["used_at"] for one in bank.people["bea"].get("/api/v1/tokens").json()["items"]}
    assert used[made["token"]] is not None


def test_whose_token_proposed_a_change_is_its_author_and_does_not_sign_it(bank, token):
    client, _ = token("carl", ["read", "template.write"])
    path = "outcomes[overall_return_rate].target"
    live = client.get(f"/api/v1/templates/{FLOW}").json()
    change = {"op": "set", "path": path, "new": {"value": 0.1, "direction": "at_most"}}
    body = {"base_version": live["version"], "changes": [change], **WHY}
    done = client.post(f"/api/v1/templates/{FLOW}/submissions", json=body)
    assert done.is_success, done.text
    groups = bank.operator.get("/api/v1/changes", params={"collection": "templates", "id": FLOW, "limit": 1000}).json()
    group = next(one for one in groups["items"] if one["changes"][0]["path"] == path and "carl" in one["authors"])
    address = f"/api/v1/changes/{group['group']}/signatures"
    assert refusal(bank.people["carl"].post(address, json={"decision": "approve"})) == (403, "four-eyes")
    assert refusal(client.post(address, json={"decision": "approve"})) == (403, "role")


def test_a_token_never_does_what_only_a_person_does(bank, token):
    client, made = token("bea", ["write"])
    wish = {"title": "x", "rights": ["read"], "expires_at": in_days(1), **WHY}
    assert refusal(client.post("/api/v1/tokens", json=wish)) == (403, "role")
    assert refusal(client.post(f"/api/v1/tokens/{made['token']}/end", json=WHY)) == (403, "role")
    away = {"delegate": "carl", "ends": in_days(1), **WHY}
    assert refusal(client.post("/api/v1/delegations", json=away)) == (403, "role")
    assert client.post("/api/v1/tickets").status_code == 403
    given = bank.people["adam"].post(
        "/api/v1/delegations", json={"delegate": "bea", "person": "carl", "ends": in_days(1), **WHY}
    )
    assert given.status_code == 201, given.text
    behalf = {"X-BOS-On-Behalf-Of": "carl"}
    assert bank.people["bea"].get("/api/v1/me", headers=behalf).status_code == 200
    assert refusal(client.get("/api/v1/me", headers=behalf)) == (403, "delegation")
    assert refusal(bank.people["bea"].post("/api/v1/tokens", json=wish, headers=behalf)) == (403, "token")
    for never in ("change.sign", "token.make", "self.act", "delegation.give"):
        assert refusal(bank.make("bea", [never])) == (422, "token.right")


def test_a_token_for_one_flow_sees_and_changes_no_other(bank, token):
    client, _ = token("bea", ["write"], scope="flow", value=FLOW)
    assert {row["id"] for row in client.get("/api/v1/templates").json()["items"]} == {FLOW}
    assert client.get(f"/api/v1/templates/{FLOW}").status_code == 200
    assert client.get(f"/api/v1/templates/{OTHER}").status_code == 403
    assert {row["flow"] for row in client.get("/api/v1/telemetry").json()["items"]} <= {FLOW}
    assert refusal(bank.make("bea", scope="flow", value="nowhere")) == (404, "not-found")
    assert bank.make("bea", scope="flow").status_code == 400
    of_dora, _ = token("dora", ["write"], scope="flow", value=OTHER)
    assert of_dora.get(f"/api/v1/templates/{FLOW}").status_code == 403
    assert of_dora.get(f"/api/v1/templates/{OTHER}").status_code == 403, "no more than its person may"


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"rights": ["people.manage"]}, 403, "role"),
        ({"rights": ["no.such"]}, 422, "token.right"),
        ({"rights": []}, 422, "token.right"),
        ({"title": "  "}, 422, "line"),
        ({"title": "a\x00b"}, 422, "shape.value_error"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "token.expires"),
        ({"expires_at": "2026-01-01T00:00:00"}, 422, "request"),
        ({"kind": "robot"}, 422, "request"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(bank, wish, status, code):
    before = len(bank.people["bea"].get("/api/v1/tokens").json()["items"])
    body = {"title": "Nightly", "rights": ["read"], "expires_at": in_days(30), **WHY, **wish}
    answer = bank.people["bea"].post("/api/v1/tokens", json=body)
    told = answer.json()
    codes = {told["code"], *(problem["code"] for problem in told["problems"])}
    assert answer.status_code == status, answer.text
    assert code in codes, answer.text
    assert len(bank.people["bea"].get("/api/v1/tokens").json()["items"]) == before


@pytest.mark.parametrize(("kind", "most"), [("personal", 90), ("service", 366)])
def test_a_token_expires_within_its_time(bank, kind, most):
    assert refusal(bank.make("bea", kind=kind, expires_at=in_days(most + 1))) == (422, "token.expires")
    assert bank.make("bea", kind=kind, expires_at=in_days(most - 1)).status_code == 201


def test_a_token_that_ended_or_expired_is_good_no_more(bank, token):
    ended, of_ended = token("bea")
    expired, of_expired = token("bea")
    assert bank.people["carl"].post(f"/api/v1/tokens/{of_ended['token']}/end", json=WHY).status_code == 404
    assert bank.people["bea"].post(f"/api/v1/tokens/{of_ended['token']}/end", json=WHY).status_code == 200
    assert refusal(bank.people["bea"].post(f"/api/v1/tokens/{of_ended['token']}/end", json=WHY)) == (409, "ended")
    with transaction(bank.ctx.engine) as connection:
        connection.execute(
            text("UPDATE api_token SET expires_at = now() WHERE api_token = :name"), {"name": of_expired["token"]}
        )
    for client in (ended, expired):
        assert refusal(client.get("/api/v1/me")) == (401, "token")
    everybody = bank.people["adam"].get("/api/v1/tokens", params={"everybody": True, "ended": True}).json()["items"]
    by_name = {one["token"]: one for one in everybody}
    assert by_name[of_ended["token"]]["ended_by"] == "bea"
    assert refusal(bank.people["bea"].get("/api/v1/tokens", params={"everybody": True})) == (403, "role")


def test_an_administrator_ends_the_token_of_anybody(bank, token):
    client, made = token("lena")
    assert bank.people["adam"].post(f"/api/v1/tokens/{made['token']}/end", json=WHY).status_code == 200
    assert client.get("/api/v1/me").status_code == 401


def test_a_role_that_is_taken_away_is_gone_from_the_token_at_once(bank, token):
    client, _ = token("lena", ["write"])
    assert "template.write" in client.get("/api/v1/session").json()["may"]
    held = bank.operator.get("/api/v1/bindings", params={"person": "lena"}).json()["items"][0]
    bank.do("POST", f"/api/v1/bindings/{held['binding']}/end", json=WHY)
    assert client.get("/api/v1/session").json()["may"] == ["self.read"]
    bank.do("POST", "/api/v1/bindings", json={"role": "data_steward", "person": "lena", **WHY})


def test_who_leaves_takes_their_tokens_along_and_those_of_services_are_named(bank, token):
    personal, _ = token("lena")
    service, made = token("lena", ["read", "template.write"], kind="service", title="Nightly plan of lending")
    duties = bank.people["adam"].get("/api/v1/people/lena/departure").json()["duties"]
    assert [(one["id"], one["title"]) for one in duties if one["what"] == "token"] == [
        (made["token"], "Nightly plan of lending")
    ]
    bank.do("POST", "/api/v1/people/lena/disable", json=WHY)
    for client in (personal, service):
        assert client.get("/api/v1/me").status_code == 401
    bank.do("POST", "/api/v1/people/lena/enable", json=WHY)
    for client in (personal, service):
        assert client.get("/api/v1/me").status_code == 401, "a token that ended does not come back"


def test_a_service_token_of_somebody_who_signs_nothing_is_named_too(bank):
    made = bank.make("adam", ["read"], kind="service", title="Provisioning").json()
    duties = bank.people["bea"].get("/api/v1/people/adam/departure").json()["duties"]
    assert made["token"] in {one["id"] for one in duties if one["what"] == "token"}


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "secret",
    [
        "bos_",
        "bos_" + "A" * 43,
        "bos_" + "A" * 60_000,
        "BOS_" + "A" * 43,
        "bos_' OR '1'='1",
        "bos_%00",
        f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded({'sub': 'bea', 'exp': 9_999_999_999})}.",
    ],
    ids=["empty", "random", "long", "case", "sql", "nul", "alg-none"],
)
def test_a_forged_token_is_refused(bank, secret):
    answer = httpx.get(f"{bank.url}/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert refusal(answer)[0] == 401


def test_a_token_that_is_altered_or_cut_is_refused(bank, token):
    _, made = token("bea")
    for secret in (made["secret"][:-1], made["secret"] + "A", made["secret"].swapcase(), made["token"]):
        answer = httpx.get(f"{bank.url}/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 401
    assert httpx.get(f"{bank.url}/api/v1/me", headers={"Authorization": made["secret"]}).status_code == 401
