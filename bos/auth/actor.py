"""The actor: who does something, on whose behalf, and the roles they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bos.model.scope import Grant, Place

ActorKind = Literal["person", "token", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        person: the id they are known by; for a token, its owner's.
        display: the name people read; the id where it is empty.
        kind: a person, a token that a person owns, or BOS itself. Only a person can sign.
        roles: business roles they hold on every flow, as in ``bos.model.roles``.
        on_behalf_of: the person a delegate acts for; the roles are then those of that person.
        grants: roles they hold on some flows only.
        only: the rights a token is for; nothing where the roles alone decide.
        token: the id of the token that calls.
    """

    person: str
    display: str = ""
    kind: ActorKind = "person"
    roles: frozenset[str] = frozenset()
    on_behalf_of: str | None = None
    grants: frozenset[Grant] = frozenset()
    only: frozenset[str] | None = None
    token: str | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone whose deed this is: the person, and the one they act for."""
        return (self.person, self.on_behalf_of) if self.on_behalf_of else (self.person,)

    @property
    def every_role(self) -> frozenset[str]:
        """Return the roles they hold anywhere."""
        return self.roles | {grant.role for grant in self.grants}

    def roles_on(self, place: Place) -> frozenset[str]:
        """Return the roles they hold on every flow of a place: with one of these they can sign there."""
        there = {role for role in self.every_role - self.roles if place.within(role, self.grants)}
        return self.roles | there


SYSTEM = Actor("system", "BOS", "system")
"""BOS itself, for what nobody asked for by hand."""
