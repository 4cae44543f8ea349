"""What is free, what is held, what belongs together, and who proposes next (rules 1, 3 and 5)."""

from __future__ import annotations

import pytest

from bos.errors import Conflict, Forbidden, Invalid
from bos.model.answers.changes import Waiting
from bos.model.diff import Change

TARGET = "outcomes[returns].target"
THRESHOLDS = "outcomes[returns].thresholds"
MEASURE = "outcomes[returns].measure"
KEY = "flow.correlation_key"


def target(percent):
    return {"value": percent / 100, "direction": "at_most", "source": ""}


def measure(formula):
    return {"formula": formula, "unit": "ratio" if formula.startswith("ratio") else "cases", "anchor": "event"}


def remove(path):
    return Change(op="remove", path=path)


def coded():
    """Return a KPI whose values three roles sign."""
    formula = measure("count(posted where code = 'R01')")
    return {"id": "coded", "title": "Coded", "measure": formula, "target": target(3), "regulation": "Rule 1"}


# Rule 1: what is free and what is held


def test_a_provisional_value_changes_freely_and_gets_a_new_group(bank, loose):
    before = bank.groups(loose)[TARGET]
    done = bank.submit(bank.anna, loose, (TARGET, target(5)))
    assert (done.version, done.live, done.held) == (2, (TARGET,), ())
    assert [mark.paths for mark in done.provisional] == [(TARGET,)]
    assert done.provisional[0].group != before.group
    assert bank.group(before.group).state == "superseded"
    assert bank.group(done.provisional[0].group).authors == ("anna", "mary")
    bank.sound(loose)


def test_adding_to_a_list_inside_a_critical_field_is_changing_that_field(bank, flow):
    values = [{"id": "near", "level": "warning", "value": 0.01}, {"id": "far", "level": "breach", "value": 0.03}]
    done = bank.submit(bank.anna, flow, (THRESHOLDS, values))
    assert (done.live, [mark.paths for mark in done.held]) == ((), [(THRESHOLDS,)])


def test_removing_an_item_with_one_approved_value_is_held_for_the_role_of_that_value(bank):
    id_ = bank.template(approved=[TARGET])
    done = bank.submit(bank.anna, id_, remove("outcomes[returns]"))
    assert done.live == ()
    assert done.held[0].waiting_for == (Waiting(role="finance_control"),)
    assert bank.sign(done.held[0].group, bank.ben).version == 2
    assert [one["id"] for one in bank.live(id_)["outcomes"]] == ["posted_count"]
    assert bank.approvals(id_) == {}
    bank.sound(id_)


def test_removing_an_item_without_an_approved_value_is_free_and_its_groups_end(bank, loose):
    gone = bank.groups(loose)["outcomes[posted_count].measure"].group
    done = bank.submit(bank.anna, loose, remove("outcomes[posted_count]"))
    assert (done.version, done.live, done.held) == (2, ("outcomes[posted_count]",), ())
    assert bank.group(gone).state == "superseded"
    bank.sound(loose)


def test_an_item_that_was_taken_out_and_comes_back_is_provisional_though_its_value_was_signed(bank, flow):
    item = next(one for one in bank.live(flow)["outcomes"] if one["id"] == "returns")
    bank.sign(bank.submit(bank.anna, flow, remove("outcomes[returns]")).held[0].group)
    done = bank.submit(bank.anna, flow, Change(op="add", path="outcomes[returns]", new=item))
    assert {mark.paths[0] for mark in done.provisional} == {MEASURE, TARGET, THRESHOLDS}
    bank.sound(flow)


def test_a_change_of_order_is_free(bank, flow):
    before = bank.approvals(flow)
    done = bank.submit(bank.anna, flow, ("outcomes[]", ["posted_count", "returns"]))
    assert (done.version, done.live, done.held) == (2, ("outcomes[]",), ())
    assert [one["id"] for one in bank.live(flow)["outcomes"]] == ["posted_count", "returns"]
    assert bank.approvals(flow) == before


def test_taking_an_unused_reference_out_is_free_though_it_is_approved(bank, flow):
    done = bank.submit(bank.anna, flow, remove("process_signals[reversed]"))
    assert (done.version, done.live, done.held) == (2, ("process_signals[reversed]",), ())
    bank.sound(flow)


# Rule 3: what belongs together


