"""People, the roles they are given, where these hold, who stands in, and what becomes of what a leaver served."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import bindings, delegations, documents, people, relations
from bos.actions.holding import Holding
from bos.actions.identities import delegated, identity
from bos.auth.actor import Actor
from bos.errors import Conflict, Forbidden, Invalid, NotFound, UsageError
from bos.model.scope import Grant, Place
from bos.store.engine import reading

TARGET = "outcomes[returns].target"
MEASURE = "outcomes[returns].measure"
ROLES = ("data_steward", "sre")
SOON = datetime.now(UTC) + timedelta(days=30)


def at_most(percent):
    return {"value": percent / 100, "direction": "at_most", "source": ""}


@pytest.fixture
def adam(bank):
    """Return an administrator; there is another one, so that they may be taken away."""
    bank.employ(bank.adam, Actor("amy", "Amy", roles=frozenset({"admin"})))
    return bank.adam


@pytest.fixture
def hire(bank, adam):
    """Return a function that lets the bank know somebody nobody knew, and gives them roles; it returns their id."""

    def made(*roles, scope="all", value=""):
        name = bank.fresh("p")
        people.add(bank.ctx, adam, name, display=name.upper(), rationale="New here.")
        for role in roles:
            bindings.give(bank.ctx, adam, role, person=name, scope=scope, value=value, rationale="Their work.")
        return name

    return made


def now_as(bank, name):
    with reading(bank.ctx.engine) as connection:
        return identity(connection, name, datetime.now(UTC))


def test_a_role_on_one_flow_signs_there_and_nowhere_else(bank, hire, flow):
    other = bank.template()
    carl = now_as(bank, hire("finance_control", scope="flow", value=flow))
    assert (carl.roles, carl.grants) == (frozenset(), {Grant("finance_control", "flow", flow)})
    group = bank.submit(bank.anna, other, (TARGET, at_most(5))).held[0].group
    with pytest.raises(Forbidden) as caught:
        bank.sign(group, carl)
    assert caught.value.code == "role"
    group = bank.submit(bank.anna, flow, (TARGET, at_most(5))).held[0].group
    assert bank.sign(group, carl).state == "live"


def test_a_role_on_a_tag_follows_the_tags_of_the_flow(bank, hire):
    tagged, plain = bank.template(tags=["retail"]), bank.template(tags=["lending"])
    rita = now_as(bank, hire("process_owner", scope="tag", value="retail"))
    bank.submit(rita, tagged, ("description", "Mine."))
    with pytest.raises(Forbidden):
        bank.submit(rita, plain, ("description", "Not mine."))
    with pytest.raises(Forbidden):  # her own flow cannot be taken out of her reach and back: she may not write it then
        bank.submit(rita, tagged, ("tags", ["lending"]))
    assert [row.id for row in documents.listing(bank.ctx, rita, "template").items] == [tagged]


def test_a_draft_of_somebody_else_s_flow_does_not_bring_it_into_reach(bank, hire):
    """What a draft says of tags counts only while there is no such flow."""
    from bos.actions import drafts, previews  # noqa: PLC0415 - one test needs them

    flow = bank.template(tags=["lending"])
    rita = now_as(bank, hire("process_owner", scope="tag", value="retail"))
    claim = {**bank.live(flow), "tags": ["retail"]}
    with pytest.raises(Forbidden):
        drafts.save(bank.ctx, rita, "template", flow, claim, revision=0)
    with pytest.raises(Forbidden):
        previews.preview(bank.ctx, rita, flow, claim, "returns")
    with pytest.raises(Forbidden):
        documents.put(bank.ctx, rita, "template", flow, claim, base_version=1, rationale="Mine now.")


def test_a_signal_that_flows_share_is_signed_by_who_holds_the_role_on_all_of_them(bank, hire):
    name = bank.fresh("s")
    done = bank.make("signal", {"id": name, "title": "Shared", "type": "process", "binding": {"event": "X"}})
    bank.approve(done)
    uses = [{"id": "posted", "signal": name, "step": "posted"}]
    first, second = (bank.content() for _ in range(2))
    for content in (first, second):
        content["process_signals"] += [{**uses[0], "id": "shared"}]
        bank.make("template", content)
    dan = now_as(bank, hire(*ROLES, scope="flow", value=first["id"]))
    binding = {**bank.live(name, "signal")["binding"], "event": "Y"}
    (held,) = bank.submit(bank.anna, name, ("binding", binding), kind="signal").held
    with pytest.raises(Forbidden):
        bank.sign(held.group, dan)
    grants = frozenset(Grant(role, "flow", one["id"]) for role in ROLES for one in (first, second))
    both = Actor("dina", grants=grants)
    assert bank.sign(held.group, both).state == "live"


def test_nothing_of_one_flow_is_moved_to_another_or_made_there(bank, hire):
    mine, other = bank.template(), bank.template()
    olga = now_as(bank, hire("process_owner", scope="flow", value=mine))
    name = bank.fresh("w")
    schedule = {"id": name, "title": "Weekly", "flow": mine}
    documents.put(bank.ctx, olga, "schedule", name, schedule, rationale="First.")
    for act in (
        lambda: documents.put(
            bank.ctx, olga, "schedule", name, {**schedule, "flow": other}, base_version=1, rationale="Move."
        ),
        lambda: documents.put(
            bank.ctx, olga, "schedule", bank.fresh("w"), {"title": "Weekly", "flow": other}, rationale="New."
        ),
        lambda: bank.make("template", bank.content(), by=olga),
    ):
        with pytest.raises(Forbidden):
            act()
    assert bank.live(name, "schedule")["flow"] == mine


def test_what_a_shared_signal_is_tied_to_names_no_flow_out_of_reach(bank, hire):
    mine, other = bank.template(), bank.template()
    olga = now_as(bank, hire("viewer", scope="flow", value=mine))

    def users(actor):
        found = relations.around(bank.ctx, actor, "signal", "payment.posted")
        return {row.id for row in found if row.kind == "template"} & {mine, other}

    assert (users(olga), users(bank.sam)) == ({mine}, {mine, other})


def test_nobody_gives_a_role_to_themselves_by_any_way(bank, adam, hire):
    other = hire("admin")
    bindings.write_group(bank.ctx, adam, "treasury", title="Treasury", members=[other], rationale="Begin.")
    bindings.give(bank.ctx, adam, "finance_control", group="treasury", rationale="Their work.")
    acting = now_as(bank, other)
    for give in (
        lambda: bindings.give(bank.ctx, acting, "finance_control", person=other, rationale="Me."),
        lambda: bindings.give(bank.ctx, acting, "compliance", group="treasury", rationale="Us."),
        lambda: bindings.write_group(
            bank.ctx, adam, "treasury", title="T", members=[other, adam.person], rationale="Me too."
        ),
        lambda: delegations.give(bank.ctx, acting, other, person=adam.person, ends=SOON, rationale="I stand in."),
    ):
        with pytest.raises(Forbidden) as caught:
            give()
        assert caught.value.code == "four-eyes"
    assert "finance_control" in now_as(bank, other).roles  # by the group


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"role": "boss"}, NotFound),
        ({"person": "nobody-known"}, NotFound),
        ({"group": "both"}, UsageError),
        ({"person": None}, UsageError),
        ({"scope": "flow", "value": "no-such-flow"}, NotFound),
        ({"scope": "tag"}, UsageError),
        ({"value": "x"}, UsageError),
        ({"role": "admin", "scope": "tag", "value": "x"}, UsageError),
        ({"ends": datetime(2001, 1, 1, tzinfo=UTC)}, UsageError),
        ({"starts": datetime(2031, 1, 1)}, UsageError),  # noqa: DTZ001 - what is refused
        ({"rationale": " "}, Invalid),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(bank, adam, hire, options, error):
    name = hire()
    given = {"role": "sre", "person": name, "rationale": "Work.", **options}
    with pytest.raises(error) as caught:
        bindings.give(bank.ctx, adam, given.pop("role"), **given)
    assert caught.value.message
    assert now_as(bank, name).every_role == frozenset()


def test_a_role_holds_from_its_first_to_its_last_moment_and_no_longer(bank, adam, hire):
    name, now = hire(), datetime.now(UTC)
    give = bindings.give(bank.ctx, adam, "sre", person=name, starts=now + timedelta(days=1), ends=SOON, rationale="x")
    moments = [now, give.starts, SOON - timedelta(microseconds=1), SOON]
    with reading(bank.ctx.engine) as connection:
        found = [identity(connection, name, moment).roles for moment in moments]
    assert found == [frozenset(), {"sre"}, {"sre"}, frozenset()]
    ended = bindings.end(bank.ctx, adam, give.binding, rationale="Not needed.")
    assert ended.ends == ended.starts
    with reading(bank.ctx.engine) as connection:
        assert identity(connection, name, give.starts).roles == frozenset()


def test_the_last_administrator_stays(own_bank):
    own_bank.employ(own_bank.adam)
    (mine,) = bindings.listing(own_bank.ctx, own_bank.adam, role="admin").items
    boss = Actor("boss", roles=frozenset({"admin"}))  # as a session whose binding has just ended
    for act in (
        lambda: bindings.end(own_bank.ctx, boss, mine.binding, rationale="x"),
        lambda: people.disable(own_bank.ctx, boss, "adam", rationale="x"),
    ):
        with pytest.raises(Conflict) as caught:
            act()
        assert caught.value.code == "last-admin"
    assert now_as(own_bank, "adam").roles == {"admin"}


def test_a_delegate_signs_for_the_absent_person_and_not_for_what_either_proposed(bank, hire, flow):
    away, stand_in = hire("finance_control"), hire("viewer")
    absent, helper = now_as(bank, away), now_as(bank, stand_in)
    with pytest.raises(Forbidden):
        delegated(bank.ctx, helper, away)
    given = delegations.give(bank.ctx, absent, stand_in, ends=SOON, rationale="On leave.")
    acting = delegated(bank.ctx, helper, away)
    assert (acting.people, acting.roles) == ((stand_in, away), {"finance_control"})
    mine = bank.submit(acting, flow, (TARGET, at_most(5))).held[0].group
    for person in (acting, absent, helper):
        with pytest.raises(Forbidden) as caught:
            bank.sign(mine, person)
        assert caught.value.code == "four-eyes"
    group = bank.submit(bank.anna, flow, (TARGET, at_most(6)), saw=[mine]).held[0].group
    bank.withdraw(bank.anna, group)
    other = bank.template()
    theirs = bank.submit(bank.anna, other, (TARGET, at_most(5))).held[0].group
    assert bank.sign(theirs, acting).state == "live"
    assert set(bank.show(other).approvals[TARGET].signed_by) == {away, stand_in}
    delegations.end(bank.ctx, absent, given.delegation, rationale="Back.")
    with pytest.raises(Forbidden):
        delegated(bank.ctx, helper, away)


def test_a_delegate_never_administers(bank, hire):
    boss, helper = hire("admin", "sre"), hire("viewer")
    delegations.give(bank.ctx, now_as(bank, boss), helper, ends=SOON, rationale="Away.")
    acting = delegated(bank.ctx, now_as(bank, helper), boss)
    assert acting.roles == {"sre"}
    with pytest.raises(Forbidden):
        people.add(bank.ctx, acting, "friend", display="Friend", rationale="x")


def test_who_is_disabled_is_nobody_holds_nothing_and_what_they_served_is_told(own_bank):
    """The oracle is a count over the template by hand: which of its fields Ben alone answers for."""
    bank = own_bank
    owen = Actor("owen", "Owen", roles=frozenset({"coe"}))
    carol = Actor("carol", "Carol", roles=frozenset({"compliance", "sre"}))
    bank.employ(bank.adam, bank.maker, bank.anna, bank.ben, bank.dora, owen, carol)
    ownership = [{"id": "outcomes", "covers": "outcomes", "accountable": "finance_control"}]
    content = bank.content()
    content["ownership"] = [row for row in content["ownership"] if row["covers"] != "outcomes"] + ownership
    done = bank.make("template", content)
    flow = content["id"]
    # Each field of a KPI but its id, the order of the KPIs, and the bounds of trust of all of them.
    fields_by_hand = sum(len(outcome) - 1 for outcome in content["outcomes"]) + 2
    waiting = [mark for mark in done.provisional if mark.waiting_for[0].role == "finance_control"]
    asked = people.departure(bank.ctx, bank.adam, "ben")
    (field,) = [duty for duty in asked.duties if duty.what == "field"]
    assert (field.id, field.role, len(field.paths)) == (flow, "finance_control", fields_by_hand)
    signatures = {duty.group for duty in asked.duties if duty.what == "signature"}
    assert signatures == {mark.group for mark in waiting}
    assert asked.told == ("owen",)
    assert documents.listing(bank.ctx, bank.adam, "template").items[0].unowned == ()

    gone = people.disable(bank.ctx, bank.adam, "ben", rationale="Left the bank.")
    assert gone.duties == asked.duties
    assert now_as(bank, "ben") is None
    assert documents.listing(bank.ctx, bank.adam, "template").items[0].unowned == ("finance_control",)
    told = {(one.code, one.path) for one in bank.show(flow).attention}
    assert ("owner.nobody", "ownership[outcomes].accountable") in told
    assert {path for code, path in told if code == "role.nobody"} == {path for mark in waiting for path in mark.paths}
    found = documents.validate(bank.ctx, bank.adam, "template", content).problems
    assert "owner.nobody" in {problem.code for problem in found}
    topics = bank.rows("SELECT topic, payload->'people' FROM outbox WHERE topic = 'duty.unserved'")
    assert topics == [("duty.unserved", ["owen"])] * len(gone.duties)
    (entry,) = bank.rows(
        "SELECT rationale, jsonb_array_length(after->'duties') FROM journal WHERE tag = 'person.disabled'"
    )
    assert entry == ("Left the bank.", len(gone.duties))

    bank.employ(bank.cara)
    assert "owner.nobody" not in {one.code for one in bank.show(flow).attention}
    assert documents.listing(bank.ctx, bank.adam, "template").items[0].unowned == ()
    people.enable(bank.ctx, bank.adam, "ben", rationale="Came back.")
    assert now_as(bank, "ben").roles == {"finance_control"}
    assert not people.departure(bank.ctx, bank.adam, "ben").duties
    again = people.disable(bank.ctx, bank.adam, "ben", rationale="Left again.")
    assert again.handed_on == len(waiting)
    rows = bank.rows(
        "SELECT jsonb_array_length(payload->'waits') FROM outbox WHERE topic = 'signature.waits' "
        "AND payload->'people' = '[\"cara\"]'"
    )
    assert rows == [(len(waiting),)]


def test_who_holds_what_where_is_as_a_count_by_hand_says(bank, hire):
    flow = bank.template(tags=["cards"])
    everywhere, here, tagged = hire("compliance"), hire("compliance", scope="flow", value=flow), hire()
    bindings.give(bank.ctx, bank.adam, "compliance", person=tagged, scope="tag", value="cards", rationale="x")
    with reading(bank.ctx.engine) as connection:
        holding = Holding.at(connection, datetime.now(UTC))
    mine = {everywhere, here, tagged}
    assert holding.of("compliance", Place({flow: frozenset({"cards"})})) & mine == mine
    assert holding.of("compliance", Place({flow: frozenset()})) & mine == {everywhere, here}
    assert holding.of("compliance", Place({"x": frozenset({"cards"})})) & mine == {everywhere, tagged}
    assert holding.of("compliance", Place({flow: frozenset(), "x": frozenset()})) & mine == {everywhere}


def test_what_is_done_to_people_is_journalled_with_the_reason(bank, adam, hire):
    name = hire("sre")
    (binding,) = bindings.listing(bank.ctx, adam, person=name).items
    bindings.end(bank.ctx, adam, binding.binding, rationale="Moved.")
    people.disable(bank.ctx, adam, name, rationale="Left.")
    people.enable(bank.ctx, adam, name, rationale="Back.")
    rows = bank.rows(
        "SELECT tag, actor, rationale FROM journal WHERE kind = 'person' AND id = %s ORDER BY seq", (name,)
    )
    assert rows == [
        ("person.added", "adam", "New here."),
        ("role.given", "adam", "Their work."),
        ("role.ended", "adam", "Moved."),
        ("person.disabled", "adam", "Left."),
        ("person.enabled", "adam", "Back."),
    ]


def test_who_may_not_administer_changes_nobody(bank, hire):
    name = hire("process_owner")
    for actor in (bank.maker, bank.sam, now_as(bank, name)):
        for act in (
            lambda by: people.add(bank.ctx, by, "x1", display="X", rationale="x"),
            lambda by: people.disable(bank.ctx, by, name, rationale="x"),
            lambda by: bindings.give(bank.ctx, by, "sre", person=name, rationale="x"),
            lambda by: bindings.write_group(bank.ctx, by, "g1", title="G", members=(), rationale="x"),
        ):
            with pytest.raises(Forbidden):
                act(actor)
