"""Answers about people and who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.page import Answer


class Me(Answer):
    """Who the caller is to BOS; ``version`` is that of the server."""

    person: str
    display: str
    roles: tuple[str, ...] = ()
    version: str


class SamplePerson(Answer):
    """Somebody who does not exist: a demo lets one person act as many. ``role_title`` is what people call the role."""

    person: str
    display: str
    role: str
    role_title: str
    label: str = "Sample person"


class SessionAnswer(Answer):
    """Who the caller is and acts as.

    ``person``, ``display`` and ``roles`` are those in force: of the sample person where ``acting_as`` names one. What
    the person may do on any flow stands in ``may`` (the rights of ``docs/people.md``). ``signed_in`` is whose session
    or token it is. ``expires_at`` is empty for the token of the home, which has no session. ``sample_people`` is empty
    where the home is no demo.
    """

    person: str
    display: str
    roles: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    signed_in: str
    acting_as: SamplePerson | None = None
    demo: bool = False
    sample_people: tuple[SamplePerson, ...] = ()
    expires_at: datetime | None = None

    @property
    def may_edit(self) -> bool:
        """Return whether the person may change anything; the server decides, this only spares a click in vain."""
        return "template.write" in self.may


class Ticket(Answer):
    """A ticket: good once, until ``expires_at``."""

    ticket: str
    expires_at: datetime


class Access(Answer):
    """A token that acts as the person of a session; good for ``seconds``, and renewed while the session lives."""

    token: str
    seconds: int
    person: str


class Binding(Answer):
    """A role somebody has: on all flows, on the flow ``value``, or on every flow with the tag ``value``.

    ``person`` or ``group`` says who has it. It holds from ``starts`` until before ``ends`` (UTC; empty: for good).
    """

    binding: str
    person: str | None = None
    group: str | None = None
    role: str
    role_title: str
    scope: Literal["all", "flow", "tag"]
    value: str = ""
    starts: datetime
    ends: datetime | None = None
    given_by: str
    rationale: str
    at: datetime


class PeopleGroup(Answer):
    """A group of people; what it is given, all of them have.

    ``follows`` is the group at the provider of the sign-on that says who is in it; empty: an administrator does.
    """

    group: str
    title: str
    members: tuple[str, ...] = ()
    follows: str = ""


class Delegation(Answer):
    """``delegate`` stands in for ``person`` from ``starts`` until before ``ends`` (UTC)."""

    delegation: str
    person: str
    delegate: str
    starts: datetime
    ends: datetime
    given_by: str
    rationale: str
    at: datetime


class Person(Answer):
    """Somebody BOS knows, with what they hold now.

    ``source`` says from where: the operating-system user of the home (``local``), a sample of a demo, created by an
    administrator, or from the sign-on. ``identities`` are what their commits in git carry, besides id and address.
    ``bindings`` are those that hold now, of the person and of the groups they are
    in; ``delegations`` those that hold now, in either direction. Whoever was erased (``erased_at``) has neither name
    nor address any more.
    """

    person: str
    display: str
    email: str = ""
    source: Literal["local", "sample", "created", "sign-on"]
    at: datetime
    disabled_at: datetime | None = None
    erased_at: datetime | None = None
    identities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    delegations: tuple[Delegation, ...] = ()


class Duty(Answer):
    """What only one person serves: fields, a signature only they give, feedback only they answer, a program's token.

    ``paths`` are the fields, ``group`` the change that waits for the signature. A token is of kind ``token``, and
    serves no role.
    """

    what: Literal["field", "signature", "feedback", "token"]
    kind: str
    id: str
    title: str = ""
    role: str
    role_title: str
    paths: tuple[str, ...] = ()
    words: str = ""
    group: str | None = None


class Departure(Answer):
    """What becomes of a person's duties when they are let in no more.

    ``duties`` are those that nobody else serves; ``told`` are the people who hear of them. ``handed_on`` counts the
    signatures that wait for others now. ``disabled_at`` is empty where it was only asked.
    """

    person: str
    disabled_at: datetime | None = None
    duties: tuple[Duty, ...] = ()
    told: tuple[str, ...] = ()
    handed_on: int = 0


class Erased(Answer):
    """A person in telemetry whose key was destroyed: the pseudonym, which is nobody's from then on, and when (UTC)."""

    pseudonym: str
    at: datetime


class Right(Answer):
    """A row of the table of rights: what is done, what that means, and the roles that allow it."""

    right: str
    meaning: str
    roles: tuple[str, ...]
