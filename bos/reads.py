"""How settings of connections are read: one function each for the check before one is saved, and for its use.

A connector names such a function, or one of its own, as ``reads`` of a ``Wanted``, and calls it where it reads the
setting. Each returns what the text says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from bos.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
_YEAR = 366 * 24 * 3600


def setting(settings: Mapping[str, str], name: str, read: Callable[[str], T]) -> T | None:
    """Return what a setting says by the function that reads it; nothing where it is left out or empty.

    Raises:
        Invalid: it cannot be read; ``where`` is its name.
    """
    text = settings.get(name)
    if not text:
        return None
    try:
        return read(text)
    except Invalid as error:
        error.where = error.where or name
        raise


def needed(settings: Mapping[str, str], name: str, read: Callable[[str], T]) -> T:
    """Return what a setting that has to be there says. Raises Invalid where it is left out, and as :func:`setting`."""
    found = setting(settings, name, read)
    if found is None:
        raise Invalid(f"The connection has no {name}.", where=name, hint="Write it into the settings.")
    return found


def seconds(name: str, least: int = 0, most: int = _YEAR, *, example: int = 60) -> Callable[[str], int]:
    """Return what reads a setting that is a whole number of seconds from ``least`` to ``most``, else raises Invalid."""

    def read(text: str) -> int:
        found = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else -1
        if not least <= found <= most:
            words = f"{text!r} is no whole number of seconds from {least:,} to {most:,}."
            raise Invalid(words, where=name, hint=f"Write digits alone, such as {example}.")
        return found

    return read


def page_address(text: str) -> str:
    """Return an address of pages that people open in a browser, without a slash at its end.

    Raises:
        Invalid: it is none of http or https, or names no host.
    """
    try:
        parts = urlsplit(text)
        good = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        good = False
    if not good or not text.isprintable() or set(text) & set(' "<>\\@'):
        raise Invalid(f"{text!r} is no address of pages.", hint="Write https://host or https://host:port.")
    return text.rstrip("/")


def plain_name(text: str) -> str:
    """Return a name that can stand in a path: letters, digits, underscores, hyphens and dots, the first none of these.

    Raises:
        Invalid: it is none.
    """
    if not text[:1].isalnum() or not text.isascii() or not set(text) <= _NAMED:
        raise Invalid(f"{text!r} is no name.", hint="Write letters, digits, underscores, hyphens and dots.")
    return text


def user_name(text: str) -> str:
    """Return the name of a user, as it can stand in a path once it is quoted: neither slashes nor percent signs.

    Raises:
        Invalid: it has these, characters that nobody sees, two dots in a row, or a blank before or after it.
    """
    if not text.isprintable() or text != text.strip() or text in {"", "."} or ".." in text or set(text) & set("/\\%"):
        hint = "Write it without slashes, percent signs and two dots in a row, such as bos."
        raise Invalid(f"{text!r} is no name of a user.", hint=hint)
    return text


def account(text: str) -> str:
    """Return the name or address of an account that signs in with a secret.

    Raises:
        Invalid: it has a blank, a colon, which would end it, or characters that nobody sees.
    """
    if not text.isprintable() or not text or set(text) & set(" :"):
        hint = "Write it without blanks and colons, such as bos@bank.example."
        raise Invalid(f"{text!r} is no address of an account.", hint=hint)
    return text


def header_name(text: str) -> str:
    """Return the name of a header of HTTP (RFC 9110: a token).

    Raises:
        Invalid: it is none.
    """
    if not text or not set(text) <= _TOKEN:
        hint = "Write letters, digits and hyphens, such as X-BOS-Key."
        raise Invalid(f"{text!r} is no name of a header.", hint=hint)
    return text


_NAMED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_TOKEN = _NAMED | frozenset("!#$%&'*+^`|~")
