"""Whose deed a submission from git is: everyone its range names, as the people BOS knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bos.errors import Invalid, Problem, UsageError
from bos.store import people

if TYPE_CHECKING:
    from bos.actions.unit import Unit

_ADDRESS = re.compile(r"<([^<>]+)>\s*$")
_LISTS = ("authors", "signers")


def people_of(unit: Unit, origin: dict[str, Any] | None) -> frozenset[str]:
    """Return everyone of a git range: ``origin.git.authors`` and ``signers``, who are all authors of what it proposes.

    An entry is a name with an address, as git writes it, an address, or the id of a person.

    Raises:
        UsageError: the origin names nobody.
        Invalid: an identity is no person BOS knows; with one problem each (``git.unknown``).
    """
    git = (origin or {}).get("git")
    if git is None:
        return frozenset()
    named = [entry for key in _LISTS for entry in _entries(git, key)]
    if not named:
        raise UsageError("The origin names no git authors.", where="origin.git.authors", hint="Name all of the range.")
    known = people.by_identity(unit.connection, {identity(entry) for _, entry in named})
    problems = tuple(
        Problem(
            where,
            f"{entry!r} is nobody BOS knows.",
            "Ask an administrator to say who this is: bos people identity.",
            "git.unknown",
        )
        for where, entry in named
        if not known.get(identity(entry))
    )
    if problems:
        raise Invalid(problems[0].message, where=problems[0].path, hint=problems[0].hint, problems=problems)
    return frozenset(person for found in known.values() for person in found)


def _entries(git: Any, key: str) -> list[tuple[str, str]]:
    found = git.get(key, []) if isinstance(git, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        raise UsageError(
            f"origin.git.{key} is no list of names.", where=f"origin.git.{key}", hint="Name all of the range."
        )
    return [(f"origin.git.{key}[{n}]", entry) for n, entry in enumerate(found)]


def identity(entry: str) -> str:
    """Return what an entry is looked up by: the address in it, or all of it; in lower case."""
    address = _ADDRESS.search(entry)
    return (address.group(1) if address else entry).strip().lower()
