"""The worked examples of the approval contract, on the embedded PostgreSQL and on 15."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bos.actions import changes, documents, kpis, people
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, Stale
from bos.model.answers.changes import Waiting
from bos.model.diff import Change
from bos.store.migrate import upgrade

TARGET = "outcomes[returns].target"
MEASURE = "outcomes[returns].measure"
DESCRIPTION = "outcomes[returns].description"
REVERSED = {"formula": "ratio(count(reversed), count(received))", "unit": "ratio", "anchor": "event"}


def target(percent):
    return {"value": percent / 100, "direction": "at_most", "source": ""}


def served(bank, id_):
    """Return the target that is served."""
    outcome = next(one for one in bank.live(id_)["outcomes"] if one["id"] == "returns")
    return outcome["target"]["value"]


@pytest.fixture(scope="module", params=[18, pytest.param(15, marks=pytest.mark.postgres15)])
def bank(request, bank_at):
    if request.param == 15:
        url = request.getfixturevalue("postgres15_url")
        url = url.replace("postgresql://", "postgresql+psycopg://")
        upgrade(url)
        return bank_at(url)
    return bank_at(request.getfixturevalue("module_store_url"))


@pytest.fixture
def flow(bank):
    """Return the id of an approved template at version 1 whose KPI ``returns`` has the target 3 %."""
    return bank.template()


@pytest.fixture
def proposed(bank, flow):
    """Return the group of example 2: Anna's 5 % waits, her description is live."""
    done = bank.submit(bank.anna, flow, (TARGET, target(5)), (DESCRIPTION, "By day."))
    assert (done.version, done.live) == (2, (DESCRIPTION,))
    return done.held[0].group


def test_01_a_free_change_goes_live_and_leaves_every_approval_as_it_was(bank, flow):
    before = bank.approvals(flow)
    done = bank.submit(bank.anna, flow, (DESCRIPTION, "Debits that came back."))
    assert (done.version, done.live, done.provisional, done.held) == (2, (DESCRIPTION,), (), ())
    assert bank.approvals(flow) == before
    assert bank.show(flow).state == "approved"
    bank.sound(flow)


def test_02_a_change_of_an_approved_value_is_held_while_the_free_part_goes_live(bank, flow):
    before = bank.approvals(flow)
    done = bank.submit(bank.anna, flow, (TARGET, target(5)), (DESCRIPTION, "By day."))
    assert (done.version, done.live, done.provisional) == (2, (DESCRIPTION,), ())
    assert [mark.paths for mark in done.held] == [(TARGET,)]
    assert done.held[0].waiting_for == (Waiting(role="finance_control", count=1),)
    shown = bank.show(flow)
    assert served(bank, flow) == 0.03
    assert shown.state == "approved with changes held"
    mark = shown.approvals[TARGET]
    assert (mark.state, mark.waiting_for, mark.group) == ("held", ("finance_control",), done.held[0].group)
    assert mark.since == bank.group(mark.group).at
    assert mark.signed_by == ("sam",)
    row = next(row for row in kpis.listing(bank.ctx, bank.adam, flow).items if row.kpi == "returns")
    assert row.target["value"] == 0.03
    assert row.approvals[TARGET].state == "held"
    asked = bank.show(flow, view="proposed").document["outcomes"][0]
    assert (asked["target"], asked["description"]) == (target(5), "By day.")
    assert bank.approvals(flow) == before
    bank.sound(flow)


def test_03_the_author_of_a_held_change_cannot_sign_it_though_they_hold_the_role(bank, flow):
    group = bank.submit(bank.cara, flow, (TARGET, target(5))).held[0].group
    with pytest.raises(Forbidden) as caught:
        bank.sign(group, bank.cara)
    assert (caught.value.status, caught.value.code) == (403, "four-eyes")
    assert "proposed a change to it" in caught.value.message
    assert served(bank, flow) == 0.03
    assert bank.group(group).signatures == ()


