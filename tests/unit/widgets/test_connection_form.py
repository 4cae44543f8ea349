"""The form of a connection without a browser: made of what connectors want, checked, and saved on the real API."""

from __future__ import annotations

import json
import logging
import time

import pytest

from bos.errors import Unavailable
from bos.model.answers.connections import Received
from bos.outgoing.connectors import installed
from tests.unit.connectors import ledger_double
from widgets.connections import ConnectionsPage
from widgets.connections.messages import TEXT, say

HUSH = "hush-4711-hush"
FLOW = "loan-payment-processing"
GOOD = {"title": "Metrics", "address": "https://localhost:9090", "why": "New."}


@pytest.fixture
def page(wb):
    return ConnectionsPage(wb)


def act(page, action, value=None):
    page._receive({"type": "action", "action": action, "value": value})
    return page.surface.view


def put(page, **values):
    return type_in(page, {name.replace("__", "."): value for name, value in values.items()})


def type_in(page, values):
    for rev, (name, value) in enumerate(values.items(), start=1):
        page._receive({"type": "field", "field": f"{page.state.form.prefix}{name}", "value": value, "rev": rev})
    return page.surface.view


def begin(page, connector="prometheus", **values):
    act(page, "new")
    act(page, "choose", connector)
    put(page, **(GOOD | values))


def fields(view):
    found, left = {}, [view]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if one.get("t") == "field":
                found[one["name"].partition("].")[2] or one["name"]] = one
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
    return found


def test_every_connector_has_a_form_with_all_it_wants(page):
    listed = act(page, "new")
    rows = {row["key"]: row for row in listed["body"][0]["rows"]}
    assert set(rows) == set(installed())
    assert rows["prometheus"]["words"] == "Pulls points of Prometheus, VictoriaMetrics and others that answer PromQL."
    assert [mark["text"] for mark in rows["jira"]["marks"]] == ["Unproven"]
    assert rows["prometheus"]["marks"] == []
    for name, connector in installed().items():
        act(page, "new")
        shown = fields(act(page, "choose", name))
        wanted = {f"settings.{one.name}" for one in connector.settings}
        wanted |= {f"secrets.{one.name}" for one in connector.secrets}
        assert wanted <= set(shown)
        assert all(shown[f"secrets.{one.name}"]["kind"] == "secret" for one in connector.secrets)
        for one in connector.settings:
            asked = one.needed or bool(one.needed_where)  # beside what holds where nothing is chosen
            assert bool(shown[f"settings.{one.name}"]["optional"]) is not asked
        assert ("pull_every" in shown) is (hasattr(connector, "read") or hasattr(connector, "arrivals"))
        assert ("delay_seconds" in shown) is hasattr(connector, "read")
        assert ("flow" in shown) is hasattr(connector, "send")


def test_a_connector_that_says_nothing_of_itself_has_a_form_as_well(wb):
    with ledger_double.installed():
        page = ConnectionsPage(wb)
        rows = {row["key"]: row for row in act(page, "new")["body"][0]["rows"]}
        assert rows["ledger"]["words"] == "It is told what happens."
        shown = fields(act(page, "choose", "ledger"))
        assert shown["address"]["hint"] == "Example: http://system.bank.example"
        assert shown["secrets.token"]["label"] == "Token"
        put(page, title="Ledger", address="http://localhost:9", why="Told.", flow=FLOW)
        act(page, "tell")
        act(page, "save")
        assert page.state.saved == "ledger"
        assert wb.connections.get("ledger").document["tells"] == {FLOW: ["kpi.state"]}
        wb.connections.delete("ledger", rationale="Over.")


def test_a_connection_is_made_with_its_secret_and_changed_without_it(page, wb, caplog):
    caplog.set_level(logging.DEBUG)
    begin(page, title="Made here", settings__step_seconds="30", secrets__token=HUSH, pull_every="15 minutes")
    view = act(page, "save")
    assert page.state.told[0] == "Saved: version 1 of Made here."
    assert "Given, and sent to https://localhost:9090 alone: token." in page.state.told
    made = wb.connections.get("made-here")
    assert made.document["settings"] == {"step_seconds": "30"}
    assert (made.document["pull_every"], made.document["owner"]) == ("15 minutes", "sre")
    assert made.rationale == "New."
    (given,) = wb.connections.secrets("made-here")
    assert (given.name, given.good) == ("token", True)
    assert "Made here is saved" in json.dumps(view["body"])

    shown = fields(act(page, "change", "made-here"))
    assert shown["secrets.token"]["value"] == ""
    assert f"by {given.by}. Leave it empty to keep it." in shown["secrets.token"]["hint"]
    assert "id" not in shown
    put(page, why="The same.")
    assert act(page, "save")["summary"][0]["text"] == TEXT["unchanged"]
    put(page, secrets__token=f"{HUSH}2")
    act(page, "save")
    assert page.state.told == ("Given, and sent to https://localhost:9090 alone: token.",)
    assert wb.connections.get("made-here").version == 1
    journal = json.dumps([entry.model_dump(mode="json") for entry in wb.audit_entries()])
    assert "New." in journal
    assert HUSH not in journal + caplog.text + json.dumps(view) + json.dumps(page.surface.view) + repr(page.state)


