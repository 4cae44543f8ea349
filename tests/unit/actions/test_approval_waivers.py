"""Waivers: a value counts as signed until a date, by its owner and the CoE."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import documents, kpis, waivers
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, NotFound
from bos.model.answers.changes import Waiting

TARGET = "outcomes[returns].target"
FIVE = {"value": 0.05, "direction": "at_most", "source": ""}
OWEN = Actor("owen", "Owen", roles=frozenset({"process_owner"}))
CODY = Actor("cody", "Cody", roles=frozenset({"coe"}))
BOTH = Actor("bodo", "Bodo", roles=frozenset({"coe", "process_owner"}))


def soon(days=30):
    return datetime.now(UTC) + timedelta(days=days)


def ask(bank, flow, by=OWEN, path=TARGET, ends=None, reason="Finance is away."):
    return waivers.ask(bank.ctx, by, "template", flow, path=path, ends=ends or soon(), reason=reason)


def decide(bank, waiver, by=CODY, decision="approve", comment=""):
    return waivers.decide(bank.ctx, by, waiver.waiver, decision=decision, comment=comment)


@pytest.fixture
def flow(bank):
    """Return a template whose values are all approved but the target."""
    id_ = bank.template(approved=False)
    for group in bank.show(id_).open_groups:
        if group.changes[0].path != TARGET:
            bank.sign(group.group)
    assert bank.show(id_).state == "in review"
    return id_


def row(bank, flow):
    return next(one for one in documents.listing(bank.ctx, bank.adam, "template", limit=1000).items if one.id == flow)


def test_owner_and_coe_together_let_a_value_count_as_approved_until_the_date(bank, flow):
    asked = ask(bank, flow)
    assert (asked.state, asked.waiting_for) == ("asked", "coe")
    assert bank.show(flow).approvals[TARGET].state == "provisional"
    done = decide(bank, asked)
    assert (done.state, done.set_by) == ("standing", "cody")
    mark = bank.show(flow).approvals[TARGET]
    assert (mark.state, mark.until, mark.reason) == ("waived", asked.ends, "Finance is away.")
    assert mark.signed_by == ("owen", "cody")
    assert (bank.show(flow).state, row(bank, flow).state) == ("approved", "approved")
    kpi = next(one for one in kpis.listing(bank.ctx, bank.adam, flow).items if one.kpi == "returns")
    assert kpi.approvals[TARGET].state == "waived"
    tags = bank.rows(
        "SELECT tag, path, rationale FROM journal WHERE id = %s AND tag LIKE 'waiver.%%' ORDER BY seq", (flow,)
    )
    assert tags == [("waiver.asked", TARGET, "Finance is away."), ("waiver.set", TARGET, "")]


@pytest.mark.parametrize(("first", "second"), [(OWEN, CODY), (CODY, OWEN), (BOTH, CODY)])
def test_either_of_the_two_may_ask_and_the_other_sets_it(bank, flow, first, second):
    asked = ask(bank, flow, by=first)
    with pytest.raises(Forbidden) as caught:
        decide(bank, asked, by=first)
    assert caught.value.code == "four-eyes"
    for wrong in (bank.ben, bank.adam):
        with pytest.raises(Forbidden) as caught:
            decide(bank, asked, by=wrong)
        assert caught.value.code == "role"
    assert decide(bank, asked, by=second).state == "standing"


@pytest.mark.parametrize(("first", "able"), [(OWEN, {"cody", "bodo"}), (CODY, {"owen", "bodo"}), (BOTH, {"cody"})])
def test_a_waiver_waits_for_those_who_may_decide_it_and_for_nobody_else(bank, flow, first, able):
    def waits():
        everybody = (OWEN, CODY, BOTH, bank.maker, bank.anna, bank.ben, bank.adam, bank.sam)
        found = {who.person: waivers.waiting(bank.ctx, who).items for who in everybody}
        return {who: [one for one in items if one.id == flow] for who, items in found.items()}

    asked = ask(bank, flow, by=first)
    found = waits()
    assert {who for who, items in found.items() if items} == able | {"sam"}
    assert found["sam"] == [asked]
    decide(bank, asked, by=CODY if "cody" in able else OWEN)
    assert not any(waits().values())


def test_no_author_of_the_value_asks_for_a_waiver_or_sets_one(bank, flow):
    bank.submit(BOTH, flow, (TARGET, FIVE))
    with pytest.raises(Forbidden) as caught:
        ask(bank, flow, by=BOTH)
    assert caught.value.code == "four-eyes"
    asked = ask(bank, flow)
    for author in (BOTH, Actor("dirk", roles=BOTH.roles, on_behalf_of="bodo")):
        with pytest.raises(Forbidden) as caught:
            decide(bank, asked, by=author)
        assert caught.value.code == "four-eyes"
    token = Actor("cody", "Robot", "token", CODY.roles)
    with pytest.raises(Forbidden):
        decide(bank, asked, by=token)


def test_a_change_of_a_waived_value_is_held_and_no_waiver_releases_it(bank, flow):
    decide(bank, ask(bank, flow))
    done = bank.submit(bank.anna, flow, (TARGET, FIVE))
    assert [mark.paths for mark in done.held] == [(TARGET,)]
    assert done.held[0].waiting_for == (Waiting(role="finance_control"),)
    mark = bank.show(flow).approvals[TARGET]
    assert (mark.state, mark.reason) == ("held", "Finance is away.")
    with pytest.raises(Conflict):
        ask(bank, flow, by=CODY)
    assert bank.live(flow)["outcomes"][0]["target"]["value"] == 0.03
    assert bank.sign(done.held[0].group, bank.ben).state == "live"
    (ended,) = waivers.listing(bank.ctx, bank.adam, "template", flow).items
    assert (ended.state, ended.end_reason) == ("ended", "The value was changed.")
    bank.sound(flow)


def test_whoever_would_sign_a_waived_number_signs_what_it_is_made_of(own_bank):
    bank = own_bank
    flow = bank.template(approved=["outcomes[returns].measure"])
    bank.sign(bank.show("payment.returned", "signal").approvals["binding"].group)
    binding = bank.live("payment.returned", "signal")["binding"]

    def roles(event):
        waiting = [one.group for one in bank.show("payment.returned", "signal").open_groups if one.state == "waiting"]
        change = ("binding", {**binding, "event": event})
        (held,) = bank.submit(bank.maker, "payment.returned", change, kind="signal", saw=waiting).held
        return {waits.role for waits in held.waiting_for}

    assert roles("RETURNED_1") == {"data_steward"}
    decide(bank, ask(bank, flow))
    assert roles("RETURNED_2") == {"data_steward", "finance_control"}


def test_signing_a_waived_value_approves_it_and_ends_the_waiver(bank, flow):
    decide(bank, ask(bank, flow))
    group = next(one for one in bank.show(flow).open_groups if one.changes[0].path == TARGET)
    assert (group.state, group.waiting_for) == ("unsigned", (Waiting(role="finance_control"),))
    assert bank.sign(group.group, bank.ben).state == "live"
    assert bank.show(flow).approvals[TARGET].state == "approved"
    (ended,) = waivers.listing(bank.ctx, bank.adam, "template", flow).items
    assert ended.end_reason == "The value was signed."


def pass_by(bank, waiver):
    """Let the date of a waiver come."""
    with bank.connect() as connection:
        connection.execute("UPDATE waiver SET ends = now() - interval '1 second' WHERE waiver = %s", (waiver.waiver,))


def test_at_its_end_the_value_is_provisional_again_at_once_and_lists_say_so_after_the_round(bank, flow):
    bank.employ(OWEN)
    waiver = ask(bank, flow)
    decide(bank, waiver)
    held = bank.submit(bank.anna, flow, (TARGET, FIVE)).held[0].group
    pass_by(bank, waiver)
    assert bank.show(flow).approvals[TARGET].state == "provisional"
    assert bank.show(flow).state == "in review"
    assert waivers.listing(bank.ctx, bank.adam, "template", flow).items[0].state == "ended"
    assert row(bank, flow).state == "approved with changes held"
    assert waivers.expire(bank.ctx) == 1
    assert waivers.expire(bank.ctx) == 0
    assert row(bank, flow).state == "in review"
    assert bank.rows("SELECT actor FROM journal WHERE tag = 'waiver.ended' AND id = %s", (flow,)) == [("system",)]
    told = bank.rows("SELECT payload->>'role', payload->'people' FROM outbox WHERE topic = 'waiver.ended'")
    assert ("process_owner", ["owen"]) in told
    assert bank.sign(held, bank.ben).state == "live"
    assert bank.show(flow).approvals[TARGET].state == "approved"
    bank.sound(flow)


def test_a_waiver_can_be_refused_taken_back_and_ended(bank, flow):
    asked = ask(bank, flow)
    with pytest.raises(Invalid):
        decide(bank, asked, decision="reject")
    refused = decide(bank, asked, decision="reject", comment="Sign it.")
    assert (refused.state, refused.end_reason) == ("ended", "Sign it.")
    with pytest.raises(Conflict):
        decide(bank, asked)
    back = ask(bank, flow)
    with pytest.raises(Forbidden):
        waivers.end(bank.ctx, bank.ben, back.waiver, reason="x")
    assert waivers.end(bank.ctx, OWEN, back.waiver, reason="Not needed.").state == "ended"
    standing = ask(bank, flow, by=CODY)
    decide(bank, standing, by=OWEN)
    assert waivers.end(bank.ctx, CODY, standing.waiver, reason="Finance is back.").state == "ended"
    assert (bank.show(flow).approvals[TARGET].state, row(bank, flow).state) == ("provisional", "in review")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"path": "title"}, "waiver.path"),
        ({"path": "outcomes[nowhere].target"}, "waiver.path"),
        ({"path": "\x00"}, "waiver.path"),
        ({"ends": datetime(2020, 1, 1, tzinfo=UTC)}, "waiver.ends"),
        ({"ends": soon(400)}, "waiver.ends"),
        ({"reason": " "}, "rationale.missing"),
    ],
)
def test_a_waiver_that_makes_no_sense_is_refused(bank, flow, wrong, code):
    with pytest.raises(Invalid) as caught:
        ask(bank, flow, **wrong)
    assert caught.value.problems[0].code == code
    assert waivers.listing(bank.ctx, bank.adam, "template", flow).items == ()


def test_a_signed_value_needs_no_waiver_and_there_is_one_at_a_time(bank, flow):
    with pytest.raises(Conflict) as caught:
        ask(bank, flow, path="owner")
    assert caught.value.code == "decided"
    ask(bank, flow)
    with pytest.raises(Conflict) as caught:
        ask(bank, flow, by=CODY)
    assert caught.value.code == "waiver"
    with pytest.raises(NotFound):
        waivers.decide(bank.ctx, CODY, "nowhere", decision="approve")
