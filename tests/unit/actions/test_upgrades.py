"""Upgrades of flows to a newer version of their blueprint."""

from __future__ import annotations

import copy

import pytest
import yaml

from bos.actions import batches, blueprints, documents, upgrades
from bos.errors import Conflict, Forbidden, NotFound, UsageError
from bos.model.answers.changes import Waiting
from bos.model.diff import Change

NAME = "payments-blueprint"
DESCRIPTION, TARGET = "outcomes[returns].description", "outcomes[returns].target"
THRESHOLDS, TITLE = "outcomes[returns].thresholds", "outcomes[returns].title"
FIVE = {"value": 0.05, "direction": "at_most", "source": ""}
FOUR = {**FIVE, "value": 0.04}
NEW_KPI = {"id": "received_count", "title": "Received", "measure": {"formula": "count(received)", "unit": "payments"}}


@pytest.fixture
def shelf(bank, tmp_path, monkeypatch):
    """Return a function that ships a version of the blueprint."""
    monkeypatch.setattr(blueprints, "share", lambda _: tmp_path)
    (tmp_path / "blueprints").mkdir()
    first = {**bank.content(id=NAME), "title": "Payments by blueprint"}

    def ship(version, change=lambda _: None, signals=()):
        content = copy.deepcopy(first)
        change(content)
        shipped = {"name": NAME, "version": version, "title": "Payments", "description": "Paid.", "template": content}
        (tmp_path / "blueprints" / f"{NAME}.yaml").write_text(yaml.safe_dump({**shipped, "signals": list(signals)}))
        blueprints._read.cache_clear()

    ship(1)
    yield ship
    blueprints._read.cache_clear()


def second(content):
    returns = content["outcomes"][0]
    returns |= {"title": "Share returned", "description": "By the blueprint.", "target": FIVE}
    content["outcomes"].append(NEW_KPI)
    content["flow"]["edges"] = []
    content["description"] = "From bill to booking."


def made(bank):
    """Return a flow made from the blueprint, with all its values signed."""
    id_ = bank.fresh("flow")
    bank.approve(blueprints.create(bank.ctx, bank.maker, NAME, id=id_, title="Ours").template)
    return id_


def look(bank, id_):
    return {one.change.path: one for one in upgrades.preview(bank.ctx, bank.adam, id_).changes}


def take(bank, id_, mode="unchanged", by=None, **more):
    return upgrades.apply(bank.ctx, by or bank.anna, id_, mode=mode, rationale="The new standard.", **more)


def instances(bank):
    return {one.id: one for one in upgrades.instances(bank.ctx, bank.adam, NAME)}


def outcome(bank, id_, name="returns"):
    return next(one for one in bank.live(id_)["outcomes"] if one["id"] == name)


def test_a_flow_remembers_its_blueprint_and_is_up_to_date_until_a_newer_one_is_shipped(bank, shelf):
    id_ = made(bank)
    assert bank.live(id_)["blueprint"]["version"] == 1
    found = upgrades.preview(bank.ctx, bank.adam, id_)
    assert (found.from_version, found.to_version, found.changes) == (1, 1, ())
    with pytest.raises(Conflict) as caught:
        take(bank, id_)
    assert caught.value.code == "up-to-date"
    shelf(2, second)
    assert set(look(bank, id_)) == {
        "description", DESCRIPTION, TARGET, TITLE, "outcomes[received_count]", "flow.edges[forward]"
    }  # fmt: skip


def test_what_is_free_goes_live_what_is_approved_is_held_and_nobody_signs_their_own_upgrade(bank, shelf):
    id_ = made(bank)
    shelf(2, second)
    assert look(bank, id_)[TARGET].critical
    done = take(bank, id_, by=bank.cara)
    assert done.skipped == ()
    assert [mark.paths for mark in done.template.held] == [(TARGET,)]
    assert done.template.held[0].waiting_for == (Waiting(role="finance_control"),)
    assert (outcome(bank, id_)["title"], outcome(bank, id_)["target"]["value"]) == ("Share returned", 0.03)
    assert bank.show(id_).approvals["outcomes[received_count].measure"].state == "provisional"
    assert bank.live(id_)["blueprint"]["version"] == 2
    with pytest.raises(Forbidden) as caught:
        bank.sign(done.template.held[0].group, bank.cara)
    assert caught.value.code == "four-eyes"
    assert bank.sign(done.template.held[0].group, bank.ben).state == "live"
    assert look(bank, id_) == {}
    bank.sound(id_)


def test_what_was_changed_here_is_left_alone_unless_all_is_taken(bank, shelf):
    one, other = made(bank), made(bank)
    for id_ in (one, other):
        bank.submit(
            bank.anna, id_, (DESCRIPTION, "Our words."), Change(op="add", path="notes[n]", new={"text": "Ours"})
        )
        bank.submit(bank.anna, id_, Change(op="remove", path="flow.edges[forward]"))
    shelf(2, second)
    found = look(bank, one)
    assert {path for path, each in found.items() if each.changed_here} == {DESCRIPTION}
    assert "flow.edges[forward]" not in found
    assert take(bank, one).skipped == (DESCRIPTION,)
    assert outcome(bank, one)["description"] == "Our words."
    assert take(bank, other, "all").skipped == ()
    assert outcome(bank, other)["description"] == "By the blueprint."
    for id_ in (one, other):
        assert bank.live(id_)["title"] == "Ours"
        assert [note["text"] for note in bank.live(id_)["notes"]] == ["Ours"]


