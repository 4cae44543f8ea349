"""Batches: several documents changed in one act, decided together by each role."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bos.actions import batches
from bos.actions.batches import Part
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, NotFound, UsageError
from bos.model.answers.changes import Waiting
from bos.model.diff import Change

TARGET, MEASURE = "outcomes[returns].target", "outcomes[returns].measure"
THRESHOLDS = "outcomes[returns].thresholds"
FIVE = {"value": 0.05, "direction": "at_most", "source": ""}
REVERSED = {"formula": "ratio(count(reversed), count(received))", "unit": "ratio", "anchor": "event"}


def part(id_, *made, base=1, **more):
    asked = [one if isinstance(one, Change) else Change(op="set", path=one[0], new=one[1]) for one in made]
    return Part(kind="template", id=id_, base_version=base, changes=asked, **more)


def submit(bank, *parts, by=None):
    return batches.submit_many(bank.ctx, by or bank.anna, parts, rationale="New limits.")


def sign(bank, batch, by, decision="approve", **more):
    return batches.sign(bank.ctx, by, batch, decision=decision, **more)


def entries(bank, tag, ids):
    return bank.rows("SELECT id, path, rationale FROM journal WHERE tag = %s AND id = ANY(%s)", (tag, ids))


@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.full)])
def test_14_one_threshold_in_many_templates_is_one_batch_one_decision_and_an_entry_each(bank, count):
    flows = [bank.template(approved=[THRESHOLDS]) for _ in range(count)]
    levels = [{"id": "near", "level": "warning", "value": 0.025}]
    done = submit(bank, *(part(flow, (THRESHOLDS, levels)) for flow in flows))
    assert [one.id for one in done.submissions] == flows
    assert {len(one.held) for one in done.submissions} == {1}
    held = entries(bank, "change.held", flows)
    assert sorted(held) == sorted((flow, THRESHOLDS, "New limits.") for flow in flows)
    shown = batches.show(bank.ctx, bank.adam, done.batch)
    assert (shown.author, len(shown.groups)) == ("anna", count)
    assert {one.waiting_for for one in shown.groups} == {(Waiting(role="finance_control"),)}

    decided = sign(bank, done.batch, bank.ben, comment="Agreed.")
    assert {(one.state, one.version) for one in decided.groups} == {("live", 2)}
    signed = entries(bank, "signature.approved", flows)
    assert sorted(one for one in signed if one[1] == THRESHOLDS and one[2] == "Agreed.") == sorted(
        (flow, THRESHOLDS, "Agreed.") for flow in flows
    )
    live = bank.rows(
        "SELECT DISTINCT v.n, v.doc->'outcomes'->0->'thresholds' FROM document d "
        "JOIN version v ON v.kind = d.kind AND v.id = d.id AND v.n = d.head WHERE d.id = ANY(%s)",
        (flows,),
    )
    assert live == [(2, levels)]


def test_a_batch_tells_everyone_once_of_all_that_waits_for_them(own_bank):
    own_bank.employ(own_bank.ben)
    flows = [own_bank.template() for _ in range(3)]
    submit(own_bank, *(part(flow, (TARGET, FIVE)) for flow in flows))
    ((people, waits),) = own_bank.rows(
        "SELECT payload->'people', payload->'waits' FROM outbox WHERE topic = 'signature.waits' "
        "AND payload->>'by' = 'anna'"
    )
    assert (people, [wait["id"] for wait in waits]) == (["ben"], flows)


def test_what_is_held_of_a_document_is_one_group_and_each_role_decides_its_part_of_the_batch(bank):
    one, other = bank.template(), bank.template()
    done = submit(bank, part(one, (TARGET, FIVE), (MEASURE, REVERSED)), part(other, (TARGET, FIVE)))
    first, second = (mark for each in done.submissions for mark in each.held)
    assert set(first.paths) == {TARGET, MEASURE}
    assert {waits.role for waits in first.waiting_for} == {"data_steward", "finance_control"}
    decided = {each.group: each.state for each in sign(bank, done.batch, bank.ben).groups}
    assert decided == {first.group: "waiting", second.group: "live"}
    decided = sign(bank, done.batch, bank.dora)
    assert [(each.group, each.state) for each in decided.groups] == [(first.group, "live")]
    with pytest.raises(Conflict) as caught:
        sign(bank, done.batch, bank.dora)
    assert caught.value.code == "decided"


def test_a_batch_of_which_one_document_is_refused_changes_none_and_says_all_that_is_wrong(bank):
    one, other, third = bank.template(), bank.template(), bank.template()
    waiting = bank.submit(bank.cara, third, (TARGET, FIVE)).held[0].group
    stale = bank.template()
    bank.submit(bank.cara, stale, ("title", "Theirs."))
    entries_before = bank.rows("SELECT count(*) FROM journal")
    with pytest.raises(Invalid) as caught:
        submit(
            bank,
            part(one, ("description", "New.")),
            part(other, ("flow.calendar", "nowhere"), ("owner", "boss")),
            part(third, (TARGET, {**FIVE, "value": 0.06})),
            part("absent", ("title", "x")),
            part(stale, ("title", "Mine.")),
        )
    assert caught.value.code == "batch"
    assert {problem.path for problem in caught.value.problems} == {
        f"template/{other}", f"template/{third}", "template/absent", f"template/{stale}"
    }  # fmt: skip
    refused = {(each["id"], each["code"]) for each in caught.value.details["refused"]}
    assert refused == {(other, "invalid"), (third, "proposal"), ("absent", "not-found"), (stale, "stale")}
    assert [bank.versions(flow) for flow in (one, other, third)] == [[1], [1], [1]]
    assert bank.group(waiting).state == "waiting"
    assert bank.rows("SELECT count(*) FROM journal") == entries_before


def test_an_author_of_one_of_them_decides_none_unless_the_others_are_named(bank):
    one, other = bank.template(), bank.template()
    mine = bank.submit(bank.ben, one, (TARGET, {**FIVE, "value": 0.06})).held[0].group
    done = submit(bank, part(one, (TARGET, FIVE), saw=frozenset([mine])), part(other, (TARGET, FIVE)))
    with pytest.raises(Forbidden) as caught:
        sign(bank, done.batch, bank.ben)
    assert caught.value.code == "four-eyes"
    assert bank.group(done.submissions[1].held[0].group).signatures == ()
    decided = sign(bank, done.batch, bank.ben, items=[done.submissions[1].held[0].group])
    assert [each.state for each in decided.groups] == ["live"]
    for nobody in (bank.anna, Actor("anna", roles=frozenset({"finance_control"}))):
        with pytest.raises(Forbidden) as caught:
            sign(bank, done.batch, nobody)
        assert caught.value.code == "four-eyes"
    with pytest.raises(Forbidden) as caught:
        sign(bank, done.batch, bank.adam)
    assert caught.value.code == "role"


def test_a_document_whose_change_no_longer_fits_goes_to_rework_and_the_others_go_live(bank):
    flows = [bank.template(), bank.template()]
    done = submit(bank, *(part(flow, (MEASURE, REVERSED)) for flow in flows))
    bank.submit(bank.anna, flows[0], Change(op="remove", path="process_signals[reversed]"))
    groups = [each.held[0].group for each in done.submissions]
    assert bank.group(groups[0]).state == "rework"
    decided = sign(bank, done.batch, bank.dora)
    assert [(each.group, each.state) for each in decided.groups] == [(groups[1], "live")]


def test_a_batch_is_rejected_as_a_whole_with_a_comment(bank):
    flows = [bank.template(), bank.template()]
    done = submit(bank, *(part(flow, (TARGET, FIVE)) for flow in flows))
    with pytest.raises(Invalid):
        sign(bank, done.batch, bank.ben, "reject")
    decided = sign(bank, done.batch, bank.ben, "reject", comment="Not now.")
    assert {each.state for each in decided.groups} == {"rejected"}
    assert {bank.live(flow)["outcomes"][0]["target"]["value"] for flow in flows} == {0.03}


def test_a_request_that_names_a_document_twice_or_none_or_nothing_is_refused(bank):
    flow = bank.template()
    twice = [part(flow, ("title", "x")), part(flow, ("description", "y"))]
    empty = [Part(kind="template", id=flow, base_version=1)]
    many = [part(f"f{n}", ("title", "x")) for n in range(batches.MOST + 1)]
    for parts in (twice, [], empty, many, [part("nul\x00", ("title", "x"))]):
        with pytest.raises(UsageError):
            submit(bank, *parts)
    for name in ("nowhere", "nul\x00"):
        with pytest.raises(NotFound):
            batches.show(bank.ctx, bank.adam, name)
        with pytest.raises(NotFound):
            sign(bank, name, bank.ben)


def test_batches_over_the_same_documents_in_any_order_wait_for_one_another_and_lose_nothing(bank):
    flows = [bank.template() for _ in range(4)]
    barrier = threading.Barrier(4)

    def act(n):
        order = flows if n % 2 else flows[::-1]
        note = Change(op="add", path=f"notes[n{n}]", new={"id": f"n{n}", "text": str(n)})
        barrier.wait(10)
        return submit(bank, *(part(flow, note) for flow in order), by=bank.cara)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(4)))
    for flow in flows:
        assert {one["id"] for one in bank.live(flow)["notes"]} == {"n0", "n1", "n2", "n3"}
        assert bank.versions(flow) == [5, 4, 3, 2, 1]
