"""Roles: who is given one, where and for how long; and groups of people."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from bos.actions.identities import operator
from bos.actions.people import (
    binding_answer,
    checked_id,
    group_answer,
    known,
    refuse_last_admin,
)
from bos.actions.personal import was_erased
from bos.actions.submission import missing
from bos.actions.unit import one_line, rationale_of, write
from bos.auth.policy import allow
from bos.errors import Conflict, Forbidden, NotFound, UsageError
from bos.model.answers.page import Page
from bos.model.answers.people import Binding, PeopleGroup
from bos.model.roles import ROLES
from bos.model.scope import HOME, fits
from bos.store import documents, people
from bos.store.engine import reading
from bos.store.tables_people import role_binding
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor

Scope = Literal["all", "flow", "tag"]
_WHOLE_HOME = frozenset({"admin", "auditor"})
"""Roles whose rights are about the home, so that holding them on one flow would say what is not so."""


def listing(
    ctx: Context, actor: Actor, *, role: str | None = None, person: str | None = None, ended: bool = False
) -> Page[Binding]:
    """Return who holds which role, those to come too; with ``ended`` also those that are over."""
    allow(actor, "people.read")
    now = datetime.now(UTC)
    pairs = ((role_binding.c.role, role), (role_binding.c.person, person))
    where = [column == value for column, value in pairs if value is not None]
    if not ended:
        where.append(role_binding.c.ends.is_(None) | (role_binding.c.ends > now))
    with reading(ctx.engine) as connection:
        return Page(items=tuple(binding_answer(row) for row in people.bindings(connection, *where)))


def give(
    ctx: Context,
    actor: Actor,
    role: str,
    *,
    person: str | None = None,
    group: str | None = None,
    scope: Scope = "all",
    value: str = "",
    starts: datetime | None = None,
    ends: datetime | None = None,
    rationale: str,
) -> Binding:
    """Give a role to a person or a group: on all flows, one flow (``value`` its id), or all with a tag (``value``).

    It holds from ``starts`` (aware; empty: now) until before ``ends`` (empty: for good).

    Raises:
        Forbidden: the role would be one's own (``four-eyes``).
        NotFound: there is no such role, person, group or flow.
        Conflict: the person is disabled.
        UsageError: the options make no sense.
        Invalid: the rationale is missing.
    """
    allow(actor, "people.manage", HOME)
    why = rationale_of(actor, rationale)
    _check(role, person, group, scope, value)
    begins, over = window(starts, ends)

    def work(unit: Unit) -> Binding:
        _check_holder(unit, person, group)
        if scope == "flow" and documents.head(unit.connection, "template", value) is None:
            raise missing("template", value)
        name = uuid.uuid4().hex
        told = {"role": role, "scope": scope, "value": value}
        dates = {"starts": begins or unit.now, "ends": over}
        more = {"given_by": unit.actor.person, "rationale": why, "at": unit.now}
        people.bind(
            unit.connection, {"role_binding": name, "person": person, "people_group": group, **told, **dates, **more}
        )
        after = {**told, "binding": name, "group": group, **{key: at and at.isoformat() for key, at in dates.items()}}
        unit.note(Tag.ROLE_GIVEN, kind="person", id=person or group, after=after)
        return binding_answer(_binding(unit, name))

    request: dict[str, Any] = {"role": role, "person": person, "group": group, "scope": scope, "value": value}
    request |= {"starts": starts and starts.isoformat(), "ends": ends and ends.isoformat(), "why": why}
    return write(ctx, actor, "role.give", request, Binding, work, rationale=why)


def _check(role: str, person: str | None, group: str | None, scope: Scope, value: str) -> None:
    if role not in ROLES:
        raise NotFound(f"There is no role {role!r}.", where="role", hint=f"Roles are {', '.join(ROLES)}.")
    if (person is None) == (group is None):
        raise UsageError("A role is given to a person or to a group.", where="person, group", hint="Name one of them.")
    one_line("value", value, needed=False)
    if not fits(scope, value):
        raise UsageError(
            "The scope does not fit: all flows need no value; a flow or a tag has to be named.",
            where="scope, value",
            hint="Give scope=flow and the flow's id, scope=tag and the tag, or leave both out.",
        )
    if scope != "all" and role in _WHOLE_HOME:
        raise UsageError(
            f"The role {ROLES[role]} is about the whole home.", where="scope", hint="Give it on all flows."
        )


def window(starts: datetime | None, ends: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Return both moments in UTC.

    Raises:
        UsageError: one has no time zone, or it would end before it begins (empty: now).
    """
    for name, moment in (("starts", starts), ("ends", ends)):
        if moment is not None and moment.tzinfo is None:
            raise UsageError(f"{name} has no time zone.", where=name, hint="Write 2026-01-31T00:00:00Z.")
    begin = starts or datetime.now(UTC)
    if ends is not None and ends <= begin:
        raise UsageError("It would end before it begins.", where="ends", hint="Give a later moment.")
    return starts and starts.astimezone(UTC), ends and ends.astimezone(UTC)


