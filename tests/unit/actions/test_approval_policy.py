"""The approval policy: more signatures, in order, more critical fields; and what it does to what waits."""

from __future__ import annotations

import pytest

from bos.actions import documents, people
from bos.actions.identities import operator
from bos.actions.settling import welcome
from bos.actions.work import run_job
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid
from bos.model.answers.changes import Waiting
from bos.model.diff import Change
from bos.model.policy import POLICY_ID
from bos.model.roles import SIGNING_ROLES

TARGET = "outcomes[returns].target"
DESCRIPTION = "outcomes[returns].description"
FIVE = {"value": 0.05, "direction": "at_most", "source": ""}
FINA = Actor("fina", "Fina", roles=frozenset({"finance_control"}))
CORA = Actor("cora", "Cora", roles=frozenset({"compliance"}))
CODY = Actor("cody", "Cody", roles=frozenset({"coe"}))
COLE = Actor("cole", "Cole", roles=frozenset({"coe"}))
OTTO = Actor("otto", "Otto", roles=SIGNING_ROLES)


def rule(name, field, *signers, in_order=False, **more):
    signs = [{"role": role, "count": count} for role, count in signers]
    return {
        "id": name,
        "covers": "template",
        "field": field,
        "only": [],
        "signers": signs,
        "in_order": in_order,
        **more,
    }


@pytest.fixture
def bank(own_bank):
    """Return a bank of its own, with its policy as a home has it from the start."""
    welcome(own_bank.ctx)
    own_bank.employ(own_bank.ben, FINA, CORA, CODY, COLE, own_bank.sam)
    return own_bank


def policy_of(bank):
    return bank.show(POLICY_ID, "policy")


def decree(bank, *rules, by=CODY, signed_by=(COLE,)):
    """Let the policy have these rules; return the group that asked for it, signed by everyone named."""
    live = policy_of(bank)
    content = {**live.document, "rules": list(rules)}
    done = documents.put(bank.ctx, by, "policy", POLICY_ID, content, rationale="Risk.", base_version=live.version)
    assert done.live == ()
    for mark in done.held:
        for signer in signed_by:
            bank.sign(mark.group, signer)
    apply_policy(bank)
    return done


def apply_policy(bank):
    """Run the work that brings documents under the policy."""
    for (job,) in bank.rows("SELECT id FROM job WHERE state = 'queued'"):
        assert run_job(bank.ctx, job, "test")
    assert bank.rows("SELECT id FROM job WHERE state <> 'done'") == []


def propose(bank, flow):
    return bank.submit(bank.anna, flow, (TARGET, FIVE)).held[0].group


def test_a_home_has_a_policy_without_rules_that_changes_nothing(bank):
    shown = policy_of(bank)
    assert (shown.version, shown.document["rules"], shown.state) == (1, [], "approved")
    welcome(bank.ctx)
    assert policy_of(bank).version == 1
    flow = bank.template()
    assert bank.group(propose(bank, flow)).waiting_for == (Waiting(role="finance_control"),)


def test_a_rule_is_held_until_a_second_person_of_the_coe_signs_it(bank):
    content = {**policy_of(bank).document, "rules": [rule("two", "outcomes[].target", ("finance_control", 2))]}
    with pytest.raises(Forbidden):
        documents.put(bank.ctx, bank.ben, "policy", POLICY_ID, content, rationale="x", base_version=1)
    done = documents.put(bank.ctx, CODY, "policy", POLICY_ID, content, rationale="x", base_version=1)
    (mark,) = done.held
    assert (done.version, done.live, mark.paths) == (1, (), ("rules[two]",))
    assert mark.waiting_for == (Waiting(role="coe"),)
    assert policy_of(bank).state == "approved with changes held"
    with pytest.raises(Forbidden) as caught:
        bank.sign(mark.group, CODY)
    assert caught.value.code == "four-eyes"
    with pytest.raises(Forbidden) as caught:
        bank.sign(mark.group, bank.ben)
    assert caught.value.code == "role"
    assert bank.sign(mark.group, COLE).version == 2


