"""Field paths: where a value is, by the ids of items and never by their position.

``outcomes[returns].target`` is a field, ``outcomes[returns]`` an item, ``outcomes[]`` the order of the items. What a
path may name is decided by the field registry: below a registered field there are no paths, its value is one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bos.model.fields import FIELDS, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEGMENT = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def split(path: str) -> tuple[tuple[str, bool], ...]:
    """Return the segments of a path as (name, is item id): ``a.b[c]`` → (a, no), (b, no), (c, yes).

    Raises:
        ValueError: the path is not written as a path.
    """
    parts, end = [], 0
    for match in _SEGMENT.finditer(path):
        gap = path[end : match.start()]
        if gap not in {"", "."} or (gap == "." and match.group(1) is None):
            raise ValueError(f"{path!r} is not a field path")
        parts.append((match.group(1), False) if match.group(1) is not None else (match.group(2), True))
        end = match.end()
    if end != len(path) or not parts:
        raise ValueError(f"{path!r} is not a field path")
    return tuple(parts)


def item_of(path: str) -> str | None:
    """Return the outermost item a path lies in (``outcomes[returns]``), or ``None``."""
    end = path.find("]")
    return path[: end + 1] if end > 0 and path[end - 1] != "[" else None


def is_item(path: str) -> bool:
    """Return whether the path names an item as a whole."""
    return path.endswith("]") and not path.endswith("[]")


def nothing(value: Any) -> bool:
    """Return whether a value says that nothing is there; 0 and no are values."""
    return value is None or value in ("", [], {}, ())


def within(path: str, outer: str) -> bool:
    """Return whether ``path`` is ``outer`` or lies below it."""
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))


def outer_paths(path: str) -> Iterator[str]:
    """Yield every path that this one is or lies below, as :func:`within` means it, the longest first."""
    yield path
    for at in range(len(path) - 1, 0, -1):
        if path[at] in ".[":
            yield path[:at]


def flatten(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return every registered field of a document by path, in the order of the document."""
    return dict(_walk(FIELDS[kind], "", document))


def fields_of_item(kind: str, path: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return every registered field of one item by path."""
    return dict(_walk(FIELDS[kind], path, item))


def _walk(table: dict[str, Any], path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not is_item(path) and pattern_of(path) in table:
        yield path, value
    elif isinstance(value, dict):
        for key, below in value.items():
            if key != "id":
                yield from _walk(table, f"{path}.{key}" if path else key, below)
    elif isinstance(value, list | tuple):
        yield f"{path}[]", [item["id"] for item in value]
        for item in value:
            yield from _walk(table, f"{path}[{item['id']}]", item)


def get(document: dict[str, Any], path: str) -> Any:
    """Return the value at a path.

    Raises:
        KeyError: there is nothing there.
    """
    here: Any = document
    for name, is_id in split(path):
        if not is_id:
            here = here[name] if isinstance(here, dict) else _absent(path)
        elif name:
            here = next((item for item in here or () if item.get("id") == name), None) or _absent(path)
        else:
            return [item["id"] for item in here]
    return here


def _absent(path: str) -> Any:
    raise KeyError(path)
