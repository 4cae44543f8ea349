"""What follows when live content changes: values to sign, groups that end, groups that no longer fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.errors import Invalid, Problem
from bos.model.diff import Change, apply, same
from bos.model.paths import nothing
from bos.model.version import digest
from bos.model.ways import values as values_of
from bos.store.approval.book import RETIREMENT, Book, Closing, NewGroup, OpenGroup, Validate
from bos.store.approval.critical import critical_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Aftermath:
    """New groups of unsigned values, groups that end, approvals that end."""

    unsigned: tuple[NewGroup, ...]
    closings: tuple[Closing, ...]
    unapproved: tuple[str, ...]


def settle(
    book: Book,
    live: dict[str, Any],
    *,
    approvals: Mapping[str, str],
    people: frozenset[str],
    validate: Validate,
    fresh: Callable[[], str],
    leave: Iterable[str] = (),
) -> Aftermath:
    """Return what follows from ``live`` taking the place of the live content.

    ``approvals`` are those that hold from now on, ``people`` the authors of what is new, ``fresh`` gives ids of
    groups, ``leave`` names groups that are dealt with elsewhere.
    """
    values = critical_values(book.approvers, live)
    asked = book.to_sign(values, approvals)
    unsigned = {path: value for path, value in asked.items() if approvals.get(path) != digest(value)}
    others = [group for group in book.groups if group.group not in set(leave)]
    kept, ended = _sort(others, unsigned, asked, values_of(book.kind, live))
    if book.live is not None and not same(book.live, live):
        ended += _unfit(book.kind, live, others, validate)
    new = [_unsigned(book, path, unsigned[path], people, fresh()) for path in unsigned if path not in kept]
    return Aftermath(tuple(new), tuple(ended), tuple(path for path in approvals if path not in values))


def _sort(
    groups: Iterable[OpenGroup], unsigned: Mapping[str, Any], asked: Mapping[str, Any], live: Mapping[str, Any]
) -> tuple[set[str], list[Closing]]:
    """Return the unsigned paths that have their group already, and an end for groups whose value is another now."""
    kept, ended = set(), []
    for group in groups:
        change = group.changes[0]
        if group.state != "unsigned":
            continue
        if change.path in unsigned and same(unsigned[change.path], change.new):
            kept.add(change.path)
        else:
            ended.append(Closing(group.group, "superseded", _why_ended(change.path, asked, live)))
    return kept, ended


def _why_ended(path: str, asked: Mapping[str, Any], live: Mapping[str, Any]) -> str:
    if path in asked:
        return "The value was changed."
    if path in live and nothing(live[path]):
        return "Nothing is there, which needs no signature."
    return "The policy asks for no signature here any more." if path in live else "The value was taken out."


def _unsigned(book: Book, path: str, value: Any, people: frozenset[str], group: str) -> NewGroup:
    authors = people | book.authors.get(path, frozenset())
    return NewGroup(group, "unsigned", (Change(op="set", path=path, new=value),), authors)


def _unfit(kind: str, live: dict[str, Any], groups: Iterable[OpenGroup], validate: Validate) -> list[Closing]:
    """Return an end for each waiting group that would not be valid on the new live content (rule 6)."""
    reasons = {group.group: why_unfit(kind, live, group, validate) for group in groups if group.state == "waiting"}
    return [Closing(group, "rework", reason) for group, reason in reasons.items() if reason]


def why_unfit(kind: str, live: dict[str, Any], group: OpenGroup, validate: Validate) -> str:
    """Return why a group cannot go live on this content, or an empty text."""
    if group.paths == (RETIREMENT,):
        return ""
    problems = problems_with(kind, live, group.changes, validate)[1]
    return " ".join(problem.message for problem in problems)


def problems_with(
    kind: str, live: dict[str, Any], changes: Iterable[Change], validate: Validate
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return the content with the changes made, and the problems that keep it from going live."""
    try:
        content = apply(kind, live, changes)
    except Invalid as error:
        return live, error.problems
    return content, tuple(problem for problem in validate(content) if problem.severity == "error")
