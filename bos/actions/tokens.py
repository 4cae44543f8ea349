"""Tokens by which programs call as a person, with less than the person may.

A secret is told once and kept as its SHA-256 only, so making a token is never repeated under an idempotency key.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from bos.actions.identities import identity
from bos.actions.submission import missing
from bos.actions.unit import one_line, one_problem, rationale_of, write
from bos.auth.policy import RIGHTS, allow, allowed
from bos.auth.secret import fresh, hashed
from bos.auth.token_rights import NEVER, named, narrowed
from bos.errors import Conflict, Forbidden, NotFound, Unauthenticated, UsageError
from bos.model.answers.page import Page
from bos.model.answers.tokens import ApiToken, NewToken
from bos.model.scope import HOME, fits
from bos.store import documents, places, tokens
from bos.store.engine import reading, transaction
from bos.store.paging import cursor as cursor_of
from bos.store.paging import moment_place, size
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.model.scope import ScopeKind

Kind = Literal["personal", "service"]
PREFIX = "bos_"
"""What every secret begins with, so that scanners of repositories and logs find one that leaked."""
LONGEST = {"personal": timedelta(days=90), "service": timedelta(days=366)}
"""How long a token may be good: what a person carries about is renewed each quarter, what a program holds each year."""
_USED_EVERY = timedelta(minutes=1)


def make(
    ctx: Context,
    actor: Actor,
    title: str,
    *,
    kind: Kind = "personal",
    rights: Iterable[str],
    scope: ScopeKind = "all",
    value: str = "",
    expires_at: datetime,
    rationale: str,
) -> NewToken:
    """Make a token of the actor's own and return it with its secret, which nobody can ask for again.

    ``rights`` names what it may do (``read`` and ``write`` stand for many, see ``bos.auth.token_rights``), as far as
    the actor may; ``scope`` and ``value`` where. ``expires_at`` is aware.

    Raises:
        Forbidden: the caller is itself a token, stands in for somebody, or acts as a sample person (``token``); or
            a right is not theirs (``role``).
        Invalid: a right is not known or is never a token's; title, moment or rationale cannot be used.
        NotFound: there is no such flow.
        UsageError: scope and value do not fit.
    """
    allow(actor, "token.make")
    _refuse_stranger(ctx, actor)
    why = rationale_of(actor, rationale)
    names, shown = _rights(actor, rights), one_line("title", title)
    until = _until(kind, expires_at)
    one_line("value", value, needed=False)
    if not fits(scope, value):
        raise UsageError("The scope does not fit.", where="scope, value", hint="Name a flow or a tag, or neither.")

    def work(unit: Unit) -> NewToken:
        if scope == "flow" and documents.head(unit.connection, "template", value) is None:
            raise missing("template", value)
        values = {"title": shown, "kind": kind, "rights": list(names), "scope": scope, "value": value}
        return _made(unit, actor, {**values, "expires_at": until})

    return _once(ctx, actor, work, why)


def lend(ctx: Context, actor: Actor, title: str, *, until: datetime) -> NewToken:
    """Make a token for the programs that another system runs for somebody it signed in; the one before ends.

    It reads and writes as far as they may. Whoever calls this has made sure that it is they who asked.
    """

    def work(unit: Unit) -> NewToken:
        for row in tokens.listing(unit.connection, person=actor.person, living_at=unit.now):
            if (row.title, row.kind) == (title, "personal"):
                ended(unit, row)
        rights = list(named(("write",), allowed(actor)) or ("self.read",))
        values = {"title": title, "kind": "personal", "rights": rights, "scope": "all", "value": ""}
        return _made(unit, actor, {**values, "expires_at": until})

    return _once(ctx, actor, work, f"(written by BOS) Signed in at {title}.")


def _made(unit: Unit, actor: Actor, values: dict[str, Any]) -> NewToken:
    name, secret = uuid.uuid4().hex, PREFIX + fresh()
    own = {"api_token": name, "sha256": hashed(secret), "person": actor.person, "at": unit.now}
    tokens.add(unit.connection, {**own, **values})
    made = _answer(tokens.find(unit.connection, name))
    unit.note(Tag.TOKEN_MADE, kind="person", id=actor.person, after=made.model_dump(mode="json"))
    return NewToken(**dict(made), secret=secret)


def _once(ctx: Context, actor: Actor, work: Callable[[Unit], NewToken], why: str) -> NewToken:
    once = replace(ctx, idempotency_key=None)  # its answer has the secret, which must not be kept
    return write(once, actor, "token.make", {}, NewToken, work, rationale=why)


def listing(
    ctx: Context,
    actor: Actor,
    *,
    everybody: bool = False,
    ended: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[ApiToken]:
    """Return the actor's own tokens, the newest first; for an administrator with ``everybody``, those of all.

    Raises:
        Forbidden: those of all were asked for, by no administrator.
        UsageError: the cursor or the limit is wrong.
    """
    allow(actor, "token.read")
    if everybody:
        allow(actor, "people.manage", HOME)
    rows = size(limit)
    before = moment_place(cursor) if cursor else None
    with reading(ctx.engine) as connection:
        found = tokens.listing(
            connection,
            person=None if everybody else actor.person,
            living_at=None if ended else datetime.now(UTC),
            before=before,
            limit=rows + 1,
        )
    last = found[rows - 1] if len(found) > rows else None
    return Page(
        items=tuple(_answer(row) for row in found[:rows]),
        next=cursor_of(last.at.isoformat(), last.api_token) if last is not None else None,
    )


def end(ctx: Context, actor: Actor, name: str, *, rationale: str) -> ApiToken:
    """Let a token be good no more, from now on: its person's deed, or an administrator's.

    Raises:
        NotFound: there is no such token, or it is somebody else's.
        Conflict: it has ended (``ended``).
        Invalid: the rationale is missing.
    """
    allow(actor, "token.make")
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> ApiToken:
        row = tokens.find(unit.connection, name) if "\x00" not in name else None
        if row is None or (row.person != actor.person and "people.manage" not in allowed(actor)):
            raise NotFound(f"There is no token {name!r}.", where=f"token/{name}", hint="List them.")
        if row.ended_at is not None:
            raise Conflict("This token has ended already.", where=f"token/{name}", code="ended")
        return ended(unit, row)

    return write(ctx, actor, "token.end", {"token": name, "why": why}, ApiToken, work, rationale=why)


def ended(unit: Unit, row: Row[Any]) -> ApiToken:
    """End a token that is still good, as part of a deed; return it."""
    tokens.end(unit.connection, row.api_token, unit.now, unit.actor.person)
    after = _answer(tokens.find(unit.connection, row.api_token))
    unit.note(Tag.TOKEN_ENDED, kind="person", id=row.person, before={"token": row.api_token, "title": row.title})
    return after


def end_all(unit: Unit, person: str) -> None:
    """End every token of a person."""
    for row in tokens.listing(unit.connection, person=person, living_at=unit.now):
        ended(unit, row)


def of_secret(ctx: Context, secret: str) -> Actor:
    """Return who calls with a secret: its person, with the roles of this moment, narrowed to what the token may.

    Raises:
        Unauthenticated: no token has it, it has expired or was ended, or its person is let in no more.
    """
    now = datetime.now(UTC)
    with reading(ctx.engine) as connection:
        row = tokens.living(connection, hashed(secret), now)
        owner = identity(connection, row.person, now) if row is not None else None
        if row is None or owner is None:
            raise Unauthenticated(
                "This token is not good, or not any more.", hint="Make another one: bos token make.", code="token"
            )
        actor = _narrowed(connection, owner, row)
    if row.used_at is None or row.used_at < now - _USED_EVERY:
        with transaction(ctx.engine) as connection:
            tokens.note_used(connection, row.api_token, now)
    return actor


def _narrowed(connection: Connection, owner: Actor, row: Row[Any]) -> Actor:
    flows = {grant.value for grant in owner.grants if grant.scope == "flow"} if row.scope == "tag" else set()
    flows |= {row.value} if row.scope == "flow" else set()
    tags = {flow: places.of_flow(connection, flow).flows[flow] for flow in flows} if owner.grants else {}
    acting = narrowed(owner, scope=row.scope, value=row.value, tags=tags)
    return replace(acting, kind="token", only=frozenset(row.rights), token=row.api_token)


def _refuse_stranger(ctx: Context, actor: Actor) -> None:
    """Raise when it is not the person themselves who asks."""
    if actor.kind != "person" or actor.on_behalf_of is not None or ctx.origin == "demo":
        raise Forbidden(
            "Only a person makes a token, for their own programs: no token, no delegate, no sample person of a demo.",
            hint="Sign in as yourself.",
            code="token",
        )


def _rights(actor: Actor, rights: Iterable[str]) -> tuple[str, ...]:
    asked, mine = tuple(dict.fromkeys(rights)), allowed(actor)
    for one in asked:
        if one not in {"read", "write"} and (one not in RIGHTS or one in NEVER):
            why = "is never a token's" if one in NEVER else "is no right"
            hint = "Name rights of GET /api/v1/rights, or read, or write."
            raise one_problem("rights", f"{one[:60]!r} {why}.", hint, "token.right")
    lacking = sorted(set(asked) - {"read", "write"} - set(mine))
    if lacking:
        raise Forbidden(f"A token may do no more than its person: {', '.join(lacking)} is not yours.", where="rights")
    found = named(asked, mine)
    if not found:
        raise one_problem("rights", "The token would be good for nothing.", "Name rights, or read.", "token.right")
    return found


def _until(kind: Kind, moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise UsageError("expires_at has no time zone.", where="expires_at", hint="Write 2026-01-31T00:00:00Z.")
    now = datetime.now(UTC)
    if not now < moment <= now + LONGEST[kind]:
        words = f"A {kind} token expires within {LONGEST[kind].days} days, and not before now."
        raise one_problem("expires_at", words, "Give a moment in that time.", "token.expires")
    return moment.astimezone(UTC)


def _answer(row: Row[Any] | None) -> ApiToken:
    values = row._asdict() if row is not None else {}
    del values["sha256"]
    return ApiToken(token=values.pop("api_token"), **{**values, "rights": tuple(values["rights"])})