def test_a_quorum_needs_different_people_and_a_delegate_is_not_a_second_one(bank):
    decree(bank, rule("two", "outcomes[].target", ("finance_control", 2)))
    flow = bank.template(approved=())
    group = next(one for one in bank.show(flow).open_groups if one.changes[0].path == TARGET).group
    assert bank.group(group).waiting_for == (Waiting(role="finance_control", count=2),)
    done = bank.sign(group, bank.ben)
    assert (done.state, done.waiting_for) == ("unsigned", (Waiting(role="finance_control"),))
    with pytest.raises(Conflict) as caught:
        bank.sign(group, bank.ben)
    assert caught.value.code == "decided"
    for delegate in (
        Actor("dirk", roles=frozenset({"finance_control"}), on_behalf_of="ben"),
        Actor("ben", roles=frozenset({"finance_control"}), on_behalf_of="fina"),
    ):
        with pytest.raises(Conflict) as caught:
            bank.sign(group, delegate)
        assert caught.value.code == "decided"
    assert bank.show(flow).approvals[TARGET].state == "provisional"
    assert bank.sign(group, FINA).state == "live"
    assert bank.show(flow).approvals[TARGET].signed_by == ("ben", "fina")


def test_a_delegates_signature_counts_for_both_people_and_is_one_vote(bank):
    decree(bank, rule("two", "outcomes[].target", ("finance_control", 2)))
    flow = bank.template(approved=())
    group = next(one for one in bank.show(flow).open_groups if one.changes[0].path == TARGET).group
    bank.sign(group, Actor("dirk", roles=frozenset({"finance_control"}), on_behalf_of="ben"))
    with pytest.raises(Conflict):
        bank.sign(group, bank.ben)
    assert bank.sign(group, FINA).state == "live"
    assert bank.show(flow).approvals[TARGET].signed_by == ("dirk", "ben", "fina")


def test_roles_in_order_sign_one_after_the_other_and_each_is_told_when_it_is_their_turn(bank):
    decree(bank, rule("law", "outcomes[].target", ("compliance", 1), ("finance_control", 1), in_order=True))
    flow = bank.template()
    group = propose(bank, flow)
    assert bank.group(group).waiting_for == (
        Waiting(role="compliance"), Waiting(role="finance_control", after=("compliance",))
    )  # fmt: skip
    told = "SELECT payload->>'role' FROM outbox WHERE topic = 'signature.waits' AND payload->'waits'->0->>'group' = %s"
    assert bank.rows(told, (group,)) == [("compliance",)]
    with pytest.raises(Conflict) as caught:
        bank.sign(group, bank.ben)
    assert (caught.value.status, caught.value.code) == (409, "order")
    assert "Compliance" in caught.value.message
    assert bank.sign(group, CORA).waiting_for == (Waiting(role="finance_control"),)
    assert bank.rows(told, (group,)) == [("compliance",), ("finance_control",)]
    done = bank.sign(group, bank.ben)
    assert (done.state, done.version) == ("live", 2)
    assert bank.show(flow).approvals[TARGET].signed_by == ("cora", "ben")


def test_who_holds_both_roles_of_an_order_signs_for_both_in_one_act(bank):
    decree(bank, rule("law", "outcomes[].target", ("compliance", 1), ("finance_control", 1), in_order=True))
    flow = bank.template()
    assert bank.sign(propose(bank, flow), OTTO).state == "live"


def test_a_rule_for_some_documents_leaves_the_others_alone(bank):
    one, other = bank.template(), bank.template()
    decree(bank, rule("two", "outcomes[].target", ("finance_control", 2), only=[one]))
    assert bank.group(propose(bank, one)).waiting_for == (Waiting(role="finance_control", count=2),)
    assert bank.group(propose(bank, other)).waiting_for == (Waiting(role="finance_control"),)


