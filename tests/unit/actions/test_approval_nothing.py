"""A critical value that is empty and was never signed asks for no signature, and nobody fills it in unseen."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import audit, changes, documents, enforcement, kpis, waivers
from bos.actions.settling import welcome
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid
from bos.model.answers.changes import Waiting
from bos.model.calendar import Calendar
from bos.model.diff import Change
from bos.model.policy import POLICY_ID
from bos.model.signals import Signal
from bos.store.approval.along import resting_on

KPI = "outcomes[returns]"
TARGET, MEASURE, THRESHOLDS, LAW = (f"{KPI}.{name}" for name in ("target", "measure", "thresholds", "regulation"))
OTHER = "outcomes[posted_count]"
OWEN = Actor("owen", "Owen", roles=frozenset({"process_owner"}))
CODY = Actor("cody", "Cody", roles=frozenset({"coe"}))
EMPTY = (None, "", [], {})

# field of the KPI, its value, whose signature it needs
FILLS = [
    ("regulation", "Reg Z", "compliance"),
    ("error_budget", "30 days", "finance_control"),
    ("watch", {"every": "1 hour", "over": "1 day"}, "finance_control"),
    ("trust", {"fresh": True}, "finance_control"),
]
WIDE = [
    ("flow.steps[posted].calendar", "bank", "compliance"),
    ("flow.steps[posted].correlation_key", ["trace_no"], "data_steward"),
    ("currency", "USD", "finance_control"),
]


def target(percent):
    return {"value": percent / 100, "direction": "at_most", "source": ""}


def value(bank, id_, path):
    """Return the live value of a KPI's field."""
    name = path.partition("[")[2].partition("]")[0]
    outcome = next(one for one in bank.live(id_)["outcomes"] if one["id"] == name)
    return outcome[path.rpartition(".")[2]]


# No signature for nothing


def test_only_what_is_there_asks_for_a_signature_and_all_of_it_signed_the_document_is_approved(bank):
    content = bank.content()
    done = bank.make("template", content)
    asked = {mark.paths[0] for mark in done.provisional}
    assert {path for path in asked if path.startswith("outcomes")} == {MEASURE, TARGET, THRESHOLDS, f"{OTHER}.measure"}
    assert {path for path in asked if path.startswith("flow")} == {"flow.correlation_key", "flow.calendar"}
    assert asked == set(bank.show(content["id"]).approvals)
    assert {group.changes[0].path for group in bank.show(content["id"]).open_groups} == asked
    bank.sound(content["id"])
    bank.approve(done)
    shown = bank.show(content["id"])
    assert (shown.state, shown.open_groups, set(shown.approvals)) == ("approved", (), asked)
    number = next(row for row in kpis.listing(bank.ctx, bank.adam, content["id"]).items if row.kpi == "posted_count")
    assert set(number.approvals) == {f"{OTHER}.measure"}
    bank.sound(content["id"])


@pytest.mark.parametrize(("kind", "content", "asked"), [
    ("signal", Signal(id="quiet", title="Quiet", type="process"), {"owner", "binding", "pii", "retention_days"}),
    ("calendar", Calendar(id="quiet", title="Quiet"), {"owner", "clock"}),
])  # fmt: skip
def test_so_it_is_of_every_kind(bank, kind, content, asked):
    done = bank.make(kind, {**content.data(), "id": bank.fresh("q")})
    assert {mark.paths[0] for mark in done.provisional} == asked


