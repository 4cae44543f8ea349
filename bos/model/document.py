"""The base of every document, and the kinds of text it may hold."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

_NO_ZONES = frozenset({"", "localtime", "posixrules", "Factory"})
NO_CURRENCIES = frozenset({"XXX", "XTS"})
"""Codes of ISO 4217 that stand for no currency, and for tests."""
_ALLOWED_CONTROLS = frozenset("\n\t")
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Controls that turn the direction of what follows (Unicode UAX #9): with them a text can show other than it says."""


def unstorable(value: str) -> str:
    """Return why a text cannot be kept, or nothing if it can.

    It may have no controls other than line break and tab, none that turn its direction, and no lone surrogates.
    """
    if value.isprintable():
        return ""
    for position, char in enumerate(value, start=1):
        if char in TURNING:
            return (
                f"has a character that turns the direction of what follows (U+{ord(char):04X} at position {position})"
            )
        if unicodedata.category(char) in {"Cc", "Cs"} and char not in _ALLOWED_CONTROLS:
            return f"has a character that cannot be stored (U+{ord(char):04X} at position {position})"
    return ""


def storable(value: str) -> str:
    """Return a text that can be kept. Raises ValueError: it has a character that cannot."""
    reason = unstorable(value)
    if reason:
        raise ValueError(reason)
    return value


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError("is not a time zone of the IANA list, such as Europe/Amsterdam")
    return value


def is_zone(name: str) -> bool:
    """Return whether a name is a time zone of the IANA list; files of a machine that stand beside them are none."""
    if name in _NO_ZONES or name.startswith(("posix/", "right/")):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _currency(value: str) -> str:
    if value in NO_CURRENCIES:
        raise ValueError("is a code of ISO 4217 that stands for no currency")
    return value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
"""Id of a document or item: lower case letters, digits, dot, hyphen, underscore; at most 63."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""Id that formulas use: a lower case letter, then letters, digits, underscores; at most 63."""
LONGEST_REASON = 4_000
"""Characters of a rationale: it is read beside the change, in lists and in the journal."""
Text = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(storable)]
"""Text of a person, up to 10,000 characters."""
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
"""One line of text, up to 200 characters."""
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(storable)]
"""A title: one line with at least one visible character."""
FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Years a window may lie in: windows before a moment and other zones reach a little beyond."""
Zone = Annotated[str, AfterValidator(_zone)]
"""An IANA time zone."""
Window = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3} (minute|hour|day|week)s?$")]
"""A span of time such as ``60 days``."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]
"""An ISO 4217 currency code, not XXX or XTS."""


class Part(BaseModel):
    """A part of a document: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Part):
    """Anything a person makes, with versions, approvals and history of its own."""

    kind: ClassVar[str]
    collection: ClassVar[str]
    """The plural used in addresses."""
    label: ClassVar[str]
    """What a person calls it, in lower case."""

    id: Slug
    title: Title
    description: Text = ""
    tags: tuple[Line, ...] = ()
    owner: Slug = "process_owner"

    def data(self) -> dict[str, Any]:
        """Return the document as plain JSON data, every field present."""
        return self.model_dump(mode="json")
