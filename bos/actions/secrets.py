"""Secrets of connections: given, taken away, encrypted anew, and read by what speaks to the system alone."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bos.actions.lifecycle import head_of
from bos.actions.submission import missing
from bos.actions.unit import one_line, rationale_of, write
from bos.auth.keyring import Keyring, Sealed
from bos.auth.policy import allow
from bos.errors import Conflict, Invalid, NotFound
from bos.model.answers.connections import Resealed, SecretRow, SecretTaken
from bos.model.answers.page import Page
from bos.model.connection import origin_of
from bos.model.scope import HOME
from bos.outgoing.connectors import connector_of
from bos.store import documents, secrets
from bos.store.engine import reading
from bos.store.locks import lock, share
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor

KIND = "connection"
LONGEST = 20_000
_SEALING = ("secrets", "sealing")
"""Held by whoever changes the key; shared by whoever encrypts with it."""
_IN_CLEAR = frozenset({"http"})
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def keyring(ctx: Context) -> Keyring:
    """Return the keys that secrets are encrypted with: of the environment, else of the home.

    Raises:
        UsageError: a key is too short.
    """
    given = ctx.settings.secret_key
    return Keyring.of(given.split(",") if given else ctx.home.secret_keys())


def _of(connection: str, name: str, origin: str) -> str:
    return f"{connection}\n{name}\n{origin}"


def give(ctx: Context, actor: Actor, connection: str, name: str, value: str, *, rationale: str) -> SecretRow:
    """Give a connection a secret, in the place of the one before; it is sent to the address of now alone.

    Raises:
        NotFound: there is no such connection.
        Invalid: its connector uses no such secret, or the text cannot be one.
    """
    allow(actor, "connection.secret", HOME)
    why = rationale_of(actor, rationale)
    one_line("name", name)
    if not value or len(value) > LONGEST or "\x00" in value:
        raise Invalid(f"A secret has 1 to {LONGEST:,} characters.", where="value", code="value")
    if any(unicodedata.category(one) == "Cc" for one in value):
        hint = "Give it anew, without the end of the line."
        raise Invalid("A secret is one line, which no control character is in.", where="value", hint=hint, code="value")

    def work(unit: Unit) -> SecretRow:
        share(unit.connection, [(KIND, connection), _SEALING])
        live = head_of(unit, KIND, connection)
        refuse_unknown(str(live.doc["connector"]), name)
        ring, origin = keyring(ctx), origin_of(live.doc["address"])
        refuse_in_clear(live.doc["address"])
        sealed = ring.sealed(value, of=_of(connection, name, origin))
        kept = {"connection": connection, "name": name, "origin": origin, "key": sealed.key, "sealed": sealed.value}
        secrets.put(unit.connection, {**kept, "person": actor.person, "at": unit.now})
        unit.note(Tag.SECRET_GIVEN, kind=KIND, id=connection, after={"name": name, "origin": origin})
        return SecretRow(connection=connection, name=name, origin=origin, good=True, by=actor.person, at=unit.now)

    told = hmac.new(ctx.home.journal_key().encode(), value.encode(), hashlib.sha256).hexdigest()
    request = {"connection": connection, "name": name, "value": told, "why": why}
    return write(ctx, actor, "connection.secret", request, SecretRow, work, rationale=why)


def refuse_unknown(connector: str, name: str) -> None:
    """Raise Invalid where a connector uses no such secret."""
    known = [wanted.name for wanted in connector_of(connector).secrets]
    if name not in known:
        raise Invalid(
            f"The connector {connector} uses no secret {name!r}.",
            where="name",
            hint=f"It uses: {', '.join(known) or 'none'}.",
            code="name",
        )


def refuse_in_clear(address: str) -> None:
    """Raise Invalid where somebody on the way to an address could read what is sent."""
    parts = urlsplit(address)
    if parts.scheme in _IN_CLEAR and parts.hostname not in _HERE:
        raise Invalid(
            f"Over {parts.scheme}:// everybody on the way could read the secret.",
            where="address",
            hint="Change the address of the connection to one with TLS, such as https://…, first.",
            code="connection.clear",
        )


def take(ctx: Context, actor: Actor, connection: str, name: str, *, rationale: str) -> SecretTaken:
    """Take a secret of a connection away.

    Raises:
        NotFound: the connection has no such secret.
    """
    allow(actor, "connection.secret", HOME)
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> SecretTaken:
        if not secrets.drop(unit.connection, connection, name):
            raise NotFound(f"The connection {connection} has no secret {name!r}.", where="name")
        unit.note(Tag.SECRET_TAKEN, kind=KIND, id=connection, after={"name": name})
        return SecretTaken(connection=connection, name=name)

    request = {"connection": connection, "name": name, "why": why}
    return write(ctx, actor, "connection.secret.take", request, SecretTaken, work, rationale=why)


def listing(ctx: Context, actor: Actor, connection: str) -> Page[SecretRow]:
    """Return which secrets a connection has; never their text.

    Raises:
        NotFound: there is no such connection.
    """
    allow(actor, "connection.test", HOME)
    with reading(ctx.engine) as session:
        live = documents.head(session, KIND, connection)
        if live is None:
            raise missing(KIND, connection)
        rows = secrets.listing(session, connection)
    ring, origin = keyring(ctx), origin_of(live.doc["address"])
    return Page(items=tuple(_row(row, good=_text(ring, row, origin) is not None) for row in rows))


def _row(row: Row[Any], *, good: bool) -> SecretRow:
    return SecretRow(connection=row.connection, name=row.name, origin=row.origin, good=good, by=row.person, at=row.at)


def _text(ring: Keyring, row: Row[Any], origin: str) -> str | None:
    """Return the text of a secret, where it was given for an origin and can be read."""
    return ring.opened(Sealed(row.key, row.sealed), of=_of(row.connection, row.name, origin))


def reseal(ctx: Context, actor: Actor, *, rationale: str) -> Resealed:
    """Encrypt every secret with a new key: of the home, which makes one; or the first that the environment names.

    Whenever this is interrupted, every secret can be read as before, and done again it goes on.

    Raises:
        Conflict: a secret was encrypted with a key that is not here.
    """
    allow(actor, "connection.secret", HOME)
    why = rationale_of(actor, rationale)
    own = ctx.settings.secret_key is None

    def work(unit: Unit) -> Resealed:
        lock(unit.connection, _SEALING)
        if own:
            ctx.home.write_secret_keys([ctx.home.fresh_secret(), *ctx.home.secret_keys()])
        ring = keyring(ctx)
        rows = secrets.listing(unit.connection)
        for row in rows:
            text = _text(ring, row, row.origin)
            if text is None:
                raise Conflict(
                    f"The secret {row.name} of {row.connection} was encrypted with a key that is not here.",
                    hint="Bring that key back, or give the secret anew.",
                    code="secret-key",
                )
            sealed = ring.sealed(text, of=_of(row.connection, row.name, row.origin))
            secrets.reseal(unit.connection, row, sealed.key, sealed.value)
        unit.note(Tag.SECRETS_RESEALED, kind="home", id=ring.newest, after={"secrets": len(rows)})
        if own:
            unit.afterwards.append(lambda: _forget_old_keys(ctx))
        return Resealed(secrets=len(rows), key=ring.newest)

    return write(ctx, actor, "connection.reseal", {"why": why}, Resealed, work, rationale=why)


def _forget_old_keys(ctx: Context) -> None:
    """Keep the keys that something is still encrypted with, and the newest."""
    with reading(ctx.engine) as session:
        lock(session, _SEALING)
        used = {row.key for row in secrets.listing(session)}
        keys = ctx.home.secret_keys()
        ctx.home.write_secret_keys([key for n, key in enumerate(keys) if n == 0 or Keyring.of([key]).newest in used])


def reader(ctx: Context, connection: str, address: str) -> Callable[[str], str | None]:
    """Return what gives the text of a secret of a connection by its name, or nothing where there is none.

    It raises Invalid (``connection.secret``) for one that was given for another address, or whose key is not here.
    """

    def read(name: str) -> str | None:
        with reading(ctx.engine) as session:
            row = next((row for row in secrets.listing(session, connection) if row.name == name), None)
        text = None if row is None else _text(keyring(ctx), row, origin_of(address))
        if row is not None and text is None:
            raise Invalid(
                f"The {name} of the connection was given for {row.origin}, or its key is not here.",
                where=name,
                hint=f"Give it anew on the page Connections, or with: bos connection secret {connection} {name}.",
                code="connection.secret",
            )
        return text

    return read
