"""What waits for somebody is exactly what a signature of theirs would count for."""

from __future__ import annotations

import pytest

from bos.actions import changes
from bos.auth.actor import Actor
from bos.errors import BosError, Conflict, Forbidden, Invalid
from bos.model.scope import Grant

TARGET = "outcomes[returns].target"
FIVE = {"value": 0.05, "direction": "at_most", "source": ""}


def listed(bank, actor, *, limit=1000, **where):
    found, cursor = [], None
    while True:
        page = changes.groups(bank.ctx, actor, mine=True, cursor=cursor, limit=limit, **where)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def would_count(bank, actor, group):
    """Ask for rework without saying why: whoever may decide is asked for the comment, everybody else refused before."""
    try:
        changes.sign(bank.ctx, actor, group, decision="rework", comment="")
    except Invalid:
        return True
    except (Forbidden, Conflict):
        return False
    raise AssertionError("a decision without a comment was taken")


@pytest.mark.parametrize("every_nth", [15, pytest.param(1, marks=pytest.mark.full)])
def test_it_is_what_signing_would_take_for_everybody_and_every_state(bank, every_nth):
    first, second = bank.template(), bank.template(approved=False)
    waits = bank.submit(bank.anna, first, (TARGET, FIVE)).held[0].group
    bank.submit(
        bank.cara, first, ("outcomes[posted_count].measure", {"formula": "count(received)", "unit": "payments"})
    )
    gone = bank.submit(bank.anna, second, ("description", "Words")).version
    assert gone == 2
    here = Actor("hugo", "Hugo", grants=frozenset({Grant("finance_control", "flow", first)}))
    tagged = Actor("tara", "Tara", grants=frozenset({Grant("finance_control", "tag", "lending")}))
    elsewhere = Actor("ella", "Ella", grants=frozenset({Grant("finance_control", "flow", "none")}))
    for_ben = Actor("dele", "Dele", roles=bank.ben.roles, on_behalf_of="ben")
    for_anna = Actor("dale", "Dale", roles=bank.ben.roles, on_behalf_of="anna")
    viewer = Actor("vera", "Vera", roles=frozenset({"viewer"}))
    token = Actor("ben", "Ben", "token", roles=bank.ben.roles, token="t", only=frozenset({"change.read"}))  # noqa: S106
    everybody = (bank.anna, bank.ben, bank.cara, bank.dora, bank.adam, bank.sam, bank.maker, here, tagged, elsewhere)
    seen = {}
    for actor in (*everybody, for_ben, for_anna, viewer, token):
        every = [group.group for group in changes.groups(bank.ctx, bank.adam, limit=1000).items]
        tried = {waits, *every[::every_nth]}
        found = {group.group for group in listed(bank, actor)}
        assert found & tried == {group for group in tried if would_count(bank, actor, group)}, actor.display
        seen[actor.display] = waits in found
    assert all(seen[name] for name in ("Hugo", "Dele", "Tara", "Sam"))
    assert not any(seen[name] for name in ("Anna", "Dale", "Vera", "Adam", "Ella", "Mary"))
    bank.sign(waits, bank.ben)
    assert waits not in {group.group for group in listed(bank, bank.sam)}


def test_it_comes_in_parts_and_only_of_a_document_where_one_is_named(bank):
    flows = [bank.template(approved=False) for _ in range(3)]
    whole = [group.group for group in listed(bank, bank.sam)]
    assert len(whole) == len(set(whole)) > 30
    assert [group.group for group in listed(bank, bank.sam, limit=7)] == whole
    assert {group.id for group in listed(bank, bank.sam, kind="template", id=flows[0])} == {flows[0]}
    with pytest.raises(BosError):
        changes.groups(bank.ctx, Actor("new", "New"), mine=True)
