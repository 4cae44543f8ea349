"""A token may never do more than its person, and on its flow does all that was asked of what the person may."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.auth.actor import Actor
from bos.auth.policy import RIGHTS, reach
from bos.auth.token_rights import ASKED_BY_NAME, NEVER, named, narrowed
from bos.model.roles import ROLES
from bos.model.scope import Grant, Place

FLOWS, TAGS = ("a", "b", "c"), ("x", "y")
roles = st.frozensets(st.sampled_from(sorted(ROLES)), max_size=2)
tagged = st.fixed_dictionaries({flow: st.frozensets(st.sampled_from(TAGS)) for flow in FLOWS})
grants = st.frozensets(
    st.builds(Grant, st.sampled_from(sorted(ROLES)), st.just("flow"), st.sampled_from(FLOWS))
    | st.builds(Grant, st.sampled_from(sorted(ROLES)), st.just("tag"), st.sampled_from(TAGS)),
    max_size=4,
)
scopes = (
    st.just(("all", ""))
    | st.tuples(st.just("flow"), st.sampled_from(FLOWS))
    | st.tuples(st.just("tag"), st.sampled_from(TAGS))
)


def holds(actor, role, flow, tags):
    """Return whether somebody holds a role on a flow, as ``docs/people.md`` says it in words."""
    on_it = any(g.role == role and (g.value == flow if g.scope == "flow" else g.value in tags) for g in actor.grants)
    return role in actor.roles or on_it


@given(roles, grants, tagged, scopes, st.sampled_from(sorted(ROLES)))
def test_a_narrowed_role_holds_where_both_hold(held, given_, flows, scope, role):
    owner = Actor("ana", roles=held, grants=given_)
    kind, value = scope
    acting = narrowed(owner, scope=kind, value=value, tags=flows)
    for flow, tags in flows.items():
        inside = kind == "all" or (value == flow if kind == "flow" else value in tags)
        other_tag = kind == "tag" and not holds(
            replace(owner, grants=frozenset(g for g in given_ if g.scope == "flow" or g.value == value)),
            role,
            flow,
            tags,
        )
        assert holds(acting, role, flow, tags) == (inside and holds(owner, role, flow, tags) and not other_tag)


@given(
    st.frozensets(st.sampled_from(sorted({*RIGHTS, "read", "write"}))), st.frozensets(st.sampled_from(sorted(RIGHTS)))
)
def test_the_rights_of_a_token_are_its_persons_and_never_those_of_persons_only(asked, mine):
    found = set(named(asked, mine))
    assert found - {"self.read"} <= mine - NEVER
    assert found & ASKED_BY_NAME <= asked
    assert (asked & mine) - NEVER - {"self.read"} <= found


@pytest.mark.parametrize("right", ["template.write", "change.sign", "journal.read"])
def test_what_a_token_is_not_for_it_reaches_nowhere(right):
    actor = Actor("ana", kind="token", roles=frozenset(ROLES), only=frozenset({"template.read"}))
    assert not reach(actor, right).covers(Place({"a": frozenset()}))
    assert reach(actor, "template.read").everywhere
