"""What is wrong with the shape of a document, in words of ours: never those of the library that found it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from bos.errors import Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

PATTERNS = {
    r"^[a-z0-9][a-z0-9._-]{0,62}$": "Use lower case letters, digits, dots, hyphens and underscores; at most 63.",
    r"^[a-z][a-z0-9_]{0,62}$": "Begin with a lower case letter; then letters, digits and underscores; at most 63.",
    r"^[A-Z]{3}$": "Use the three capital letters of ISO 4217, such as EUR.",
    r"^[1-9][0-9]{0,3} (minute|hour|day|week)s?$": (
        "Write a number and minutes, hours, days or weeks, 1 minute at least: 60 days."
    ),
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$": "Use lower case letters, digits and underscores, in one or two parts.",
    r"^[0-9a-f]{64}$": "Leave it as BOS wrote it: 64 digits of a SHA-256.",
    r"^[a-z][a-z0-9+.-]*://[^\s@]+$": "Write scheme and host, without a name or password: https://host:8089.",
    r"\S": "Write at least one visible character.",
}
"""What a text must look like, for each pattern of the model."""

_WORDS = {
    "missing": ("is missing", "Give it a value."),
    "extra_forbidden": ("is not a field of this document", "Take it out, or check its spelling."),
    "string_too_short": ("is empty", "Give it a value."),
    "string_too_long": ("is too long", "Use at most {max_length} characters."),
    "string_pattern_mismatch": ("is not written as it should be", ""),
    "string_unicode": ("has a character that cannot be stored", "Take it out."),
    "json_invalid": ("is not JSON", "Write it as JSON."),
    "enum": ("has a value that is not one of its choices", "Choose {expected}."),
    "literal_error": ("has a value that is not one of its choices", "Choose {expected}."),
    "too_short": ("has too few entries", "It needs at least {min_length}."),
    "too_long": ("has too many entries", "It takes at most {max_length}."),
    "greater_than_equal": ("is too small", "It must be {ge} or more."),
    "greater_than": ("is too small", "It must be more than {gt}."),
    "less_than_equal": ("is too large", "It must be {le} or less."),
    "less_than": ("is too large", "It must be less than {lt}."),
    "finite_number": ("is not a number that can be counted with", "Give a finite number."),
    "timezone_aware": ("has no time zone", "Write it with an offset, such as 2026-03-02T09:30:00Z."),
    "int_from_float": ("is not a whole number", "Give a whole number."),
}
_KINDS = {
    "string": "a text", "int": "a whole number", "float": "a number", "bool": "yes or no (true or false)",
    "tuple": "a list", "list": "a list", "dict": "names with values", "model": "fields with values",
    "datetime": "a moment such as 2026-03-02T09:30:00Z", "date": "a date such as 2026-03-02",
    "time": "a time of day such as 16:00",
}  # fmt: skip


def told(entry: ErrorDetails, path: str) -> Problem:
    """Return a fault that was found at a path as a problem."""
    code, given = str(entry["type"]), dict(entry.get("ctx") or {})
    words, hint = _words(code, given)
    if code in {"enum", "literal_error"}:
        hint = f"{_nearest(entry['input'], str(given['expected']))}{hint}"
    if code == "value_error":
        words = str(given.get("error") or words)
    return Problem(path=path, message=f"{path or 'The document'} {words}.", hint=hint, code=f"shape.{code}")


def _nearest(typed: Any, expected: str) -> str:
    """Return the choice that was probably meant, as a question."""
    close = get_close_matches(str(typed), re.findall(r"'([^']*)'", expected), n=1)
    return f"Did you mean {close[0]}? " if close else ""


def _words(code: str, given: dict[str, Any]) -> tuple[str, str]:
    if code in _WORDS:
        words, hint = _WORDS[code]
        return words, hint.format(**given) if hint else PATTERNS.get(str(given.get("pattern")), "Change it.")
    kind = _KINDS.get(code.partition("_")[0])
    return (f"is not {kind}", f"Give it {kind}.") if kind else ("cannot be read", "Change it.")