def test_an_address_of_another_place_asks_for_the_secrets_again(page, wb):
    begin(page, connector="splunk-hec", title="HEC", secrets__token=HUSH)
    act(page, "save")
    act(page, "change", "hec")
    view = put(page, address="https://localhost:9443", why="It moved.")
    assert "The secrets are bound to https://localhost:9090." in json.dumps(view)
    assert "give it again for this address" in fields(view)["secrets.token"]["hint"]
    act(page, "save")
    assert page.state.form.errors == {"secrets.token": say("secret_missing", what="token")}
    put(page, secrets__token=HUSH)
    act(page, "save")
    (given,) = wb.connections.secrets("hec")
    assert (given.origin, given.good) == ("https://localhost:9443", True)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://metrics.bank.example", "Whoever operates BOS adds metrics.bank.example:443 to BOS_OUTGOING_HOSTS."),
        ("https://localhost/?a=1", "An address has no part after ? or #."),
    ],
)
def test_what_only_the_server_knows_is_told_at_the_address(page, wb, address, words):
    begin(page, title="Far away", address=address)
    act(page, "save")
    assert words in page.state.form.errors["address"]
    assert "far-away" not in {row.id for row in wb.connections.list()}


def test_what_the_page_finds_wrong_and_what_the_server_does_are_told_at_once_in_the_order_of_the_page(page):
    begin(page, title="", address="https://metrics.bank.example/?a=1", at_once="many", settings__step_seconds="soon")
    summary = act(page, "save")["summary"]
    assert [one["field"].partition("].")[2] for one in summary] == [
        "title", "address", "settings.step_seconds", "at_once",
    ]  # fmt: skip
    assert "An address has no part after ? or #." in summary[1]["text"]
    assert summary[2]["text"].startswith("Step in seconds: ")
    assert not page.state.form.errors["settings.step_seconds"].startswith("Step in seconds")
    assert page.state.wrong == ""


def test_a_host_that_is_not_allowed_yet_is_saved_without_use(page, wb):
    begin(page, title="Far off", address="https://metrics.bank.example", enabled=[])
    view = act(page, "save")
    assert wb.connections.get("far-off").document["enabled"] is False
    assert TEXT["saved_off"] in json.dumps(view)
    act(page, "change", "far-off")
    put(page, enabled=["yes"], why="Now.")
    act(page, "save")
    assert "BOS_OUTGOING_HOSTS" in page.state.form.errors["address"]


def test_a_secret_that_would_go_in_clear_is_refused_before_anything_is_saved(page, wb):
    begin(page, title="In clear", address="http://metrics.bank.example", secrets__token=HUSH, enabled=[])
    act(page, "save")
    assert "everybody on the way could read the secret" in page.state.form.errors["address"]
    assert "in-clear" not in {row.id for row in wb.connections.list()}


def test_a_name_that_is_taken_is_told_also_where_it_was_taken_a_moment_ago(page, wb):
    wb.connections.put(
        "mine", {"title": "A", "connector": "prometheus", "address": "https://a.example"}, rationale="A."
    )
    begin(page, id="mine")
    act(page, "save")
    assert page.state.form.errors == {"id": say("id_taken", id="mine")}
    put(page, id="yours")
    wb.connections.put(
        "yours", {"title": "B", "connector": "prometheus", "address": "https://a.example"}, rationale="B."
    )
    act(page, "save")
    assert page.state.form.errors == {"id": say("id_taken", id="yours")}
    assert wb.connections.get("yours").document["title"] == "B"


