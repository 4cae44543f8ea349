"""What would be wrong with a connection where it is used: told before anybody saves it, and nothing is asked of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bos.actions import connections, secrets
from bos.actions.fitting import faults_of, wants
from bos.auth.policy import allow
from bos.errors import BosError, Invalid, NotFound, Problem
from bos.model.answers.documents import ProblemAnswer
from bos.model.answers.page import Page
from bos.model.scope import HOME
from bos.outgoing.connectors import connector_of
from bos.store.engine import reading
from bos.validate.rest import untouched

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.answers.connections import Want
    from bos.ports import Connector

_PORTS = {"http": 80, "https": 443}


def check(
    ctx: Context, actor: Actor, document: Mapping[str, Any], *, giving: Iterable[str] = ()
) -> Page[ProblemAnswer]:
    """Return all that is wrong with a connection as it is to be: shape, connector, settings, secrets, and the way out.

    What follows from something that is wrong is left for later. ``giving`` names the secrets that will be given with
    it. A name is looked up where the operator allows the host; the system itself is asked nothing. What keeps it from
    being used, but not from being kept, is an ``attention``.
    """
    allow(actor, "connection.write", HOME)
    with reading(ctx.engine) as session:
        problems, content = faults_of(session, document)
    if content is not None:
        wrong = {one.path for one in problems if one.severity == "error"}
        problems += (one for one in _problems(ctx, content, frozenset(giving), wrong) if untouched(one, wrong))
    return Page(items=tuple(ProblemAnswer(**asdict(one)) for one in problems))


def _problems(
    ctx: Context, document: Mapping[str, Any], giving: frozenset[str], wrong: Container[str]
) -> Iterator[Problem]:
    """Yield what is wrong where a connection is used; ``wrong`` are the paths that something was found at before."""
    try:
        connector = connector_of(document["connector"])
    except NotFound as error:
        yield Problem("connector", error.message, error.hint, error.code)
        return
    if "address" not in wrong:
        yield from _secrets(ctx, connector, document, giving)
        yield from _way(ctx, connector, document)


def _secrets(
    ctx: Context, connector: type[Connector], document: Mapping[str, Any], giving: frozenset[str]
) -> Iterator[Problem]:
    """Yield the secrets that cannot be given, and those that are needed and neither there nor on their way."""
    for name in sorted(giving):
        try:
            secrets.refuse_unknown(connector.name, name)
            secrets.refuse_in_clear(document["address"])
        except Invalid as error:
            clear = error.where == "address"
            yield Problem("address" if clear else f"secrets.{name}", error.message, error.hint, error.code)
            return
    wanted_all = wants(connector.secrets)
    given = giving | {wanted.name for wanted in wanted_all if _there(ctx, document, wanted)}
    settings = {one.name: one.default for one in connector.settings} | document["settings"]
    for wanted in wanted_all:
        if wanted.name not in given and wanted.asked(settings, given):
            words = f"The secret {wanted.name} is missing for this address: {wanted.help}"
            hint = "Give it; it is encrypted, and sent to this address alone."
            yield Problem(f"secrets.{wanted.name}", words, hint, "connection.secret", severity="attention")


def _there(ctx: Context, document: Mapping[str, Any], wanted: Want) -> bool:
    try:
        return secrets.reader(ctx, document["id"], document["address"])(wanted.name) is not None
    except Invalid:
        return False


def _way(ctx: Context, connector: type[Connector], document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield why BOS may not go where the address leads, or cannot; it goes nowhere to who sends to it."""
    parts = urlsplit(document["address"])
    port = parts.port or {**_PORTS, **getattr(connector, "ports", {})}.get(parts.scheme)
    target = connections.target_of(ctx, document)
    try:
        if parts.scheme == "file":
            target.folder()
        elif port is not None and not hasattr(connector, "accept"):
            target.numeric(parts.hostname or "", port)
    except BosError as error:
        yield Problem("address", error.message, error.hint, error.code, severity="attention")