def test_a_field_the_coe_makes_critical_has_its_present_values_provisional_and_its_writers_as_authors(bank):
    flow, other = bank.template(), bank.template()
    bank.submit(bank.anna, flow, (DESCRIPTION, "By Anna."))
    bank.submit(bank.ben, flow, (DESCRIPTION, "By Ben."))
    bank.submit(bank.ben, other, (DESCRIPTION, "By Ben."))
    before = {id_: bank.show(id_) for id_ in (flow, other)}
    decree(bank, rule("words", "outcomes[].description", ("data_steward", 1)))
    for id_ in (flow, other):
        shown = bank.show(id_)
        assert (shown.version, shown.document) == (before[id_].version, before[id_].document)
        assert shown.state == "in review"
        mark = shown.approvals[DESCRIPTION]
        assert (mark.state, mark.waiting_for) == ("provisional", ("data_steward",))
        kept = {path: one for path, one in shown.approvals.items() if not path.endswith(".description")}
        assert kept == before[id_].approvals
    group = bank.group(bank.show(flow).approvals[DESCRIPTION].group)
    assert group.authors == ("anna", "ben", "mary")
    for author in ("anna", "ben", "mary"):
        with pytest.raises(Forbidden) as caught:
            bank.sign(group.group, Actor(author, roles=frozenset({"data_steward"})))
        assert caught.value.code == "four-eyes"
    assert bank.sign(group.group, bank.dora).state == "live"
    for mark in bank.show(flow).open_groups:
        bank.sign(mark.group)
    assert bank.show(flow).state == "approved"
    held = bank.submit(bank.anna, flow, (DESCRIPTION, "Another."))
    assert [mark.paths for mark in held.held] == [(DESCRIPTION,)]


def test_what_a_policy_made_critical_has_its_writers_as_authors_even_before_the_work_is_done(bank):
    flow = bank.template()
    bank.submit(bank.anna, flow, (DESCRIPTION, "By Anna."))
    live = policy_of(bank)
    content = {**live.document, "rules": [rule("words", "outcomes[].description", ("data_steward", 1))]}
    done = documents.put(bank.ctx, CODY, "policy", POLICY_ID, content, rationale="x", base_version=live.version)
    bank.sign(done.held[0].group, COLE)
    mark = bank.show(flow).approvals[DESCRIPTION]
    assert (mark.state, mark.waiting_for) == ("provisional", ("data_steward",))
    bank.submit(bank.ben, flow, ("description", "Elsewhere."))
    group = bank.group(bank.show(flow).approvals[DESCRIPTION].group)
    assert group.authors == ("anna", "mary")
    assert bank.sign(group.group, bank.dora).state == "live"
    apply_policy(bank)
    bank.sound(flow)


def test_taking_a_rule_away_waits_for_the_coe_and_for_whom_it_asked_and_nothing_is_stuck_after(bank):
    decree(bank, rule("words", "outcomes[].description", ("data_steward", 1)))
    flow = bank.template()
    group = bank.submit(bank.anna, flow, (DESCRIPTION, "Another.")).held[0].group
    done = decree(bank, signed_by=())
    assert done.held[0].waiting_for == (Waiting(role="coe"), Waiting(role="data_steward"))
    bank.sign(done.held[0].group, COLE)
    assert policy_of(bank).document["rules"] != []
    bank.sign(done.held[0].group, bank.dora)
    apply_policy(bank)
    assert DESCRIPTION not in bank.show(flow).approvals
    assert not [one for one in bank.show(flow).open_groups if one.state == "unsigned"]
    assert bank.group(group).state == "waiting"
    assert bank.sign(group, bank.ben).state == "live"
    assert bank.live(flow)["outcomes"][0]["description"] == "Another."


