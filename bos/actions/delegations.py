"""Delegations: who stands in for whom while they are away."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bos.actions.bindings import living, window
from bos.actions.people import delegation_answer
from bos.actions.unit import rationale_of, write
from bos.auth.policy import allow
from bos.errors import Conflict, Forbidden, NotFound, UsageError
from bos.model.answers.page import Page
from bos.model.answers.people import Delegation
from bos.model.scope import HOME
from bos.store import people
from bos.store.engine import reading
from bos.store.tables_people import delegation
from bos.store.tags import Tag

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor


def listing(ctx: Context, actor: Actor, *, ended: bool = False) -> Page[Delegation]:
    """Return who stands in for whom, those to come too; with ``ended`` also those that are over."""
    allow(actor, "delegation.read")
    where = () if ended else (delegation.c.ends > datetime.now(UTC),)
    with reading(ctx.engine) as connection:
        return Page(items=tuple(delegation_answer(row) for row in people.delegations(connection, *where)))


def give(
    ctx: Context,
    actor: Actor,
    delegate: str,
    *,
    person: str | None = None,
    starts: datetime | None = None,
    ends: datetime,
    rationale: str,
) -> Delegation:
    """Let somebody stand in for oneself, or for ``person``, which only an administrator can.

    The delegate acts with the roles of that person, never as administrator; what either proposed, neither signs.

    Raises:
        Forbidden: it is for somebody else, and the actor is no administrator; or one would stand in oneself.
        NotFound: BOS does not know one of them.
        Conflict: one of them is disabled.
        UsageError: the moments make no sense.
        Invalid: the rationale is missing.
    """
    allow(actor, "delegation.give")
    why = rationale_of(actor, rationale)
    for_ = person or actor.person
    if for_ != actor.person or actor.on_behalf_of is not None:
        allow(actor, "people.manage", HOME)
        if delegate in actor.people:
            raise Forbidden(
                "Nobody makes themselves a delegate.",
                where="delegate",
                hint="Let another administrator.",
                code="four-eyes",
            )
    if for_ == delegate:
        raise UsageError("Nobody stands in for themselves.", where="delegate", hint="Name somebody else.")
    begins, over = window(starts, ends)

    def work(unit: Unit) -> Delegation:
        for name in (for_, delegate):
            living(unit.connection, name)
        values = {
            "delegation": uuid.uuid4().hex,
            "person": for_,
            "delegate": delegate,
            "starts": begins or unit.now,
            "ends": over,
            "given_by": unit.actor.person,
            "rationale": why,
            "at": unit.now,
        }
        people.delegate(unit.connection, values)
        made = Delegation(**values)
        unit.note(Tag.DELEGATION_GIVEN, kind="person", id=for_, after=made.model_dump(mode="json"))
        return made

    request = {"delegate": delegate, "person": for_, "starts": starts and starts.isoformat(), "ends": ends.isoformat()}
    return write(ctx, actor, "delegation.give", {**request, "why": why}, Delegation, work, rationale=why)


def end(ctx: Context, actor: Actor, name: str, *, rationale: str) -> Delegation:
    """Let nobody stand in any more, from now on: the person, the delegate or an administrator can end it.

    Raises:
        NotFound: there is no such delegation.
        Forbidden: it concerns others, and the actor is no administrator.
        Conflict: it has ended.
        Invalid: the rationale is missing.
    """
    allow(actor, "delegation.give")
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> Delegation:
        found = people.delegations(unit.connection, delegation.c.delegation == name) if "\x00" not in name else []
        if not found:
            raise NotFound(f"There is no delegation {name!r}.", where=f"delegation/{name}", hint="List them.")
        if actor.person not in {found[0].person, found[0].delegate}:
            allow(actor, "people.manage", HOME)
        if found[0].ends <= unit.now:
            raise Conflict("This has ended already.", where=f"delegation/{name}", code="ended")
        people.end_delegation(unit.connection, name, unit.now)
        made = delegation_answer(people.delegations(unit.connection, delegation.c.delegation == name)[0])
        unit.note(Tag.DELEGATION_ENDED, kind="person", id=found[0].person, before=made.model_dump(mode="json"))
        return made

    return write(ctx, actor, "delegation.end", {"name": name, "why": why}, Delegation, work, rationale=why)
