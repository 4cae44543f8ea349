"""The live version as JSON is kept while nothing changes, and never longer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import bindings, documents, people, shelf, waivers
from bos.actions import live as live_module
from bos.actions.live import live
from bos.auth.actor import Actor
from bos.errors import Forbidden, NotFound
from bos.model.scope import Grant

TARGET = "outcomes[returns].target"
VIEWER = Actor("vic", "Vic", roles=frozenset({"viewer"}))


@pytest.fixture
def made(monkeypatch):
    """Return the list of documents that were made anew."""
    found = []

    def shown(connection, kind, id_):
        found.append((kind, id_))
        return documents.shown(connection, kind, id_)

    monkeypatch.setattr(live_module, "shown", shown)
    return found


@pytest.fixture
def clock(monkeypatch):
    """Return what sets the time of the module that keeps answers."""
    at = {"now": None}

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return at["now"] or datetime.now(tz)

    monkeypatch.setattr(live_module, "datetime", Clock)
    return lambda moment: at.update(now=moment)


def asked(bank, flow, actor=VIEWER):
    """Return what is answered, which must be what is made anew."""
    kept = live(bank.ctx, actor, "template", flow)
    fresh = documents.show(bank.ctx, actor, "template", flow)
    assert kept.version == fresh.version
    assert json.loads(kept.body) == fresh.model_dump(mode="json")
    return json.loads(kept.body)


def test_an_answer_is_kept_until_something_is_written_and_is_that_of_now(bank, flow, made):
    asked(bank, flow)
    asked(bank, flow)
    assert made == [("template", flow)], "the second was kept"
    bank.employ(bank.adam)
    held = bank.submit(bank.anna, flow, (TARGET, {"value": 0.05, "direction": "at_most", "source": ""})).held[0].group
    assert held in {one["group"] for one in asked(bank, flow)["open_groups"]}
    bank.sign(held, bank.ben)
    assert asked(bank, flow)["approvals"][TARGET]["signed_by"] == ["ben"]
    bank.submit(bank.anna, flow, ("description", "Said better."))
    assert asked(bank, flow)["document"]["description"] == "Said better."
    assert len(made) == 4
    other = bank.template()
    asked(bank, flow)
    asked(bank, other)
    assert made[4:] == [("template", flow), ("template", other)], "any change ends what is kept"


def test_what_changes_around_a_flow_is_seen_at_once(bank, flow, made):
    adam = Actor("ada", "Ada", roles=frozenset({"admin"}))
    bank.employ(adam, Actor("ivo", "Ivo", roles=frozenset({"admin"})))
    name = bank.fresh("p")
    steps = {
        "a person": lambda: people.add(bank.ctx, adam, name, display="P", rationale="New."),
        "a role": lambda: bindings.give(bank.ctx, adam, "finance_control", person=name, rationale="Work."),
        "a person is out": lambda: people.disable(bank.ctx, adam, name, rationale="Left."),
        "a person is in": lambda: people.enable(bank.ctx, adam, name, rationale="Back."),
    }
    for what, step in steps.items():
        before = len(made)
        asked(bank, flow)
        step()
        asked(bank, flow)
        assert len(made) >= before + 1, what


def test_a_role_that_ends_by_itself_ends_what_is_kept(bank, flow, made, clock):
    now = datetime.now(UTC)
    adam = Actor("ada", "Ada", roles=frozenset({"admin"}))
    bank.employ(adam)
    name = bank.fresh("p")
    people.add(bank.ctx, adam, name, display="P", rationale="New.")
    ends = now + timedelta(hours=2)
    bindings.give(bank.ctx, adam, "finance_control", person=name, ends=ends, rationale="A while.")
    kept = live(bank.ctx, VIEWER, "template", flow)
    assert kept.until is not None
    assert kept.until <= ends
    made.clear()
    for moment, anew in (
        (kept.until - timedelta(microseconds=1), 0),
        (kept.until, 1),
        (now - timedelta(hours=1), 1),
    ):
        made.clear()
        clock(moment)
        live(bank.ctx, VIEWER, "template", flow)
        assert len(made) == anew, moment


def test_a_waiver_that_ends_by_itself_ends_what_is_kept(bank, made, clock):
    flow, now = bank.template(approved=False), datetime.now(UTC)
    ends = now + timedelta(hours=1)
    coe = Actor("coen", "Coen", roles=frozenset({"coe"}))
    pia = Actor("pia", "Pia", roles=frozenset({"process_owner"}))
    asked_for = waivers.ask(bank.ctx, pia, "template", flow, path=TARGET, ends=ends, reason="Until audit.")
    asked(bank, flow)
    waivers.decide(bank.ctx, coe, asked_for.waiver, decision="approve")
    assert asked(bank, flow)["approvals"][TARGET]["state"] == "waived"
    made.clear()
    assert live(bank.ctx, VIEWER, "template", flow).until <= ends
    assert made == []
    clock(ends)
    live(bank.ctx, VIEWER, "template", flow)
    assert made == [("template", flow)]


def test_who_may_not_see_a_flow_does_not_see_what_is_kept_of_it(bank, flow):
    other = bank.template()
    asked(bank, flow)
    narrow = Actor("nick", "Nick", grants=frozenset({Grant("viewer", "flow", other)}))
    with pytest.raises(Forbidden):
        live(bank.ctx, narrow, "template", flow)
    assert asked(bank, other, narrow)["id"] == other
    with pytest.raises(NotFound):
        live(bank.ctx, VIEWER, "template", "nothing")


def test_no_more_is_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(shelf, "MOST", 2)
    monkeypatch.setattr(shelf, "LARGEST", 10)
    now, held = datetime.now(UTC), shelf.Shelf()
    for name, body in (("a", b"1"), ("b", b"2"), ("c", b"too large to be kept")):
        held.keep("template", name, shelf.Kept(1, body, (7, "x"), now, None))
    assert held.find("template", "a", (7, "x"), now).body == b"1"
    assert held.find("template", "c", (7, "x"), now) is None
    held.keep("template", "d", shelf.Kept(1, b"4", (7, "x"), now, None))
    assert held.find("template", "b", (7, "x"), now) is None, "it was asked for longest ago"
    assert held.find("template", "a", (7, "y"), now) is None, "the audit trail is another one"
    assert held.find("template", "a", (8, "x"), now) is None
