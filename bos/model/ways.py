"""The ways of a flow as one value: what may follow what, which decides the numbers of KPIs that count by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Invalid
from bos.model.diff import Change, apply
from bos.model.paths import flatten, get

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WAYS = "flow.edges"
"""The path of the ways as one value. The items below it have their own; what one way is called is no part of it."""

_ARROW = " → "


def ways(document: dict[str, Any]) -> list[str]:
    """Return the ways of a template, each once, as ``from → to`` by the ids of steps, sorted."""
    return sorted({f"{edge['source']}{_ARROW}{edge['target']}" for edge in document["flow"]["edges"]})


def values(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return every registered field of a document by path, and of a template its ways as one value."""
    found = flatten(kind, document)
    return {**found, WAYS: ways(document)} if kind == "template" else found


def value_at(document: dict[str, Any], path: str) -> Any:
    """Return what is signed at a path. Raises KeyError: there is nothing there."""
    return ways(document) if path == WAYS and document else get(document, path)


def draws(kind: str, path: str) -> bool:
    """Return whether a change at a path draws, takes out or redirects a way; its name and the order of ways do not."""
    below = path.removeprefix(f"{WAYS}[")
    return kind == "template" and below not in {path, "]"} and not below.endswith("].label")


def as_one(kind: str, changes: Iterable[Change], live: dict[str, Any]) -> tuple[Change, ...]:
    """Return changes with those that draw ways as one change of all the ways; ``live`` is what they are made to.

    Changes that do not fit ``live`` any more stay as they are.
    """
    every = tuple(changes)
    drawn = [change for change in every if draws(kind, change.path)]
    if not drawn or not live:
        return every
    try:
        content = apply(kind, live, drawn)
    except Invalid:
        return every
    one = Change(op="set", path=WAYS, old=ways(live), new=ways(content))
    return (one, *(change for change in every if change not in drawn))


def told(listed: Sequence[str] | None, documents: Iterable[dict[str, Any]]) -> str:
    """Return ways in words, with the titles of the steps that the first of ``documents`` that has them gives."""
    return ", ".join(_titled(way, documents) for way in listed or ()) or "nothing"


def told_change(old: Sequence[str] | None, new: Sequence[str], documents: Iterable[dict[str, Any]]) -> str:
    """Return in words which ways are new, which go, and which stay; ``old`` is nothing where none were looked at."""
    if old is None:
        return told(new, documents)
    stay = [way for way in new if way in old]
    parts = (
        ("new: ", [way for way in new if way not in old]),
        ("gone: ", [way for way in old if way not in new]),
        (f"staying ({len(stay)}): ", stay),
    )
    return "; ".join(f"{word}{told(listed, documents)}" for word, listed in parts if listed) or "nothing"


def _titled(way: str, documents: Iterable[dict[str, Any]]) -> str:
    return _ARROW.join(_title(step, documents) for step in way.split(_ARROW))


def _title(step: str, documents: Iterable[dict[str, Any]]) -> str:
    for document in documents:
        try:
            return str(get(document, f"flow.steps[{step}].title"))
        except (KeyError, TypeError):
            continue
    return step
