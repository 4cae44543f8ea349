"""Who holds which role where, now: what is owned by nobody, and who has to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.model.roles import ROLES, SIGNING_ROLES
from bos.model.scope import Place
from bos.store import people
from bos.store.places import of_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from bos.model.scope import Grant

ESCALATION = ("coe", "admin")
"""Who hears of what nobody serves: the CoE, else the administrator (rule 14 of ``docs/store.md``)."""


EVERY_FLOW = Place()
"""No flow in particular: only who holds a role on all flows is found there."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds which role, on all flows or on some, at one moment; people who are disabled hold nothing."""

    held: Mapping[str, Sequence[tuple[str, Grant | None]]]

    @classmethod
    def at(cls, connection: Connection, moment: datetime, *, places: Iterable[Place] | None = None) -> Holding:
        """Return who holds what at a moment; with ``places`` it knows those alone, and is read the quicker."""
        return cls(people.held(connection, ROLES, moment, places=places))

    def of(self, role: str, place: Place, *, without: Iterable[str] = ()) -> frozenset[str]:
        """Return who holds a role on every flow of a place."""
        return people.holders_in(self.held.get(role, ()), role, place) - set(without)

    def missing(self, roles: Iterable[str], place: Place) -> tuple[str, ...]:
        """Return those of some roles that nobody holds there, in their settled order."""
        wanted = set(roles) & SIGNING_ROLES
        return tuple(role for role in ROLES if role in wanted and not self.of(role, place))

    def to_tell(self, place: Place, *, without: Iterable[str] = ()) -> tuple[str, ...]:
        """Return who hears of what nobody serves at a place."""
        for role in ESCALATION:
            found = self.of(role, place, without=without)
            if found:
                return tuple(sorted(found))
        return ()


def unowned_rows(connection: Connection, rows: Sequence[Row[Any]], moment: datetime) -> dict[str, tuple[str, ...]]:
    """Return by id the roles of listed documents that nobody holds there at a moment; none of a retired one."""
    everywhere = Holding.at(connection, moment, places=())
    alive = [row for row in rows if row.state != "retired" and everywhere.missing(row.roles, EVERY_FLOW)]
    where = {row.id: of_row(connection, row) for row in alive}
    holding = Holding.at(connection, moment, places=where.values()) if where else everywhere
    return {row.id: holding.missing(row.roles, where[row.id]) if row.id in where else () for row in rows}


def covers_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return by role the field of a document that makes it accountable."""
    return {row["accountable"]: f"ownership[{row['id']}].accountable" for row in document.get("ownership", ())}


def unowned(roles: Iterable[str], covers: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what somebody must see of roles that nobody holds; ``covers`` gives the field that names each."""
    return tuple(
        Problem(
            covers.get(role, "owner"),
            f"Nobody holds the role {ROLES.get(role, role)}, which answers for fields here.",
            "Give the role to somebody, or let another role answer for these fields.",
            "owner.nobody",
            severity="attention",
        )
        for role in roles
    )