def _check_holder(unit: Unit, person: str | None, group: str | None) -> None:
    """Raise when there is no such holder, or when it is whoever gives the role."""
    if person is not None:
        living(unit.connection, person)
        members: tuple[str, ...] = (person,)
    else:
        found = people.groups(unit.connection, group or "")
        if not found:
            raise NotFound(f"There is no group {group!r}.", where=f"group/{group}", hint="List the groups.")
        members = found[0].members
    _refuse_own(unit, members)


def living(connection: Connection, person: str) -> None:
    """Return when BOS lets somebody in.

    Raises:
        NotFound: BOS does not know them.
        Conflict: they are disabled.
    """
    row = known(connection, person)
    if row.erased_at is not None:
        raise was_erased(person)
    if row.disabled_at is not None:
        raise Conflict(
            f"{row.display} is disabled.", where=f"person/{person}", hint="Enable them first.", code="disabled"
        )


def _refuse_own(unit: Unit, members: Iterable[str]) -> None:
    own = sorted(set(unit.actor.people) & set(members))
    if own:
        raise Forbidden(
            "Nobody gives a role to themselves.",
            where=f"person/{own[0]}",
            hint="Ask another administrator.",
            code="four-eyes",
        )


def _binding(unit: Unit, name: str) -> Row[Any]:
    row = people.binding(unit.connection, name) if "\x00" not in name else None
    if row is None:
        raise NotFound(f"There is no binding {name!r}.", where=f"binding/{name}", hint="List who holds which role.")
    return row


def end(ctx: Context, actor: Actor, binding: str, *, rationale: str) -> Binding:
    """Take a role back, from now on; one that has not begun never begins.

    Raises:
        NotFound: there is no such binding.
        Conflict: it has ended, or nobody would administer the home any more (``last-admin``).
        Forbidden: it is of the user BOS runs as (``operator``).
        Invalid: the rationale is missing.
    """
    allow(actor, "people.manage", HOME)
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> Binding:
        row = _binding(unit, binding)
        if row.ends is not None and row.ends <= unit.now:
            raise Conflict("This has ended already.", where=f"binding/{binding}", code="ended")
        if row.person == operator().person:
            raise Forbidden(
                "BOS runs as this user, who holds every role of the home.",
                where=f"person/{row.person}",
                hint="Run BOS as another user.",
                code="operator",
            )
        if row.role == "admin":
            refuse_last_admin(unit, but=binding)
        people.end_binding(unit.connection, binding, unit.now)
        before = {"binding": binding, "role": row.role, "scope": row.scope, "value": row.value}
        unit.note(Tag.ROLE_ENDED, kind="person", id=row.person or row.people_group, before=before)
        return binding_answer(_binding(unit, binding))

    return write(ctx, actor, "role.end", {"binding": binding, "why": why}, Binding, work, rationale=why)


def groups(ctx: Context, actor: Actor) -> Page[PeopleGroup]:
    """Return the groups of people, by id."""
    allow(actor, "people.read")
    with reading(ctx.engine) as connection:
        return Page(items=tuple(group_answer(one) for one in people.groups(connection)))


def write_group(
    ctx: Context,
    actor: Actor,
    group: str,
    *,
    title: str,
    members: Iterable[str] = (),
    follows: str = "",
    rationale: str,
) -> PeopleGroup:
    """Make a group, or say anew who is in it: ``members``, or whom the provider of the sign-on puts into ``follows``.

    Who is in a group that follows another is known as people sign in; it begins with nobody.

    Raises:
        UsageError: both are named.
        Forbidden: one would put oneself into a group that holds a role (``four-eyes``).
        NotFound: BOS does not know a member.
        Conflict: a new member is disabled, or nobody would administer the home any more (``last-admin``).
        Invalid: the id or the title cannot be used, or the rationale is missing.
    """
    allow(actor, "people.manage", HOME)
    why = rationale_of(actor, rationale)
    name, wanted = checked_id(group), tuple(sorted(set(members)))
    shown, followed = one_line("title", title), one_line("follows", follows, needed=False)
    if followed and wanted:
        raise UsageError(
            "The sign-on says who is in this group.", where="members", hint="Leave out either members or follows."
        )

    def work(unit: Unit) -> PeopleGroup:
        found = people.groups(unit.connection, name)
        before = found[0].members if found else ()
        kept = before if followed and found and found[0].follows == followed else wanted
        added = set(kept) - set(before)
        for member in sorted(added):
            living(unit.connection, member)
        if people.bindings(unit.connection, role_binding.c.people_group == name):
            _refuse_own(unit, added)
        people.write_group(unit.connection, name, shown, kept, unit.now, follows=followed)
        if set(before) - set(kept):
            refuse_last_admin(unit)
        unit.note(
            Tag.GROUP_WRITTEN, kind="group", id=name, before=list(before), after=[followed] if followed else list(kept)
        )
        return PeopleGroup(group=name, title=shown, members=kept, follows=followed)

    request = {"group": name, "title": shown, "members": list(wanted), "follows": followed, "why": why}
    return write(ctx, actor, "group.write", request, PeopleGroup, work, rationale=why)
