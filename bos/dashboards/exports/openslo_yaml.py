"""OpenSLO as text: names, spans of time, and YAML that gives every text back as it was.

Names follow RFC 1123 (``metadata.name`` of the specification), spans its ``duration-shorthand``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

LONGEST_NAME = 63
"""Characters of a name; OpenSLO's own SDK takes no more for a displayName, either."""
LONGEST_TEXT = 1050
"""Characters of a description."""
_HASH = 8
_CLEAN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FOREIGN = re.compile(r"[^a-z0-9]+")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _/.-]*[A-Za-z0-9]")
_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60))
_SHORT = {"minute": "m", "hour": "h", "day": "d", "week": "w"}
_WIDE = 1_000_000


def name_of(*parts: str) -> str:
    """Return a name for what some ids name: the same for the same ids, another for others.

    Ids stand side by side, ``_`` as ``-``. Where that would not tell them apart, or is too long, a part of their
    SHA-256 ends the name.
    """
    told = [part.replace("_", "-") for part in parts]
    plain = "--".join(told)
    hidden = any("-" in part for part in parts[1:])
    if len(plain) <= LONGEST_NAME and not hidden and "_" not in parts[0] and all(map(_CLEAN.fullmatch, told)):
        return plain
    sha256 = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_HASH]
    short = _FOREIGN.sub("-", plain)[: LONGEST_NAME - _HASH - 1].strip("-")
    return f"{short}-{sha256}"


def shorthand(window: str) -> str:
    """Return a span such as ``30 days`` as ``30d``."""
    count, unit = window.removesuffix("s").split(" ")
    return count + _SHORT[unit]


def shorthand_of(span: timedelta) -> str:
    """Return a span of whole minutes in the largest unit that it is a whole number of."""
    seconds = int(span.total_seconds())
    return next(f"{seconds // size}{unit}" for unit, size in _UNITS if seconds % size == 0)


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters; one that is cut ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


class _Dumper(yaml.SafeDumper):
    """Writes texts so that readers of YAML 1.1 and of 1.2 both take them for texts, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - what the library calls
        """Return that nothing is written by reference."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"'
    if _PLAIN.fullmatch(text):
        style = ""  # what reads as another type is quoted by the library
    elif _is_block(text):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


def _is_block(text: str) -> bool:
    """Return whether several lines can stand as they are: ASCII, with nothing that readers of YAML trim."""
    lines = text.split("\n")
    plain = text.isascii() and text == text.strip() and all(line.isprintable() for line in lines)
    return plain and len(lines) > 1 and all(line == line.rstrip() for line in lines)


_Dumper.add_representer(str, _text)


def written(documents: Sequence[dict[str, Any]]) -> bytes:
    """Return documents as YAML, keys in their order; beyond ASCII by escapes where a character could steer the eye."""
    hidden = any(unicodedata.category(char) in {"Cf", "Zl", "Zp"} for text in _texts(documents) for char in text)
    told = yaml.dump_all(
        documents, Dumper=_Dumper, allow_unicode=not hidden, sort_keys=False, explicit_start=True, width=_WIDE
    )
    return str(told).encode()


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
