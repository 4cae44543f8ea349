"""What a newer blueprint brings to a flow that was made from an older one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.model.diff import Change, apply, diff, same
from bos.model.paths import get, within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_OWN = frozenset({"title", "blueprint"})
"""What a flow does not take from its blueprint."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change a blueprint brings; ``changed_here``: the flow has another value than the blueprint had."""

    change: Change
    changed_here: bool


def candidates(base: dict[str, Any] | None, new: dict[str, Any], live: dict[str, Any]) -> tuple[Candidate, ...]:
    """Return what the blueprint changed from ``base`` to ``new`` that the live content does not have yet.

    Without ``base``, where it is not known what the flow was made from, it is all that differs, and all of it counts as
    changed here; what only the flow has is left in it. So it is with an item that both made on their own.
    """
    if base is None:
        brought = [change for change in diff("template", live, new) if change.op != "remove"]
        return tuple(Candidate(change, changed_here=True) for change in brought if _counts(change))
    brought = [change for change in diff("template", base, new) if _counts(change)]
    both = [change.path for change in brought if change.op == "add" and not _absent(live, change.path)]
    tried = (_candidate(base, live, change) for change in brought if change.path not in both)
    found = [one for one in tried if one is not None]
    differs = (change for change in diff("template", live, new) if any(within(change.path, path) for path in both))
    return (*found, *(Candidate(change, changed_here=True) for change in differs if _counts(change)))


def _counts(change: Change) -> bool:
    return change.path not in _OWN and not change.path.endswith("[]")


def _candidate(base: dict[str, Any], live: dict[str, Any], change: Change) -> Candidate | None:
    here, there = _value(live, change.path), _value(base, change.path)
    if change.op == "remove":
        return None if here is None else Candidate(_of(change, old=here), changed_here=not same(here, there))
    if change.op == "add":
        return Candidate(change, changed_here=False)
    if _absent(live, change.path) or same(here, change.new):
        return None
    return Candidate(_of(change, old=here), changed_here=not same(here, there))


def _of(change: Change, *, old: Any) -> Change:
    return Change(op=change.op, path=change.path, old=old, new=change.new)


def _absent(document: dict[str, Any], path: str) -> bool:
    """Return whether the item a path lies in was taken out."""
    try:
        get(document, path)
    except (KeyError, TypeError):
        return True
    return False


def _value(document: dict[str, Any], path: str) -> Any:
    return None if _absent(document, path) else get(document, path)


def chosen(found: Iterable[Candidate], mode: str, pick: Collection[str], waiting: Collection[str]) -> list[Candidate]:
    """Return the candidates that are taken: ``all``, those ``unchanged`` here, or those at the paths ``pick`` names.

    A field a proposal waits for is taken only where it is picked (rule 12 of the approval contract).
    """
    taken = []
    for one in found:
        free = not any(_meets(one.change.path, path) for path in waiting)
        if one.change.path in pick or (free and (mode == "all" or (mode == "unchanged" and not one.changed_here))):
            taken.append(one)
    return taken


def _meets(one: str, other: str) -> bool:
    return within(one, other) or within(other, one)


def upgraded(live: dict[str, Any], taken: Sequence[Candidate], origin: dict[str, Any]) -> dict[str, Any]:
    """Return the live content with the changes made, as a flow of that blueprint version."""
    return {**apply("template", live, [one.change for one in taken]), "blueprint": origin}
