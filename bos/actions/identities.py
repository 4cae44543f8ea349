"""Who a name stands for: a person with the roles they hold now, the operator of a home, or BOS's own reporter."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from bos.auth.actor import Actor
from bos.errors import Forbidden
from bos.model.roles import SIGNING_ROLES
from bos.store import people
from bos.store.engine import reading

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bos.actions.context import Context

REPORTER = Actor("bos:reports", "BOS reports", roles=frozenset({"viewer"}))
"""As whom a report reads what it shows."""


@cache
def operator(*, alone: bool = True) -> Actor:
    """Return the operating-system user BOS runs as.

    On a laptop one person is everybody, and holds every role; where people sign in (not ``alone``), it administers and
    signs nothing.
    """
    entry = pwd.getpwuid(os.geteuid())
    display = entry.pw_gecos.partition(",")[0].strip() or entry.pw_name
    return Actor(entry.pw_name, display, roles=SIGNING_ROLES | {"admin"} if alone else frozenset({"admin"}))


def delegated(ctx: Context, actor: Actor, person: str) -> Actor:
    """Return the actor as they act for somebody they stand in for: with the roles of that person, but no administrator.

    Raises:
        Forbidden: they do not stand in for this person now (``delegation``).
    """
    now = datetime.now(UTC)
    with reading(ctx.engine) as connection:
        stands_in = "\x00" not in person and people.stands_in(connection, actor.person, person, now)
        absent = identity(connection, person, now) if stands_in and actor.kind == "person" else None
    if absent is None:
        raise Forbidden(
            f"{actor.display or actor.person} does not stand in for {person!r} now.",
            where="X-BOS-On-Behalf-Of",
            hint="Ask that person, or an administrator, for a delegation.",
            code="delegation",
        )
    return replace(actor, roles=absent.roles - {"admin"}, grants=absent.grants, on_behalf_of=person)


def identity(connection: Connection, name: str, at: datetime) -> Actor | None:
    """Return somebody with the roles they hold at a moment; nothing when BOS does not know them, or not any more."""
    if name == REPORTER.person:
        return REPORTER
    row = people.find(connection, name)
    if row is None or row.disabled_at is not None:
        return None
    roles, grants = people.roles_of(connection, name, at)
    return Actor(name, row.display, roles=roles, grants=grants)
