"""Who may do what: every route, tried by every role, on a flow of theirs and on another, as ``rights.csv`` says.

The table was written by hand, and is not the program's own. ``about`` says what a route concerns: a ``flow`` (a role
held on one flow allows nothing on another), the ``home`` (only a role held on all flows counts), or ``nothing``.
"""

import csv
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bos.actions.context import open_context
from bos.home import Home
from bos.settings import Settings
from bos.store import kpis, people
from bos.store.engine import transaction

with (Path(__file__).parent / "rights.csv").open(encoding="utf-8", newline="") as file:
    TABLE = list(csv.DictReader(file))
ROLES = [name for name in TABLE[0] if name not in {"route", "about"}]
WHOLE_HOME = {"auditor", "admin"}
OPEN = {
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "POST /api/v1/tickets/exchange",
    "POST /api/v1/tickets/renew",
    "POST /api/v1/tokens/sign-on",
    "POST /api/v1/hooks/{id}",
    "POST /api/v1/hooks/{id}/{key}",
}
"""Routes that ask for nobody: they show no content, or are given what they ask for in another way."""
ONLY_BROWSERS = {"POST /api/v1/session/acting", "POST /api/v1/tickets"}
"""Routes about the session of a browser itself, whoever has it; their own tests say who is refused."""
WHY = {"rationale": "Because."}
SOON = "2099-01-01T00:00:00Z"


@dataclass
class Flow:
    """A flow, and one of everything that is of it."""

    id: str
    names: dict[str, str] = field(default_factory=dict)

    def name(self, collection):
        """Return the id of a document of a kind that is of this flow."""
        return self.names.get(collection, self.id)


def template_of(name):
    sections = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
    return {
        "title": name,
        "currency": "EUR",
        "binding": {"mapping": {"case": "case", "step": "step", "time": "time"}},
        "flow": {
            "correlation_key": ["case"],
            "calendar": f"{name}.days",
            "steps": [{"id": "post", "title": "Post"}],
        },
        "process_signals": [{"id": "posted", "signal": f"{name}.posted", "step": "post"}],
        "outcomes": [
            {
                "id": "posts",
                "title": "Posts",
                "measure": {"formula": "count(posted)", "unit": "posts"},
                "cost_rule": f"{name}.cost",
            },
        ],
        "ownership": [{"id": s.replace("_", "-"), "covers": s, "accountable": "process_owner"} for s in sections],
    }