def test_of_two_tabs_the_later_one_is_told_and_keeps_what_it_typed(page, wb):
    begin(page, title="Twice", description="First.")
    act(page, "save")
    first, second = ConnectionsPage(wb), ConnectionsPage(wb)
    for one, words in ((first, "Of the first."), (second, "Of the second.")):
        act(one, "change", "twice")
        put(one, description=words, why="Mine.", secrets__token=HUSH)
    put(first, at_once="5")
    act(first, "save")
    view = act(second, "save")
    assert wb.connections.get("twice").document["description"] == "Of the first."
    told, changes = view["banners"][0]["children"]
    assert told["text"] == TEXT["moved"]
    assert changes["items"] == ["At once: 2 → 5", "Description: First. → Of the first."]
    assert second.state.form.value("description") == "Of the second."
    assert second.state.form.secrets == {"token": HUSH}
    assert second.state.form.value("at_once") == "5", "what nobody typed here is what the other saved"
    act(second, "save")
    assert wb.connections.get("twice").document["description"] == "Of the second."


def test_another_system_is_chosen_and_what_is_of_any_stays(page):
    begin(page, title="Mine", description="Asked for.", settings__step_seconds="30", secrets__token=HUSH)
    act(page, "other")
    page._receive({"type": "field", "field": "connection[].title", "value": "x", "rev": 9})
    shown = fields(act(page, "choose", "grafana"))
    assert (shown["title"]["value"], shown["description"]["value"]) == ("Mine", "Asked for.")
    assert (shown["address"]["value"], page.state.form.secrets) == ("", {})


def test_a_strange_text_is_saved_and_shown_as_the_text_it_is(page, wb):
    words = "<img src=x onerror=alert(1)> {why} %s \u4e2d"
    begin(page, title=words, description=words, settings__tenant=words, id="strange")
    view = act(page, "save")
    found = wb.connections.get("strange").document
    assert (found["title"], found["description"], found["settings"]["tenant"]) == (words, words, words)
    assert page.state.told[0] == f"Saved: version 1 of {words}."
    assert f'"title": {json.dumps(words)}' in json.dumps(view["body"])
    act(page, "change", "strange")
    assert page.state.form.value("title") == words


def test_a_reload_brings_back_what_was_typed_but_no_secret(page, wb):
    begin(page, title="Left")
    entries = [
        {"field": "connection[+prometheus].title", "value": "Left", "base": ""},
        {"field": "connection[+prometheus].settings.tenant", "value": "payments", "base": ""},
    ]
    again = ConnectionsPage(wb)
    again._receive({"type": "replay", "entries": entries})
    assert again.state.form.value("title") == "Left"
    assert again.state.form.value("settings.tenant") == "payments"
    assert again.state.form.said == TEXT["restored"]
    stray = ConnectionsPage(wb)
    stray._receive({"type": "replay", "entries": [{"field": "connection[nowhere].title", "value": "x", "base": ""}]})
    assert stray.state.form is None


def test_a_reload_says_where_somebody_else_was_there_meanwhile(page, wb):
    begin(page, title="Left over", description="Old.")
    act(page, "save")
    entries = [{"field": "connection[left-over].description", "value": "Mine.", "base": "Older."}]
    again = ConnectionsPage(wb)
    again._receive({"type": "replay", "entries": entries})
    assert again.state.form.value("description") == "Mine."
    assert again.state.moved == "Description: Older. → Old."


def test_a_reload_brings_back_what_is_told_and_says_where_that_is_another_now(page, wb):
    begin(page, connector="slack", title="Talk", address="https://localhost/api", secrets__token=HUSH)
    put(page, settings__channel="C0123456789")
    put(page, flow=FLOW)
    act(page, "tell")
    act(page, "save")
    entries = [
        {"field": f"connection[talk].tells.{FLOW}", "value": ["pack"], "base": ["kpi.state"]},
        {"field": "connection[talk].enabled", "value": [], "base": ["yes"]},
    ]
    again = ConnectionsPage(wb)
    again._receive({"type": "replay", "entries": entries})
    assert (again.state.form.told, again.state.form.enabled) == ({FLOW: ["pack"]}, False)
    assert again.state.moved == ""
    entries[0]["base"] = ["feedback"]
    late = ConnectionsPage(wb)
    late._receive({"type": "replay", "entries": entries})
    assert late.state.moved == "Tells: feedback → kpi.state"


def test_a_webhook_says_after_saving_where_it_is_sent_to_and_how_it_proves_itself(page):
    begin(page, connector="hooks", title="Alerts", address="hook://alertmanager.bank.example")
    typed_in = {"settings.flow": FLOW, "settings.shape": "alertmanager", "settings.signature": "github"}
    type_in(page, typed_in | {"secrets.key": HUSH})
    said = json.dumps(act(page, "save"))
    assert "/api/v1/hooks/alerts" in said
    assert "HMAC-SHA256 with the key, as X-Hub-Signature-256" in said
    assert HUSH not in said
    assert "/api/v1/hooks/alerts" in json.dumps(act(page, "address", "alerts"))
    act(page, "test", "alerts")
    assert page.state.found.well


