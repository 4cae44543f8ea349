"""Whom a home has from the start: the operator, and the sample people of a demo."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions.identities import operator
from bos.actions.people import note_added
from bos.actions.samples import sample_people
from bos.actions.submission import Wish, submit
from bos.actions.unit import write
from bos.auth.actor import SYSTEM
from bos.model.answers.page import Done
from bos.model.policy import POLICY_ID, Policy
from bos.store import documents, people
from bos.store.engine import reading
from bos.store.tables_people import role_binding
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit

_WHY = "(written by BOS) Whoever a home has from the start."


def welcome(ctx: Context) -> None:
    """Write whom the home has from the start, where they are not there yet."""
    with reading(ctx.engine) as connection:
        known = all(people.find(connection, name) is not None for name, *_ in _everybody(ctx))
        holds = {row.role for row in _operators(connection, datetime.now(UTC))}
        same = holds == operator(alone=not ctx.settings.sign_on).roles
        if known and same and documents.head(connection, "policy", POLICY_ID) is not None:
            return

    def work(unit: Unit) -> Done:
        settle(unit)
        return Done()

    write(ctx, SYSTEM, "people.settle", {"at": datetime.now(UTC).isoformat()}, Done, work, rationale=_WHY)


def settle(unit: Unit) -> None:
    """Write the operator, the sample people with their roles and an approval policy; what is there stays as it is."""
    for name, display, source, roles in _everybody(unit.ctx):
        if not people.add(unit.connection, name, display=display, email="", source=source, at=unit.now):
            continue
        note_added(unit, name, display, source)
        if source == "sample":
            _give(unit, name, roles)
    _settle_operator(unit)
    if documents.head(unit.connection, "policy", POLICY_ID) is None:
        first = Policy(id=POLICY_ID, title="Approval policy", owner="coe").data()
        submit(unit, "policy", POLICY_ID, Wish(base_version=None, document=first))


def _settle_operator(unit: Unit) -> None:
    """Give the operator every role on a machine of their own, and none but the administrator's where people sign in."""
    mine = operator(alone=not unit.ctx.settings.sign_on)
    held = {row.role: row for row in _operators(unit.connection, unit.now)}
    _give(unit, mine.person, mine.roles - set(held))
    for role in sorted(set(held) - mine.roles):
        people.end_binding(unit.connection, held[role].role_binding, unit.now)
        unit.note(Tag.ROLE_ENDED, kind="person", id=mine.person, before={"role": role, "scope": "all"})


def _operators(connection: Connection, at: datetime) -> list[Row[Any]]:
    """Return what the operator holds on all flows."""
    mine = (role_binding.c.person == operator().person, role_binding.c.scope == "all")
    return people.bindings(connection, *mine, people.holds_at(at))


def _give(unit: Unit, person: str, roles: Iterable[str]) -> None:
    for role in sorted(roles):
        values = {"role_binding": uuid.uuid4().hex, "person": person, "role": role, "scope": "all"}
        more = {"starts": unit.now, "given_by": SYSTEM.person, "rationale": _WHY, "at": unit.now}
        people.bind(unit.connection, {**values, **more})
        unit.note(Tag.ROLE_GIVEN, kind="person", id=person, after={"role": role, "scope": "all"})


def _everybody(ctx: Context) -> Iterable[tuple[str, str, str, frozenset[str]]]:
    """Yield id, name, source and roles."""
    mine = operator()
    yield mine.person, mine.display, "local", mine.roles
    for one in sample_people(ctx.home):
        yield one.person, f"{one.display} ({one.label.lower()})", "sample", frozenset({one.role})
