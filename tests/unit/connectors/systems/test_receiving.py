"""What others send, over a real socket: kept, read once, told where it cannot be, and nobody else is let in."""

import hashlib
import hmac
import json
import logging
import re
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bos.actions import importing, receiving
from bos.api.routes.hooks import TURNED_AWAY_SECONDS
from bos.auth.actor import Actor
from bos.errors import NotFound, Unavailable
from bos.model.answers.connections import IncomingRow, ReceivedStanding
from bos.model.standing import delivered, lost
from bos.store import hooks
from bos.store.engine import reading, transaction
from tests.unit.connectors.systems.hook_site import KEY, WHY, serve_site

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ALERT = {
    "status": "firing", "labels": {"alertname": "Slow"}, "annotations": {}, "fingerprint": "ab",
    "startsAt": "2026-03-02T09:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
}  # fmt: skip
JIRA = {
    "timestamp": 1772443800123, "webhookEvent": "jira:issue_updated", "issue": {"key": "PAY-1"},
    "changelog": {"items": [{"field": "status", "toString": "Done"}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def site(serving, make_store, tmp_path_factory):
    with serve_site(serving, make_store(), tmp_path_factory.mktemp("hooks") / "home") as found:
        yield found


def test_what_is_sent_is_kept_read_once_and_forgotten(site, caplog):
    site.connect("alerts", shape="alertmanager")
    caplog.set_level(logging.DEBUG)
    first = site.send("alerts", {"alerts": [ALERT]})
    assert (first.status_code, first.json()["known"]) == (202, False)
    assert site.send("alerts", {"alerts": [ALERT]}).json() == {**first.json(), "known": True}
    # Another delivery with the same alert beside a new one: what is known is not added again.
    site.send("alerts", {"alerts": [ALERT, {**ALERT, "fingerprint": "cd"}]})
    found = site.deliveries("alerts")
    assert sorted((one["state"], one["added"]) for one in found) == [("done", 1), ("done", 1)]
    assert site.rows().count("ab") == site.rows().count("cd") == 1
    with reading(site.ctx.engine) as connection:
        row = hooks.find(connection, "alerts", first.json()["delivery"])
    assert (row.body, row.headers) == (None, {"content-type": "application/json"} if row.headers else {})
    told = [str(vars(one)) for one in caplog.records if one.name.startswith("bos")]
    assert any("/api/v1/hooks/alerts/…" in one for one in told)
    assert not any(KEY in one for one in told)
    journal = site.api.get("/api/v1/journal", params={"limit": 200}).text
    assert KEY not in journal


def test_nobody_else_is_let_in_and_nothing_of_theirs_is_kept(site):
    site.connect("closed", shape="json")
    own = {"Authorization": site.api.headers["Authorization"]}
    for answer in (
        site.send("closed", {}, key=KEY[1:]),
        httpx.post(f"{site.url}/api/v1/hooks/closed", json={}),
        httpx.post(f"{site.url}/api/v1/hooks/closed", json={}, headers=own),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert httpx.get(f"{site.url}/api/v1/hooks/closed").status_code in {401, 404, 405}
    assert site.send("closed", b"x" * (1 << 20) + b"x").status_code == 413
    assert site.deliveries("closed") == []
    document = {"connector": "prometheus", "address": "http://localhost:1"}
    site.put("connections", "prom", document)
    settings = {"flow": "gateways", "shape": "json", "signature": "path"}
    site.put("connections", "bare", {"connector": "hooks", "address": "hook://sender", "settings": settings})
    answers = [site.send(name, {}, key=KEY[1:]) for name in ("nowhere", "prom", "bare", "closed")]
    told = [one.json() | {"request_id": ""} for one in answers]
    assert told == [told[0]] * 4
    assert len({(one.status_code, tuple(one.headers)) for one in answers}) == 1
    assert all(one.elapsed.total_seconds() >= TURNED_AWAY_SECONDS for one in answers)


def test_who_looks_after_a_connection_sees_when_something_came_and_why_it_was_turned_away(site, caplog):
    site.connect("seen", shape="json", signature="github", map="case=loan,step=type,time=at")
    assert (site.health("seen")["state"], site.health("seen")["received"]["at"]) == ("untried", None)
    body = json.dumps({"loan": "L7", "type": "opened", "at": "2026-03-02T09:00:00Z"}).encode()
    for signed in ("sha256=00", None):  # the second is not noted: it comes within seconds of the first
        headers = {"X-Hub-Signature-256": signed} if signed else {}
        assert httpx.post(f"{site.url}/api/v1/hooks/seen", content=body, headers=headers).status_code == 401
    wrong = site.health("seen")
    assert (wrong["state"], wrong["hint"]) == ("failing", "Give both sides the same key.")
    assert wrong["reason"].startswith("A delivery was turned away: what is in the header x-hub-signature-256 or ")
    logged = [one.getMessage() for one in caplog.records if "to seen was turned away" in one.getMessage()]
    assert len(logged) == 1
    good = {"X-Hub-Signature-256": f"sha256={hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()}"}
    httpx.post(f"{site.url}/api/v1/hooks/seen", content=body, headers=good).raise_for_status()
    assert [one["state"] for one in site.deliveries("seen")] == ["done"]
    well = site.health("seen")
    told = well["received"]
    assert (well["state"], well["reason"]) == ("well", "")
    assert (told["waiting"], told["done"], told["dead"], told["added"]) == (0, 1, 0, 1)
    assert told["at"] == well["worked_at"] > wrong["failed_at"]
    assert told["refused_at"] == wrong["failed_at"]
    assert told["refused"].startswith("A delivery was turned away: what is in the header")
    with transaction(site.ctx.engine) as connection:  # a month later nothing of it is known but that it came
        hooks.change(connection, "seen", site.deliveries("seen")[0]["delivery"], at=NOW.replace(year=2020))
    receiving.tidy(site.ctx)
    later = site.health("seen")
    assert (later["state"], later["received"]["at"], later["received"]["done"]) == ("well", told["at"], 0)


def test_rows_of_the_future_are_told_with_the_delivery_that_brought_them(site):
    site.put("signals", "wait", {"type": "system", "unit": "seconds"})
    now = site.api.get("/api/v1/templates/gateways")
    document = now.json()["document"] | {"system_signals": [{"id": "wait", "signal": "wait", "affects": ["all"]}]}
    asked = {"headers": {"If-Match": now.headers["etag"]}, "json": {"document": document, **WHY}}
    site.api.put("/api/v1/templates/gateways", **asked).raise_for_status()
    site.connect("waits", shape="json", what="metrics", signal="wait", map="time=at,value=seconds")
    rows = [{"at": at, "seconds": 1.5} for at in ("2026-03-02T09:00:00Z", "2062-03-01T09:00:00Z")]
    for row in rows:
        site.send("waits", row)
    found = sorted(site.deliveries("waits"), key=lambda one: one["ahead"])
    assert [(one["added"], one["ahead"], one["farthest"]) for one in found] == [
        (1, 0, None), (1, 1, "2062-03-01T09:00:00Z"),
    ]  # fmt: skip
    told = delivered(IncomingRow.model_validate(found[1]))
    assert told == "1 row lies in the future, the latest 1 Mar 2062 09:00 UTC."


def test_what_cannot_be_read_is_told_stops_nothing_and_is_read_again_when_it_can_be(site):
    site.connect("loans", shape="json", map="case=loan,step=type,time=at")
    site.send("loans", b"no JSON")
    late = site.send("loans", {"loan": "L1", "type": "opened", "when": "2026-03-02T09:00:00Z"}).json()["delivery"]
    site.send("loans", {"loan": "L2", "type": "opened", "at": "2026-03-02T09:00:00Z"})
    found = site.deliveries("loans")
    assert [one["state"] for one in found] == ["dead", "dead", "done"]
    assert any("none of the shape json" in one["problem"] for one in found)
    standing = site.health("loans")
    assert (standing["state"], standing["received"]["dead"], standing["received"]["added"]) == ("failing", 2, 1)
    (field,) = (one["problem"] for one in found if one["delivery"] == late)
    assert field == (
        "What was sent has no field 'at'; its fields are 'loan', 'type', 'when'. (loans) Say which field is which by "
        "the setting map of the connection loans (case=NAME,step=NAME,time=NAME), or let the sender name the fields so."
    )
    assert "L1" not in site.rows()
    assert "L2" in site.rows()
    told = site.api.get("/api/v1/journal", params={"tag": "incoming.dead"}).json()["items"]
    assert {one["id"] for one in told} == {"loans"}
    look = "bos connection incoming loans says what is wrong."
    assert {one["after"]["delivery"]: one["after"] for one in told}[late] == {
        "delivery": late, "code": "input", "problem": look
    }  # fmt: skip
    assert "'loan'" not in str([one["after"] for one in told])
    settings = {"flow": "gateways", "signature": "path", "shape": "json", "map": "case=loan,step=type,time=when"}
    document = {"id": "loans", "title": "loans", "connector": "hooks", "address": "hook://sender", "settings": settings}
    body = {"document": document, **WHY}
    site.api.put("/api/v1/connections/loans", json=body, headers={"If-Match": '"v1"'}).raise_for_status()
    again = site.api.post(f"/api/v1/connections/loans/incoming/{late}/retry", json=WHY)
    assert again.json()["state"] == "waiting"
    assert {one["delivery"]: one["state"] for one in site.deliveries("loans")}[late] == "done"
    assert site.rows().count("L1") == 1
    twice = site.api.post(f"/api/v1/connections/loans/incoming/{late}/retry", json=WHY)
    assert twice.status_code == 422
    assert site.api.post("/api/v1/connections/loans/incoming/none/retry", json=WHY).status_code == 404


def test_rows_that_cannot_be_read_are_told_with_their_delivery_and_in_the_health_of_the_connection(site):
    def health():
        found = site.api.get("/api/v1/connection-health").json()["items"]
        return next(one for one in found if one["connection"] == "partly")

    site.connect("partly", shape="json", map="case=loan,step=type,time=at")
    assert (health()["state"], health()["received"]["at"]) == ("untried", None)
    whole = {"loan": "P1", "type": "opened", "at": "2026-03-02T09:00:00Z"}
    site.send("partly", [whole, {**whole, "at": "soon"}, {**whole, "loan": "P2", "at": "later"}, {**whole, "loan": ""}])
    (found,) = site.deliveries("partly")
    row = IncomingRow(**found)
    assert (row.state, row.problem, row.read, row.added, row.rejected) == ("done", "", 4, 1, 3)
    assert row.reasons == {"the time is no ISO 8601 time": 2, "the case is missing": 1}
    assert delivered(row) == (
        "3 of 4 rows cannot be read and are kept apart, as those of an import: "
        "the time is no ISO 8601 time (2), the case is missing (1)."
    )
    kept = site.api.get(found["reject_file"]).text
    assert kept.count("soon") == kept.count("later") == 1
    told = health()
    assert told["state"] == "well"
    assert {name: told["received"][name] for name in ("dead", "read", "rejected", "reasons")} == {
        "dead": 0, "read": 4, "rejected": 3, "reasons": row.reasons,
    }  # fmt: skip
    site.send("partly", b"no JSON")
    site.deliveries("partly")
    assert health()["state"] == "failing"
    assert lost(ReceivedStanding(**health()["received"])) == f"Of the last week, {delivered(row)}"
    with transaction(site.ctx.engine) as connection:
        connection.exec_driver_sql("UPDATE hook_delivery SET at = at - interval '8 days' WHERE connection = 'partly'")
    told = health()["received"]
    assert (told["dead"], told["reasons"], lost(ReceivedStanding(**told))) == (1, {}, "")


def test_a_delivery_whose_job_failed_is_read_by_another_and_old_ones_are_forgotten(site, monkeypatch):
    site.connect("later", shape="json", map="case=loan,step=type,time=at")

    def away(*_, **__):
        raise Unavailable("The lake does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(importing, "import_events", away)
        id_ = site.send("later", {"loan": "L9", "type": "opened", "at": "2026-03-02T09:00:00Z"}).json()["delivery"]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with transaction(site.ctx.engine) as connection:
                if [row.id for row in hooks.stranded(connection, limit=9)] == [id_]:
                    break
            time.sleep(0.05)
    assert "L9" not in site.rows()
    receiving.tidy(site.ctx)
    site.api.get("/api/v1/jobs").raise_for_status()  # this process runs what waits when somebody asks
    assert [one["state"] for one in site.deliveries("later")] == ["done"]
    assert site.rows().count("L9") == 1
    with transaction(site.ctx.engine) as connection:
        hooks.change(connection, "later", id_, at=NOW.replace(year=2020))
    receiving.tidy(site.ctx)
    assert site.deliveries("later") == []


def test_only_who_may_looks_at_deliveries_or_reads_them_again(site):
    ana = Actor("ana", "Ana", roles=frozenset({"process_owner"}))
    sam = Actor("sam", "Sam", roles=frozenset({"sre"}))
    for work in (
        lambda who: receiving.incoming(site.ctx, who, "alerts"),
        lambda who: receiving.retry(site.ctx, who, "alerts", "x", **WHY),
    ):
        with pytest.raises(Exception, match=r"may|role"):
            work(ana)
    with pytest.raises(NotFound):
        receiving.incoming(site.ctx, sam, "nowhere")


@pytest.mark.parametrize("gone", ["off", "retired"])
def test_a_connection_that_is_off_or_retired_receives_nothing(site, gone):
    site.connect(f"gone-{gone}", shape="json")
    assert site.send(f"gone-{gone}", {"a": 1}).status_code == 202
    path = f"/api/v1/connections/gone-{gone}"
    now = site.api.get(path)
    base = {"If-Match": now.headers["etag"]}
    if gone == "off":
        body = {"document": {**now.json()["document"], "enabled": False}, **WHY}
        site.api.put(path, json=body, headers=base).raise_for_status()
    else:
        site.api.delete(path, params=WHY, headers=base).raise_for_status()
    kept = len(site.deliveries(f"gone-{gone}"))
    assert site.send(f"gone-{gone}", {"a": 2}).status_code == 401
    assert len(site.deliveries(f"gone-{gone}")) == kept
    if gone == "retired":
        taking = {"json": {"connection": "gone-retired"}}
        for way, more in ((f"{path}/tests", {}), ("/api/v1/flows/gateways/takings", taking)):
            refused = site.api.post(way, **more)
            assert (refused.status_code, refused.json()["code"]) == (409, "retired")


def test_jira_signs_as_github_does(site):
    site.connect("jira", shape="jira", signature="github")
    body = json.dumps(JIRA).encode()
    signed = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature": f"sha256={signed}", "X-Atlassian-Webhook-Identifier": "i1"}
    for known in (False, True):
        answer = httpx.post(f"{site.url}/api/v1/hooks/jira", content=body, headers=headers)
        assert answer.json()["known"] is known
    assert [one["added"] for one in site.deliveries("jira")] == [1]
    assert site.rows().count("PAY-1") == 1


CONFIG = """
route: {{receiver: bos, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 2s}}
receivers:
  - name: bos
    webhook_configs:
      - url: {url}/api/v1/hooks/real
        send_resolved: true
        http_config: {{authorization: {{credentials: {key}}}}}
"""


@pytest.mark.full
def test_a_real_alertmanager_tells_when_an_alert_begins_and_ends_once_however_often_it_repeats(site, alertmanager):
    site.connect("real", shape="alertmanager", signature="token")
    begins = datetime.now(UTC) - timedelta(seconds=60)
    alert = {"labels": {"alertname": "RealSlow", "host": "a"}, "startsAt": begins.isoformat()}
    before = len(site.rows())
    with alertmanager(CONFIG.format(url=site.url, key=KEY)) as url:
        httpx.post(f"{url}/api/v2/alerts", json=[alert]).raise_for_status()
        deadline = time.monotonic() + 30
        while len(site.rows()) < before + 1 and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(5)  # repeated after two seconds, with the same bytes: the same delivery
        assert len(site.rows()) == before + 1
        alert["endsAt"] = datetime.now(UTC).isoformat()
        httpx.post(f"{url}/api/v2/alerts", json=[alert]).raise_for_status()
        deadline = time.monotonic() + 30
        while len(site.rows()) < before + 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        requests = httpx.get(f"{url}/metrics").text
    found = site.deliveries("real")
    assert {one["state"] for one in found} == {"done"}
    assert sum(one["added"] for one in found) == 2
    assert len(site.rows()) == before + 2
    failed = re.findall(r'alertmanager_notifications_failed_total\{integration="webhook"[^}]*\} (\d+)', requests)
    assert set(failed) == {"0"}
    sent = re.search(r'alertmanager_notifications_total\{integration="webhook"[^}]*\} (\d+)', requests)
    assert int(sent[1]) > 2
    assert round(begins.timestamp() * 1_000_000) in site.rows("epoch_us(event_time)")
