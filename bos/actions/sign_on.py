"""Sign-on: who somebody is that the provider vouches for, and how long it does.

The provider says who somebody is and in which groups; what they may do is said in BOS, by roles of people and groups.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions import sessions, tokens
from bos.actions.identities import identity, operator
from bos.actions.people import checked_id, known, note_added, person_answer
from bos.actions.personal import seal_of
from bos.actions.unit import one_line, rationale_of, write
from bos.auth import seal
from bos.auth.actor import SYSTEM
from bos.auth.policy import allow
from bos.auth.provider import Told
from bos.auth.provider_tokens import LEEWAY, Refused
from bos.errors import BosError, Conflict, Forbidden, Invalid, Unavailable
from bos.model.answers.page import Done
from bos.model.answers.people import Person
from bos.model.scope import HOME
from bos.store import people
from bos.store import sessions as session_store
from bos.store import sign_on as store
from bos.store.engine import reading, transaction
from bos.store.locks import lock
from bos.store.tables_people import role_binding
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.actions.sessions import Known
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.auth.provider import Provider
    from bos.auth.provider_tokens import SignedOut
    from bos.model.answers.tokens import NewToken

ASKED_EACH = 4
"""How often the provider is asked again within the time its word is good for."""
ASKED_AGAIN = timedelta(minutes=1)
"""When it is asked again after it did not answer."""
HUB = "JupyterHub"
"""The title of a token that a JupyterHub gets for somebody."""
_GROUPS_MOST = 2000
_NAME_MOST = 200
_SUBJECT_MOST = 255  # OpenID Connect Core 1.0, section 2
_ARRIVED = "(written by BOS) Signed in by the provider of the sign-on."
_FIRST = "(written by BOS) The first administrator, by the setting first_admin."


def arrive(ctx: Context, told: Told) -> str:
    """Return the secret of a new session of somebody the provider vouches for.

    Who comes the first time is let in as a person that BOS knows by then under the same id, or as a new one who holds
    nothing yet. Their groups are those of the provider that BOS follows.

    Raises:
        Forbidden: they are disabled (``disabled``), or their id is somebody else's (``taken``).
        Refused: the provider did not say who they are.
    """
    _arrived(ctx, told)
    now = datetime.now(UTC)
    last = now + timedelta(hours=ctx.settings.session_hours)
    return sessions.begin(ctx, _person(ctx, told, now), until=_until(ctx, now, last), vouched=_vouched(ctx, told, now))


def trade(ctx: Context, told: Told) -> NewToken:
    """Return a token for somebody whom the provider signed in for a JupyterHub: for the notebooks of their server.

    It reads and writes as far as they may, signs nothing, and is good for the hours of a session or until the next
    one is given. Who comes the first time is let in as by :func:`arrive`.

    Raises:
        Forbidden: they are disabled (``disabled``), or their id is somebody else's (``taken``).
        Refused: the provider did not say who they are.
    """
    _arrived(ctx, told)
    now = datetime.now(UTC)
    return tokens.lend(ctx, _person(ctx, told, now), HUB, until=now + timedelta(hours=ctx.settings.session_hours))


def _arrived(ctx: Context, told: Told) -> None:
    """Write who somebody is, and their groups."""
    name = _name(ctx, told)

    def work(unit: Unit) -> Done:
        lock(unit.connection, ("sign-on", told.issuer, told.subject), ("sign-on", told.issuer, name.lower()))
        person = _linked(unit, told, name)
        _follow(unit, person, told)
        _make_first_admin(unit, person)
        return Done()

    write(ctx, SYSTEM, "sign-on.arrive", {"at": datetime.now(UTC).isoformat()}, Done, work, rationale=_ARRIVED)


def _person(ctx: Context, told: Told, now: datetime) -> Actor:
    with reading(ctx.engine) as connection:
        row = store.of_subject(connection, told.issuer, told.subject)
        actor = identity(connection, row.person, now) if row is not None else None
    if actor is None:
        raise sessions.over()
    return actor


def _until(ctx: Context, now: datetime, last: datetime) -> datetime:
    return min(last, now + timedelta(minutes=ctx.settings.session_minutes))


def _vouched(ctx: Context, told: Told, now: datetime) -> dict[str, Any]:
    """Return the columns of a session: what the provider is asked with again is kept encrypted."""
    again = now + timedelta(minutes=ctx.settings.session_minutes) / ASKED_EACH
    kept = asdict(Told(told.issuer, told.subject, {}, told.sid, told.refresh, told.id_token))
    return {
        "issuer": told.issuer,
        "subject": told.subject,
        "sid": told.sid,
        "sealed": seal.sealed(ctx.home.session_key(), json.dumps(kept), of=_of(told.issuer, told.subject)),
        "renew_at": again if told.refresh else None,
    }


def _of(issuer: str, subject: str) -> str:
    return f"sign-on {issuer} {subject}"


def _name(ctx: Context, told: Told) -> str:
    """Return the id that a provider gives somebody.

    Raises:
        Refused: it gives none that can be one, or an address that it has not seen to be theirs.
    """
    if not told.subject or len(told.subject) > _SUBJECT_MOST or not told.subject.isprintable():
        raise Refused("The provider does not say who you are.", hint="Ask whoever runs BOS.")
    claim = ctx.settings.oidc_person_claim
    value = told.claims.get(claim)
    hint = "Ask whoever runs BOS: the setting oidc_person_claim names the claim."
    if not isinstance(value, str) or not value:
        raise Refused(f"The provider does not say who you are: the claim {claim} is missing.", hint=hint)
    if claim == "email" and told.claims.get("email_verified") is not True:
        raise Refused("The provider has not verified your e-mail address.", hint="Verify it there, and sign in again.")
    try:
        return checked_id(value)
    except Invalid as error:
        raise Refused(f"{value[:40]!r} cannot be the id of a person.", hint=hint) from error


def _linked(unit: Unit, told: Told, name: str) -> str:
    """Return who somebody is, and write it where they come the first time.

    Raises:
        Forbidden: they are disabled (``disabled``), or their id is somebody else's (``taken``).
    """
    row = store.of_subject(unit.connection, told.issuer, told.subject)
    if row is None:
        _refuse_taken(unit, told, name)
        shown = _text(told.claims.get("name")) or name
        email = _text(told.claims.get("email")) if told.claims.get("email_verified") is not False else ""
        if people.add(unit.connection, name, display=shown, email=email, source="sign-on", at=unit.now):
            note_added(unit, name, shown, "sign-on")
        store.add(unit.connection, told.issuer, told.subject, name, unit.now)
        after = {"issuer": told.issuer, "subject": seal_of(unit, name)(told.subject)}
        unit.note(Tag.PERSON_SIGN_ON, kind="person", id=name, after=after)
    else:
        store.seen(unit.connection, told.issuer, told.subject, unit.now)
    person = row.person if row is not None else name
    found = people.find(unit.connection, person)
    if found is None or found.disabled_at is not None:
        raise Forbidden(
            "You are let in no more.", where=f"person/{person}", hint="Ask an administrator.", code="disabled"
        )
    return str(person)


def _refuse_taken(unit: Unit, told: Told, name: str) -> None:
    """Raise when an id is not free for somebody who comes the first time."""
    alike = people.by_identity(unit.connection, [name.lower()]).get(name.lower(), frozenset())
    row = people.find(unit.connection, name)
    own = row is not None and row.source in {"local", "sample"}
    if own or store.of_person(unit.connection, told.issuer, name) is not None or alike - {name}:
        raise Forbidden(
            f"Somebody else is {name} here.",
            where=f"person/{name}",
            hint="Ask an administrator, who can free the name when it was yours before.",
            code="taken",
        )


def _text(value: Any) -> str:
    """Return a claim as a line of text; nothing where it is none that can be shown."""
    try:
        return one_line("claim", str(value)[:_NAME_MOST], needed=False) if isinstance(value, str) else ""
    except Invalid:
        return ""


def _follow(unit: Unit, person: str, told: Told) -> None:
    """Write the groups of the provider that BOS follows; a provider that names none leaves them as they are."""
    listed = told.claims.get(unit.ctx.settings.oidc_groups_claim)
    if listed is None:
        return
    names = [one for one in (listed if isinstance(listed, list) else [listed]) if isinstance(one, str)]
    changed = store.write_groups(unit.connection, person, names[:_GROUPS_MOST], unit.now)
    if changed is not None:
        unit.note(Tag.GROUP_WRITTEN, kind="person", id=person, before=changed[0], after=changed[1])


def _make_first_admin(unit: Unit, person: str) -> None:
    """Give the first administrator their role: once, while nobody but the user BOS runs as has ever had it."""
    if person != unit.ctx.settings.first_admin:
        return
    own = operator().person
    if any(row.person != own for row in people.bindings(unit.connection, role_binding.c.role == "admin")):
        return
    values = {"role_binding": uuid.uuid4().hex, "person": person, "role": "admin", "scope": "all"}
    more = {"starts": unit.now, "given_by": SYSTEM.person, "rationale": _FIRST, "at": unit.now}
    people.bind(unit.connection, {**values, **more})
    after = {"role": "admin", "scope": "all", "why": "first_admin"}
    unit.note(Tag.ROLE_GIVEN, kind="person", id=person, after=after)


def is_due(known: Known) -> bool:
    """Return whether the provider is to be asked again for a session."""
    return known.session.renew_at is not None and known.session.renew_at <= datetime.now(UTC)


def renew(ctx: Context, provider: Provider, known: Known) -> None:
    """Ask the provider whether it still vouches for a session; one caller does, the others go on.

    A provider that does not answer is asked again in a minute; the session ends when its word is too old.

    Raises:
        Unauthenticated: it vouches for them no more; the session has ended.
    """
    now = datetime.now(UTC)
    with transaction(ctx.engine) as connection:
        row = session_store.claim_renewal(connection, known.session.session, now, now + ASKED_AGAIN)
    if row is None:
        return
    try:
        told = provider.renew(_kept(ctx, row))
    except Unavailable:
        return
    except BosError as error:
        sessions.end(ctx, known, why="(written by BOS) The provider of the sign-on vouches for this session no more.")
        raise sessions.over() from error

    def work(unit: Unit) -> Done:
        last = row.created_at + timedelta(hours=ctx.settings.session_hours)
        vouched = _vouched(ctx, told, now)
        session_store.note_vouched(unit.connection, row.session, **vouched, expires_at=_until(ctx, now, last))
        _follow(unit, row.person, told)
        return Done()

    write(ctx, SYSTEM, "sign-on.renew", {"at": now.isoformat()}, Done, work, rationale=_ARRIVED)


def _kept(ctx: Context, row: Row[Any]) -> Told:
    """Return what a session keeps of the provider.

    Raises:
        Refused: it cannot be read: the key of the home's sessions is another one by now.
    """
    text = seal.opened(ctx.home.session_key(), row.sealed, of=_of(row.issuer, row.subject))
    if text is None:
        raise Refused("This session cannot be renewed.", hint="Sign in again.")
    found: Mapping[str, Any] = json.loads(text)
    return Told(**found)


def id_token(ctx: Context, known: Known) -> str | None:
    """Return the identity token of a session, by which the provider knows whom to sign out."""
    if known.session.sealed is None:
        return None
    try:
        return _kept(ctx, known.session).id_token
    except Refused:
        return None


def signed_out(ctx: Context, whom: SignedOut) -> int:
    """End the sessions of somebody whom the provider has signed out; return how many.

    One that began after the provider said so goes on, so that what it said once cannot be said again later.
    """
    before = whom.at + timedelta(seconds=LEEWAY)
    with reading(ctx.engine) as connection:
        found = session_store.vouched_by(connection, whom.issuer, whom.subject, whom.sid)
    rows = [row for row in found if row.created_at <= before]
    for row in rows:
        sessions.end_one(ctx, row, why="(written by BOS) Signed out at the provider of the sign-on.")
    return len(rows)


def forget(ctx: Context, actor: Actor, person: str, *, rationale: str) -> Person:
    """Forget who a person is at the provider: whoever signs in there under their id next, is they.

    For somebody whose account there was made anew. Their sessions end.

    Raises:
        NotFound: BOS does not know them.
        Conflict: they have never signed in there (``no-sign-on``).
        Forbidden: it is oneself (``self``).
        Invalid: the rationale is missing.
    """
    allow(actor, "people.manage", HOME)
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> Person:
        row = known(unit.connection, person, held=True)
        if person in actor.people and person != operator().person:
            raise Forbidden("Nobody says who they are themselves.", where=f"person/{person}", code="self")
        gone = store.forget(unit.connection, person)
        if not gone:
            raise Conflict(f"{row.display} has not signed in at the provider.", where=person, code="no-sign-on")
        session_store.end_all(unit.connection, person, unit.now)
        hide = seal_of(unit, person)
        before = [{"issuer": one.issuer, "subject": hide(one.subject)} for one in gone]
        unit.note(Tag.PERSON_SIGN_ON, kind="person", id=person, before=before)
        return person_answer(unit.connection, row)

    return write(ctx, actor, "people.sign-on", {"person": person, "why": why}, Person, work, rationale=why)
