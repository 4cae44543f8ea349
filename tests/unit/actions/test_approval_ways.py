"""The ways of a flow: one value, signed where a KPI counts the cases that leave them."""

from __future__ import annotations

import pytest

from bos.errors import Conflict, Forbidden
from bos.model.answers.changes import Waiting
from bos.model.diff import Change
from bos.store.approval.critical import critical_values
from bos.store.approval.need import Approvers

WAYS = "flow.edges"
STEWARD = (Waiting(role="data_steward"),)


def astray(*read, name="astray"):
    measure = {"formula": f"conformance(along_flow({', '.join(read)}))", "unit": "count"}
    return {"id": name, "title": name.title(), "measure": measure}


def add(name, source, target, **more):
    return Change(op="add", path=f"{WAYS}[{name}]", new={"id": name, "source": source, "target": target, **more})


def remove(name):
    return Change(op="remove", path=f"{WAYS}[{name}]")


def drawn(bank, id_):
    return [(edge["source"], edge["target"]) for edge in bank.live(id_)["flow"]["edges"]]


@pytest.fixture
def kept(bank):
    """Return the id of a template, all of it approved, with a KPI of the cases that leave its ways."""
    return bank.template(outcomes=[astray("received", "posted")])


def test_the_ways_are_critical_only_where_a_kpi_counts_by_them(bank, flow):
    plain, content = bank.content(), bank.content(outcomes=[astray("received", "posted")])
    assert not {WAYS, "process_signals[posted].step"} & set(critical_values(Approvers("template"), plain))
    found = critical_values(Approvers("template"), content)
    assert found[WAYS] == ["received → posted"]
    assert {path for path in found if path.endswith(".step")} == {
        "process_signals[received].step",
        "process_signals[posted].step",
    }
    done = bank.submit(bank.anna, flow, add("back", "posted", "received"), ("process_signals[posted].step", "received"))
    assert (done.held, done.provisional) == ((), ())
    assert drawn(bank, flow) == [("received", "posted"), ("posted", "received")]
    bank.sound(flow)


def test_ways_that_are_drawn_taken_out_and_redirected_wait_as_one_value_for_one_signature(bank, kept):
    steps = [
        Change(op="add", path=f"flow.steps[{name}]", new={"id": name, "title": name.title()})
        for name in ("matched", "late")
    ]
    bank.submit(bank.anna, kept, *steps)
    first = bank.submit(bank.anna, kept, add("a", "received", "matched"), add("b", "matched", "late")).held[0].group
    before = bank.approvals(kept, WAYS)
    assert (bank.sign(first, bank.dora).state, bank.approvals(kept, WAYS)) == ("live", before)

    made = (add("back", "posted", "received"), remove("b"), (f"{WAYS}[a].target", "posted"))
    done = bank.submit(bank.anna, kept, *made)
    assert done.live == ()
    assert [mark.waiting_for for mark in done.held] == [STEWARD]
    assert {edge["id"] for edge in bank.live(kept)["flow"]["edges"]} == {"forward", "a", "b"}
    shown = bank.show(kept).approvals[WAYS]
    assert (shown.state, shown.waiting_for, shown.group) == ("held", ("data_steward",), done.held[0].group)
    (told,) = bank.group(done.held[0].group).text
    assert told == (
        "Ways between steps: new: Posted → Received; gone: Matched → Late, Received → Matched; "
        "staying (1): Received → Posted"
    )
    bank.sound(kept)
    assert bank.sign(done.held[0].group, bank.dora).state == "live"
    assert drawn(bank, kept) == [("received", "posted"), ("received", "posted"), ("posted", "received")]
    approval = bank.show(kept).approvals[WAYS]
    assert (approval.state, approval.signed_by) == ("approved", ("dora",))
    assert bank.approvals(kept, WAYS) == before
    bank.sound(kept)


def test_taking_out_the_only_way_back_is_held_and_a_refusal_leaves_it(bank, kept):
    group = bank.submit(bank.anna, kept, add("back", "posted", "received")).held[0].group
    assert bank.sign(group, bank.dora, decision="reject", comment="No loop here.").state == "rejected"
    assert drawn(bank, kept) == [("received", "posted")]
    assert bank.show(kept).approvals[WAYS].state == "approved"
    bank.sound(kept)


def test_no_author_of_the_ways_signs_them(bank, kept):
    group = bank.submit(bank.dora, kept, add("back", "posted", "received")).held[0].group
    with pytest.raises(Forbidden) as caught:
        bank.sign(group, bank.dora)
    assert caught.value.code == "four-eyes"
    with pytest.raises(Forbidden) as caught:
        bank.sign(group, bank.ben)
    assert caught.value.code == "role"


def test_what_a_way_is_called_and_the_order_of_ways_ask_nobody(bank, kept):
    bank.sign(bank.submit(bank.anna, kept, add("back", "posted", "received")).held[0].group)
    done = bank.submit(bank.anna, kept, (f"{WAYS}[forward].label", "always"), (f"{WAYS}[]", ["back", "forward"]))
    assert (set(done.live), done.held, done.provisional) == ({f"{WAYS}[forward].label", f"{WAYS}[]"}, (), ())
    assert bank.show(kept).approvals[WAYS].state == "approved"


