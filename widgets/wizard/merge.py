"""Two edits of one draft: what goes together is taken together, what does not is a person's choice. Pure."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from bos.errors import Invalid
from bos.model.diff import apply, diff, same
from bos.model.paths import is_item, within
from widgets.wizard import partly
from widgets.wizard.fields import described
from widgets.wizard.state import find, put

KIND = "template"


class Clash(NamedTuple):
    """A field (a part of it, or an entry as a whole) with two values; ``None`` where one side has taken it out."""

    path: str
    label: str
    mine: Any
    other: Any


def merge(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> tuple[dict[str, Any], tuple[Clash, ...]]:
    """Return ``theirs`` with every change of mine that touches none of theirs, and the fields both have changed.

    ``base`` is what both began from. Fields that are edited part by part are brought together so, too.
    """
    own, other = diff(KIND, base, mine), diff(KIND, base, theirs)
    same_field = {change.path: change for change in other}
    asked: list[Clash] = []
    clashing, free = [], []
    for change in own:
        there = same_field.get(change.path)
        parts = partly.meet(change.path, there.old, change.new, there.new) if there else None
        if parts:
            free.append(change.model_copy(update={"new": parts.value}))
            asked += [_of_part(mine, f"{change.path}.{part}", *values) for part, values in parts.asked.items()]
            continue
        met = [one.path for one in other if within(change.path, one.path) or within(one.path, change.path)]
        if not met:
            free.append(change)
        elif change.path.endswith("[]"):
            continue  # the order of a list: theirs holds, and nothing is lost
        else:
            clashing.append(min([change.path, *met], key=len))
    try:
        merged = apply(KIND, theirs, free)
    except Invalid as error:
        merged = copy.deepcopy(theirs)
        clashing += [change.path for change in free if change.path in {one.path for one in error.problems}]
        merged = apply(KIND, merged, [change for change in free if change.path not in clashing])
    found = (*asked, *(_clash(path, mine, theirs) for path in dict.fromkeys(clashing)))
    return merged, tuple(clash for clash in found if not same(clash.mine, clash.other))


def settle(document: dict[str, Any], path: str, value: Any) -> None:
    """Make a field or an entry what was chosen; ``None`` takes an entry out."""
    if not is_item(path):
        put(document, path, copy.deepcopy(value))
        return
    section, _, rest = path.rpartition("[")
    name = rest.removesuffix("]")
    items = list(find(document, section) or ())
    at = next((n for n, item in enumerate(items) if item["id"] == name), None)
    if value is None:
        items = [item for item in items if item["id"] != name]
    elif at is None:
        items.append(copy.deepcopy(value))
    else:
        items[at] = copy.deepcopy(value)
    put(document, section, items)


def _clash(path: str, mine: dict[str, Any], theirs: dict[str, Any]) -> Clash:
    own, other = find(mine, path), find(theirs, path)
    return Clash(path, described(mine if own is not None else theirs, path), own, other)


def _of_part(document: dict[str, Any], path: str, mine: Any, other: Any) -> Clash:
    return Clash(path, described(document, path, label=partly.label_of(path)), mine, other)