class Bank:
    """A server with two flows, and for each role somebody who holds it on the first, or on all where it must be."""

    def __init__(self, url, settings, sign_in):
        self.url = url
        self._sign_in = sign_in
        home = Home(settings.home)
        self.ctx = open_context(settings)
        self.operator = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {home.token()}"}, timeout=60)
        self._do("POST", "/api/v1/people", json={"person": "stella", "display": "Stella", **WHY})
        self._do("POST", "/api/v1/bindings", json={"role": "data_steward", "person": "stella", **WHY})
        self.signer = self._session("stella")
        self.own, self.other = (self._flow(name) for name in ("own", "other"))
        self.people = {role: self._person(role) for role in ROLES}
        self.nobody = self._session("nora")

    def close(self):
        for client in (self.operator, self.signer, self.nobody, *self.people.values()):
            client.close()
        self.ctx.close()

    def _do(self, method, path, **body):
        answer = self.operator.request(method, path, **body)
        assert answer.is_success, answer.text
        return answer.json()

    def _flow(self, name):
        binding = {"event": "posted", "fields": [{"id": "note", "native": "note", "type": "text"}]}
        signal = {"title": "Posted", "type": "process", "binding": binding}
        self._do("PUT", f"/api/v1/signals/{name}.posted", json={"document": signal, **WHY})
        self._do("PUT", f"/api/v1/calendars/{name}.days", json={"document": {"title": "Days"}, **WHY})
        cost = {"title": "Cost", "charge": {"currency": "EUR", "fixed": "1.00"}}
        self._do("PUT", f"/api/v1/cost-rules/{name}.cost", json={"document": cost, **WHY})
        self._do("PUT", f"/api/v1/templates/{name}", json={"document": template_of(name), **WHY})
        log = "case,step,time\nc1,posted,2026-01-05T10:00:00Z\nc2,posted,never\n"
        job = self._do("POST", f"/api/v1/flows/{name}/imports?name=log.csv", content=log)
        while (now := self._do("GET", f"/api/v1/jobs/{job['id']}"))["state"] in {"queued", "running"}:
            pass
        assert now["state"] == "done", now
        groups = {
            one["changes"][0]["path"]: one["group"]
            for one in self._do("GET", f"/api/v1/changes?collection=templates&id={name}&limit=1000")["items"]
        }
        key = "flow.correlation_key"
        signed = self.signer.post(f"/api/v1/changes/{groups[key]}/signatures", json={"decision": "approve"})
        assert signed.json()["state"] == "live", signed.text
        change = {"op": "set", "path": key, "new": ["case", "step"]}
        part = {"collection": "templates", "id": name, "base_version": 1, "changes": [change]}
        changes = self._do("POST", "/api/v1/batches", json={"submissions": [part], **WHY})
        run = self._do("POST", f"/api/v1/flows/{name}/runs", json={})
        build = self._do("POST", f"/api/v1/flows/{name}/dashboard", json={})
        said = self._do("POST", f"/api/v1/flows/{name}/feedback", json={"text": "Why?"})
        schedule = {"title": "Weekly", "flow": name}
        self._do("PUT", f"/api/v1/schedules/{name}.weekly", json={"document": schedule, **WHY})
        names = {
            "group": groups["outcomes[posts].measure"],
            "changes": changes["batch"],
            "job": job["id"],
            "batch": now["result"]["batch"],
            "run": run["run"],
            "dashboard_run": build["run"],
            "feedback": said["id"],
            "schedules": f"{name}.weekly",
            "signals": f"{name}.posted",
            "calendars": f"{name}.days",
            "cost-rules": f"{name}.cost",
            "pack": f"pack-{name}",
        }
        at = datetime.now(UTC)
        pack = {"pack": names["pack"], "flow": name, "report": "weekly", "period": "2026-W02", "at": at.isoformat()}
        pack |= {"author": "x", "snapshot": None, "exceptions": 0, "html_sha256": "", "size_bytes": 0, "folder": "none"}
        with transaction(self.ctx.engine) as connection:
            values = {"run": names["pack"], "flow": name, "snapshot": None, "author": "x", "record": pack}
            kpis.write(connection, {**values, "result_hash": "", "at": at}, kind="report")
        return Flow(name, names)

    def _person(self, role):
        self._do("POST", "/api/v1/people", json={"person": role, "display": role, **WHY})
        where = {} if role in WHOLE_HOME else {"scope": "flow", "value": "own"}
        self._do("POST", "/api/v1/bindings", json={"role": role, "person": role, **where, **WHY})
        return self._session(role)

    def _session(self, name):
        with transaction(self.ctx.engine) as connection:
            now = datetime.now(UTC)
            people.add(connection, name, display=name, email="", source="created", at=now)
        return self._sign_in(self.ctx, self.url, name)


@pytest.fixture(scope="module")
def bank(make_store, serving, sign_in, tmp_path_factory):
    settings = Settings.load(home=tmp_path_factory.mktemp("rights") / "home", env={}, database_url=make_store())
    with serving(settings) as url:
        found = Bank(url, settings, sign_in)
        yield found
        found.close()


@pytest.fixture(scope="module")
def stranger(bank):
    """Return a client that is not signed in."""
    with httpx.Client(base_url=bank.url) as client:
        yield client


