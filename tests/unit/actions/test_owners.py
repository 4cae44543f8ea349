"""Who owns what: roles by the words of the template, people by what they hold there."""

from __future__ import annotations

import pytest

from bos.actions import owners
from bos.auth.actor import Actor
from bos.errors import Forbidden, NotFound, UsageError
from bos.model.paths import flatten
from bos.model.scope import Grant

OWNERSHIP = [
    {"id": "a", "covers": "identity", "accountable": "business_owner"},
    {"id": "b", "covers": "flow", "accountable": "process_owner"},
    {"id": "c", "covers": "process_signals", "accountable": "data_steward"},
    {"id": "d", "covers": "system_signals", "accountable": "sre"},
    {"id": "e", "covers": "outcomes", "accountable": "business_owner"},
    {"id": "f", "covers": "outcomes[returns].target", "accountable": "compliance"},
    {"id": "g", "covers": "ownership", "accountable": "coe"},
]


@pytest.fixture(scope="module")
def house(bank):
    """Return a bank with one flow and people who hold roles on it, on a tag, elsewhere, and nowhere."""
    bank.flow = bank.template(approved=False, ownership=OWNERSHIP, tags=["housed"])
    bank.other = bank.template(approved=False, tags=["else"])
    bank.employ(
        Actor("bo", "Bo", roles=frozenset({"business_owner"})),
        Actor("pip", "Pip", grants=frozenset({Grant("process_owner", "flow", bank.flow)})),
        Actor("tag", "Tag", grants=frozenset({Grant("data_steward", "tag", "housed")})),
        Actor("far", "Far", grants=frozenset({Grant("sre", "flow", bank.other)})),
    )
    return bank


def mine(bank, **asked):
    return {one.id: one for one in owners.listing(bank.ctx, bank.adam, **asked).items}


def test_each_flow_is_told_with_its_roles_and_who_holds_them_there(house):
    told = {one.role: one.people for one in mine(house)[house.flow].holders}
    assert told == {
        "process_owner": ("pip",), "business_owner": ("bo",), "data_steward": ("tag",),
        "sre": (), "compliance": (), "coe": (),
    }  # fmt: skip
    assert {one.role: one.people for one in mine(house)[house.other].holders} == {"process_owner": ()}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"role": "sre"}, {"sre"}),
        ({"person": "bo"}, {"business_owner"}),
        ({"person": "far"}, None),
        ({"person": "nobody"}, None),
        ({"role": "compliance", "person": "bo"}, None),
        ({"role": "nonsense"}, None),
    ],
)
def test_a_role_and_a_person_narrow_what_is_told(house, asked, found):
    one = mine(house, **asked).get(house.flow)
    assert (one and {held.role for held in one.holders}) == found


def test_every_field_has_one_owner_the_one_with_the_longest_cover(house):
    parts = owners.of_document(house.ctx, house.adam, "template", house.flow).items
    by_path = {path: part for part in parts for path in part.paths}
    assert sum(len(part.paths) for part in parts) == len(by_path)
    assert set(by_path) == set(flatten("template", house.live(house.flow)))
    for path, role in {
        "title": "business_owner",
        "flow.correlation_key": "process_owner",
        "flow.steps[posted].title": "process_owner",
        "process_signals[returned].signal": "data_steward",
        "system_signals[latency].affects": "sre",
        "outcomes[returns].measure": "business_owner",
        "outcomes[returns].target": "compliance",
        "outcomes[posted_count].target": "business_owner",
        "ownership[f].accountable": "coe",
    }.items():
        assert by_path[path].role == role, path
    target = by_path["outcomes[returns].target"]
    assert (target.what, target.fields, target.people) == ("KPI “Return rate”", ("Target",), ())
    assert target.critical == ("outcomes[returns].target",)
    assert by_path["title"].people == ("bo",)


def test_of_a_signal_everything_belongs_to_its_owner(house):
    parts = owners.of_document(house.ctx, house.adam, "signal", "payment.posted").items
    assert {(part.role, part.people) for part in parts} == {("data_steward", ())}, "nobody holds it on every flow"


def test_pages_join_to_the_whole(house):
    whole, found, cursor = list(mine(house)), [], None
    while True:
        page = owners.listing(house.ctx, house.adam, cursor=cursor, limit=1)
        found += [one.id for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == whole
    assert len(whole) > 1


def test_who_sees_one_flow_is_told_of_that_one_alone(house):
    only = Actor("ivo", "Ivo", grants=frozenset({Grant("viewer", "flow", house.flow)}))
    assert [one.id for one in owners.listing(house.ctx, only).items] == [house.flow]
    with pytest.raises(Forbidden):
        owners.of_document(house.ctx, only, "template", house.other)


def test_wrong_questions_are_refused(house):
    with pytest.raises(NotFound):
        owners.listing(house.ctx, house.adam, "nonsense")
    with pytest.raises(NotFound):
        owners.of_document(house.ctx, house.adam, "template", "nowhere")
    with pytest.raises(UsageError):
        owners.listing(house.ctx, house.adam, limit=0)
