"""What callers send about connected systems: the bodies of requests."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SecretStr

from bos.api.bodies import Body
from bos.api.parameters import Moment


class CheckBody(Body):
    """A connection as it is to be, and the names of the secrets that will be given with it."""

    document: dict[str, Any]
    giving: tuple[str, ...] = ()


class TakeBody(Body):
    """The connection over which files arrive."""

    connection: str = Field(max_length=63)


class RereadBody(Body):
    """The file that is read again, by its name, the connection over which it came, and why."""

    connection: str = Field(max_length=63)
    name: str = Field(max_length=255)
    rationale: str


class PullBody(Body):
    """Which signals are pulled, by their names in the flow or ids; all that can be where none is named.

    ``since``: read again from then on, instead of from where each was left.
    """

    signals: tuple[str, ...] = ()
    since: Moment | None = None


class TryBody(Body):
    """What of a signal's binding is typed, laid over the live one; and over which moments, a day at most, it is tried.

    Without them it is the last hour that the system has whole, else the last day.
    """

    binding: dict[str, Any] = Field(default_factory=dict)
    start: Moment | None = None
    end: Moment | None = None


class SecretBody(Body):
    """A secret of a connection, and why it is given; the text is kept encrypted and told by nobody."""

    value: SecretStr
    rationale: str
