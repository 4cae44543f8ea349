"""Critical values: which there are, which are approved, and whose signatures a change needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.paths import fields_of_item, item_of, nothing, within
from bos.model.ways import WAYS, draws, values
from bos.store.approval.along import resting_on
from bos.store.approval.book import RETIREMENT
from bos.store.approval.need import Need, combined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bos.model.diff import Change
    from bos.store.approval.book import Book
    from bos.store.approval.need import Approvers


def critical_values(approvers: Approvers, document: dict[str, Any]) -> dict[str, Any]:
    """Return every critical value of a document by path, in its order."""
    return approvers.critical(values(approvers.kind, document), document)


def is_held(book: Book, change: Change) -> bool:
    """Return whether a change must wait (rule 1): it changes or removes an approved critical value.

    So must an item of the approval policy that is new, whatever changes the ways of a flow that are approved, and what
    gives a value to a field that is empty and was never signed where that adds to what is approved.
    """
    if change.op == "add":
        fields = (book.approvers.field(path) for path in critical_paths_of(book.approvers, change))
        if any(field is not None and field.first for field in fields):
            return True
    return bool(_approved_within(book, change)) or _adds_to_approved(book, change)


def _adds_to_approved(book: Book, change: Change) -> bool:
    """Return whether a change fills an empty, never signed field of something that has an approved value."""
    path = WAYS if draws(book.kind, change.path) else change.path
    if (path != WAYS and (change.op != "set" or nothing(change.new))) or not fills(book, path):
        return False
    parts = _parts_of(book, path)
    return any(RETIREMENT in parts or any(within(signed, part) for part in parts) for signed in book.settled)


def fills(book: Book, path: str) -> bool:
    """Return whether a value at a path is one where nothing is, and nothing was ever signed."""
    critical = path in book.every or (path not in book.values and book.approvers.always(path))
    empty = book.approvers.blank(path, book.values.get(path)) and path not in book.critical
    return book.approvers.need(path) is not None and critical and empty


def _parts_of(book: Book, path: str) -> set[str]:
    """Return the items whose numbers or judgements a field is part of; the path of the document, where it is of all."""
    entry, item = book.approvers.field(path), item_of(path)
    if item is None or path.startswith("flow.") or (entry is not None and entry.along):
        return {RETIREMENT}
    if book.kind == "template" and item.startswith("outcomes["):
        return {f"outcomes[{kpi}]" for kpi in resting_on(book.live or {}, item[len("outcomes[") : -1])}
    return {item}


def _approved_within(book: Book, change: Change) -> list[str]:
    """Return the paths of the approved values that a change would take the place of."""
    found = []
    whole = WAYS if draws(book.kind, change.path) else None
    for path in dict.fromkeys((*book.approvals, *book.waived)):
        if path not in book.critical or not (path == whole or change.path == RETIREMENT or within(path, change.path)):
            continue
        entry = book.approvers.field(path)
        free = entry is not None and entry.removable and change.op == "remove" and change.path != RETIREMENT
        if not free and book.approved(path, book.values[path]):
            found.append(path)
    return found


def critical_paths_of(approvers: Approvers, change: Change) -> tuple[str, ...]:
    """Return the critical paths a change speaks of: itself, those of the item it adds or removes, the ways it draws.

    A path that is critical only where KPIs read it is among them, whether or not one does.
    """
    if change.path == RETIREMENT:
        return ()
    whole = (WAYS,) if draws(approvers.kind, change.path) else ()
    if change.op == "set":
        return (*whole, *([change.path] if approvers.need(change.path) else []))
    item = change.new if change.op == "add" else change.old
    paths = fields_of_item(approvers.kind, change.path, item if isinstance(item, dict) else {})
    return (*whole, *(path for path in paths if approvers.need(path)))


def paths_to_sign(approvers: Approvers, change: Change) -> tuple[str, ...]:
    """Return the critical paths that are signed with a change: of an item it adds, those where something is."""
    paths = critical_paths_of(approvers, change)
    if change.op != "add":
        return paths
    given = fields_of_item(approvers.kind, change.path, change.new if isinstance(change.new, dict) else {})
    return tuple(path for path in paths if path not in given or not approvers.blank(path, given[path]))


def critical_in(book: Book, change: Change) -> bool:
    """Return whether a change speaks of a value that is critical in a document, or would be with what it adds."""
    paths = critical_paths_of(book.approvers, change)
    return any(path in book.every or book.approvers.always(path) for path in paths)


def need_of(book: Book, changes: Iterable[Change]) -> Need:
    """Return whose signatures a group of changes needs."""
    return combined(one for change in changes for one in _needs(book, change))


def need_of_group(book: Book, group: str, changes: Iterable[Change]) -> Need:
    """Return whose signatures a group needs; computed once for each."""
    if group not in book.needs:
        book.needs[group] = need_of(book, changes)
    return book.needs[group]


def _needs(book: Book, change: Change) -> Iterator[Need]:
    live = book.live or {}
    if change.path == RETIREMENT:
        yield Need.of([live["owner"]])
    if is_held(book, change):
        yield Need.of(book.users_roles())
    if book.kind == "policy":
        yield Need.of(_asked_until_now(live, change))
    removes = change.op == "remove"
    for path in _approved_within(book, change) if removes else paths_to_sign(book.approvers, change):
        if path in book.every or book.approvers.always(path):
            yield book.approvers.need(path) or Need()


def _asked_until_now(policy: dict[str, Any], change: Change) -> Iterator[str]:
    """Yield the roles that the rule asks for which a change of the policy is about: they sign its end, too."""
    for rule in policy["rules"]:
        if item_of(change.path) == f"rules[{rule['id']}]":
            yield from (signer["role"] for signer in rule["signers"])


def state_of(book: Book, *, retired: bool) -> str:
    """Return the state of a document as people see it."""
    if retired:
        return "retired"
    if len(book.settled) < len(book.critical):
        return "in review"
    return "approved with changes held" if book.waiting() else "approved"
