"""Who is to sign is told to systems: once for each act, with fields and roles, and no value that a person wrote."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest

from bos.actions import delivering, documents
from bos.actions.outbox import relay
from bos.actions.settling import welcome
from bos.auth.actor import Actor
from bos.store.engine import transaction
from connectors.slack.blocks import blocks
from tests.unit.actions.test_approval_batches import MEASURE, REVERSED, TARGET, part, submit
from tests.unit.actions.test_approval_policy import CODY, COLE, decree, rule
from tests.unit.connectors.ledger_double import Books, installed, serving

FIVE = {"value": 0.0543, "direction": "at_most", "source": "Planted source"}
SRE = Actor("sre", "S", roles=frozenset({"sre"}))


@pytest.fixture(scope="module", autouse=True)
def ledger():
    with installed():
        yield


@pytest.fixture(scope="module", autouse=True)
def employed(bank):
    bank.employ(bank.ben, bank.dora, bank.sam)


class Heard:
    """A template of which a ledger hears."""

    def __init__(self, bank, url, books, *flows):
        settings = replace(bank.ctx.settings, outgoing_hosts="localhost", outgoing_private="127.0.0.0/8, ::1/128")
        self.ctx, self.books, self.flows = replace(bank.ctx, settings=settings), books, flows
        self.connection = bank.fresh("ledger")
        content = {"id": self.connection, "title": "L", "connector": "ledger", "address": url}
        content["tells"] = {flow: ["signature.waits"] for flow in flows}
        self.drain()
        documents.put(self.ctx, SRE, "connection", self.connection, content, rationale="Why.")

    def drain(self):
        while relay(self.ctx, lambda *_: None):
            pass

    def all(self):
        """Send what waits; return what the ledger has."""
        self.drain()
        for flow in self.flows:
            while delivering.deliver(self.ctx, self.connection, flow):
                pass
        return self.books.entries


@pytest.fixture
def heard(bank):
    books = Books()
    with serving(books) as url:
        yield lambda *flows: Heard(bank, url, books, *flows)


def test_a_signature_is_asked_for_with_the_field_the_role_and_a_way_to_it_and_without_a_value(bank, heard):
    flow = bank.template()
    hears = heard(flow)
    bank.submit(bank.anna, flow, (TARGET, FIVE), rationale="Planted rationale")
    (entry,) = hears.all()
    assert (entry["kind"], entry["title"]) == ("signature.waits", "A value waits for its signature: Payments")
    assert entry["facts"] == [["From", "anna"], ["To be signed by Finance control", "KPI “Return rate” (Target)"]]
    assert [label for label, _ in entry["links"]] == ["Approvals", "Dashboard"]
    assert entry["links"][0][1].endswith(f"/voila/render/approvals.ipynb?flow={flow}")
    assert entry["thread"].startswith(f"{flow} 20")
    told = json.dumps(entry)
    assert "Planted" not in told
    assert "0.0543" not in told
    assert "5.43" not in told


def test_an_act_of_two_hundred_fields_is_one_message_that_slack_takes(bank, heard):
    flow = bank.template(approved=False)
    hears = heard(flow)
    document = copy.deepcopy(bank.live(flow))
    own = document["outcomes"][0]
    document["outcomes"] += [{**copy.deepcopy(own), "id": f"k{n}", "title": f"KPI number {n}"} for n in range(80)]
    document["time_zone"] = "Europe/Amsterdam"
    documents.put(bank.ctx, bank.maker, "template", flow, document, base_version=1, rationale="Many.")
    rows = bank.rows("SELECT payload FROM outbox WHERE topic = 'signature.waits'")
    fields = {
        (wait["id"], path)
        for (payload,) in rows
        if payload["by"] == "mary"
        for wait in payload["waits"]
        for path in wait["paths"]
    }
    with transaction(bank.ctx.engine) as session:
        session.exec_driver_sql("DELETE FROM outbox WHERE topic <> 'signature.waits'")
    while relay(hears.ctx, lambda *_: None, limit=1):  # an act is told whole, in however small lots
        pass
    (entry,) = hears.all()
    assert len(fields) > 200
    assert entry["title"] == f"{len(fields)} values wait for their signatures: Payments"
    roles = [label.removeprefix("To be signed by ") for label, _ in entry["facts"][1:]]
    assert len(roles) == len(set(roles)) >= 2
    assert all(len(value) < 1000 for _, value in entry["facts"])
    assert any(value.endswith(" more") for _, value in entry["facts"])
    with transaction(bank.ctx.engine) as session:
        said = session.exec_driver_sql("SELECT message FROM delivery ORDER BY seq DESC LIMIT 1").scalar_one()
    message = delivering.message_of(hears.ctx, said)
    assert len(blocks(message)) < 10
    assert all(len(field["text"]) <= 2000 for block in blocks(message) for field in block.get("fields", ()))


def test_one_act_on_several_flows_is_one_message_for_each_of_them(bank, heard):
    flows = [bank.template() for _ in range(2)]
    hears = heard(*flows)
    submit(bank, *(part(flow, (TARGET, FIVE)) for flow in flows))
    assert sorted(entry["flow"] for entry in hears.all()) == sorted(flows)


def test_two_roles_of_one_act_are_one_message_and_nobody_is_asked_twice(bank, heard):
    flow = bank.template()
    hears = heard(flow)
    held = bank.submit(bank.anna, flow, (TARGET, FIVE), (MEASURE, REVERSED)).held
    (entry,) = hears.all()
    assert entry["title"] == "2 values wait for their signatures: Payments"
    assert sorted(label for label, _ in entry["facts"]) == [
        "From", "To be signed by Data steward", "To be signed by Finance control",
    ]  # fmt: skip
    for mark in held:
        bank.sign(mark.group)
    assert len(hears.all()) == 1


def test_whose_turn_comes_once_others_have_signed_is_told_then(own_bank):
    welcome(own_bank.ctx)
    own_bank.employ(own_bank.ben, CODY, COLE, own_bank.sam)
    both = rule("both", "outcomes[].target", ("finance_control", 1), ("compliance", 1), in_order=True)
    decree(own_bank, both)
    flow = own_bank.template()
    books = Books()
    with serving(books) as url:
        hears = Heard(own_bank, url, books, flow)
        group = own_bank.submit(own_bank.anna, flow, (TARGET, FIVE)).held[0].group
        assert [entry["facts"][1][0] for entry in hears.all()] == ["To be signed by Finance control"]
        own_bank.sign(group, own_bank.ben)
        assert [entry["facts"] for entry in hears.all()][1:] == [
            [["From", "ben"], ["To be signed by Compliance", "KPI “Return rate” (Target)"]]
        ]


def test_a_signal_that_two_flows_share_is_told_to_both_by_its_name(bank, heard):
    flows = [bank.template() for _ in range(2)]
    hears = heard(*flows)
    document = {**bank.live("payment.received", "signal"), "pii": "direct"}
    version = bank.show("payment.received", "signal").version
    documents.put(bank.ctx, bank.maker, "signal", "payment.received", document, base_version=version, rationale="Pii.")
    entries = hears.all()
    assert sorted(entry["flow"] for entry in entries) == sorted(flows)
    assert all("Signal payment.received" in entry["facts"][1][1] for entry in entries)


def test_a_process_that_ends_between_sending_and_recording_tells_it_once(bank, heard, monkeypatch):
    flow = bank.template()
    hears = heard(flow)
    bank.submit(bank.anna, flow, (TARGET, FIVE))
    hears.drain()
    with monkeypatch.context() as patch:
        patch.setattr(delivering, "_done", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            delivering.deliver(hears.ctx, hears.connection, flow)
    assert len(hears.books.entries) == 1
    with transaction(bank.ctx.engine) as session:
        session.exec_driver_sql("UPDATE delivery SET due_at = now() WHERE state = 'waiting'")
    assert len(hears.all()) == 1
    with transaction(bank.ctx.engine) as session:
        states = session.exec_driver_sql("SELECT state, attempts FROM delivery ORDER BY seq DESC LIMIT 1").one()
    assert tuple(states) == ("sent", 2)
