"""Merging, retiring, restoring and shared signals (rules 9 to 11)."""

from __future__ import annotations

import pytest

from bos.actions import documents
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, Stale
from bos.model.diff import Change

TARGET = "outcomes[returns].target"
MEASURE = "outcomes[returns].measure"


def target(percent):
    return {"value": percent / 100, "direction": "at_most", "source": ""}


def measure(formula):
    return {"formula": formula, "unit": "ratio" if formula.startswith("ratio") else "cases", "anchor": "event"}


def remove(path):
    return Change(op="remove", path=path)


# Rule 9: merging


def test_an_item_removed_since_conflicts_with_a_change_of_any_of_its_fields(bank, loose):
    bank.submit(bank.anna, loose, remove("outcomes[posted_count]"))
    with pytest.raises(Stale) as caught:
        bank.submit(bank.cara, loose, ("outcomes[posted_count].title", "Mine"), base=1)
    assert caught.value.details["conflicts"] == [
        {"path": "outcomes[posted_count].title", "base": "Posted", "yours": "Mine", "live": None}
    ]
    bank.submit(bank.anna, loose, ("outcomes[returns].title", "Since"))
    with pytest.raises(Stale) as caught:
        bank.submit(bank.cara, loose, remove("outcomes[returns]"), base=1)
    assert caught.value.details["conflicts"][0]["live"] == "Since"


def test_two_people_who_add_different_items_on_one_version_get_both(bank, loose):
    notes = [Change(op="add", path=f"notes[{name}]", new={"id": name, "text": name}) for name in ("a", "b")]
    bank.submit(bank.anna, loose, notes[0], base=1)
    assert bank.submit(bank.cara, loose, notes[1], base=1).version == 3
    assert [note["id"] for note in bank.live(loose)["notes"]] == ["a", "b"]


def test_the_same_change_made_by_somebody_else_since_is_no_conflict(bank, loose):
    bank.submit(bank.anna, loose, ("title", "Same"))
    done = bank.submit(bank.cara, loose, ("title", "Same"), base=1)
    assert (done.version, done.live) == (2, ())


def test_a_base_that_does_not_exist_yet_is_stale(bank, loose):
    with pytest.raises(Stale):
        bank.submit(bank.anna, loose, ("title", "Mine"), base=9)


# Rule 10: retiring and restoring


