"""What can be checked of a document whose shape is wrong in places: the rest of it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from bos.model.kinds import read
from bos.model.paths import item_of, split, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.errors import Problem

_ROUNDS = 4
_PLACEHOLDER = "x"
_LENGTHS = ("shape.string_too_short", "shape.string_too_long")


def rest_of(kind: str, document: Any, faults: Sequence[Problem]) -> tuple[dict[str, Any], set[str]] | None:
    """Return a document without what is wrongly shaped, and the paths that were taken out or stood in for.

    ``None`` where that would take out a whole entry, which others may refer to. ``faults`` are those of the shape.
    """
    content, gone = copy.deepcopy(document), set[str]()
    for _ in range(_ROUNDS):
        for fault in faults:
            gone.add(fault.path)
            if not _mended(content, fault):
                return None
        found, faults = read(kind, content)
        if found is not None:
            return found.data(), gone
    return None


def untouched(problem: Problem, gone: set[str]) -> bool:
    """Return whether a problem follows from nothing that was taken out."""
    return not any(_meet(path, place) for path in (problem.path, *problem.refs) for place in gone)


def _meet(path: str, place: str) -> bool:
    item = item_of(path)
    if item is not None and item == item_of(place):
        return True
    return within(path, place) or within(place, path)


def _mended(content: Any, fault: Problem) -> bool:
    """Stand in for a wrong value, or take it out with what cannot be without it; return whether that was possible."""
    try:
        parts = list(split(fault.path))
    except ValueError:
        return False
    if fault.code == "shape.missing":
        parts.pop()
    while parts:
        name, is_entry = parts[-1]
        here = _at(content, parts[:-1])
        if not is_entry and isinstance(here, dict):
            if fault.code in _LENGTHS:
                here[name] = _PLACEHOLDER
            else:
                here.pop(name, None)
            return True
        entry = _entry(here, name)
        if entry is not None:
            outermost = sum(is_id for _, is_id in parts) == 1
            return not outermost and not here.remove(entry)
        parts.pop()  # a plain value in a list: the list goes
    return False


def _at(content: Any, parts: Sequence[tuple[str, bool]]) -> Any:
    here = content
    for name, is_entry in parts:
        here = _entry(here, name) if is_entry else here.get(name) if isinstance(here, dict) else None
    return here


def _entry(items: Any, name: str) -> Any:
    """Return the entry of a list that has an id, or that stands at a position where it has none."""
    entries = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    named = next((item for item in entries if item.get("id") == name), None)
    at_place = next((item for n, item in enumerate(entries) if str(n) == name and "id" not in item), None)
    return named if named is not None else at_place
