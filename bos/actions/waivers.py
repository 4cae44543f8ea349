"""Waivers: the owner of a value and the CoE let it count as signed until a date. It never releases a held change."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from bos.actions import enforcement, lifecycle, notices
from bos.actions.documents import head_of, may_read
from bos.actions.holding import Holding
from bos.actions.rights import permit
from bos.actions.unit import one_problem, rationale_of, wording, write
from bos.auth.actor import SYSTEM
from bos.auth.policy import allow
from bos.errors import Conflict, Forbidden, NotFound, UsageError
from bos.model.answers.changes import Waiver
from bos.model.answers.page import Done, Page
from bos.model.kinds import model_of
from bos.model.ownership import owner_of
from bos.model.roles import ROLES
from bos.model.version import digest
from bos.store import books, places, policies, search, waivers
from bos.store.approval.critical import state_of
from bos.store.engine import reading
from bos.store.tables_approval import waiver
from bos.store.tags import Tag

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.store.approval.book import Book
    from bos.store.documents import Version

LONGEST = timedelta(days=366)
"""A waiver is for a while: what is waived for longer is to be signed."""

_OTHER = {"owner": "coe", "coe": "owner"}
"""As whom somebody asks → as whom another agrees."""

WaiverDecision = Literal["approve", "reject"]


def ask(
    ctx: Context,
    actor: Actor,
    kind: str,
    id: str,  # noqa: A002 - the name of the option, everywhere
    *,
    path: str,
    ends: datetime,
    reason: str,
) -> Waiver:
    """Ask that a value nobody has signed counts as signed until ``ends`` (aware), as its owner or as the CoE.

    The other of the two sets it.

    Raises:
        NotFound: there is no such document.
        Forbidden: the actor is an author of the value (``four-eyes``), or neither its owner nor the CoE (``role``).
        Conflict: the value is signed, or a waiver for it is there already (``waiver``).
        Invalid: the path is no critical value, the reason is missing, or the end is past or too far away.
    """
    model_of(kind)
    allow(actor, "change.sign")
    why = rationale_of(actor, reason)
    request = {"kind": kind, "id": id, "path": path, "ends": ends.isoformat(), "why": why}
    return write(
        ctx, actor, "waiver.ask", request, Waiver, lambda unit: _ask(unit, kind, id, path, ends, why), rationale=why
    )


def _ask(unit: Unit, kind: str, id_: str, path: str, ends: datetime, why: str) -> Waiver:
    policies.hold(unit.connection, kind, id_)
    permit(unit.connection, unit.actor, "change.sign", kind, id_)
    live = lifecycle.head_of(unit, kind, id_)
    book = enforcement.book_of(unit, live)
    values = book.critical
    if live.retired or path not in values:
        raise one_problem("path", f"{path[:200]} is no critical value here.", "Read the document.", "waiver.path")
    if not unit.now < ends <= unit.now + LONGEST:
        hint = "Name a moment to come, at most a year away."
        raise one_problem("ends", "A waiver ends within a year from now.", hint, "waiver.ends")
    role = _role(unit.connection, unit.actor, book, live, path)
    _refuse_open(unit, kind, id_, path)
    if book.approved(path, values[path]):
        raise Conflict(f"{path} is signed already.", where=path, hint="Nothing has to be waived.", code="decided")
    name = uuid.uuid4().hex
    waivers.add(
        unit.connection,
        {
            "waiver": name,
            "kind": kind,
            "id": id_,
            "path": path,
            "value_hash": digest(values[path]),
            "reason": why,
            "ends": ends,
            "asked_by": unit.actor.person,
            "asked_for": unit.actor.on_behalf_of,
            "asked_role": role,
            "at": unit.now,
        },
    )
    unit.note(Tag.WAIVER_ASKED, kind=kind, id=id_, path=path, after={"waiver": name, "ends": ends.isoformat()})
    _tell_other(unit, live, path, name, role)
    return _answer(_row(unit, name), live, unit.now)


def _refuse_open(unit: Unit, kind: str, id_: str, path: str) -> None:
    mine = (waiver.c.kind == kind, waiver.c.id == id_, waiver.c.path == path)
    for row in waivers.found(unit.connection, *mine, waivers.OPEN):
        if row.ends > unit.now:
            raise Conflict(
                f"There is a waiver for {path} already.", where=path, hint="Read it.", code="waiver",
                details={"waiver": row.waiver},
            )  # fmt: skip
        _end(unit, row, by=SYSTEM.person, reason="Its date has come.")


def _other_role(live: Version, path: str, role: str) -> str:
    """Return the business role that has to agree: the CoE where the owner asks, the owner where the CoE does."""
    return "coe" if role == "owner" else owner_of(live.kind, live.doc, path)


def _tell_other(unit: Unit, live: Version, path: str, name: str, role: str) -> None:
    wanted, place = _other_role(live, path, role), places.of_document(unit.connection, live.kind, live.id)
    holding = Holding.at(unit.connection, unit.now)
    able = holding.of(wanted, place, without=unit.actor.people)
    wait = {"kind": live.kind, "id": live.id, "waiver": name, "paths": [path]}
    notices.tell(unit, notices.WAITS if able else notices.NOBODY, wanted, able or holding.to_tell(place), wait)


def _role(connection: Connection, actor: Actor, book: Book, live: Version, path: str, *, wanted: str = "") -> str:
    """Return as whom the actor speaks of a value: ``owner`` or ``coe``; only as ``wanted``, where that is said.

    Raises:
        Forbidden: they may not.
    """
    if actor.kind != "person":
        raise Forbidden("Only a person can waive.", where=path, hint="Sign in as the person who decides.")
    groups = [group for group in book.groups if group.state == "unsigned" and path in group.paths]
    authors = book.authors.get(path, frozenset()).union(*(group.authors for group in groups))
    if authors & set(actor.people):
        raise Forbidden(
            "No author of a value may waive that it is signed.",
            where=path,
            hint="Ask somebody else who holds the role.",
            code="four-eyes",
            details={"kind": live.kind, "id": live.id, "authors": sorted(authors)},
        )
    place = places.of_document(connection, live.kind, live.id)
    allow(actor, "change.sign", place)
    held = actor.roles_on(place)
    owner = owner_of(live.kind, live.doc, path)
    for name, role in (("owner", owner), ("coe", "coe")):
        if role in held and wanted in {"", name}:
            return name
    named = {"owner": owner, "coe": "coe"}.get(wanted, owner)
    both = f"{ROLES.get(named, named)}{'' if wanted else ' or the CoE'}"
    raise Forbidden(
        f"This is for {both}, which {actor.display or actor.person} is not here.",
        where=path,
        hint="Ask somebody who holds the role.",
    )


def decide(ctx: Context, actor: Actor, waiver: str, *, decision: WaiverDecision, comment: str = "") -> Waiver:
    """Agree to a waiver that was asked for, so that it stands, or refuse it.

    Raises:
        NotFound: there is no such waiver.
        Forbidden: the actor asked for it or is an author of the value (``four-eyes``), or is not the other of the two.
        Conflict: it stands or has ended already, or the value is another now.
        Invalid: a refusal has no comment.
    """
    allow(actor, "change.sign")
    if decision not in get_args(WaiverDecision):
        raise UsageError(f"There is no decision called {decision!r}.", where="decision")
    said = wording("comment", comment).strip()
    request = {"waiver": waiver, "decision": decision, "comment": said}

    def work(unit: Unit) -> Waiver:
        row, live, book = _open(unit, waiver)
        if row.set_at is not None:
            raise Conflict("The waiver stands already.", where=waiver, hint="It can be ended.", code="decided")
        if {row.asked_by, row.asked_for} & set(unit.actor.people):
            raise Forbidden(
                "Whoever asks for a waiver does not set it.",
                where=waiver,
                hint="Ask the other.",
                code="four-eyes",
                details={"kind": row.kind, "id": row.id},
            )
        _role(unit.connection, unit.actor, book, live, row.path, wanted=_OTHER[row.asked_role])
        if decision == "approve":
            by, for_ = unit.actor.person, unit.actor.on_behalf_of
            waivers.set_(unit.connection, waiver, by=by, for_=for_, at=unit.now)
            told = {"waiver": waiver, "ends": row.ends.isoformat(), "reason": row.reason}
            unit.note(Tag.WAIVER_SET, kind=live.kind, id=live.id, path=row.path, after=told)
        else:
            if not said:
                raise one_problem("comment", "The comment is missing.", "Say why not.", "comment.missing")
            _refuse(unit, row, said)
        return _written(unit, waiver, live)

    return write(ctx, actor, "waiver.decide", request, Waiver, work, rationale=said)


def end(ctx: Context, actor: Actor, waiver: str, *, reason: str) -> Waiver:
    """End a waiver before its date, or take back that it was asked for; the value is provisional again.

    Raises:
        NotFound: there is no such waiver.
        Forbidden: the actor is neither the owner of the value nor the CoE, nor asked for it.
        Conflict: it has ended.
        Invalid: the reason is missing.
    """
    allow(actor, "change.sign")
    why = rationale_of(actor, reason)

    def work(unit: Unit) -> Waiver:
        row, live, _ = _open(unit, waiver)
        held = unit.actor.roles_on(places.of_document(unit.connection, live.kind, live.id))
        if not (
            {row.asked_by, row.asked_for} & set(unit.actor.people)
            or held & {"coe", owner_of(live.kind, live.doc, row.path)}
        ):
            raise Forbidden("Only its owner, the CoE or whoever asked for it ends a waiver.", where=waiver)
        if row.set_at is None:
            _refuse(unit, row, why)
        else:
            _end(unit, row, by=unit.actor.person, reason=why)
        return _written(unit, waiver, live)

    return write(ctx, actor, "waiver.end", {"waiver": waiver, "why": why}, Waiver, work, rationale=why)


def _open(unit: Unit, name: str) -> tuple[Row[Any], Version, Book]:
    """Return an open waiver with its document, locked, and what is known of that."""
    row = _row(unit, name)
    policies.hold(unit.connection, row.kind, row.id)
    row = _row(unit, name)
    if row.ended_at is not None or row.ends <= unit.now:
        raise Conflict("The waiver has ended.", where=name, hint="Ask for another.", code="decided")
    live = lifecycle.head_of(unit, row.kind, row.id)
    return row, live, enforcement.book_of(unit, live)


def _row(unit: Unit, name: str) -> Row[Any]:
    found = waivers.found(unit.connection, waiver.c.waiver == name) if "\x00" not in name else []
    if not found:
        raise NotFound(f"There is no waiver {name!r}.", where=name, hint="List those of the document.")
    return found[0]


def _refuse(unit: Unit, row: Row[Any], reason: str) -> None:
    waivers.end(unit.connection, [row.waiver], by=unit.actor.person, reason=reason, at=unit.now)
    unit.note(Tag.WAIVER_REFUSED, kind=row.kind, id=row.id, path=row.path, after={"waiver": row.waiver})


def _end(unit: Unit, row: Row[Any], *, by: str, reason: str) -> None:
    waivers.end(unit.connection, [row.waiver], by=by, reason=reason, at=unit.now)
    unit.note(Tag.WAIVER_ENDED, kind=row.kind, id=row.id, path=row.path, after={"waiver": row.waiver}, rationale=reason)


def _written(unit: Unit, name: str, live: Version) -> Waiver:
    """Write the state the document is in now; return the waiver."""
    after = enforcement.book_of(unit, live)
    search.write_state(unit.connection, live.kind, live.id, state_of(after, retired=live.retired))
    return _answer(_row(unit, name), live, unit.now)


def _answer(row: Row[Any], live: Version, now: datetime) -> Waiver:
    over = row.ended_at is not None or row.ends <= now
    asked = row.set_at is None and not over
    return Waiver(
        waiver=row.waiver,
        kind=row.kind,
        id=row.id,
        path=row.path,
        state="ended" if over else "asked" if asked else "standing",
        reason=row.reason,
        ends=row.ends,
        asked_by=row.asked_by,
        at=row.at,
        waiting_for=_other_role(live, row.path, row.asked_role) if asked else "",
        set_by=row.set_by,
        set_at=row.set_at,
        ended_at=row.ended_at or (row.ends if over else None),
        ended_by=row.ended_by,
        end_reason=row.end_reason,
    )


def listing(ctx: Context, actor: Actor, kind: str, id: str) -> Page[Waiver]:  # noqa: A002 - as above
    """Return the waivers of a document, ended ones too, newest first.

    Raises:
        NotFound: there is no such document.
    """
    with reading(ctx.engine) as connection:
        may_read(connection, actor, kind, id)
        live = head_of(connection, kind, id)
        rows = waivers.found(connection, waiver.c.kind == kind, waiver.c.id == id)
    now = datetime.now(UTC)
    return Page(items=tuple(_answer(row, live, now) for row in rows))


def waiting(ctx: Context, actor: Actor) -> Page[Waiver]:
    """Return the waivers that were asked for and that the actor may agree to or refuse now, newest first."""
    allow(actor, "change.read")
    now = datetime.now(UTC)
    found = []
    with reading(ctx.engine) as connection:
        for row in waivers.found(connection, waivers.OPEN, waiver.c.set_at.is_(None), waiver.c.ends > now):
            live = head_of(connection, row.kind, row.id)
            if not live.retired and _decides(connection, actor, row, live):
                found.append(_answer(row, live, now))
    return Page(items=tuple(found))


def _decides(connection: Connection, actor: Actor, row: Row[Any], live: Version) -> bool:
    if {row.asked_by, row.asked_for} & set(actor.people):
        return False
    book = books.book(connection, live.kind, live.id, live.doc)
    try:
        _role(connection, actor, book, live, row.path, wanted=_OTHER[row.asked_role])
    except Forbidden:
        return False
    return True


def expire(ctx: Context) -> int:
    """End the waivers whose date has come: lists show their documents in review again. Return how many.

    Raises:
        Unavailable: the database does not answer.
    """
    now = datetime.now(UTC)
    with reading(ctx.engine) as connection:
        rows = waivers.found(connection, waivers.OPEN, waiver.c.ends <= now)
    for row in rows:
        _expire(ctx, row.waiver)
    return len(rows)


def _expire(ctx: Context, name: str) -> None:
    def work(unit: Unit) -> Done:
        row = _row(unit, name)
        policies.hold(unit.connection, row.kind, row.id)
        if _row(unit, name).ended_at is None:
            _end(unit, row, by=SYSTEM.person, reason="(written by BOS) Its date has come.")
            live = lifecycle.head_of(unit, row.kind, row.id)
            _written(unit, name, live)
            _tell_ended(unit, live, row)
        return Done()

    write(ctx, SYSTEM, "waiver.expire", {"waiver": name}, Done, work)


def _tell_ended(unit: Unit, live: Version, row: Row[Any]) -> None:
    """Tell the two who set a waiver that its value waits for its signature again."""
    holding, place = Holding.at(unit.connection, unit.now), places.of_document(unit.connection, live.kind, live.id)
    wait = {"kind": live.kind, "id": live.id, "waiver": row.waiver, "paths": [row.path]}
    for role in dict.fromkeys((owner_of(live.kind, live.doc, row.path), "coe")):
        notices.tell(unit, notices.WAIVER_ENDED, role, holding.of(role, place), wait)