COLLECTIONS = ("templates", "signals", "calendars", "cost-rules", "dashboards", "schedules", "feedback")
DOCUMENT = {"document": {"title": "X"}, **WHY}
BODIES = {
    "GET /api/v1/holidays": {"params": {"source": "XFED", "from": 2026, "to": 2026}},
    "POST /api/v1/people": {"json": {"person": "no id", "display": "x", **WHY}},
    "POST /api/v1/people/{person}/disable": {"json": WHY},
    "POST /api/v1/people/{person}/enable": {"json": WHY},
    "POST /api/v1/people/{person}/erase": {"json": WHY},
    "POST /api/v1/people/{person}/sign-on/forget": {"json": WHY},
    "POST /api/v1/bindings": {"json": {"role": "sre", "person": "nobody", **WHY}},
    "POST /api/v1/bindings/{binding}/end": {"json": WHY},
    "PUT /api/v1/groups/{group}": {"json": {"title": "x", "members": ["nobody"], **WHY}},
    "POST /api/v1/delegations": {"json": {"delegate": "nobody", "ends": SOON, **WHY}},
    "POST /api/v1/delegations/{delegation}/end": {"json": WHY},
    "POST /api/v1/erasures": {"json": {"name": "nobody", **WHY}},
    "POST /api/v1/tokens": {"json": {"title": "x", "rights": [], "expires_at": SOON, **WHY}},
    "POST /api/v1/tokens/{token}/end": {"json": WHY},
    "PUT /api/v1/connections/{id}/secrets/{secret}": {"json": {"value": "x", **WHY}},
    "DELETE /api/v1/connections/{id}/secrets/{secret}": {"params": WHY},
    "POST /api/v1/connections/secrets/reseal": {"json": WHY},
    "POST /api/v1/connections/{id}/incoming/{delivery}/retry": {"json": WHY},
    "POST /api/v1/changes/{group}/signatures": {"json": {"decision": "rework"}},
    "POST /api/v1/batches/{batch}/signatures": {"json": {"decision": "rework"}},
    "POST /api/v1/{collection}/{id}/waivers": {"json": {"path": "title", "ends": SOON, "reason": "Because."}},
    "POST /api/v1/waivers/{waiver}/signatures": {"json": {"decision": "approve"}},
    "POST /api/v1/waivers/{waiver}/end": {"json": WHY},
    "POST /api/v1/templates/{id}/upgrade": {"json": {"mode": "pick", **WHY}},
    "POST /api/v1/blueprints/{name}/upgrades": {"json": WHY},
    "PUT /api/v1/people/{person}/identities": {"json": {"identities": [], **WHY}},
    "POST /api/v1/flows/{id}/imports": {"params": {"name": "log.csv"}, "content": b"case,step,time\n"},
    "POST /api/v1/flows/{id}/pulls": {"json": {}},
    "POST /api/v1/flows/{id}/signals/{signal}/tries": {"json": {}},
    "POST /api/v1/deliveries/{delivery}/retry": {"json": WHY},
    "POST /api/v1/deliveries/{delivery}/give-up": {"json": WHY},
    "POST /api/v1/flows/{id}/takings": {"json": {"connection": "nowhere"}},
    "POST /api/v1/flows/{id}/rereadings": {"json": {"connection": "nowhere", "name": "x", **WHY}},
    "POST /api/v1/connections/check": {"json": {"document": {}}},
    "POST /api/v1/dashboard-runs/{run}/placements": {"json": {"connection": "nowhere"}},
    "POST /api/v1/flows/{id}/retentions": {"json": {"before": "2001-01-01T00:00:00Z", **WHY}},
    "POST /api/v1/flows/{id}/runs": {"json": {}},
    "POST /api/v1/flows/{id}/watch/{kpi}/acknowledgements": {"json": {"rationale": "Mine."}},
    "POST /api/v1/flows/{id}/watch/subscriptions": {"json": {}},
    "POST /api/v1/flows/{id}/kpis/{kpi}/backtest": {"json": {"thresholds": [{"value": 1}], "direction": "at_most"}},
    "POST /api/v1/flows/{id}/preview": {"json": {"document": {}, "kpi": "posts"}},
    "POST /api/v1/flows/{id}/dashboard": {"json": {}},
    "POST /api/v1/flows/{id}/feedback": {"json": {"text": "Why?"}},
    "POST /api/v1/feedback/{id}/resolution": {"json": {"status": "done"}},
    "GET /api/v1/flows/{id}/kpis/{kpi}/cases/events": {"params": {"case": "1"}},
    "GET /api/v1/flows/{id}/weekly-review": {"params": {"week": "2026-W02"}},
    "POST /api/v1/flows/{id}/reports": {"json": {"report": "weekly", "period": "no week"}},
    "POST /api/v1/{collection}/validate": {"json": {"document": {}}},
    "GET /api/v1/{collection}/{id}/diff": {"params": {"old": 1, "new": 1}},
    "PUT /api/v1/{collection}/{id}/draft": {"json": {"document": {}, "revision": 99}},
    "DELETE /api/v1/{collection}/{id}/draft": {"params": {"revision": 99}},
    "PUT /api/v1/{collection}/{id}": {"json": DOCUMENT, "headers": {"If-Match": '"v99"'}},
    "DELETE /api/v1/{collection}/{id}": {"params": WHY, "headers": {"If-Match": '"v99"'}},
    "POST /api/v1/{collection}/{id}/submissions": {"json": {"base_version": 99, "changes": [], **WHY}},
    "POST /api/v1/{collection}/{id}/rollback": {"json": {"version": 99, **WHY}},
    "POST /api/v1/{collection}/{id}/restore": {"json": WHY},
}
"""What is sent: of the right shape, and refused by what comes after the question who asks."""
GIVEN = {
    "POST /api/v1/batches": lambda flow, _: {
        "json": {"submissions": [{"collection": "templates", "id": flow.id, "changes": []}], **WHY}
    },
    "POST /api/v1/blueprints/{name}/templates": lambda flow, _: {"json": {"id": flow.id, **WHY}},
    "POST /api/v1/{collection}/validate": lambda flow, kind: {"json": {"id": flow.name(kind), "document": {}}},
}


