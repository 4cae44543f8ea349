"""Who is signed in: sessions of browsers, and the tickets and tokens by which kernels act as the same person.

A secret is given out once and kept as its SHA-256 only. What gives one out is never repeated under an idempotency key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions.identities import identity
from bos.actions.samples import sample_people, sample_person
from bos.actions.settling import settle
from bos.actions.unit import Unit, write
from bos.auth.policy import allow, allowed
from bos.auth.secret import fresh, hashed
from bos.errors import Conflict, Forbidden, NotFound, Unauthenticated
from bos.model.answers.people import Access, SamplePerson, SessionAnswer, Ticket
from bos.store import audit, people
from bos.store import sessions as store
from bos.store.engine import reading, transaction
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor

TICKET_KEPT = timedelta(minutes=2)
"""How long a kernel may take to start."""
TOKEN_KEPT = timedelta(minutes=10)
"""How long a token is good before it has to be renewed."""
RENEWED_AGAIN = timedelta(minutes=1)
"""How long a token may be renewed once more after it was: the first answer may have been lost."""
_DEMO = "demo"
"""The origin of everything that is done while acting as a sample person."""


@dataclass(frozen=True, slots=True)
class Known:
    """A caller who is signed in: the person in force, whose session it is, and the token it calls with."""

    actor: Actor
    owner: Actor
    session: Row[Any]
    acting_as: str | None
    token: str | None = None

    @property
    def origin(self) -> str | None:
        """Return the origin that stands in the journal whatever the caller says, or nothing."""
        return _DEMO if self.acting_as else None


def begin(
    ctx: Context, person: Actor, *, until: datetime | None = None, vouched: Mapping[str, Any] | None = None
) -> str:
    """Return the secret of a new session.

    It ends ``until`` then, at the latest after the setting ``session_hours``; ``vouched`` is what a provider said.
    """
    secret, now = fresh(), datetime.now(UTC)
    ends = until or now + timedelta(hours=ctx.settings.session_hours)
    with transaction(ctx.engine) as connection:
        store.add(connection, hashed(secret), person.person, now, ends, **(vouched or {}))
        _journal(connection, ctx, person.person, Tag.SESSION_BEGUN, now, "(written by BOS) Signed in.")
    return secret


def of_cookie(ctx: Context, secret: str) -> Known:
    """Return who has a session, by its secret.

    Raises:
        Unauthenticated: there is none, or it has ended.
    """
    now = datetime.now(UTC)
    with reading(ctx.engine) as connection:
        row = store.live(connection, hashed(secret), now)
        if row is None:
            raise over()
        return _known(ctx, connection, row, row.acting_as, now)


def of_token(ctx: Context, token: str) -> Known:
    """Return who has an access token.

    Raises:
        Unauthenticated: nobody has it, it has expired, or the session has ended.
    """
    hash_, now = hashed(token), datetime.now(UTC)
    with reading(ctx.engine) as connection:
        found = store.token(connection, hash_)
        row = store.live(connection, found.session, now) if found is not None and found.expires_at > now else None
        if found is None or row is None:
            raise over()
        return replace(_known(ctx, connection, row, found.acting_as, now), token=hash_)


def end(ctx: Context, known: Known, *, why: str = "(written by BOS) Signed out.") -> None:
    """Sign out: the session and all of its tickets and tokens are good no more."""
    end_one(ctx, known.session, why=why)


def end_one(ctx: Context, session: Row[Any], *, why: str) -> None:
    """End a session, as :func:`end` does."""
    now = datetime.now(UTC)
    with transaction(ctx.engine) as connection:
        store.end(connection, session.session, now)
        _journal(connection, ctx, session.person, Tag.SESSION_ENDED, now, why)


def show(ctx: Context, actor: Actor, known: Known | None) -> SessionAnswer:
    """Return who calls, and as whom; ``known`` is empty for the token of the home."""
    allow(actor, "self.read")
    acting = sample_person(ctx.home, known.acting_as) if known is not None and known.acting_as else None
    return SessionAnswer(
        person=actor.person,
        display=actor.display or actor.person,
        roles=tuple(sorted(actor.every_role)),
        may=allowed(actor),
        signed_in=(known.owner if known else actor).person,
        acting_as=acting,
        demo=ctx.home.is_demo,
        sample_people=_let_in(ctx, sample_people(ctx.home)),
        expires_at=known.session.expires_at if known else None,
    )


def _let_in(ctx: Context, every: tuple[SamplePerson, ...]) -> tuple[SamplePerson, ...]:
    """Return those sample people that BOS lets in."""
    if not every:
        return ()
    with reading(ctx.engine) as connection:
        rows = [people.find(connection, one.person) for one in every]
    return tuple(one for one, row in zip(every, rows, strict=True) if row is not None and row.disabled_at is None)


def act_as(ctx: Context, known: Known | None, person: str | None) -> SessionAnswer:
    """Let the session act as a sample person of a demo, or as its own person again.

    The calling token follows; pages that are open elsewhere go on as whom they show.

    Raises:
        Forbidden: the home is no demo.
        Conflict: the call has no session.
        NotFound: there is no such sample person.
    """
    if known is not None:
        allow(known.owner, "self.act")
    if not ctx.home.is_demo:
        raise Forbidden("Only a demo lets one person act as another.", hint="bos demo makes one.", code="no-demo")
    if known is None:
        raise Conflict("The token of the home has no session.", hint="Sign in with a browser.", code="no-session")
    wanted = sample_person(ctx.home, person) if person else None
    if person and wanted is None:
        raise NotFound(f"There is no sample person {person!r}.", where=person, hint="GET /api/v1/session lists them.")

    def work(unit: Unit) -> SessionAnswer:
        settle(unit)
        acting = identity(unit.connection, person, unit.now) if person else known.owner
        if acting is None:
            raise NotFound(f"The sample person {person!r} is disabled.", where=person or "", hint="Choose another.")
        store.act_as(unit.connection, known.session.session, person, token=known.token)
        unit.note(Tag.DEMO_ACTING, before=known.acting_as, after=person)
        return show(ctx, acting, replace(known, acting_as=person))

    demo = replace(ctx, origin=_DEMO)
    why = f"Acts as {wanted.display}, {wanted.role_title}." if wanted else "Acts as nobody else any more."
    named = {"person": person, "session": known.session.session}
    return write(demo, known.owner, "session.act", named, SessionAnswer, work, rationale=f"(written by BOS) {why}")


def issue_ticket(ctx: Context, known: Known | None) -> Ticket:
    """Return a ticket for a kernel of the session.

    Raises:
        Forbidden: the caller is no browser that is signed in.
    """
    if known is None or known.token is not None:
        raise Forbidden("Only a browser that is signed in gets a ticket.", hint="Send its cookie.", code="no-session")
    secret, until = fresh(), datetime.now(UTC) + TICKET_KEPT
    with transaction(ctx.engine) as connection:
        store.add_ticket(connection, hashed(secret), known.session, until)
    return Ticket(ticket=secret, expires_at=until)


def exchange(ctx: Context, ticket: str) -> Access:
    """Return the token a ticket is good for, once.

    Raises:
        Unauthenticated: it was used, has expired, never was, or the session has ended.
    """
    now = datetime.now(UTC)
    with transaction(ctx.engine) as connection:
        used = store.use_ticket(connection, hashed(ticket), now)
        row = store.live(connection, used.session, now) if used is not None else None
        answer = None if used is None or row is None else _token(connection, row, used.acting_as, now)
    if answer is None:  # outside: a ticket that was tried stays used
        raise Unauthenticated("This ticket is not good, or not any more.", hint="Load the page again.", code="ticket")
    return answer


def renew(ctx: Context, token: str) -> Access:
    """Return a new token for one that is good or has expired, while the session lives.

    Raises:
        Unauthenticated: nobody has it, it was renewed a while ago, or the session has ended.
    """
    hash_, now = hashed(token), datetime.now(UTC)
    with transaction(ctx.engine) as connection:
        found = store.lock_token(connection, hash_)
        row = store.live(connection, found.session, now) if found is not None else None
        if found is None or row is None or (found.renewed_at and found.renewed_at < now - RENEWED_AGAIN):
            raise over()
        store.note_renewed(connection, hash_, now)
        return _token(connection, row, found.acting_as, now)


def over() -> Unauthenticated:
    """Return the error of somebody who is not signed in any more."""
    return Unauthenticated(
        "Nobody is signed in here any more.",
        hint="Sign in again: load the page, or open the address that the terminal shows.",
    )


def _known(ctx: Context, connection: Connection, row: Row[Any], acting_as: str | None, now: datetime) -> Known:
    """Return who has a session, with the roles of this moment: a role that is taken away is gone at once."""
    owner = identity(connection, row.person, now)
    if owner is None or (acting_as and sample_person(ctx.home, acting_as) is None):  # disabled, or no demo any more
        raise over()
    acting = identity(connection, acting_as, now) if acting_as else owner
    if acting is None:
        raise over()
    return Known(acting, owner, row, acting_as)


def _token(connection: Connection, row: Row[Any], acting_as: str | None, now: datetime) -> Access:
    secret, until = fresh(), min(now + TOKEN_KEPT, row.expires_at)
    store.add_token(connection, hashed(secret), row.session, acting_as, until)
    return Access(token=secret, seconds=int((until - now).total_seconds()), person=acting_as or row.person)


def _journal(connection: Connection, ctx: Context, person: str, tag: Tag, now: datetime, why: str) -> None:
    audit.append(
        connection,
        [audit.Note(tag)],
        at=now,
        actor=person,
        on_behalf_of=None,
        rationale=why,
        request_id=ctx.request_id,
        origin=ctx.origin,
    )