def test_only_what_is_picked_is_taken_and_a_path_that_is_not_changed_is_refused(bank, shelf):
    id_ = made(bank)
    shelf(2, second)
    with pytest.raises(UsageError):
        take(bank, id_, "pick", pick=["outcomes[returns].regulation"])
    done = take(bank, id_, "pick", pick=[TITLE])
    assert done.template.held == ()
    assert (outcome(bank, id_)["title"], outcome(bank, id_)["description"]) == ("Share returned", "")
    assert set(look(bank, id_)) == set(), "what was not taken was decided on: it is not offered again"


def test_12_a_field_a_proposal_waits_for_counts_as_changed_here_and_is_skipped_unless_it_is_picked(bank, shelf):
    id_, other = made(bank), made(bank)
    waiting, theirs = (bank.submit(bank.ben, each, (TARGET, FOUR)).held[0].group for each in (id_, other))
    shelf(2, second)
    found = look(bank, id_)[TARGET]
    assert (found.changed_here, found.group) == (True, waiting)
    assert take(bank, id_, "all").skipped == (TARGET,)
    assert bank.group(waiting).state == "waiting"
    with pytest.raises(Conflict) as caught:
        take(bank, other, "pick", pick=[TARGET])
    assert caught.value.code == "proposal"
    done = take(bank, other, "pick", pick=[TARGET], saw=[theirs])
    assert bank.group(theirs).state == "superseded"
    assert bank.group(done.template.held[0].group).authors == ("anna", "ben")


def test_many_flows_are_upgraded_as_one_batch_that_is_decided_in_one_act(bank, shelf):
    flows = sorted(made(bank) for _ in range(3))
    assert {instances(bank)[id_].behind for id_ in flows} == {False}
    shelf(2, lambda content: content["outcomes"][0].update(target=FIVE))
    assert {instances(bank)[id_].behind for id_ in flows} == {True}
    with pytest.raises(NotFound):
        upgrades.apply_many(bank.ctx, bank.anna, NAME, only=["nowhere"], rationale="All.")
    done = upgrades.apply_many(bank.ctx, bank.anna, NAME, only=flows, rationale="All.")
    assert [one.id for one in done.submissions] == flows
    held = instances(bank)[flows[0]]
    assert (held.title, held.from_version, held.to_version, held.behind) == ("Ours", 2, 2, False)
    decided = batches.sign(bank.ctx, bank.ben, done.batch, decision="approve")
    assert {one.state for one in decided.groups} == {"live"}
    assert {outcome(bank, id_)["target"]["value"] for id_ in flows} == {0.05}
    with pytest.raises(Conflict) as caught:
        upgrades.apply_many(bank.ctx, bank.anna, NAME, only=flows, rationale="Again.")
    assert caught.value.code == "up-to-date"


def test_signals_that_are_needed_are_made_and_shared_ones_are_left_alone(bank, shelf):
    id_ = made(bank)
    new = {"id": bank.fresh("signal"), "title": "Retried", "type": "process", "binding": {"event": "RETRIED"}}
    other = {"id": "payment.posted", "title": "Posted by the blueprint", "type": "process"}

    def third(content):
        content["process_signals"].append({"id": "retried", "signal": new["id"], "step": "posted"})

    shelf(3, third, signals=[new, other])
    found = upgrades.preview(bank.ctx, bank.adam, id_)
    assert (found.needs, found.differs) == ((f"signal/{new['id']}",), ("signal/payment.posted",))
    done = take(bank, id_)
    assert [one.id for one in done.others] == [new["id"]]
    assert bank.live("payment.posted", "signal")["title"] == "payment.posted"
    assert bank.live(id_)["process_signals"][-1]["signal"] == new["id"]


def test_a_flow_that_names_no_blueprint_takes_one_by_name_and_all_that_differs_counts_as_changed_here(bank, shelf):
    id_ = bank.template()
    with pytest.raises(UsageError):
        upgrades.preview(bank.ctx, bank.adam, id_)
    shelf(2, second)
    found = upgrades.preview(bank.ctx, bank.adam, id_, blueprint=NAME)
    assert found.from_version is None
    assert all(one.changed_here for one in found.changes)
    assert "flow.edges[forward]" not in {one.change.path for one in found.changes}
    done = take(bank, id_, "pick", pick=[TITLE], blueprint=NAME)
    assert done.template.live
    assert bank.live(id_)["blueprint"]["name"] == NAME
    assert documents.history(bank.ctx, bank.adam, "template", id_).items[0].rationale == "The new standard."


def test_an_item_both_made_on_their_own_counts_as_changed_here(bank, shelf):
    id_ = made(bank)
    mine = {**NEW_KPI, "title": "Ours"}
    bank.submit(bank.anna, id_, Change(op="add", path="outcomes[received_count]", new=mine))
    shelf(2, second)
    found = look(bank, id_)
    assert found["outcomes[received_count].title"].changed_here
    take(bank, id_)
    assert outcome(bank, id_, "received_count")["title"] == "Ours"