def test_retiring_a_document_with_an_approved_value_is_held_for_its_owner_and_every_approver(bank):
    id_ = bank.template(approved=[TARGET, MEASURE])
    done = documents.delete(bank.ctx, bank.anna, "template", id_, rationale="Over.")
    assert (done.version, done.live) == (1, ())
    assert [one.role for one in done.held[0].waiting_for] == ["data_steward", "finance_control", "process_owner"]
    waiting = bank.submit(bank.anna, id_, (TARGET, target(5))).held[0].group
    group = done.held[0].group
    assert bank.group(group).text == ("Retire the document",)
    bank.sign(group, bank.ben)
    signed = bank.sign(group)
    assert (signed.state, signed.version) == ("live", 2)
    assert bank.group(waiting).state == "withdrawn"
    shown = bank.show(id_)
    assert (shown.state, shown.open_groups) == ("retired", ())
    assert bank.show(id_).document == bank.show(id_, version=1).document
    for act in (
        lambda: bank.submit(bank.anna, id_, ("title", "Mine")),
        lambda: documents.delete(bank.ctx, bank.anna, "template", id_, rationale="Again."),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "retired"


def test_asking_twice_to_retire_is_asking_once_and_washes_no_author(bank):
    id_ = bank.template(approved=[TARGET])
    both = Actor("olga", roles=frozenset({"finance_control", "process_owner"}))
    first = documents.delete(bank.ctx, both, "template", id_, rationale="Over.").held[0].group
    assert documents.delete(bank.ctx, bank.anna, "template", id_, rationale="Over.").held == ()
    bank.withdraw(both, first)
    again = documents.delete(bank.ctx, bank.anna, "template", id_, rationale="Over.").held[0].group
    assert bank.group(again).authors == ("anna", "olga")
    with pytest.raises(Forbidden) as caught:
        bank.sign(again, both)
    assert caught.value.code == "four-eyes"
    assert "proposed to retire it" in caught.value.message
    assert bank.sign(again).version == 2
    documents.restore(bank.ctx, bank.anna, "template", id_, rationale="Back.")
    third = documents.delete(bank.ctx, bank.ben, "template", id_, rationale="Over.").held[0].group
    assert bank.group(third).authors == ("ben",)


def test_restoring_brings_content_and_approvals_back_but_not_the_groups(bank):
    id_ = bank.template(approved=[TARGET])
    before = bank.approvals(id_)
    bank.submit(bank.anna, id_, (TARGET, target(5)))
    bank.sign(documents.delete(bank.ctx, bank.anna, "template", id_, rationale="Over.").held[0].group)
    done = documents.restore(bank.ctx, bank.cara, "template", id_, rationale="Needed.")
    assert (done.version, done.held) == (3, ())
    assert bank.approvals(id_) == before
    assert bank.show(id_).approvals[TARGET].state == "approved"
    assert bank.live(id_) == bank.show(id_, version=1).document
    assert bank.groups(id_, "waiting") == {}
    assert set(bank.groups(id_)) == {mark.paths[0] for mark in done.provisional}
    assert [row.cause for row in documents.history(bank.ctx, bank.adam, "template", id_).items] == [
        "restore", "retire", "submission",
    ]  # fmt: skip
    bank.sound(id_)
    with pytest.raises(Conflict) as caught:
        documents.restore(bank.ctx, bank.cara, "template", id_, rationale="Again.")
    assert caught.value.code == "not-retired"


def test_a_document_without_an_approved_value_retires_at_once_and_its_groups_end(bank, loose):
    group = bank.groups(loose)[TARGET].group
    done = documents.delete(bank.ctx, bank.anna, "template", loose, rationale="Over.")
    assert (done.version, done.held) == (2, ())
    assert bank.group(group).state == "withdrawn"


# Rule 11: shared signals


def shared(bank, **over):
    """Return a signal of its own with two templates that use it."""
    signal = bank.fresh("s")
    bank.make("signal", {"id": signal, "title": "Shared", "type": "process", **over})
    users = [bank.template(approved=False) for _ in range(2)]
    for user in users:
        bank.submit(bank.anna, user, ("process_signals[posted].signal", signal))
    return signal, users


def test_a_shared_signal_is_validated_against_every_live_document_that_uses_it(bank):
    signal, users = shared(bank, binding={"fields": [{"id": "code", "native": "code"}]})
    formula = "ratio(count(posted where code = 'R01'), count(received))"
    for user in users:
        bank.submit(bank.anna, user, ("outcomes[posted_count].measure", measure(formula)))
    with pytest.raises(Invalid) as caught:
        bank.submit(bank.anna, signal, ("binding", {"event": "POSTED"}), kind="signal")
    assert {one.code for one in caught.value.problems} == {"used"}
    assert all(any(user in one.message for one in caught.value.problems) for user in users)
    assert bank.submit(bank.anna, signal, ("description", "Free."), kind="signal").version == 2


def test_a_held_change_of_a_shared_signal_is_validated_against_its_users_too(bank):
    signal, users = shared(bank, binding={"fields": [{"id": "code", "native": "code"}]})
    for group in bank.show(signal, "signal").open_groups:
        bank.sign(group.group)
    bank.submit(bank.anna, users[0], ("outcomes[posted_count].measure", measure("count(posted where code = 'R01')")))
    with pytest.raises(Invalid) as caught:
        bank.submit(bank.anna, signal, ("binding", {"event": "POSTED"}), kind="signal")
    assert users[0] in caught.value.problems[0].message


def test_a_held_change_of_a_shared_signal_waits_for_the_approvers_of_the_approved_kpis_that_use_it(bank):
    signal, (user, _) = shared(bank)
    for group in bank.show(signal, "signal").open_groups:
        bank.sign(group.group)
    own = bank.submit(bank.anna, signal, ("retention_days", 100), kind="signal")
    assert [one.role for one in own.held[0].waiting_for] == ["compliance"]
    bank.withdraw(bank.anna, own.held[0].group)
    net = {"id": "net", "title": "Net", "measure": measure("derived(2 * posted_count)"), "regulation": "Rule 1"}
    net["target"] = target(3)
    made = bank.submit(bank.anna, user, Change(op="add", path="outcomes[net]", new=net))
    bank.approve(made, ["outcomes[net].regulation", "outcomes[net].target"])
    done = bank.submit(bank.anna, signal, ("pii", "direct"), kind="signal")
    assert [one.role for one in done.held[0].waiting_for] == ["compliance", "finance_control"]
    assert bank.sign(done.held[0].group, bank.ben).state == "waiting"
    assert bank.sign(done.held[0].group).version == 2
    assert bank.live(signal, "signal")["pii"] == "direct"


def test_a_signal_that_is_used_cannot_be_retired_and_every_user_is_named(bank):
    signal, users = shared(bank)
    with pytest.raises(Invalid) as caught:
        documents.delete(bank.ctx, bank.anna, "signal", signal, rationale="Over.")
    assert caught.value.code == "used"
    assert len(caught.value.problems) == 2
    assert all(user in caught.value.message for user in users)
    for user in users:
        documents.delete(bank.ctx, bank.anna, "template", user, rationale="Over.")
    assert documents.delete(bank.ctx, bank.anna, "signal", signal, rationale="Over.").version == 2
    with pytest.raises(Invalid) as caught:
        documents.restore(bank.ctx, bank.anna, "template", users[0], rationale="Back.")
    assert "no signal" in caught.value.problems[0].message