def addresses(route, flow):
    """Yield the addresses of a route for a flow: one for each collection, where it has one."""
    path = route.partition(" ")[2]
    names = flow.names
    path, _, only = path.partition("#")
    if "{collection}" in path:
        for collection in (only,) if only else COLLECTIONS:
            yield collection, path.format(collection=collection, id=flow.name(collection))
        return
    id_ = names["job"] if "/jobs/" in path else names["feedback"] if path.startswith("/api/v1/feedback") else flow.id
    run = names["dashboard_run"] if "dashboard-runs" in path else names["run"]
    known = {
        "person": "nobody",
        "binding": "none",
        "waiver": "none",
        "delegation": "none",
        "token": "none",
        "secret": "token",
        "signal": "posted",
        "delivery": "1",
        "name": "loan-payment-processing",
        "kpi": "posts",
        "target": "openslo" if "/flows/" in path else "csv",
    }
    group = "none" if "/groups/" in path else names["group"]
    batch = names["changes"] if "/batches" in path else names["batch"]
    yield "", path.format(id=id_, run=run, group=group, batch=batch, pack=names["pack"], **known)


def sent(route, flow, collection):
    route = route.partition("#")[0]
    return GIVEN[route](flow, collection) if route in GIVEN else BODIES.get(route, {})


def wanted(row, role, collection, *, own):
    """Return whether the table lets a role do something: on a flow of theirs, or on another."""
    may = row[role] == "y"
    if row["about"] == "nothing" or role in WHOLE_HOME or row["about"] == "home":
        return may and not (row["about"] == "home" and role not in WHOLE_HOME)
    looks = row["route"].startswith("GET") or "validate" in row["route"]
    return may and (own or (looks and collection in {"signals", "calendars", "cost-rules"}))


def allowed(answer):
    assert answer.status_code < 500, answer.text
    assert answer.status_code != 401, answer.text
    return answer.status_code != 403 or answer.json()["code"] not in {"role", "rights"}


