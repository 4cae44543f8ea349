"""What an actor may do. One table; what it does not allow is denied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.errors import Forbidden, Unauthenticated
from bos.model.roles import READ_ONLY

if TYPE_CHECKING:
    from bos.auth.actor import Actor

READS = frozenset({"read", "evaluate", "audit"})
WRITES = frozenset({"submit", "sign", "withdraw", "draft", "create", "import", "maintain", "cancel", "report"})
VOICES = frozenset({"give feedback"})
"""What also those may do who otherwise only read."""


def allow(actor: Actor, action: str) -> None:
    """Return when the actor may do the action.

    Raises:
        Unauthenticated: nobody is named.
        Forbidden: the actor may only read, or no rule allows the action.
    """
    if not actor.person.strip():
        raise Unauthenticated("Nobody is signed in.", hint="Sign in, or give a token.")
    if action in READS | VOICES:
        return
    if action not in WRITES:
        raise Forbidden(f"No rule allows {action!r}.", hint="Ask the administrator.")
    if actor.roles and actor.roles <= READ_ONLY:
        raise Forbidden(
            f"{actor.display or actor.person} may read, but not {action}.",
            hint="Ask the administrator for a role that may.",
        )