def test_an_item_that_waits_with_a_held_change_waits_for_the_roles_of_what_it_has_and_the_rest_stays_unsigned(
    bank, flow
):
    signal = bank.fresh("s")
    fields = [{"id": "code", "native": "code"}]
    bank.make("signal", {"id": signal, "title": "Coded", "type": "process", "binding": {"fields": fields}})
    formula = {"formula": "count(posted where code = 'R01')", "unit": "cases", "anchor": "event"}
    coded = Change(op="add", path="outcomes[coded]", new={"id": "coded", "title": "Coded", "measure": formula})
    (mark,) = bank.submit(bank.anna, flow, coded, ("process_signals[posted].signal", signal)).held
    assert mark.waiting_for == (Waiting(role="data_steward"),)
    assert bank.sign(mark.group, bank.dora).state == "live"
    assert {path for path in bank.approvals(flow) if path.startswith("outcomes[coded]")} == {"outcomes[coded].measure"}
    bank.sound(flow)
    (law,) = bank.submit(bank.anna, flow, ("outcomes[coded].regulation", "Reg Z")).held
    assert law.waiting_for == (Waiting(role="compliance"),)


# What was signed away stays signed


def test_a_value_that_a_signed_change_took_away_is_approved_as_empty_and_stays_guarded(bank, flow):
    (gone,) = bank.submit(bank.anna, flow, (TARGET, None), (THRESHOLDS, [])).held
    assert value(bank, flow, TARGET) == target(3)
    bank.sign(gone.group, bank.ben)
    marks = bank.show(flow).approvals
    assert {marks[path].state for path in (TARGET, THRESHOLDS)} == {"approved"}
    assert value(bank, flow, TARGET) is None
    bank.sound(flow)
    (back,) = bank.submit(bank.anna, flow, (TARGET, target(5))).held
    assert (back.paths, back.waiting_for) == ((TARGET,), (Waiting(role="finance_control"),))
    assert bank.show(flow).approvals[TARGET].state == "held"
    bank.sound(flow)


# Filling in what was empty


@pytest.mark.parametrize(("name", "new", "role"), FILLS)
def test_what_is_filled_in_beside_an_approved_value_of_the_kpi_is_held_until_it_is_signed(bank, name, new, role):
    id_, path = bank.template(approved=[MEASURE]), f"{KPI}.{name}"
    before = value(bank, id_, path)
    done = bank.submit(bank.anna, id_, (path, new), (f"{KPI}.title", "Returned"))
    assert (done.live, done.provisional) == ((f"{KPI}.title",), ())
    assert [(mark.paths, mark.waiting_for) for mark in done.held] == [((path,), (Waiting(role=role),))]
    assert value(bank, id_, path) == before
    assert before in EMPTY
    group = done.held[0].group
    mark = bank.show(id_).approvals[path]
    assert (mark.state, mark.waiting_for, mark.group, mark.signed_by) == ("held", (role,), group, ())
    row = next(row for row in kpis.listing(bank.ctx, bank.adam, id_).items if row.kpi == "returns")
    assert row.approvals[path].state == "held"
    bank.sound(id_)
    assert bank.sign(group).state == "live"
    assert value(bank, id_, path) not in EMPTY
    assert bank.show(id_).approvals[path].state == "approved"
    assert [one.paths for one in bank.submit(bank.anna, id_, (path, before)).held] == [(path,)]
    bank.sound(id_)


@pytest.mark.parametrize(("name", "new", "role"), FILLS)
def test_it_is_live_and_provisional_where_nothing_of_the_kpi_is_approved(bank, name, new, role):
    id_, path = bank.template(approved=[f"{OTHER}.measure", "owner", "flow.correlation_key"]), f"{KPI}.{name}"
    done = bank.submit(bank.anna, id_, (path, new))
    assert (done.live, done.held) == ((path,), ())
    assert [(mark.paths, mark.waiting_for) for mark in done.provisional] == [((path,), (Waiting(role=role),))]
    mark = bank.show(id_).approvals[path]
    assert (mark.state, bank.group(mark.group).authors) == ("provisional", ("anna",))
    bank.sound(id_)
    assert bank.sign(mark.group).state == "live"
    bank.sound(id_)


