"""The actor: who does something, and on whose behalf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["person", "token", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        person: the id they are known by; for a token, its owner's.
        display: the name people read; the id where it is empty.
        kind: a person, a token that a person owns, or BOS itself. Only a person can sign.
        roles: business roles they hold, as in ``bos.model.roles``.
        on_behalf_of: the person a delegate acts for.
    """

    person: str
    display: str = ""
    kind: ActorKind = "person"
    roles: frozenset[str] = frozenset()
    on_behalf_of: str | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone whose deed this is: the person, and the one they act for."""
        return (self.person, self.on_behalf_of) if self.on_behalf_of else (self.person,)


SYSTEM = Actor("system", "BOS", "system")
"""BOS itself, for what nobody asked for by hand."""
