"""Signatures, refusals and withdrawals, and who is shown to be missing (rules 6 to 8, 14, 16)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bos.actions import changes, documents
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, UsageError
from bos.model.diff import Change
from bos.store.engine import transaction
from bos.store.locks import lock

TARGET = "outcomes[returns].target"
THRESHOLDS = "outcomes[returns].thresholds"
MEASURE = "outcomes[returns].measure"


def target(percent):
    return {"value": percent / 100, "direction": "at_most", "source": ""}


def measure(formula):
    return {"formula": formula, "unit": "ratio", "anchor": "event"}


def remove(path):
    return Change(op="remove", path=path)


# Rule 6: the last signature, and what no longer fits


def test_a_group_that_no_longer_fits_what_went_live_is_to_be_reworked_at_once_with_its_signatures_void(bank):
    outcomes = bank.content()["outcomes"]
    outcomes[1]["target"] = target(3)
    id_ = bank.template(outcomes=outcomes)
    use = {"id": "late", "signal": "payment.posted", "step": "posted"}
    done = bank.submit(
        bank.anna, id_, remove("outcomes[posted_count]"), Change(op="add", path="process_signals[late]", new=use)
    )
    removal = done.held[0].group
    bank.sign(removal, bank.dora)
    item = {"id": "half", "title": "Half", "measure": {**measure("derived(posted_count / 2)"), "unit": "payments"}}
    with pytest.raises(Invalid):
        bank.submit(bank.cara, id_, Change(op="add", path="outcomes[bad]", new={**item, "id": "bad", "measure": {}}))
    assert bank.submit(bank.cara, id_, Change(op="add", path="outcomes[half]", new=item)).version == 3
    group = bank.group(removal)
    assert (group.state, group.signatures) == ("rework", ())
    assert "posted_count" in group.reason
    with pytest.raises(Conflict) as caught:
        bank.sign(removal, bank.ben)
    assert (caught.value.code, caught.value.details) == ("decided", {"state": "rework"})
    bank.sound(id_)
    bank.submit(bank.cara, id_, remove("outcomes[half]"))
    again = bank.submit(bank.anna, id_, remove("outcomes[posted_count]"))
    assert bank.group(removal).state == "superseded"
    assert [mark.paths for mark in again.held] == [("outcomes[posted_count]",)]


def test_a_group_that_a_change_elsewhere_made_invalid_is_to_be_reworked_when_it_is_signed(bank):
    id_, signal = bank.template(), bank.fresh("s")
    bank.make("signal", {"id": signal, "title": "Lone", "type": "process"})
    group = bank.submit(bank.anna, id_, ("process_signals[posted].signal", signal)).held[0].group
    documents.delete(bank.ctx, bank.anna, "signal", signal, rationale="Unused.")
    done = bank.sign(group)
    assert (done.state, done.version) == ("rework", None)
    assert "no signal" in bank.group(group).reason
    assert bank.group(group).signatures == ()
    assert bank.live(id_)["process_signals"][1]["signal"] == "payment.posted"
    bank.sound(id_)


# Rules 7 and 8: decisions


@pytest.mark.parametrize(("decision", "state"), [("reject", "rejected"), ("rework", "rework")])
def test_a_refusal_needs_a_comment_and_ends_the_round(bank, flow, decision, state):
    group = bank.submit(bank.anna, flow, (TARGET, target(5))).held[0].group
    with pytest.raises(Invalid) as caught:
        bank.sign(group, bank.ben, decision, "  ")
    assert caught.value.problems[0].path == "comment"
    done = bank.sign(group, bank.ben, decision, "Too high.")
    assert (done.state, done.version) == (state, None)
    assert (bank.group(group).state, bank.group(group).reason) == (state, "Too high.")
    with pytest.raises(Conflict) as caught:
        bank.sign(group)
    assert caught.value.code == "decided"
    assert bank.show(flow).approvals[TARGET].state == "approved"
    bank.sound(flow)


def test_rejecting_a_provisional_value_leaves_it_live_with_the_comment_and_something_to_sign(bank, loose):
    group = bank.groups(loose)[TARGET].group
    assert bank.sign(group, bank.ben, "reject", "Why 3 %?").state == "rejected"
    again = bank.groups(loose)[TARGET]
    assert (again.state, again.reason, again.authors) == ("unsigned", "Why 3 %?", ("mary",))
    assert bank.versions(loose) == [1]
    bank.sound(loose)
    assert bank.sign(again.group, bank.ben).state == "live"


def test_only_an_author_withdraws_and_only_what_waits(bank, flow):
    group = bank.submit(bank.anna, flow, (TARGET, target(5))).held[0].group
    with pytest.raises(Forbidden) as caught:
        bank.withdraw(bank.ben, group)
    assert caught.value.code == "author"
    bank.withdraw(bank.anna, group)
    with pytest.raises(Conflict) as caught:
        bank.withdraw(bank.anna, group)
    assert caught.value.code == "decided"


def test_a_provisional_value_cannot_be_withdrawn(bank, loose):
    with pytest.raises(Conflict):
        bank.withdraw(bank.maker, bank.groups(loose)[TARGET].group)


def test_a_signature_names_all_paths_of_the_group_or_none(bank, flow):
    group = bank.submit(bank.anna, flow, (TARGET, None), (THRESHOLDS, [])).held[0].group
    with pytest.raises(UsageError):
        bank.sign(group, bank.ben, items=[TARGET])
    assert bank.sign(group, bank.ben, items=[THRESHOLDS, TARGET]).state == "live"


def test_an_auditor_reads_and_does_no_more(bank, flow):
    auditor = Actor("ida", roles=frozenset({"auditor"}))
    with pytest.raises(Forbidden):
        bank.submit(auditor, flow, ("title", "Mine"))
    assert documents.show(bank.ctx, auditor, "template", flow).version == 1


# Rules 14 and 16


def test_a_role_whose_every_holder_is_an_author_is_shown_as_attention(own_bank):
    own_bank.employ(own_bank.ben, own_bank.maker)
    id_ = own_bank.template(approved=False)
    for group in own_bank.show(id_).open_groups:
        if group.changes[0].path == TARGET:
            own_bank.sign(group.group, own_bank.ben)
    group = own_bank.submit(own_bank.ben, id_, (TARGET, target(5))).held[0].group
    told = {entry.path: entry.code for entry in own_bank.show(id_).attention}
    assert told[TARGET] == "role.authors"
    assert told[MEASURE] == "role.nobody"
    own_bank.employ(own_bank.cara)
    assert TARGET not in {entry.path for entry in own_bank.show(id_).attention}
    assert own_bank.group(group).state == "waiting"


def test_everything_is_journalled_with_one_entry_for_each_field(bank, flow):
    done = bank.submit(bank.anna, flow, (TARGET, target(5)), ("title", "New"), rationale="Because of audit.")
    bank.sign(done.held[0].group, bank.ben, comment="Fine.")
    rows = bank.rows(
        "SELECT tag, path, actor, rationale, before, after, request_id, origin FROM journal WHERE id = %s "
        "AND tag NOT IN ('document.created') ORDER BY seq DESC LIMIT 5",
        (flow,),
    )
    assert [(row[0], row[1], row[2]) for row in reversed(rows)] == [
        ("change.live", "title", "anna"),
        ("change.held", TARGET, "anna"),
        ("signature.approved", TARGET, "ben"),
        ("change.live", TARGET, "ben"),
        ("value.approved", TARGET, "ben"),
    ]
    held = rows[3]
    assert (held[3], held[4]["value"], held[5]["value"]["value"]) == ("Because of audit.", 0.03, 0.05)
    assert (held[6], held[7]) == ("r-1", "library")


def test_groups_are_listed_by_document_and_state_newest_first_and_by_page(bank, flow):
    for percent in (5, 6, 7):
        seen = [group.group for group in bank.show(flow).open_groups]
        bank.submit(bank.anna, flow, (TARGET, target(percent)), saw=seen)
    first = changes.groups(bank.ctx, bank.adam, kind="template", id=flow, limit=2)
    assert [group.changes[0].new["value"] for group in first.items] == [0.07, 0.06]
    second = changes.groups(bank.ctx, bank.adam, kind="template", id=flow, limit=2, cursor=first.next)
    assert second.items[0].changes[0].new["value"] == 0.05
    waiting = changes.groups(bank.ctx, bank.adam, kind="template", id=flow, state="waiting")
    assert [group.group for group in waiting.items] == [first.items[0].group]
    with pytest.raises(UsageError):
        changes.groups(bank.ctx, bank.adam, state="open")


def test_signing_waits_for_whoever_is_changing_a_document_the_group_would_refer_to(bank):
    id_, signal = bank.template(approved=["process_signals[posted].signal"]), bank.fresh("s")
    bank.make("signal", {"id": signal, "title": "Next", "type": "process"})
    group = bank.submit(bank.anna, id_, ("process_signals[posted].signal", signal)).held[0].group
    with ThreadPoolExecutor(1) as pool:
        with transaction(bank.ctx.engine) as connection:
            lock(connection, ("document", "signal", signal))
            job = pool.submit(bank.sign, group)
            with pytest.raises(TimeoutError):
                job.result(0.3)
        assert job.result(10).state == "live"