def test_a_kpi_that_another_signed_one_rests_on_is_filled_in_only_when_signed(bank):
    content = bank.content()
    twice = {"formula": "derived(2 * returns)", "unit": "ratio"}
    again = {"formula": "derived(2 * twice)", "unit": "ratio"}
    derived = [{"id": "twice", "title": "Twice", "measure": twice}, {"id": "again", "title": "Again", "measure": again}]
    id_ = bank.template(outcomes=[*content["outcomes"], *derived], approved=["outcomes[again].measure"])
    assert [mark.paths for mark in bank.submit(bank.anna, id_, (LAW, "Reg Z")).held] == [(LAW,)]
    done = bank.submit(bank.anna, id_, (f"{OTHER}.regulation", "Reg Z"))
    assert (done.held, done.live) == ((), (f"{OTHER}.regulation",))


def test_what_rests_on_a_kpi_is_what_is_derived_from_it_and_what_it_holds_the_control_total_of():
    def kpi(name, formula, control=None):
        trust = {"control": {"kpi": control, "at_most": 0}} if control else None
        return {"id": name, "measure": {"formula": formula}, "trust": trust}

    flow = {
        "trust": {"control": None},
        "outcomes": [
            kpi("gap", "count(a)"), kpi("kept", "count(b)", "gap"), kpi("twice", "derived(2 * kept)"),
            kpi("other", "count(c)"), kpi("broken", "count("),
        ],
    }  # fmt: skip
    assert resting_on(flow, "gap") == {"gap", "kept", "twice"}
    assert resting_on(flow, "other") == {"other"}
    flow["trust"] = {"control": {"kpi": "other", "at_most": 0}}
    assert resting_on(flow, "other") == {"gap", "kept", "twice", "other", "broken"}


@pytest.mark.parametrize(("path", "new", "role"), WIDE)
def test_what_decides_numbers_beyond_its_item_is_held_where_anything_of_the_flow_is_approved(bank, path, new, role):
    held, free = bank.template(approved=[f"{OTHER}.measure"]), bank.template(approved=False)
    done = bank.submit(bank.anna, held, (path, new))
    assert done.live == ()
    assert [(mark.paths, mark.waiting_for) for mark in done.held] == [((path,), (Waiting(role=role),))]
    bank.sound(held)
    done = bank.submit(bank.anna, free, (path, new))
    assert (done.live, done.held, [mark.paths for mark in done.provisional]) == ((path,), (), [(path,)])
    bank.sound(free)


def test_a_waived_value_counts_as_approved_here_too(bank):
    id_ = bank.template(approved=False)
    ends = datetime.now(UTC) + timedelta(days=9)
    asked = waivers.ask(bank.ctx, OWEN, "template", id_, path=MEASURE, ends=ends, reason="Away.")
    waivers.decide(bank.ctx, CODY, asked.waiver, decision="approve")
    assert [mark.paths for mark in bank.submit(bank.anna, id_, (LAW, "Reg Z")).held] == [(LAW,)]


def test_the_arrival_of_a_signal_is_held_once_anything_of_the_signal_is_signed(bank):
    for approved in (True, False):
        id_ = bank.fresh("s")
        done = bank.make("signal", Signal(id=id_, title="Shared", type="process").data())
        bank.approve(done, ["binding"] if approved else [])
        done = bank.submit(bank.anna, id_, ("arrival", {"every": "1 day"}), kind="signal")
        assert [mark.paths for mark in (done.held if approved else done.provisional)] == [("arrival",)]
        assert (bank.live(id_, "signal")["arrival"] is None) is approved
        bank.sound(id_, "signal")


def test_from_one_kind_of_nothing_to_another_is_free(bank, flow):
    assert bank.submit(bank.anna, flow, (f"{OTHER}.thresholds", [])).version == 1
    done = bank.submit(bank.anna, flow, (f"{OTHER}.title", "Two"), (f"{OTHER}.regulation", ""))
    assert (done.live, done.held, done.provisional) == ((f"{OTHER}.title",), (), ())


