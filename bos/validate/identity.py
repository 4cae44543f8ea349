"""Rules about ids: one item per id in a list, and an id never changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bos.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


def duplicates(document: dict[str, Any]) -> tuple[Problem, ...]:
    """Return a problem for every id that stands twice in one list."""
    return tuple(_walk("", document))


def _walk(path: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _walk(f"{path}.{key}" if path else str(key), below)
    elif isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        for name, count in Counter(item["id"] for item in value).items():
            if count > 1:
                where = f"{path}[{name}]"
                yield Problem(where, f"{count} items of {path} have the id {name}.", "Give each its own.", "id.twice")
        for item in value:
            yield from _walk(f"{path}[{item['id']}]", item)


def immutable(id_: str, document: Any) -> tuple[Problem, ...]:
    """Return a problem when ``document`` says it has another id than the one it is stored under."""
    named = document.get("id", id_) if isinstance(document, dict) else id_
    if named == id_:
        return ()
    return (
        Problem(
            "id",
            f"The id is {id_} and cannot become {named}.",
            "Ids never change; change the title, or make a new document.",
            "id.immutable",
        ),
    )