def test_04_the_last_signature_makes_the_change_live_and_no_other_approval_moves(bank, flow, proposed):
    before = bank.approvals(flow, TARGET)
    done = bank.sign(proposed, bank.ben)
    assert (done.state, done.version) == ("live", 3)
    assert served(bank, flow) == 0.05
    assert bank.approvals(flow, TARGET) == before
    mark = bank.show(flow).approvals[TARGET]
    assert (mark.state, mark.signed_by, mark.group) == ("approved", ("ben",), proposed)
    assert bank.versions(flow) == [3, 2, 1]
    bank.sound(flow)


def test_05_who_has_seen_the_proposal_replaces_it_and_both_are_authors_then(bank, flow, proposed):
    with pytest.raises(Conflict) as caught:
        bank.submit(bank.cara, flow, (TARGET, target(4)))
    assert (caught.value.status, caught.value.code) == (409, "proposal")
    told = caught.value.details["proposals"]
    assert [(one["group"], one["authors"]) for one in told] == [(proposed, ["anna"])]
    assert told[0]["changes"][0]["new"] == target(5)

    done = bank.submit(bank.cara, flow, (TARGET, target(4)), saw=[proposed])
    assert (done.version, done.live, [mark.paths for mark in done.held]) == (2, (), [(TARGET,)])
    mine = done.held[0].group
    assert bank.group(proposed).state == "superseded"
    assert bank.group(mine).authors == ("anna", "cara")
    message = bank.rows("SELECT payload FROM outbox WHERE topic = 'proposal.replaced' AND payload->>'id' = %s", (flow,))
    assert [(row[0]["people"], row[0]["by"], row[0]["new_group"]) for row in message] == [(["anna"], "cara", mine)]
    for author in (bank.cara, Actor("anna", roles=frozenset({"finance_control"}))):
        with pytest.raises(Forbidden) as caught:
            bank.sign(mine, author)
        assert caught.value.code == "four-eyes"
    with pytest.raises(Conflict) as caught:
        bank.sign(proposed, bank.ben)
    assert (caught.value.status, caught.value.code) == (409, "superseded")
    assert bank.sign(mine, bank.ben).version == 3
    assert served(bank, flow) == 0.04
    bank.sound(flow)


def test_06_a_free_change_that_only_fits_with_a_held_one_waits_with_it(bank, flow):
    out = Change(op="remove", path="process_signals[returned]")
    done = bank.submit(bank.anna, flow, out, (MEASURE, REVERSED))
    assert (done.version, done.live) == (1, ())
    assert [set(mark.paths) for mark in done.held] == [{"process_signals[returned]", MEASURE}]
    assert done.held[0].waiting_for == (Waiting(role="data_steward"),)
    bank.sound(flow)
    signed = bank.sign(done.held[0].group, bank.dora)
    assert (signed.state, signed.version) == ("live", 2)
    live = bank.live(flow)
    assert [use["id"] for use in live["process_signals"]] == ["received", "posted", "reversed"]
    assert live["outcomes"][0]["measure"]["formula"] == REVERSED["formula"]
    assert bank.versions(flow) == [2, 1]
    bank.sound(flow)


def test_07_taking_out_a_signal_that_a_formula_uses_is_refused(bank, flow):
    entries = bank.rows("SELECT count(*) FROM journal")
    with pytest.raises(Invalid) as caught:
        bank.submit(bank.anna, flow, Change(op="remove", path="process_signals[returned]"))
    assert caught.value.status == 422
    assert [(one.path, one.refs) for one in caught.value.problems] == [(MEASURE, ("process_signals[returned]",))]
    assert bank.versions(flow) == [1]
    assert bank.rows("SELECT count(*) FROM journal") == entries