def test_every_route_stands_in_the_table_or_on_the_list_of_open_ones(bank):
    document = bank.operator.get("/api/openapi.json").json()
    routes = {f"{method.upper()} {path}" for path, entry in document["paths"].items() for method in entry}
    assert routes == {row["route"].partition("#")[0] for row in TABLE} | OPEN | ONLY_BROWSERS
    by_collection = {row["route"] for row in TABLE if "{collection}" in row["route"] and "#" not in row["route"]}
    assert by_collection == {row["route"].partition("#")[0] for row in TABLE if "#" in row["route"]}
    assert len({row["route"] for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("row", TABLE, ids=[row["route"] for row in TABLE])
def test_a_route_lets_in_whom_the_table_says_on_their_flow_and_not_on_another(bank, row):
    method, found, expected = row["route"].partition(" ")[0], {}, {}
    for role, client in bank.people.items():
        for flow in (bank.own, bank.other):
            for collection, address in addresses(row["route"], flow):
                key = (role, flow.id, collection)
                answer = client.request(method, address, **sent(row["route"], flow, collection))
                found[key] = allowed(answer)
                expected[key] = wanted(row, role, collection, own=flow is bank.own)
    assert found == expected


@pytest.mark.parametrize("row", TABLE, ids=[row["route"] for row in TABLE])
def test_a_route_lets_in_nobody_who_is_not_signed_in_and_little_to_who_holds_nothing(bank, stranger, row):
    method = row["route"].partition(" ")[0]
    for collection, address in addresses(row["route"], bank.own):
        body = sent(row["route"], bank.own, collection)
        assert stranger.request(method, address, **body).status_code == 401
        answer = bank.nobody.request(method, address, **body)
        assert allowed(answer) is (row["route"] in {"GET /api/v1/me", "GET /api/v1/session"}), answer.text


def test_lists_and_searches_show_what_is_of_their_flow_and_what_flows_share(bank):
    client = bank.people["viewer"]
    listed = {row["id"] for row in client.get("/api/v1/templates").json()["items"]}
    assert listed == {"own"}
    assert {row["id"] for row in client.get("/api/v1/signals").json()["items"]} == {"own.posted", "other.posted"}
    assert {row["flow"] for row in client.get("/api/v1/telemetry").json()["items"]} == {"own"}
    hits = client.get("/api/v1/search", params={"limit": 1000}).json()["items"]
    assert {(hit["kind"], hit["id"]) for hit in hits if hit["kind"] in {"template", "schedule", "dashboard"}} == {
        ("template", "own"), ("schedule", "own.weekly"), ("dashboard", "own"),
    }  # fmt: skip
    assert {hit["flow"] for hit in hits} <= {"own", ""}
    assert {hit["flow"] for hit in hits if hit["kind"] == "kpi"} == {"own"}
    groups = client.get("/api/v1/changes", params={"limit": 1000}).json()["items"]
    assert {group["id"] for group in groups if group["kind"] == "template"} == {"own"}
    jobs = client.get("/api/v1/jobs", params={"limit": 1000}).json()["items"]
    assert jobs
    assert bank.other.names["job"] not in {job["id"] for job in jobs}
    assert {pack["flow"] for pack in bank.people["viewer"].get("/api/v1/flows/own/runs").json()["items"]} == {"own"}


def test_a_delegate_acts_with_the_roles_of_the_absent_person_and_both_are_named(bank):
    client, path = bank.people["viewer"], "/api/v1/flows/own/retentions"
    behalf = {"X-BOS-On-Behalf-Of": "sre"}
    body = {"before": "2001-01-01T00:00:00Z", **WHY}
    refused = client.post(path, json=body, headers=behalf)
    assert (refused.status_code, refused.json()["code"]) == (403, "delegation")
    given = bank.people["admin"].post(
        "/api/v1/delegations", json={"delegate": "viewer", "person": "sre", "ends": SOON, **WHY}
    )
    assert given.status_code == 201, given.text
    assert client.post(path, json=body).status_code == 403
    assert client.post(path, json=body, headers=behalf).status_code == 202
    entry = bank.people["auditor"].get("/api/v1/journal", params={"tag": "job.queued"}).json()["items"][0]
    assert (entry["actor"], entry["on_behalf_of"]) == ("viewer", "sre")
    name = given.json()["delegation"]
    assert bank.people["sre"].post(f"/api/v1/delegations/{name}/end", json=WHY).status_code == 200
    assert client.post(path, json=body, headers=behalf).status_code == 403


def test_who_is_disabled_is_out_at_once_with_the_session_they_had(bank):
    client = bank.people["finance_control"]
    assert client.get("/api/v1/me").status_code == 200
    assert bank.people["admin"].post("/api/v1/people/finance_control/disable", json=WHY).status_code == 200
    assert client.get("/api/v1/me").status_code == 401
    assert bank.people["admin"].post("/api/v1/people/finance_control/enable", json=WHY).status_code == 200
    assert client.get("/api/v1/me").status_code == 401, "a session that ended does not come back"
