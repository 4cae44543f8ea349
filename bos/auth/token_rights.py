"""What a token may do of all that its person may."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bos.auth.policy import RIGHTS
from bos.model.scope import Grant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bos.auth.actor import Actor
    from bos.model.scope import ScopeKind

NEVER = frozenset({"self.act", "change.sign", "delegation.give", "token.make"})
"""What only a person does: sign, let somebody stand in, make tokens."""
ASKED_BY_NAME = frozenset({"people.manage", "telemetry.rows", "journal.read", "policy.write"})
"""What ``read`` and ``write`` leave out: it has to be named."""
_ALWAYS = frozenset({"self.read"})


def named(asked: Iterable[str], mine: Collection[str]) -> tuple[str, ...]:
    """Return the rights that names stand for, as far as they are ``mine``, in the order of the table.

    ``read`` stands for every right to see something, ``write`` for every other right too; neither for what
    ``ASKED_BY_NAME`` lists.
    """
    wanted = set(asked)
    usual = {right for right in RIGHTS if right not in ASKED_BY_NAME}
    if wanted & {"read", "write"}:
        wanted |= {right for right in usual if right.endswith(".read")}
    if "write" in wanted:
        wanted |= usual
    found = tuple(right for right in RIGHTS if right in wanted - NEVER - _ALWAYS and right in mine)
    return (*_ALWAYS, *found) if found else ()


def narrowed(owner: Actor, *, scope: ScopeKind, value: str, tags: Mapping[str, frozenset[str]]) -> Actor:
    """Return the actor as they may act on one flow, or on those with a tag; ``tags`` are those of flows in question.

    A role on the flows with another tag is left out where the token is for a tag: where both would hold is not known.
    """
    if scope == "all":
        return owner
    everywhere = {Grant(role, scope, value) for role in owner.roles}
    if scope == "flow":
        held = tags.get(value, frozenset())
        here = {Grant(grant.role, scope, value) for grant in owner.grants if grant.covers(value, held)}
    else:
        here = {grant for grant in owner.grants if (grant.scope, grant.value) == (scope, value)}
        here |= {
            grant for grant in owner.grants if grant.scope == "flow" and value in tags.get(grant.value, frozenset())
        }
    return replace(owner, roles=frozenset(), grants=frozenset(everywhere | here))