def test_another_drawing_takes_the_place_of_the_one_that_waits_as_a_whole_once_it_was_seen(bank, kept):
    old = bank.submit(bank.anna, kept, add("back", "posted", "received")).held[0].group
    again = (add("back", "posted", "received"), add("round", "posted", "posted"))
    with pytest.raises(Conflict) as caught:
        bank.submit(bank.cara, kept, *again)
    assert caught.value.code == "proposal"
    same = bank.submit(bank.cara, kept, again[0])
    assert (same.version, same.live, same.held) == (1, (), ())
    new = bank.submit(bank.cara, kept, *again, saw=[old]).held[0].group
    assert bank.group(old).state == "superseded"
    assert {change.path for change in bank.group(new).changes} == {f"{WAYS}[back]", f"{WAYS}[round]"}
    assert bank.group(new).authors == ("anna", "cara")
    less = bank.submit(bank.anna, kept, add("round", "posted", "posted"), saw=[new]).held[0].group
    assert [change.path for change in bank.group(less).changes] == [f"{WAYS}[round]"]
    bank.sound(kept)
    bank.sign(less, bank.dora)
    assert drawn(bank, kept) == [("received", "posted"), ("posted", "posted")]


def test_ways_that_were_free_are_to_be_signed_once_a_kpi_counts_by_them_and_not_by_who_drew_them(bank, flow):
    bank.submit(bank.dora, flow, add("back", "posted", "received"))
    done = bank.submit(bank.anna, flow, Change(op="add", path="outcomes[astray]", new=astray("received", "posted")))
    marks = {mark.paths[0]: mark for mark in done.provisional}
    assert marks[WAYS].waiting_for == STEWARD
    assert bank.group(marks[WAYS].group).text == ("Ways between steps: Posted → Received, Received → Posted",)
    with pytest.raises(Forbidden) as caught:
        bank.sign(marks[WAYS].group, bank.dora)
    assert caught.value.code == "four-eyes"
    bank.submit(bank.anna, flow, add("round", "posted", "posted"))
    group = bank.groups(flow)[WAYS]
    assert (group.state, set(group.authors)) == ("unsigned", {"anna", "dora"})
    assert bank.sign(group.group).state == "live"
    assert bank.submit(bank.anna, flow, remove("round")).live == ()
    bank.sound(flow)


def test_a_kpi_that_goes_takes_the_signature_of_the_ways_with_it(bank):
    id_ = bank.template(
        outcomes=[astray("received", "posted"), astray("received", "returned", name="second")], approved=[WAYS]
    )
    assert bank.submit(bank.anna, id_, Change(op="remove", path="outcomes[second]")).held == ()
    assert bank.show(id_).approvals[WAYS].state == "approved"
    bank.submit(bank.anna, id_, Change(op="remove", path="outcomes[astray]"))
    assert (WAYS in bank.show(id_).approvals, bank.approvals(id_)) == (False, {})
    assert bank.submit(bank.anna, id_, add("back", "posted", "received")).held == ()
    bank.sound(id_)


def test_another_kpi_that_reads_one_more_signal_leaves_the_ways_signed(bank, kept):
    done = bank.submit(
        bank.anna, kept, Change(op="add", path="outcomes[more]", new=astray("received", "returned", name="more"))
    )
    paths = {mark.paths[0] for mark in done.provisional}
    assert "process_signals[returned].step" in paths
    assert WAYS not in paths
    assert bank.show(kept).approvals[WAYS].state == "approved"


def test_a_signal_that_a_kpi_holds_against_the_ways_moves_to_another_step_only_when_signed(bank, kept):
    moved = [(f"process_signals[{name}].step", "received") for name in ("posted", "returned")]
    done = bank.submit(bank.anna, kept, *moved)
    assert done.live == ("process_signals[returned].step",)
    assert [(mark.paths, mark.waiting_for) for mark in done.held] == [(("process_signals[posted].step",), STEWARD)]
    bank.sound(kept)


def test_a_step_that_goes_with_its_way_waits_with_the_way(bank, kept):
    step = Change(op="add", path="flow.steps[late]", new={"id": "late", "title": "Late"})
    done = bank.submit(bank.anna, kept, step, add("later", "posted", "late"))
    assert done.live == ("flow.steps[late]",)
    bank.sign(done.held[0].group)
    bank.approve(bank.submit(bank.anna, kept, ("flow.steps[late].title", "Later")))
    gone = bank.submit(bank.anna, kept, Change(op="remove", path="flow.steps[late]"), remove("later"))
    assert [set(mark.paths) for mark in gone.held] == [{"flow.steps[late]", f"{WAYS}[later]"}]
    bank.sign(gone.held[0].group)
    assert drawn(bank, kept) == [("received", "posted")]
    bank.sound(kept)
