"""People: who BOS knows, what they hold and serve, and letting somebody in no more."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bos.actions import notices, tokens
from bos.actions.continuity import Leaver
from bos.actions.identities import REPORTER, operator
from bos.actions.personal import seal_of, was_erased
from bos.actions.unit import one_line, one_problem, rationale_of, write
from bos.auth.actor import SYSTEM
from bos.auth.policy import KNOWN, MEANING, RIGHTS, allow
from bos.errors import Conflict, Forbidden, NotFound
from bos.model.answers.page import Page
from bos.model.answers.people import Binding, Delegation, Departure, Duty, PeopleGroup, Person, Right
from bos.model.roles import ROLES
from bos.model.scope import HOME
from bos.store import people, sessions
from bos.store.engine import reading
from bos.store.locks import lock
from bos.store.paging import cursor as cursor_of
from bos.store.paging import place, size
from bos.store.tables_people import delegation, role_binding
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.personal import Seal
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.store.people import StoredGroup

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,199}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_RESERVED = frozenset({SYSTEM.person, REPORTER.person})


def listing(
    ctx: Context, actor: Actor, *, disabled: bool = True, cursor: str | None = None, limit: int = 100
) -> Page[Person]:
    """Return the people BOS knows, by id; without ``disabled`` only those it lets in.

    Raises:
        UsageError: the cursor or the limit is wrong.
    """
    allow(actor, "people.read")
    rows = size(limit)
    after = place(cursor, str)[0] if cursor else None
    with reading(ctx.engine) as connection:
        found = people.listing(connection, after=after, limit=rows + 1, disabled=disabled)
        items = tuple(person_answer(connection, row) for row in found[:rows])
    return Page(items=items, next=cursor_of(items[-1].person) if len(found) > rows else None)


def show(ctx: Context, actor: Actor, person: str) -> Person:
    """Return somebody BOS knows, with what they hold now.

    Raises:
        NotFound: BOS does not know them.
    """
    allow(actor, "people.read")
    with reading(ctx.engine) as connection:
        return person_answer(connection, known(connection, person))


def known(connection: Connection, person: str, *, held: bool = False) -> Row[Any]:
    """Return the row of a person, ``held`` for a change of it. Raises NotFound: BOS does not know them."""
    row = people.find(connection, person, held=held) if "\x00" not in person else None
    if row is None:
        raise NotFound(f"BOS knows nobody called {person!r}.", where=f"person/{person}", hint="List the people.")
    return row


def person_answer(connection: Connection, row: Row[Any]) -> Person:
    """Return a stored person as others see them."""
    now = datetime.now(UTC)
    groups = people.groups_of(connection, row.person)
    mine = (role_binding.c.person == row.person) | role_binding.c.people_group.in_(groups)
    held = people.bindings(connection, mine, people.holds_at(now))
    either = (delegation.c.person == row.person) | (delegation.c.delegate == row.person)
    stand_ins = people.delegations(connection, either, delegation.c.starts <= now, delegation.c.ends > now)
    return Person(
        person=row.person,
        display=row.display,
        email=row.email,
        source=row.source,
        at=row.at,
        disabled_at=row.disabled_at,
        erased_at=row.erased_at,
        identities=people.identities_of(connection, row.person),
        groups=tuple(groups),
        bindings=tuple(binding_answer(one) for one in held),
        delegations=tuple(delegation_answer(one) for one in stand_ins),
    )


def binding_answer(row: Row[Any]) -> Binding:
    """Return a stored binding as others see it."""
    return Binding(
        binding=row.role_binding,
        person=row.person,
        group=row.people_group,
        role=row.role,
        role_title=ROLES.get(row.role, row.role),
        scope=row.scope,
        value=row.value,
        starts=row.starts,
        ends=row.ends,
        given_by=row.given_by,
        rationale=row.rationale,
        at=row.at,
    )


def delegation_answer(row: Row[Any]) -> Delegation:
    """Return a stored delegation as others see it."""
    return Delegation(**{name: row._mapping[name] for name in Delegation.model_fields})  # noqa: SLF001 - its public name


def group_answer(found: StoredGroup) -> PeopleGroup:
    """Return a stored group of people as others see it."""
    return PeopleGroup(group=found.name, title=found.title, members=found.members, follows=found.follows)


def add(ctx: Context, actor: Actor, person: str, *, display: str, email: str = "", rationale: str) -> Person:
    """Let BOS know somebody: they hold nothing yet.

    Raises:
        Conflict: BOS knows them already (``exists``), or somebody of this id was erased (``erased``).
        Invalid: the id, name or address cannot be used, or the rationale is missing.
    """
    allow(actor, "people.manage", HOME)
    why = rationale_of(actor, rationale)
    name, shown, address = checked_id(person), one_line("display", display), _address(email)

    def work(unit: Unit) -> Person:
        lock(unit.connection, ("identities",))
        _refuse_alike(unit, name)
        if not people.add(unit.connection, name, display=shown, email=address, source="created", at=unit.now):
            raise Conflict(f"BOS knows {name} already.", where=f"person/{name}", hint="Show them.", code="exists")
        note_added(unit, name, shown, "created")
        return person_answer(unit.connection, known(unit.connection, name))

    request = {"person": name, "display": shown, "email": address, "why": why}
    return write(ctx, actor, "people.add", request, Person, work, rationale=why)


def note_added(unit: Unit, person: str, display: str, source: str) -> None:
    """Write into the journal that BOS knows somebody.

    Raises:
        Conflict: somebody of this id was erased (``erased``).
    """
    after = {"display": seal_of(unit, person)(display), "source": source}
    unit.note(Tag.PERSON_ADDED, kind="person", id=person, after=after)


def _address(email: str) -> str:
    """Return an e-mail address, or nothing. Raises Invalid: it is written as none."""
    address = one_line("email", email, needed=False)
    if address and not _ADDRESS.fullmatch(address):
        raise one_problem("email", f"{address[:60]!r} is no e-mail address.", "Write it as bea@bank.example.", "email")
    return address


def _refuse_alike(unit: Unit, name: str) -> None:
    """Raise when somebody is known already by an id that differs in capitals alone, or was erased under this one.

    Raises:
        Conflict: as said (``exists``, ``erased``).
    """
    row = people.find(unit.connection, name)
    if row is not None and row.erased_at is not None:
        raise was_erased(name)
    others = sorted(people.by_identity(unit.connection, [name.lower()]).get(name.lower(), frozenset()) - {name})
    if others:
        raise Conflict(
            f"{others[0]} is known by {name}.", where=f"person/{name}", hint="Use another id.", code="exists"
        )


def checked_id(name: str) -> str:
    """Return the id of a person or a group when it can be one.

    Raises:
        Invalid: it has other characters, is too long, or is BOS's own.
    """
    if not _ID.fullmatch(name) or name in _RESERVED:
        raise one_problem(
            "person",
            f"{name[:40]!r} cannot be the id of a person.",
            "Use letters, digits and . _ @ + -, such as a sign-on name or an e-mail address.",
            "person.id",
        )
    return name


def write_identities(ctx: Context, actor: Actor, person: str, identities: Sequence[str], *, rationale: str) -> Person:
    """Say by what else somebody is known, in the place of what was said before: what their commits in git carry.

    Their id and their e-mail address need not be named.

    Raises:
        NotFound: BOS does not know them.
        Conflict: somebody else is known by one of them (``exists``), or they were erased (``erased``).
        Forbidden: it is oneself (``self``): whoever says whose deed a commit is, is somebody else.
        Invalid: one cannot be used, or the rationale is missing.
    """
    allow(actor, "people.manage", HOME)
    why = rationale_of(actor, rationale)
    names = sorted({one_line("identities", one).lower() for one in identities})

    def work(unit: Unit) -> Person:
        lock(unit.connection, ("identities",))
        hide = _seal_of_known(unit, person)
        if person in actor.people and person != operator().person:
            raise Forbidden("Nobody says who they are themselves.", where=f"person/{person}", code="self")
        others = people.by_identity(unit.connection, names)
        taken = sorted((name, *(found - {person})) for name, found in others.items() if found - {person})
        if taken:
            name, other = taken[0][:2]
            raise Conflict(f"{name} is {other}.", where="identities", hint="Leave it out.", code="exists")
        before = people.identities_of(unit.connection, person)
        people.write_identities(unit.connection, person, names)
        unit.note(
            Tag.PERSON_IDENTITIES, kind="person", id=person, before=[*map(hide, before)], after=[*map(hide, names)]
        )
        return person_answer(unit.connection, known(unit.connection, person))

    request = {"person": person, "identities": names, "why": why}
    return write(ctx, actor, "people.identities", request, Person, work, rationale=why)


def _seal_of_known(unit: Unit, person: str) -> Seal:
    known(unit.connection, person, held=True)
    return seal_of(unit, person)


def departure(ctx: Context, actor: Actor, person: str) -> Departure:
    """Return what would be without a person; nothing is written.

    Raises:
        NotFound: BOS does not know them.
    """
    allow(actor, "people.read")
    with reading(ctx.engine) as connection:
        known(connection, person)
        leaver = Leaver(connection, person, datetime.now(UTC))
        duties = leaver.duties()
        told = sorted({name for duty in duties for name in leaver.to_tell(duty)})
        handed_on = sum(1 for _ in leaver.handed_on())
    return Departure(person=person, duties=duties, told=tuple(told), handed_on=handed_on)


def disable(ctx: Context, actor: Actor, person: str, *, rationale: str) -> Departure:
    """Let somebody in no more: their sessions and tokens end, and whoever serves their duties now is told.

    What waits for a role others hold waits for these; what nobody else serves goes to the CoE, else to the
    administrator. What the person signed and proposed stays theirs.

    Raises:
        NotFound: BOS does not know them.
        Conflict: they are disabled already, or are the last administrator (``last-admin``).
        Forbidden: it is oneself (``self``), or the user BOS runs as (``operator``).
        Invalid: the rationale is missing.
    """
    allow(actor, "people.manage", HOME)
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> Departure:
        row = known(unit.connection, person, held=True)
        if row.disabled_at is not None:
            raise Conflict(f"{row.display} is disabled already.", where=f"person/{person}", code="disabled")
        _refuse_own(unit, person)
        refuse_last_admin(unit, without=(person,))
        leaver = Leaver(unit.connection, person, unit.now)
        duties = leaver.duties()
        told, handed_on = _tell(unit, leaver, duties, person), _hand_on(unit, leaver)
        people.set_disabled(unit.connection, person, unit.now)
        sessions.end_all(unit.connection, person, unit.now)
        tokens.end_all(unit, person)
        after = {
            "duties": [duty.model_dump(mode="json", exclude_defaults=True) for duty in duties],
            "told": list(told),
        }
        unit.note(Tag.PERSON_DISABLED, kind="person", id=person, after=after)
        return Departure(person=person, disabled_at=unit.now, duties=duties, told=told, handed_on=handed_on)

    return write(ctx, actor, "people.disable", {"person": person, "why": why}, Departure, work, rationale=why)


def _refuse_own(unit: Unit, person: str) -> None:
    if person in unit.actor.people:
        raise Forbidden(
            "Nobody disables themselves.", where=f"person/{person}", hint="Ask another administrator.", code="self"
        )
    if person == operator().person:
        raise Forbidden(
            "BOS runs as this user, who holds every role of the home.",
            where=f"person/{person}",
            hint="Run BOS as another user.",
            code="operator",
        )


def refuse_last_admin(unit: Unit, *, without: tuple[str, ...] = (), but: str | None = None) -> None:
    """Raise when nobody would be left who administers: without some people, or without a binding.

    Raises:
        Conflict: the home would have no administrator (``last-admin``).
    """
    now = unit.now
    rows = people.bindings(unit.connection, role_binding.c.role == "admin", people.holds_at(now))
    members = {one.name: one.members for one in people.groups(unit.connection)}
    left = {
        name
        for row in rows
        if row.role_binding != but and row.scope == "all"
        for name in ((row.person,) if row.person else members.get(row.people_group, ()))
    } - set(without)
    living = {name for name in left if (found := people.find(unit.connection, name)) and found.disabled_at is None}
    if not living:
        raise Conflict(
            "The home would have no administrator any more.",
            hint="Give the role to somebody else first.",
            code="last-admin",
        )


def _tell(unit: Unit, leaver: Leaver, duties: tuple[Duty, ...], person: str) -> tuple[str, ...]:
    """Put into the outbox what nobody serves any more; return who hears of it."""
    told: set[str] = set()
    for duty in duties:
        to = leaver.to_tell(duty)
        told.update(to)
        unit.tell("duty.unserved", {"person": person, "duty": duty.model_dump(mode="json"), "people": list(to)})
    return tuple(sorted(told))


def _hand_on(unit: Unit, leaver: Leaver) -> int:
    """Put into the outbox which signatures wait for others now; return how many."""
    handed_on = 0
    for group, role, others in leaver.handed_on():
        handed_on += 1
        paths = [change.path for change in group.changes]
        wait = {"kind": group.kind, "id": group.id, "group": group.group, "paths": paths}
        notices.tell(unit, notices.WAITS, role, others, wait)
    return handed_on


def enable(ctx: Context, actor: Actor, person: str, *, rationale: str) -> Person:
    """Let somebody in again, with the roles that still hold.

    Raises:
        NotFound: BOS does not know them.
        Conflict: they are not disabled, or were erased (``erased``).
        Invalid: the rationale is missing.
    """
    allow(actor, "people.manage", HOME)
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> Person:
        row = known(unit.connection, person, held=True)
        if row.disabled_at is None:
            raise Conflict(f"{row.display} is not disabled.", where=f"person/{person}", code="not-disabled")
        if row.erased_at is not None:
            raise was_erased(person)
        people.set_disabled(unit.connection, person, None)
        unit.note(Tag.PERSON_ENABLED, kind="person", id=person)
        return person_answer(unit.connection, known(unit.connection, person))

    return write(ctx, actor, "people.enable", {"person": person, "why": why}, Person, work, rationale=why)


def rights(ctx: Context, actor: Actor) -> Page[Right]:
    """Return the table of rights: each action with the roles that allow it; none named: whoever is signed in."""
    del ctx
    allow(actor, "people.read")
    items = (
        Right(right=right, meaning=MEANING[right], roles=tuple(role for role in ROLES if role in roles - {KNOWN}))
        for right, roles in RIGHTS.items()
    )
    return Page(items=tuple(items))