def test_two_held_changes_that_one_problem_names_are_one_group(bank, flow):
    done = bank.submit(bank.anna, flow, (TARGET, None), (THRESHOLDS, []))
    assert [set(mark.paths) for mark in done.held] == [{TARGET, THRESHOLDS}]
    assert bank.sign(done.held[0].group, bank.ben).version == 2
    assert bank.live(flow)["outcomes"][0]["target"] is None
    bank.sound(flow)


def test_held_changes_that_fit_alone_stay_groups_of_their_own(bank, flow):
    done = bank.submit(bank.anna, flow, (TARGET, target(5)), (KEY, ["payment_id"]), ("title", "New"))
    assert sorted(mark.paths for mark in done.held) == [(KEY,), (TARGET,)]
    assert done.live == ("title",)


def test_additions_that_fit_what_is_live_go_live_though_held_changes_stand_beside_them(bank, flow):
    item = {"id": "net", "title": "Net", "measure": measure("derived(1 - returns)")}
    ratio = {"id": "share", "title": "Share", "measure": measure("ratio(count(other), count(received))")}
    use = Change(
        op="add", path="process_signals[other]", new={"id": "other", "signal": "payment.posted", "step": "posted"}
    )
    out = remove("process_signals[returned]")
    done = bank.submit(
        bank.anna, flow, use, out, (MEASURE, measure("ratio(count(other), count(received))")),
        Change(op="add", path="outcomes[net]", new=item), Change(op="add", path="outcomes[share]", new=ratio),
    )  # fmt: skip
    assert set(done.live) == {"process_signals[other]", "outcomes[net]", "outcomes[share]"}
    assert [set(mark.paths) for mark in done.held] == [{"process_signals[returned]", MEASURE}]
    bank.sound(flow)


def test_a_new_kpi_that_only_fits_with_a_held_change_waits_with_it_and_is_approved_with_it(bank, flow):
    signal, path = bank.fresh("s"), "outcomes[coded]"
    fields = [{"id": "code", "native": "code"}]
    bank.make("signal", {"id": signal, "title": "Coded", "type": "process", "binding": {"fields": fields}})
    item = coded()
    use = ("process_signals[posted].signal", signal)
    done = bank.submit(bank.anna, flow, Change(op="add", path=path, new=item), use)
    assert (done.version, done.live, done.provisional) == (1, (), ())
    assert [set(mark.paths) for mark in done.held] == [{path, use[0]}]
    group = done.held[0].group
    assert [one.role for one in done.held[0].waiting_for] == ["compliance", "data_steward", "finance_control"]
    assert bank.sign(group, bank.dora).state == "waiting"
    assert bank.sign(group, bank.ben).state == "waiting"
    assert bank.sign(group).version == 2
    marks = bank.show(flow).approvals
    assert marks[f"{path}.measure"].state == marks[use[0]].state == "approved"
    assert marks[f"{path}.measure"].signed_by == ("dora", "ben", "sam")
    bank.sound(flow)


def test_a_signature_is_void_once_another_proposal_takes_a_member_s_place(bank, flow):
    signals = [bank.fresh("s") for _ in range(2)]
    for signal in signals:
        fields = [{"id": "code", "native": "code"}]
        bank.make("signal", {"id": signal, "title": "Coded", "type": "process", "binding": {"fields": fields}})
    path, use = "outcomes[coded]", "process_signals[posted].signal"
    item = coded()
    done = bank.submit(bank.anna, flow, Change(op="add", path=path, new=item), (use, signals[0]))
    old = done.held[0].group
    assert bank.sign(old, bank.dora).state == "waiting"
    done = bank.submit(bank.cara, flow, (use, signals[1]), saw=[old])
    new = bank.group(done.held[0].group)
    assert ({change.path for change in new.changes}, new.signatures) == ({path, use}, ())
    assert {waits.role for waits in new.waiting_for} == {"compliance", "data_steward", "finance_control"}
    bank.sound(flow)