def test_open_groups_follow_the_policy_of_now_and_none_goes_live_without_a_signature_after_it(bank):
    flow = bank.template()
    decree(bank, rule("law", "outcomes[].target", ("compliance", 1)))
    group = propose(bank, flow)
    bank.sign(group, bank.ben)
    decree(bank, rule("law", "outcomes[].target", ("compliance", 2)), signed_by=(COLE, CORA))
    assert bank.group(group).waiting_for == (Waiting(role="compliance", count=2),)
    decree(bank, signed_by=(COLE, CORA))
    assert policy_of(bank).document["rules"] == []
    assert bank.group(group).waiting_for == (Waiting(role="finance_control"),)
    assert (bank.group(group).state, bank.show(flow).version) == ("waiting", 1)
    assert bank.sign(group, bank.ben).state == "live"


def test_a_policy_has_the_ways_of_every_flow_signed_though_no_kpi_counts_by_them(bank):
    flow = bank.template()
    decree(bank, rule("ways", "flow.edges", ("coe", 1)))
    waits = bank.show(flow).approvals["flow.edges"]
    assert (waits.state, waits.waiting_for) == ("provisional", ("coe", "data_steward"))
    for signer, state in ((bank.dora, "unsigned"), (CODY, "live")):
        assert bank.sign(waits.group, signer).state == state
    done = bank.submit(bank.anna, flow, Change(op="remove", path="flow.edges[forward]"))
    assert (done.live, {one.role for one in done.held[0].waiting_for}) == ((), {"coe", "data_steward"})
    bank.sound(flow)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (rule("x", "outcomes[].tarket", ("coe", 1)), "policy.field"),
        (rule("x", "outcomes[]", ("coe", 1)), "policy.field"),
        (rule("x", "title"), "policy.signers"),
        (rule("x", "title", ("admin", 1)), "policy.role"),
        (rule("x", "title", ("boss", 1)), "policy.role"),
        (rule("x", "title", ("coe", 1), ("coe", 2)), "policy.twice"),
    ],
)
def test_a_rule_that_could_not_be_followed_is_refused(bank, wrong, code):
    content = {**policy_of(bank).document, "rules": [wrong]}
    with pytest.raises(Invalid) as caught:
        documents.put(bank.ctx, CODY, "policy", POLICY_ID, content, rationale="x", base_version=1)
    assert {problem.code for problem in caught.value.problems} == {code}
    assert policy_of(bank).version == 1


def test_rules_that_would_make_roles_wait_for_one_another_are_refused(bank):
    one = rule("one", "outcomes[].target", ("compliance", 1), ("finance_control", 1), in_order=True)
    decree(bank, one)
    other = rule("other", "outcomes[].thresholds", ("finance_control", 1), ("compliance", 1), in_order=True)
    content = {**policy_of(bank).document, "rules": [one, other]}
    with pytest.raises(Invalid) as caught:
        documents.put(bank.ctx, CODY, "policy", POLICY_ID, content, rationale="x", base_version=2)
    assert {problem.code for problem in caught.value.problems} == {"policy.order"}


def test_a_home_has_one_policy_and_it_cannot_be_retired(bank):
    content = {**policy_of(bank).document, "id": "another"}
    with pytest.raises(Invalid) as caught:
        documents.put(bank.ctx, CODY, "policy", "another", content, rationale="x")
    assert caught.value.problems[0].code == "policy.one"
    with pytest.raises(Conflict) as caught:
        documents.delete(bank.ctx, CODY, "policy", POLICY_ID, rationale="x")
    assert caught.value.code == "policy"


def test_rolling_the_policy_back_is_held_like_any_change_of_it(bank):
    decree(bank, rule("two", "outcomes[].target", ("finance_control", 2)))
    done = documents.rollback(bank.ctx, CODY, "policy", POLICY_ID, 1, rationale="Too much.")
    assert (done.live, done.held[0].waiting_for) == ((), (Waiting(role="coe"), Waiting(role="finance_control")))


