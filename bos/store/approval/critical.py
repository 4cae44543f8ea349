"""Critical values: which there are, which are approved, and whose signature a change needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.fields import FIELDS, Field, pattern_of
from bos.model.paths import fields_of_item, flatten, is_item, within
from bos.model.version import digest
from bos.store.approval.book import RETIREMENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bos.model.diff import Change
    from bos.store.approval.book import Book


def critical_values(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return every critical value of a document by path, in its order."""
    return {path: value for path, value in flatten(kind, document).items() if is_critical(kind, path)}


def is_critical(kind: str, path: str) -> bool:
    """Return whether a path names a critical field."""
    found = field(kind, path)
    return found is not None and found.critical


def field(kind: str, path: str) -> Field | None:
    """Return the registry entry of a path; an item, or the document, has none."""
    return None if is_item(path) else FIELDS[kind].get(pattern_of(path))


def approved(book: Book, path: str, value: Any) -> bool:
    """Return whether this very value at this path is signed."""
    return book.approvals.get(path) == digest(value)


def is_held(book: Book, change: Change, values: Mapping[str, Any]) -> bool:
    """Return whether a change must wait (rule 1): it changes or removes an approved critical value.

    ``values`` is the flattened live content.
    """
    return change.op != "add" and bool(_approved_within(book, change, values))


def _approved_within(book: Book, change: Change, values: Mapping[str, Any]) -> list[Field]:
    """Return the fields of the approved values that a change would take the place of."""
    found = []
    for path, value in values.items():
        if path not in book.approvals or not (change.path == RETIREMENT or within(path, change.path)):
            continue
        entry = field(book.kind, path)
        free = entry is not None and entry.removable and change.op == "remove" and change.path != RETIREMENT
        if entry is not None and entry.critical and not free and approved(book, path, value):
            found.append(entry)
    return found


def critical_paths_of(kind: str, change: Change) -> tuple[str, ...]:
    """Return the critical paths a change speaks of: itself, or those of the item it adds or removes."""
    if change.path == RETIREMENT:
        return ()
    if change.op == "set":
        return (change.path,) if is_critical(kind, change.path) else ()
    item = change.new if change.op == "add" else change.old
    paths = fields_of_item(kind, change.path, item if isinstance(item, dict) else {})
    return tuple(path for path in paths if is_critical(kind, path))


def roles_for(book: Book, changes: Iterable[Change]) -> tuple[str, ...]:
    """Return the roles whose signatures a group of changes needs, each once, in a settled order."""
    live = book.live or {}
    values = flatten(book.kind, live) if live else {}
    roles: list[str] = []
    for change in changes:
        if change.path == RETIREMENT:
            roles.append(live["owner"])
        if is_held(book, change, values):
            roles += book.users_roles()
        entries = _approved_within(book, change, values) if change.op == "remove" else _entries(book.kind, change)
        roles += [entry.approver for entry in entries if entry.approver]
    return tuple(sorted(set(roles)))


def _entries(kind: str, change: Change) -> list[Field]:
    found = [field(kind, path) for path in critical_paths_of(kind, change)]
    return [entry for entry in found if entry is not None]


def state_of(book: Book, *, retired: bool) -> str:
    """Return the state of a document as people see it."""
    if retired:
        return "retired"
    values = critical_values(book.kind, book.live or {})
    if not all(approved(book, path, value) for path, value in values.items()):
        return "in review"
    return "approved with changes held" if book.waiting() else "approved"