def test_a_joined_group_needs_the_signature_of_every_role_concerned(bank):
    flow = bank.content()["flow"]
    flow["steps"][1] |= {"calendar": "bank", "correlation_key": ["trace_no"]}
    id_ = bank.template(flow=flow)
    out = remove("flow.steps[posted]")
    moved = [(f"process_signals[{name}].step", "received") for name in ("posted", "returned", "reversed")]
    with pytest.raises(Invalid) as caught:
        bank.submit(bank.anna, id_, out)
    assert {one.code for one in caught.value.problems} == {"flow.step"}
    done = bank.submit(
        bank.anna, id_, out, *moved, ("system_signals[latency].affects", ["received"]), remove("flow.edges[forward]")
    )
    assert "flow.steps[posted]" in {path for mark in done.held for path in mark.paths}
    assert {one.role for mark in done.held for one in mark.waiting_for} == {"data_steward", "compliance"}
    group = done.held[0].group
    first = bank.sign(group, bank.dora)
    assert (first.state, first.version, first.waiting_for) == ("waiting", None, (Waiting(role="compliance"),))
    with pytest.raises(Conflict) as caught:
        bank.sign(group, bank.dora)
    assert caught.value.code == "decided"
    assert bank.group(group).signatures[0].person == "dora"
    assert bank.sign(group).state == "live"
    assert [step["id"] for step in bank.live(id_)["flow"]["steps"]] == ["received"]
    bank.sound(id_)


def test_one_problem_without_a_held_change_refuses_the_whole_submission_with_all_problems(bank, flow):
    with pytest.raises(Invalid) as caught:
        bank.submit(
            bank.anna, flow, (TARGET, target(5)), ("description", "Fine."),
            ("process_signals[posted].step", "nowhere"), ("flow.edges[forward].target", "nowhere"),
        )  # fmt: skip
    assert {one.path for one in caught.value.problems} == {"process_signals[posted].step", "flow.edges[forward].target"}
    assert bank.versions(flow) == [1]
    assert bank.groups(flow, "waiting") == {}


# Rule 5: who proposes next


def test_proposing_the_waiting_value_again_or_the_live_one_changes_nothing(bank, flow):
    group = bank.submit(bank.anna, flow, (TARGET, target(5))).held[0].group
    entries = bank.rows("SELECT count(*) FROM journal")
    for made in ((TARGET, target(5)), (TARGET, target(3)), ("title", "Payments")):
        done = bank.submit(bank.cara, flow, made)
        assert (done.version, done.live, done.provisional, done.held) == (1, (), (), ())
    assert bank.group(group).authors == ("anna",)
    assert bank.rows("SELECT count(*) FROM journal") == entries


def test_a_new_proposal_takes_the_place_of_one_member_and_the_others_stay(bank, flow):
    id_ = flow
    extra = Change(op="add", path="flow.steps[late]", new={"id": "late", "title": "Late"})
    made = bank.submit(bank.anna, id_, (TARGET, None), (THRESHOLDS, []), extra)
    old = made.held[0].group
    done = bank.submit(bank.cara, id_, (TARGET, target(9)), saw=[old])
    assert [set(mark.paths) for mark in done.held] == [{TARGET, THRESHOLDS}]
    new = bank.group(done.held[0].group)
    assert {change.path: change.new for change in new.changes} == {TARGET: target(9), THRESHOLDS: []}
    assert (new.authors, new.signatures) == (("anna", "cara"), ())
    assert bank.group(old).state == "superseded"
    bank.sound(id_)


def test_withdrawing_and_letting_a_friend_propose_again_washes_nothing(bank, flow):
    group = bank.submit(bank.cara, flow, (TARGET, target(5))).held[0].group
    assert bank.withdraw(bank.cara, group).state == "withdrawn"
    assert bank.show(flow).approvals[TARGET].state == "approved"
    again = bank.submit(bank.anna, flow, (TARGET, target(5))).held[0].group
    assert bank.group(again).authors == ("anna", "cara")
    with pytest.raises(Forbidden) as caught:
        bank.sign(again, bank.cara)
    assert caught.value.code == "four-eyes"
    bank.sign(again, bank.ben)
    third = bank.submit(bank.ben, flow, (TARGET, target(6))).held[0].group
    assert bank.group(third).authors == ("ben",)
    assert bank.sign(third, bank.cara).state == "live"


def test_removing_the_item_of_a_waiting_proposal_must_name_it(bank, flow):
    group = bank.submit(bank.anna, flow, ("outcomes[posted_count].target", target(5))).held[0].group
    with pytest.raises(Conflict) as caught:
        bank.submit(bank.cara, flow, remove("outcomes[posted_count]"))
    assert caught.value.code == "proposal"
    done = bank.submit(bank.cara, flow, remove("outcomes[posted_count]"), saw=[group])
    assert [mark.paths for mark in done.held] == [("outcomes[posted_count]",)]
    assert bank.group(done.held[0].group).authors == ("anna", "cara")
    bank.sound(flow)
