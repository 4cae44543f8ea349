"""A document in a YAML or JSON file."""

from __future__ import annotations

import re
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any

from bos.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yaml import SafeLoader

_HALF = re.compile("[\ud800-\udfff]")


def read(path: Path) -> dict[str, Any]:
    """Return the one document of a file; dates of YAML become ISO text.

    Raises:
        InputError: the file cannot be read, holds something other than one document, or has two values at one place.
    """
    import yaml  # noqa: PLC0415 - only some commands need it

    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            raise InputError("The file repeats parts by YAML aliases.", where=str(path), hint="Write every part out.")
        found = [_plain(item) for item in _documents(yaml.SafeLoader(text), path)]
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("The file is no text in UTF-8.", where=str(path), hint="Name a YAML or JSON file.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        raise InputError("The file is neither YAML nor JSON.", where=place, hint="Mend that place.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        hint = "Look for control characters, impossible dates, and very deep nesting."
        raise InputError("The file is neither YAML nor JSON.", where=str(path), hint=hint) from error
    if not any(found):
        raise InputError("The file is empty.", where=str(path), hint="It holds one document.")
    if len(found) != 1 or not isinstance(found[0], dict):
        raise InputError(
            "The file must hold one document.", where=str(path), hint="Put each document into a file of its own."
        )
    return found[0]


def refuse_unwritable(value: Any, path: Path, field: str = "") -> None:
    """Raise InputError, with the file and the field, where a value is one that no request can carry.

    That is half a character (a lone surrogate), in a key or a text, and a number that has no end.
    """
    where = f"{path}, field {field}" if field else str(path)
    if isinstance(value, str) and _HALF.search(value):
        raise InputError("A text has half a character (a lone surrogate).", where=where, hint="Write it anew.")
    if isinstance(value, float) and not isfinite(value):
        raise InputError(f"{value} is no number that JSON can hold.", where=where, hint="Write a number with an end.")
    if isinstance(value, dict):
        for key, item in value.items():
            if _HALF.search(key):
                raise InputError("A key has half a character (a lone surrogate).", where=where, hint="Write it anew.")
            refuse_unwritable(item, path, f"{field}.{key}" if field else key)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            refuse_unwritable(item, path, f"{field}[{place}]")


def _documents(loader: SafeLoader, path: Path) -> Iterator[Any]:
    while loader.check_node():
        node = loader.get_node()
        _refuse_repeats(loader, node, path)
        yield loader.construct_document(node)


def _refuse_repeats(loader: SafeLoader, node: Any, path: Path) -> None:
    """Refuse a key that stands twice in one mapping, of which YAML and JSON would take the last in silence.

    Keys are one where they are the same text in a document, such as ``1`` and ``"1"``, ``yes`` and ``true``.
    """
    if node.id == "sequence":
        for item in node.value:
            _refuse_repeats(loader, item, path)
    elif node.id == "mapping":
        first: dict[str, int] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            where = f"{path}, line {line}, column {key.start_mark.column + 1}"
            if key.tag.endswith(":merge"):
                raise InputError("The file merges parts by <<.", where=where, hint="Write every part out.")
            name = str(loader.construct_object(key, deep=True))
            if name in first:
                hint = f"It stands in line {first[name]}, too: keep one of them."
                raise InputError(f"{name[:80]!r} is given twice in one place.", where=where, hint=hint)
            first[name] = line
            _refuse_repeats(loader, item, path)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_joined(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return _joined(value)
    return value.isoformat() if isinstance(value, date) else value


def _joined(text: str) -> str:
    """Return a text in which two halves, as JSON writes a character beyond U+FFFF, are the one that they make."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
