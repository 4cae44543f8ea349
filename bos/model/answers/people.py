"""Answers about people and who is signed in."""

from __future__ import annotations

from datetime import datetime

from bos.model.answers.page import Answer
from bos.model.roles import READ_ONLY


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

    ``person``, ``display`` and ``roles`` are those in force: of the sample person where ``acting_as`` names one.
    ``signed_in`` is whose session or token it is. ``expires_at`` is empty for the token of the home, which has no
    session. ``sample_people`` is empty where the home is no demo.
    """

    person: str
    display: str
    roles: tuple[str, ...] = ()
    signed_in: str
    acting_as: SamplePerson | None = None
    demo: bool = False
    sample_people: tuple[SamplePerson, ...] = ()
    expires_at: datetime | None = None

    @property
    def may_edit(self) -> bool:
        """Return whether the person may change anything; the server decides, this only spares a click in vain."""
        return not self.roles or not set(self.roles) <= READ_ONLY


class Ticket(Answer):
    """A ticket: good once, until ``expires_at``."""

    ticket: str
    expires_at: datetime


class Access(Answer):
    """A token that acts as the person of a session; good for ``seconds``, and renewed while the session lives."""

    token: str
    seconds: int
    person: str