def test_a_waiting_value_that_is_taken_back_leaves_no_mark_and_its_author_stays_one(bank, flow):
    path = f"{OTHER}.target"
    group = bank.submit(bank.cara, flow, (path, target(5))).held[0].group
    with pytest.raises(Conflict) as caught:
        bank.submit(bank.anna, flow, (path, target(4)))
    assert caught.value.code == "proposal"
    bank.withdraw(bank.cara, group)
    assert path not in bank.show(flow).approvals
    bank.sound(flow)
    again = bank.submit(bank.anna, flow, (path, target(5))).held[0].group
    with pytest.raises(Forbidden) as caught:
        bank.sign(again, bank.cara)
    assert caught.value.code == "four-eyes"
    assert bank.sign(again, bank.ben).state == "live"


# What becomes empty


def test_a_provisional_value_that_is_taken_away_ends_its_group_and_whoever_wrote_it_stays_an_author(bank, loose):
    bank.submit(bank.cara, loose, (TARGET, target(5)))
    group = bank.groups(loose)[TARGET].group
    done = bank.submit(bank.anna, loose, (TARGET, None), (THRESHOLDS, []))
    assert (set(done.live), done.held, done.provisional) == ({TARGET, THRESHOLDS}, (), ())
    assert (bank.group(group).state, bank.group(group).reason) == (
        "superseded", "Nothing is there, which needs no signature."
    )  # fmt: skip
    assert TARGET not in bank.show(loose).approvals
    bank.sound(loose)
    done = bank.submit(bank.maker, loose, (TARGET, target(5)))
    assert bank.group(done.provisional[0].group).authors == ("anna", "cara", "mary")
    bank.sound(loose)


def test_nothing_needs_no_waiver(bank, loose):
    ends = datetime.now(UTC) + timedelta(days=9)
    with pytest.raises(Invalid) as caught:
        waivers.ask(bank.ctx, OWEN, "template", loose, path=LAW, ends=ends, reason="Away.")
    assert caught.value.problems[0].code == "waiver.path"


# The policy


def test_a_field_the_policy_has_signed_asks_where_something_is(own_bank):
    bank = own_bank
    welcome(bank.ctx)
    id_, words = bank.template(), "outcomes[returns].description"
    rule = {"id": "words", "covers": "template", "field": "outcomes[].description",
            "signers": [{"role": "data_steward", "count": 1}]}  # fmt: skip
    content = {**bank.show(POLICY_ID, "policy").document, "rules": [rule]}
    done = documents.put(bank.ctx, CODY, "policy", POLICY_ID, content, rationale="Risk.", base_version=1)
    assert done.held[0].waiting_for == (Waiting(role="coe"),)
    bank.sign(done.held[0].group)
    shown = bank.show(id_)
    assert (shown.state, words in shown.approvals) == ("approved", False)
    (mark,) = bank.submit(bank.anna, id_, (words, "By day.")).held
    assert (mark.paths, mark.waiting_for) == ((words,), (Waiting(role="data_steward"),))
    bank.sound(id_)
    only = bank.submit(CODY, POLICY_ID, ("rules[words].only", [id_]), kind="policy")
    assert [one.paths for one in only.held] == [("rules[words].only",)]


def test_the_first_way_of_a_flow_without_ways_is_held_where_the_policy_has_them_signed(own_bank):
    bank = own_bank
    welcome(bank.ctx)
    signer = {"role": "coe", "count": 1}
    rule = {"id": "ways", "covers": "template", "field": "flow.edges", "signers": [signer]}
    content = {**bank.show(POLICY_ID, "policy").document, "rules": [rule]}
    done = documents.put(bank.ctx, CODY, "policy", POLICY_ID, content, rationale="Risk.", base_version=1)
    bank.sign(done.held[0].group)
    flow = {**bank.content()["flow"], "edges": []}
    way = Change(op="add", path="flow.edges[back]", new={"id": "back", "source": "posted", "target": "received"})
    for approved, state in (([MEASURE], "held"), ([], "provisional")):
        id_ = bank.template(flow=flow, approved=approved)
        assert "flow.edges" not in bank.show(id_).approvals
        done = bank.submit(bank.anna, id_, way)
        (mark,) = done.held or done.provisional
        assert mark.waiting_for == (Waiting(role="coe"), Waiting(role="data_steward"))
        assert bank.show(id_).approvals["flow.edges"].state == state
        assert (bank.live(id_)["flow"]["edges"] == []) is (state == "held")
        assert bank.sign(mark.group).state == "live"
        assert bank.show(id_).approvals["flow.edges"].state == "approved"
        assert len(bank.live(id_)["flow"]["edges"]) == 1