def test_what_could_not_be_read_is_read_again_with_a_reason(page, wb):
    begin(page, connector="hooks", title="Odd", address="hook://sender")
    typed_in = {"settings.flow": FLOW, "settings.shape": "json", "settings.signature": "path"}
    type_in(page, typed_in | {"secrets.key": HUSH})
    act(page, "save")
    wb._calls.ask(Received, "POST", f"/api/v1/hooks/odd/{HUSH}", json=[1])
    deadline = time.monotonic() + 20
    while not page.state.unread and time.monotonic() < deadline:
        wb.jobs()
        page.read()
    (key,) = page.state.unread
    act(page, "reread", key)
    act(page, "read-again", key)
    assert page.state.errors == {"why": TEXT["reason_missing"]}
    page._receive({"type": "field", "field": "why", "value": "Put right.", "rev": 1})
    act(page, "read-again", key)
    assert page.state.told == (say("reread_now", title="Odd"),)
    assert "Put right." in {entry.rationale for entry in wb.audit_entries(tag="job.queued")}


def test_a_connection_is_retired_with_a_reason(page, wb):
    begin(page, title="Old one")
    act(page, "save")
    act(page, "change", "old-one")
    act(page, "retire")
    assert page.state.form.errors == {"why": TEXT["why_missing"]}
    put(page, why="Nobody uses it.")
    act(page, "retire")
    assert page.state.told == (say("retired", title="Old one"),)
    assert wb.connections.get("old-one").state == "retired"
    begin(page, id="old-one")
    act(page, "save")
    assert page.state.form.errors == {"id": say("id_taken", id="old-one")}
    act(page, "cancel")
    act(page, "restore", "old-one")
    view = act(page, "bring-back", "old-one")
    assert view["summary"] == [{"text": TEXT["reason_missing"], "field": "why"}]
    page._receive({"type": "field", "field": "why", "value": "It is used again.", "rev": 9})
    act(page, "bring-back", "old-one")
    assert page.state.told == (say("restored_now", title="Old one"),)
    assert wb.connections.get("old-one").rationale == "It is used again."
    assert "old-one" in {one.connection for one in page.state.health}


def test_a_connection_without_its_connector_can_be_taken_out_of_service(page, wb):
    content = {"title": "Gone", "connector": "gone", "address": "https://gone.example", "settings": {"size": "9"}}
    wb.connections.put("gone", content, rationale="Before.")
    page.read()
    assert fields(act(page, "change", "gone"))["settings.size"]["hint"].startswith(TEXT["setting_unknown"])
    put(page, title="Gone now", why="It went.")
    act(page, "save")
    assert page.state.wrong.startswith("No connector 'gone' is installed.")
    put(page, enabled=[])
    act(page, "save")
    found = wb.connections.get("gone").document
    assert (found["enabled"], found["settings"]) == (False, {"size": "9"})


def test_who_may_not_write_connections_has_no_form_whatever_the_browser_sends(page):
    may = tuple(right for right in page.state.session.may if right != "connection.write")
    page.state.session = page.state.session.model_copy(update={"may": may})
    view = act(page, "new")
    assert page.state.form is None
    assert TEXT["look_only"] in json.dumps(view["body"])
    assert '"new"' not in json.dumps(view["body"])
    act(page, "change", "made-here")
    entries = [{"field": "connection[made-here].title", "value": "x", "base": ""}]
    page._receive({"type": "replay", "entries": entries})
    assert page.state.form is None


def test_what_the_server_refuses_after_saving_is_told_at_the_secret(page, wb, monkeypatch):
    begin(page, title="Half")
    put(page, secrets__token=HUSH)

    def refuse(*_, **__):
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr(page.wb.connections, "give_secret", refuse)
    view = act(page, "save")
    assert page.state.wrong == "BOS did not do that: The database does not answer."
    assert page.state.form.base.id == "half"
    assert f"connection[+prometheus].{'title'}" == f"{page.state.form.prefix}title", "fields keep their names"
    monkeypatch.undo()
    assert HUSH not in json.dumps(view)
    act(page, "save")
    assert [row.name for row in wb.connections.secrets("half")] == ["token"]
