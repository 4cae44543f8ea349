"""People, the roles they hold, groups of people, and who stands in for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bos.client.documents import COLLECTIONS, quoted
from bos.client.listing import Listing
from bos.model.answers.owners import Owned
from bos.model.answers.page import Page
from bos.model.answers.people import Binding, Delegation, Departure, Erased, PeopleGroup, Person, Right

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bos.client.transport import Calls


class People:
    """The people BOS knows."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, *, disabled: bool = True) -> Listing[Person]:
        """Return people with what they hold now; without ``disabled`` only those BOS lets in."""
        return Listing(self._calls.pages(Page[Person], "/api/v1/people", params={"disabled": disabled}))

    def show(self, person: str) -> Person:
        """Return somebody with what they hold now."""
        return self._calls.ask(Person, "GET", f"/api/v1/people/{quoted(person)}")

    def add(self, person: str, *, display: str, email: str = "", rationale: str) -> Person:
        """Let BOS know somebody: they hold nothing yet."""
        body = {"person": person, "display": display, "email": email, "rationale": rationale}
        return self._calls.ask(Person, "POST", "/api/v1/people", json=body)

    def identities(self, person: str, identities: Iterable[str], *, rationale: str) -> Person:
        """Say by what else somebody is known, all of it: the addresses their commits in git carry."""
        body = {"identities": list(identities), "rationale": rationale}
        return self._calls.ask(Person, "PUT", f"/api/v1/people/{quoted(person)}/identities", json=body)

    def departure(self, person: str) -> Departure:
        """Return what only this person serves, and who would hear of it; nothing is written."""
        return self._calls.ask(Departure, "GET", f"/api/v1/people/{quoted(person)}/departure")

    def disable(self, person: str, *, rationale: str) -> Departure:
        """Let somebody in no more; return what only they served, and who was told."""
        path = f"/api/v1/people/{quoted(person)}/disable"
        return self._calls.ask(Departure, "POST", path, json={"rationale": rationale})

    def enable(self, person: str, *, rationale: str) -> Person:
        """Let somebody in again, with the roles that still hold."""
        return self._calls.ask(Person, "POST", f"/api/v1/people/{quoted(person)}/enable", json={"rationale": rationale})

    def forget_sign_on(self, person: str, *, rationale: str) -> Person:
        """Forget who somebody is at the provider of the sign-on: who signs in under their id next, is they."""
        path = f"/api/v1/people/{quoted(person)}/sign-on/forget"
        return self._calls.ask(Person, "POST", path, json={"rationale": rationale})

    def owners(self, kind: str = "template", *, role: str | None = None, person: str | None = None) -> Listing[Owned]:
        """Return the documents of a kind with the roles that answer for their fields and who holds these now.

        With ``role`` or ``person`` only what that role, or somebody by a role they hold there, answers for. Field by
        field: ``wb.documents(kind).owners(id)``.
        """
        params = {"collection": COLLECTIONS.get(kind, kind), "role": role, "person": person}
        return Listing(self._calls.pages(Page[Owned], "/api/v1/owners", params=params))

    def rights(self) -> Listing[Right]:
        """Return what can be done, and the roles that allow it."""
        return Listing(self._calls.pages(Page[Right], "/api/v1/rights"))

    def roles(self, *, role: str | None = None, person: str | None = None, ended: bool = False) -> Listing[Binding]:
        """Return who holds which role, where and how long."""
        params = {"role": role, "person": person, "ended": ended}
        return Listing(self._calls.pages(Page[Binding], "/api/v1/bindings", params=params))

    def give(
        self,
        role: str,
        *,
        person: str | None = None,
        group: str | None = None,
        scope: Literal["all", "flow", "tag"] = "all",
        value: str = "",
        starts: datetime | None = None,
        ends: datetime | None = None,
        rationale: str,
    ) -> Binding:
        """Give a role to a person or a group: on all flows, on the flow ``value``, or on those with the tag ``value``.

        It holds from ``starts`` (aware; empty: now) until before ``ends`` (empty: for good).
        """
        body = {"role": role, "person": person, "group": group, "scope": scope, "value": value, "rationale": rationale}
        dates: dict[str, str | None] = {
            "starts": starts.isoformat() if starts else None,
            "ends": ends.isoformat() if ends else None,
        }
        return self._calls.ask(Binding, "POST", "/api/v1/bindings", json={**body, **dates})

    def end(self, binding: str, *, rationale: str) -> Binding:
        """Take a role back, from now on."""
        path = f"/api/v1/bindings/{quoted(binding)}/end"
        return self._calls.ask(Binding, "POST", path, json={"rationale": rationale})

    def erase(self, person: str, *, rationale: str) -> Person:
        """Erase name and addresses of somebody who is let in no more, for good; what they did stays under their id."""
        return self._calls.ask(Person, "POST", f"/api/v1/people/{quoted(person)}/erase", json={"rationale": rationale})

    def erase_in_telemetry(self, name: str, *, rationale: str) -> Erased:
        """Erase a person in telemetry, called ``name`` by its sources: their pseudonym is nobody's from then on."""
        return self._calls.ask(Erased, "POST", "/api/v1/erasures", json={"name": name, "rationale": rationale})

    def groups(self) -> Listing[PeopleGroup]:
        """Return the groups of people."""
        return Listing(self._calls.pages(Page[PeopleGroup], "/api/v1/groups"))

    def set_group(
        self, group: str, *, title: str, members: Iterable[str] = (), follows: str = "", rationale: str
    ) -> PeopleGroup:
        """Make a group, or say anew who is in it: ``members``, or who is in the group ``follows`` of the sign-on."""
        body = {"title": title, "members": [*members], "follows": follows, "rationale": rationale}
        return self._calls.ask(PeopleGroup, "PUT", f"/api/v1/groups/{quoted(group)}", json=body)

    def delegations(self, *, ended: bool = False) -> Listing[Delegation]:
        """Return who stands in for whom."""
        return Listing(self._calls.pages(Page[Delegation], "/api/v1/delegations", params={"ended": ended}))

    def delegate(
        self,
        delegate: str,
        *,
        ends: datetime,
        starts: datetime | None = None,
        person: str | None = None,
        rationale: str,
    ) -> Delegation:
        """Let somebody stand in for you until before ``ends`` (aware); as administrator, for ``person``."""
        body = {"delegate": delegate, "person": person, "rationale": rationale}
        dates: dict[str, str | None] = {"starts": starts.isoformat() if starts else None, "ends": ends.isoformat()}
        return self._calls.ask(Delegation, "POST", "/api/v1/delegations", json={**body, **dates})

    def end_delegation(self, delegation: str, *, rationale: str) -> Delegation:
        """Let nobody stand in any more, from now on."""
        path = f"/api/v1/delegations/{quoted(delegation)}/end"
        return self._calls.ask(Delegation, "POST", path, json={"rationale": rationale})