# Homes from before


def haunt(bank, id_, path, empty):
    """Write a group for an empty value, as a home from before has it."""
    group = uuid.uuid4().hex
    with bank.connect() as connection:
        connection.execute(
            "INSERT INTO held_group (held_group, kind, id, state, authors, rationale, base_version, at) "
            "VALUES (%s, 'template', %s, 'unsigned', '{mary}', 'Begin.', 1, now())",
            (group, id_),
        )
        connection.execute(
            "INSERT INTO held_change (held_group, n, op, path, new) VALUES (%s, 0, 'set', %s, %s)",
            (group, path, None if empty is None else json.dumps(empty)),
        )
    return group


def test_groups_for_nothing_that_a_home_has_end_when_it_is_opened_and_the_journal_says_so(own_bank):
    bank = own_bank
    kept, quiet = bank.template(approved=False), bank.template()
    old = [haunt(bank, kept, LAW, ""), haunt(bank, kept, f"{OTHER}.target", None), haunt(bank, quiet, LAW, "")]
    before = {group.group for group in bank.show(kept).open_groups} - set(old)
    state = bank.show(kept)
    enforcement.tidy(bank.ctx)
    assert {bank.group(group).state for group in old} == {"superseded"}
    assert {group.group for group in bank.show(kept).open_groups} == before
    assert (bank.show(kept).version, bank.show(kept).document) == (state.version, state.document)
    assert bank.show(quiet).state == "approved"
    told = bank.rows(
        "SELECT actor, tag, after->>'group', rationale FROM journal WHERE after->>'group' = ANY(%s)", (old,)
    )
    assert sorted(told) == sorted(
        ("system", "change.replaced", group, "Nothing is there, which needs no signature.") for group in old
    )
    assert audit.verify(bank.ctx, bank.adam).ok
    entries = bank.rows("SELECT count(*) FROM journal")
    enforcement.tidy(bank.ctx)
    assert bank.rows("SELECT count(*) FROM journal") == entries
    bank.sound(kept)


def test_they_end_with_the_next_submission_as_well(bank, loose):
    old = haunt(bank, loose, LAW, "")
    bank.submit(bank.anna, loose, ("title", "New"))
    assert bank.group(old).state == "superseded"
    assert old not in {one.group for one in changes.groups(bank.ctx, bank.sam, id=loose, mine=True).items}
    bank.sound(loose)


def test_an_empty_value_that_is_waived_stays_so_until_its_waiver_ends_and_asks_for_nothing_then(bank):
    id_ = bank.template()
    old, name = haunt(bank, id_, LAW, ""), uuid.uuid4().hex
    with bank.connect() as connection:
        connection.execute(
            "INSERT INTO waiver (waiver, kind, id, path, value_hash, reason, ends, asked_by, asked_role, at, set_by, "
            "set_at) VALUES (%s, 'template', %s, %s, encode(sha256('\"\"'), 'hex'), 'Away.', now() + interval '1 day', "
            "'owen', 'owner', now(), 'cody', now())",
            (name, id_, LAW),
        )
    enforcement.tidy(bank.ctx)
    assert (bank.show(id_).approvals[LAW].state, bank.group(old).state) == ("waived", "unsigned")
    held = bank.submit(bank.anna, id_, (LAW, "Reg Z")).held[0].group
    bank.withdraw(bank.anna, held)
    waivers.end(bank.ctx, OWEN, name, reason="Over.")
    assert (LAW in bank.show(id_).approvals, bank.group(old).state) == (False, "superseded")
    assert bank.show(id_).state == "approved"
    bank.sound(id_)
