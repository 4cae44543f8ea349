"""Where a role holds, and where something lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ScopeKind = Literal["all", "flow", "tag"]


_LONGEST = 200


def fits(scope: ScopeKind, value: str) -> bool:
    """Return whether a value goes with a scope: all flows have none; a flow or a tag is named by one."""
    return (scope == "all") == (not value) and "\x00" not in value and len(value) <= _LONGEST


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on one flow, or on every flow that has a tag; ``value`` is the id of the flow, or the tag."""

    role: str
    scope: Literal["flow", "tag"]
    value: str

    def covers(self, flow: str, tags: frozenset[str]) -> bool:
        """Return whether the role holds on a flow with these tags."""
        return self.value == flow if self.scope == "flow" else self.value in tags


@dataclass(frozen=True, slots=True)
class Place:
    """Where something lies: the flows it concerns, each with its tags.

    Attributes:
        flows: flow → its tags. A document that flows share concerns all that use it.
        shared: it is of no flow (a signal that none uses yet), so a role on any flow counts.
    """

    flows: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shared: bool = False

    def touches(self, grants: Iterable[Grant]) -> bool:
        """Return whether one of the grants holds on one of the flows."""
        return any(self.shared or any(grant.covers(*flow) for flow in self.flows.items()) for grant in grants)

    def within(self, role: str, grants: Iterable[Grant]) -> bool:
        """Return whether grants of a role hold on every flow, of which there must be one unless it is shared."""
        mine = [grant for grant in grants if grant.role == role]
        if self.shared or not self.flows:
            return self.shared and bool(mine)
        return all(any(grant.covers(*flow) for grant in mine) for flow in self.flows.items())


@dataclass(frozen=True, slots=True)
class Reach:
    """On which flows somebody may do something: everywhere, or where a grant holds."""

    everywhere: bool
    grants: tuple[Grant, ...] = ()

    def covers(self, place: Place) -> bool:
        """Return whether it can be done at a place."""
        return self.everywhere or place.touches(self.grants)


EVERYWHERE = Reach(everywhere=True)

HOME = Place()
"""The home as a whole: only a role on every flow counts."""
