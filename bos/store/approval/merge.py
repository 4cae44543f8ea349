"""Brings a submission that was made on an older version to the newest one (rule 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Stale
from bos.model.diff import Change, apply, diff, same
from bos.model.paths import get, within

if TYPE_CHECKING:
    from collections.abc import Sequence


def merge(
    kind: str, base: dict[str, Any], live: dict[str, Any], changes: Sequence[Change], *, base_version: int, version: int
) -> dict[str, Any]:
    """Return ``live`` with ``changes`` made, which were meant for ``base``.

    What others changed since stays, unless the submission touches the same field; removing an item touches all of it.

    Raises:
        Stale: the same field was changed since; ``details`` has every such field with both values.
        Invalid: a change names something that is not there.
    """
    since = diff(kind, base, live)
    conflicts = [_conflict(base, live, mine, theirs) for mine in changes for theirs in since if _meet(mine, theirs)]
    if conflicts:
        first = conflicts[0]
        raise Stale(
            f"{first['path']} was changed after version {base_version}, on which this was made.",
            where=first["path"],
            hint=f"Version {version} is live. Read it, decide which value holds, and submit again.",
            details={"base_version": base_version, "version": version, "conflicts": conflicts},
        )
    done = {theirs.path for theirs in since}
    return apply(kind, live, [change for change in changes if change.path not in done])


def _meet(mine: Change, theirs: Change) -> bool:
    """Return whether two changes cannot both hold; the same deed done twice can."""
    if mine.path == theirs.path:
        return mine.op != theirs.op or (mine.op != "remove" and not same(mine.new, theirs.new))
    return within(mine.path, theirs.path) or within(theirs.path, mine.path)


def _conflict(base: dict[str, Any], live: dict[str, Any], mine: Change, theirs: Change) -> dict[str, Any]:
    path = mine.path if within(mine.path, theirs.path) else theirs.path
    return {
        "path": path,
        "base": _value(base, path),
        "yours": mine.new if mine.path == path else None,
        "live": _value(live, path),
    }


def _value(document: dict[str, Any], path: str) -> Any:
    try:
        return get(document, path)
    except KeyError:
        return None