def test_08_a_new_kpi_is_live_and_provisional_until_it_is_signed_without_a_new_version(bank, flow):
    item = {
        "id": "stp_rate",
        "title": "Straight through",
        "measure": {"formula": "ratio(count(posted), count(received))", "unit": "ratio"},
        "target": {"value": 0.9, "direction": "at_least"},
    }
    path = "outcomes[stp_rate]"
    done = bank.submit(bank.anna, flow, Change(op="add", path=path, new=item))
    assert (done.version, done.live, done.held) == (2, (path,), ())
    groups = {mark.paths[0]: mark for mark in done.provisional}
    assert groups[f"{path}.target"].waiting_for == (Waiting(role="finance_control"),)
    assert bank.show(flow).state == "in review"
    assert bank.show(flow).approvals[f"{path}.target"].state == "provisional"
    bank.sound(flow)
    signed = bank.sign(groups[f"{path}.target"].group, bank.ben)
    assert (signed.state, signed.version) == ("live", None)
    assert bank.show(flow).approvals[f"{path}.target"].state == "approved"
    bank.approve(done, groups.keys() - {f"{path}.target"})
    assert bank.show(flow).state == "approved"
    assert bank.versions(flow) == [2, 1]
    bank.sound(flow)


def test_09_a_submission_on_an_older_version_is_merged_unless_the_same_field_was_changed(bank, flow):
    bank.submit(bank.anna, flow, ("description", "Since."))
    bank.submit(bank.anna, flow, ("title", "Since."))
    done = bank.submit(bank.cara, flow, (DESCRIPTION, "Mine."), base=1)
    assert (done.version, done.live) == (4, (DESCRIPTION,))
    live = bank.live(flow)
    assert (live["description"], live["title"], live["outcomes"][0]["description"]) == ("Since.", "Since.", "Mine.")
    with pytest.raises(Stale) as caught:
        bank.submit(bank.cara, flow, ("title", "Mine."), ("tags", ["x"]), base=1)
    assert caught.value.status == 412
    assert caught.value.details["conflicts"] == [
        {"path": "title", "base": "Payments", "yours": "Mine.", "live": "Since."}
    ]
    assert bank.versions(flow) == [4, 3, 2, 1]


def test_10_everyone_of_a_git_range_and_the_owner_of_the_token_are_authors(bank, flow):
    token = Actor("ben", "Pipeline", "token", frozenset({"finance_control"}))
    bank.employ(Actor("gina", "Gina"), Actor("hugo", "Hugo"))
    people.write_identities(bank.ctx, bank.adam, "hugo", ["hugo@git.example"], rationale="His laptop.")
    origin = {"git": {"commit": "abc", "authors": ["gina", "Hugo H. <Hugo@git.example>"]}}
    done = bank.submit(token, flow, (TARGET, target(5)), origin=origin)
    assert [mark.paths for mark in done.held] == [(TARGET,)]
    group = done.held[0].group
    assert bank.group(group).authors == ("ben", "gina", "hugo")
    for name in ("ben", "gina", "hugo"):
        with pytest.raises(Forbidden) as caught:
            bank.sign(group, Actor(name, roles=frozenset({"finance_control"})))
        assert caught.value.code == "four-eyes"
        assert "in git" in caught.value.message
    with pytest.raises(Forbidden):
        bank.sign(group, Actor("sam", "Sam's robot", "token", bank.sam.roles))
    assert bank.sign(group).state == "live"


def test_11_rolling_back_makes_the_free_part_live_and_holds_the_target(bank, flow):
    bank.sign(bank.submit(bank.anna, flow, (TARGET, target(2))).held[0].group, bank.ben)
    bank.submit(bank.anna, flow, (DESCRIPTION, "Third."))
    bank.submit(bank.anna, flow, (DESCRIPTION, "Fourth."))
    bank.sign(bank.submit(bank.anna, flow, (TARGET, target(3))).held[0].group, bank.ben)
    done = documents.rollback(bank.ctx, bank.cara, "template", flow, 3, rationale="Back.")
    assert (done.version, done.live, [mark.paths for mark in done.held]) == (6, (DESCRIPTION,), [(TARGET,)])
    assert (served(bank, flow), bank.live(flow)["outcomes"][0]["description"]) == (0.03, "Third.")
    assert bank.sign(done.held[0].group, bank.ben).version == 7
    assert bank.live(flow) == bank.show(flow, version=3).document
    bank.sound(flow)


