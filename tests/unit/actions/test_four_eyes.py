"""Four eyes, attacked on every path by which a change comes in: refused, journalled, and nothing else done."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import batches, bindings, blueprints, changes, delegations, documents, people, waivers
from bos.actions.batches import Part
from bos.actions.identities import delegated, identity
from bos.actions.settling import welcome
from bos.auth.actor import Actor
from bos.errors import Forbidden
from bos.model.diff import Change
from bos.model.policy import POLICY_ID
from bos.store.engine import reading

TARGET = "outcomes[returns].target"
FIVE = {"value": 0.05, "direction": "at_most", "source": ""}
FINANCE = frozenset({"finance_control"})


@pytest.fixture(scope="module")
def bank(bank_at, module_store_url):
    """Return a bank with two people who hold finance control and may propose, and two of the CoE."""
    found = bank_at(module_store_url)
    welcome(found.ctx)
    roles = frozenset({"finance_control", "process_owner"})
    found.employ(*(Actor(name, name.title(), roles=roles) for name in ("paul", "petra")), found.adam)
    found.employ(*(Actor(name, name.title(), roles=frozenset({"coe"})) for name in ("cody", "cole")))
    found.employ(Actor("gale", "Gale"))
    people.write_identities(found.ctx, found.adam, "paul", ["paul@git.example"], rationale="His.")
    return found


def who(bank, name):
    """Return somebody with the roles they hold now, as a request finds them."""
    with reading(bank.ctx.engine) as connection:
        return identity(connection, name, datetime.now(UTC))


def propose(bank, by, **more):
    return bank.submit(by, bank.template(), (TARGET, FIVE), **more).held[0].group


def by_wizard(bank):
    """Submit a whole document, as the wizard and a file on the command line do."""
    id_ = bank.template()
    content = bank.live(id_)
    content["outcomes"][0]["target"] = FIVE
    done = documents.put(bank.ctx, who(bank, "paul"), "template", id_, content, rationale="x", base_version=1)
    return done.held[0].group, who(bank, "paul")


def by_changes(bank):
    return propose(bank, who(bank, "paul")), who(bank, "paul")


def by_git(bank):
    origin = {"git": {"authors": ["Paul <paul@git.example>"]}}
    pipeline = Actor("petra", "Pipeline", "token", FINANCE | {"process_owner"})
    return propose(bank, pipeline, origin=origin), who(bank, "paul")


def by_token(bank):
    return propose(bank, Actor("paul", "Robot", "token", FINANCE | {"process_owner"})), who(bank, "paul")


def with_a_token(bank):
    return propose(bank, bank.anna), Actor("petra", "Robot", "token", FINANCE)


def by_a_delegate(bank):
    ends = datetime.now(UTC) + timedelta(days=1)
    delegations.give(bank.ctx, who(bank, "paul"), "gale", ends=ends, rationale="Away.")
    return propose(bank, delegated(bank.ctx, who(bank, "gale"), "paul")), who(bank, "paul")


def as_a_delegate(bank):
    ends = datetime.now(UTC) + timedelta(days=1)
    delegations.give(bank.ctx, who(bank, "petra"), "paul", ends=ends, rationale="Away.")
    return propose(bank, who(bank, "paul")), delegated(bank.ctx, who(bank, "paul"), "petra")


def by_a_group(bank):
    name = f"g{uuid.uuid4().hex[:8]}"
    bindings.write_group(bank.ctx, bank.adam, name, title="Team", members=["gale"], rationale="x")
    for role in ("finance_control", "process_owner"):
        bindings.give(bank.ctx, bank.adam, role, group=name, rationale="x")
    return propose(bank, who(bank, "gale")), who(bank, "gale")


def in_bulk(bank):
    part = Part(kind="template", id=bank.template(), base_version=1, changes=[Change(op="set", path=TARGET, new=FIVE)])
    done = batches.submit_many(bank.ctx, who(bank, "paul"), [part], rationale="x")
    return done.submissions[0].held[0].group, who(bank, "paul")


def by_rollback(bank):
    id_ = bank.template()
    bank.sign(bank.submit(bank.anna, id_, (TARGET, FIVE)).held[0].group)
    done = documents.rollback(bank.ctx, who(bank, "paul"), "template", id_, 1, rationale="x")
    return done.held[0].group, who(bank, "paul")


def by_retiring(bank):
    done = documents.delete(bank.ctx, who(bank, "paul"), "template", bank.template(), rationale="x")
    return done.held[0].group, who(bank, "paul")


def by_a_blueprint(bank):
    made = blueprints.create(bank.ctx, who(bank, "paul"), "loan-application", id=bank.fresh("loans"))
    mark = next(one for one in made.template.provisional if one.waiting_for[0].role == "finance_control")
    return mark.group, who(bank, "paul")


def after_withdrawing(bank):
    id_ = bank.template()
    mine = bank.submit(who(bank, "paul"), id_, (TARGET, FIVE)).held[0].group
    bank.withdraw(who(bank, "paul"), mine)
    return bank.submit(bank.anna, id_, (TARGET, FIVE)).held[0].group, who(bank, "paul")


def of_the_policy(bank):
    live = bank.show(POLICY_ID, "policy")
    signers = [{"role": "finance_control", "count": 2}]
    rule = {"id": bank.fresh("rule"), "field": "outcomes[].target", "signers": signers}
    content = {**live.document, "rules": [*live.document["rules"], rule]}
    cody = who(bank, "cody")
    done = documents.put(bank.ctx, cody, "policy", POLICY_ID, content, rationale="x", base_version=live.version)
    return done.held[0].group, cody


def as_administrator(bank):
    return propose(bank, bank.anna), who(bank, "adam")


PATHS = (
    by_wizard, by_changes, by_git, by_token, with_a_token, by_a_delegate, as_a_delegate, by_a_group, in_bulk,
    by_rollback, by_retiring, by_a_blueprint, after_withdrawing, of_the_policy, as_administrator,
)  # fmt: skip
NO_ROLE = {with_a_token, as_administrator}


def refused(bank, group, actor):
    """Return the journal's entries of refusals of this group by this person."""
    query = "SELECT kind, id, on_behalf_of, after FROM journal WHERE tag = 'signature.refused' AND actor = %s"
    rows = bank.rows(f"{query} AND after->>'where' = %s", (actor.person, group))
    return [(kind, id_, for_, told["code"]) for kind, id_, for_, told in rows]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_who_brought_a_change_in_or_holds_no_role_cannot_sign_it_and_the_attempt_is_journalled(bank, path):
    group, actor = path(bank)
    before = bank.group(group)
    entries = bank.rows("SELECT count(*) FROM journal")[0][0]
    with pytest.raises(Forbidden) as caught:
        changes.sign(bank.ctx, actor, group, decision="approve")
    code = "role" if path in NO_ROLE else "four-eyes"
    assert (caught.value.status, caught.value.code) == (403, code)
    assert bank.group(group) == before
    assert refused(bank, group, actor) == [(before.kind, before.id, actor.on_behalf_of, code)]
    assert bank.rows("SELECT count(*) FROM journal")[0][0] == entries + 1


def test_a_batch_and_a_waiver_are_no_way_around(bank):
    paul = who(bank, "paul")
    part = Part(kind="template", id=bank.template(), base_version=1, changes=[Change(op="set", path=TARGET, new=FIVE)])
    batch = batches.submit_many(bank.ctx, paul, [part], rationale="x").batch
    loose = bank.template(approved=())
    bank.submit(paul, loose, (TARGET, FIVE))
    ends = datetime.now(UTC) + timedelta(days=9)
    for act in (
        lambda: batches.sign(bank.ctx, paul, batch, decision="approve"),
        lambda: waivers.ask(bank.ctx, paul, "template", loose, path=TARGET, ends=ends, reason="x"),
    ):
        entries = bank.rows("SELECT count(*) FROM journal WHERE tag = 'signature.refused'")[0][0]
        with pytest.raises(Forbidden) as caught:
            act()
        assert caught.value.code == "four-eyes"
        assert bank.rows("SELECT count(*) FROM journal WHERE tag = 'signature.refused'")[0][0] == entries + 1
