"""The difference between two contents, by field; and how it is applied."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from bos.errors import Invalid, Problem
from bos.model.fields import FIELDS, pattern_of
from bos.model.paths import get, is_item, split
from bos.model.version import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Change(BaseModel):
    """One change: ``set`` gives a field (or an order) a value, ``add`` and ``remove`` are for items.

    ``old`` is for the reader; only ``new`` is applied.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    op: Literal["set", "add", "remove"]
    path: str
    old: Any = None
    new: Any = None


def same(one: Any, other: Any) -> bool:
    """Return whether two values are one content (3 and 3.0 are, a list and a tuple are)."""
    return canonical(one) == canonical(other)


def diff(kind: str, old: dict[str, Any], new: dict[str, Any]) -> tuple[Change, ...]:
    """Return the changes that lead from ``old`` to ``new``: none when they are one content."""
    return tuple(_compare(FIELDS[kind], "", old, new))


def _compare(table: dict[str, Any], path: str, old: Any, new: Any) -> Iterator[Change]:
    if not is_item(path) and pattern_of(path) in table:
        if not same(old, new):
            yield Change(op="set", path=path, old=old, new=new)
    elif isinstance(new, dict):
        for key in new:
            if key != "id":
                below = old.get(key) if isinstance(old, dict) else None
                yield from _compare(table, f"{path}.{key}" if path else key, below, new[key])
    elif isinstance(new, list | tuple):
        yield from _compare_items(table, path, old if isinstance(old, list | tuple) else (), new)


def _compare_items(table: dict[str, Any], path: str, old: Any, new: Any) -> Iterator[Change]:
    before, after = ({item["id"]: item for item in items} for items in (old, new))
    for name, item in before.items():
        if name not in after:
            yield Change(op="remove", path=f"{path}[{name}]", old=item)
    for name, item in after.items():
        if name in before:
            yield from _compare(table, f"{path}[{name}]", before[name], item)
        else:
            yield Change(op="add", path=f"{path}[{name}]", new=item)
    kept = [name for name in before if name in after]
    expected = kept + [name for name in after if name not in before]
    if expected != list(after):
        yield Change(op="set", path=f"{path}[]", old=list(before), new=list(after))


def apply(kind: str, document: dict[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """Return a copy of ``document`` with the changes made: removals, additions, values, then orders.

    Raises:
        Invalid: a change names no field of this kind, an item that is not there, or adds one that is.
    """
    result = copy.deepcopy(document)
    problems = []
    for change in sorted(changes, key=_rank):
        message = _apply_one(kind, result, change)
        if message:
            problems.append(Problem(change.path, message, "Read the document again and name its fields.", "path"))
    if problems:
        raise Invalid(problems[0].message, where=problems[0].path, hint=problems[0].hint, problems=tuple(problems))
    return result


def _rank(change: Change) -> tuple[int, int]:
    order = {"remove": 0, "add": 1, "set": 2}[change.op]
    return (3 if change.path.endswith("[]") else order, change.path.count("[") if change.op == "add" else 0)


def _apply_one(kind: str, document: dict[str, Any], change: Change) -> str:
    """Make one change in place; return what is wrong with it, or an empty text."""
    try:
        parts = split(change.path)
    except ValueError:
        return f"{change.path!r} is not a field path."
    if any(is_id and not name for name, is_id in parts[:-1]):
        return f"{change.path} names no item: write its id between the brackets."
    if change.op == "set":
        if is_item(change.path) or pattern_of(change.path) not in FIELDS[kind]:
            return f"{change.path} is not a field that can be set."
        return _set(document, change.path, parts, change.new)
    if not is_item(change.path):
        return f"{change.path} is not an item that can be added or removed."
    return _set_item(document, change, parts)


def _parent(document: dict[str, Any], path: str) -> Any:
    return document if not path else get(document, path)


def _set(document: dict[str, Any], path: str, parts: tuple[tuple[str, bool], ...], value: Any) -> str:
    name, is_id = parts[-1]
    outer = path[: -len(name) - 2] if is_id else path[: -len(name)].rstrip(".")
    try:
        parent = _parent(document, outer)
    except (KeyError, TypeError):
        return f"{path} is not there."
    if not is_id:
        parent[name] = copy.deepcopy(value)
        return ""
    here = {item["id"]: item for item in parent}
    wanted = value if isinstance(value, list | tuple) else (None,)
    if not all(isinstance(item, str) for item in wanted) or len(set(wanted)) != len(wanted):
        return f"{path} must be a list of different ids."
    # Items nobody named keep their places at the end: somebody may have added one since.
    ranked = [name for name in wanted if name in here] + [name for name in here if name not in wanted]
    parent[:] = [here[name] for name in ranked]
    return ""


def _set_item(document: dict[str, Any], change: Change, parts: tuple[tuple[str, bool], ...]) -> str:
    name = parts[-1][0]
    try:
        items = _parent(document, change.path[: -len(name) - 2])
    except (KeyError, TypeError):
        return f"{change.path} is not there."
    if not isinstance(items, list):
        return f"{change.path} is not an item that can be added or removed."
    found = next((item for item in items if item.get("id") == name), None)
    if change.op == "remove":
        return _remove(items, found, change.path)
    return _add(items, found, change, name)


def _remove(items: list[Any], found: Any, path: str) -> str:
    if found is None:
        return f"{path} is not there."
    items.remove(found)
    return ""


def _add(items: list[Any], found: Any, change: Change, name: str) -> str:
    if found is not None:
        return f"{change.path} is there already."
    if not isinstance(change.new, dict) or change.new.get("id", name) != name:
        return f"{change.path} must be given an item with the id {name}."
    items.append({"id": name, **copy.deepcopy(change.new)})
    return ""