def test_who_may_sign_is_told_of_what_waits_and_who_could_mend_it_where_nobody_may(bank):
    flow = bank.template()
    group = propose(bank, flow)
    told = (
        "SELECT topic, payload->>'role', payload->'people', payload->'waits' FROM outbox "
        "WHERE payload->'waits'->0->>'group' = %s"
    )
    wait = {"kind": "template", "id": flow, "group": group, "paths": [TARGET]}
    everybody = operator()
    able = sorted(["ben", "fina", everybody.person, "sam"])
    assert bank.rows(told, (group,)) == [("signature.waits", "finance_control", able, [wait])]
    for gone in ("fina", "ben", "sam"):
        people.disable(bank.ctx, bank.adam, gone, rationale="Left.")
    other = bank.submit(everybody, flow, (TARGET, {**FIVE, "value": 0.06}), saw=[group]).held[0].group
    ((topic, role, names, _),) = bank.rows(told, (other,))
    assert (topic, role, names) == ("signature.nobody", "finance_control", sorted(["cody", "cole", everybody.person]))


def few(bank, flow):
    return [one.message for one in bank.show(flow).attention if (one.code, one.path) == ("role.few", TARGET)]


def test_a_quorum_that_too_few_can_reach_is_an_attention_and_is_told_to_who_can_sign_and_who_can_mend_it(bank):
    decree(bank, rule("many", "outcomes[].target", ("compliance", 3)))
    flow = bank.template(approved=())
    group = bank.submit(bank.anna, flow, (TARGET, FIVE)).provisional[0].group
    everybody = operator().person
    told = "SELECT topic, payload->'people' FROM outbox, jsonb_array_elements(payload->'waits') AS wait "
    told += "WHERE payload->>'role' = 'compliance' AND wait->>'group' = %s ORDER BY topic"
    assert bank.rows(told, (group,)) == [("signature.waits", sorted(["cora", everybody, "sam"]))]
    assert few(bank, flow) == []
    people.disable(bank.ctx, bank.adam, "sam", rationale="Left.")
    assert few(bank, flow) == ["3 people of the role Compliance have to sign this, and only 2 can."]
    again = bank.submit(bank.anna, flow, (TARGET, {**FIVE, "value": 0.06})).provisional[0].group
    assert bank.rows(told, (again,)) == [
        ("signature.nobody", sorted(["cody", "cole", everybody])), ("signature.waits", sorted(["cora", everybody]))
    ]  # fmt: skip
    bank.sign(again, CORA)
    assert few(bank, flow) == ["2 people of the role Compliance have to sign this, and only 1 can."]


def test_an_identity_from_git_that_is_nobody_is_refused_with_all_of_them(bank):
    flow = bank.template()
    with pytest.raises(Invalid) as caught:
        bank.submit(
            bank.anna,
            flow,
            (TARGET, FIVE),
            origin={"git": {"authors": ["ben", "x@y.example", "Who <z@y.example>", "Who < >"]}},
        )
    assert [(one.path, one.code) for one in caught.value.problems] == [
        (f"origin.git.authors[{n}]", "git.unknown") for n in (1, 2, 3)
    ]
    assert bank.versions(flow) == [1]
    people.write_identities(bank.ctx, bank.adam, "fina", ["X@Y.example"], rationale="Hers.")
    with pytest.raises(Conflict) as caught:
        people.write_identities(bank.ctx, bank.adam, "ben", ["x@y.example"], rationale="His?")
    assert caught.value.code == "exists"
    done = bank.submit(
        bank.anna, flow, (TARGET, FIVE), origin={"git": {"authors": ["ben"], "signers": ["x@y.example"]}}
    )
    assert bank.group(done.held[0].group).authors == ("anna", "ben", "fina")
    assert documents.history(bank.ctx, bank.adam, "template", flow).items[0].author == "mary"