def test_12_an_administrator_has_no_role_to_sign_and_a_delegate_no_eyes_of_their_own(bank, flow):
    group = bank.submit(bank.anna, flow, (TARGET, target(5))).held[0].group
    with pytest.raises(Forbidden) as caught:
        bank.sign(group, bank.adam)
    assert (caught.value.status, caught.value.code) == (403, "role")
    for delegate in (
        Actor("anna", roles=frozenset({"finance_control"}), on_behalf_of="ben"),
        Actor("ben", roles=frozenset({"finance_control"}), on_behalf_of="anna"),
    ):
        with pytest.raises(Forbidden) as caught:
            bank.sign(group, delegate)
        assert (caught.value.status, caught.value.code) == (403, "four-eyes")
    done = bank.sign(group, Actor("dirk", roles=frozenset({"finance_control"}), on_behalf_of="ben"))
    assert done.state == "live"
    assert bank.show(flow).approvals[TARGET].signed_by == ("dirk", "ben")


def test_12_what_a_delegate_proposes_has_both_people_as_authors(bank, flow):
    delegate = Actor("dirk", roles=frozenset({"business_owner"}), on_behalf_of="ben")
    group = bank.submit(delegate, flow, (TARGET, target(5))).held[0].group
    assert bank.group(group).authors == ("ben", "dirk")
    with pytest.raises(Forbidden) as caught:
        bank.sign(group, bank.ben)
    assert caught.value.code == "four-eyes"


def test_13_two_groups_signed_at_once_by_different_people_make_two_versions(bank, flow):
    done = bank.submit(bank.anna, flow, (TARGET, target(5)), (MEASURE, REVERSED))
    groups = {mark.paths: mark.group for mark in done.held}
    assert set(groups) == {(TARGET,), (MEASURE,)}
    barrier = threading.Barrier(2)

    def sign(group, by):
        barrier.wait(10)
        return bank.sign(group, by)

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(sign, groups[TARGET,], bank.ben), pool.submit(sign, groups[MEASURE,], bank.dora)]
        found = [job.result(30) for job in jobs]
    assert [one.state for one in found] == ["live", "live"]
    assert sorted(one.version for one in found) == [2, 3]
    assert served(bank, flow) == 0.05
    assert bank.live(flow)["outcomes"][0]["measure"]["formula"] == REVERSED["formula"]
    assert bank.show(flow).state == "approved"
    bank.sound(flow)


def test_15_a_home_with_one_person_has_a_working_provisional_template_and_is_told_who_is_missing(bank):
    alone = Actor("one", "The only one", roles=frozenset({"process_owner"}))
    content = bank.content()
    done = bank.make("template", content, alone)
    assert (done.version, done.held) == (1, ())
    shown = bank.show(content["id"])
    assert {mark.paths[0] for mark in done.provisional} == set(shown.approvals)
    assert {approval.state for approval in shown.approvals.values()} == {"provisional"}
    assert shown.state == "in review"
    waiting = {(mark.paths[0], waits.role) for mark in done.provisional for waits in mark.waiting_for}
    assert all(approval.waiting_for for approval in shown.approvals.values())
    nobody = {entry.path for entry in shown.attention if entry.code == "role.nobody"}
    held = {row[0] for row in bank.rows("SELECT role FROM role_binding")}
    assert nobody == {path for path, role in waiting if role not in held}
    assert changes.groups(bank.ctx, alone, kind="template", id=content["id"], state="unsigned").items
    bank.sound(content["id"])
