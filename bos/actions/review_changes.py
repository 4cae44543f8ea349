"""What happened to a flow's template and signals in a week, from the journal: words, who, and the rationale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from bos.model.answers.reports import ReviewChange
from bos.model.diff import Change
from bos.model.roles import ROLES
from bos.model.wording import describe
from bos.store import audit
from bos.store.changes import groups
from bos.store.tables import held_group, journal
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from bos.store.documents import Version

_WHAT = {
    Tag.DOCUMENT_CREATED: "was made",
    Tag.DOCUMENT_RETIRED: "was retired",
    Tag.DOCUMENT_RESTORED: "came back",
    Tag.RETIREMENT_HELD: "waits for signatures to be retired",
    Tag.CHANGE_LIVE: "went live",
    Tag.CHANGE_PROVISIONAL: "went live, not signed yet",
    Tag.CHANGE_HELD: "proposed, waits for signatures",
    Tag.CHANGE_WITHDRAWN: "was withdrawn",
    Tag.SIGNATURE_REJECTED: "was rejected",
    Tag.SIGNATURE_REWORK: "was sent back",
    Tag.VALUE_APPROVED: "was approved",
}
_TOLD = {tag.value: what for tag, what in _WHAT.items()}
_OF_VALUES = {Tag.CHANGE_LIVE.value, Tag.CHANGE_PROVISIONAL.value, Tag.CHANGE_HELD.value}
MOST = 200
"""Entries of a document that a pack lists."""


def changes_of(
    connection: Connection, documents: Iterable[Version], start: datetime, end: datetime
) -> tuple[ReviewChange, ...]:
    """Return what the journal has of some documents in ``[start, end)``, oldest first; the newest 200 of each."""
    found = []
    for one in documents:
        where = (journal.c.kind == one.kind, journal.c.id == one.id, journal.c.tag.in_(_TOLD))
        rows = audit.entries(connection, *where, journal.c.at >= start, journal.c.at < end, limit=MOST)
        why = _proposed(connection, rows)
        found += [(row.seq, _change(row, one, why)) for row in rows]
    return tuple(change for _, change in sorted(found, key=lambda pair: pair[0]))


def _proposed(connection: Connection, rows: Sequence[Row[Any]]) -> dict[datetime, str]:
    """Return why what was signed had been proposed, by the moment of the last signature: it made the value live."""
    signed = {row.after["group"]: row.at for row in rows if row.tag == Tag.VALUE_APPROVED.value}
    if not signed:
        return {}
    return {signed[one.group]: one.rationale for one in groups(connection, held_group.c.held_group.in_(signed))}


def _change(row: Row[Any], document: Version, proposed: Mapping[datetime, str]) -> ReviewChange:
    """Return an entry in words. A held change keeps its new value beside its group; the journal has no operation."""
    held = row.tag == Tag.CHANGE_HELD.value and isinstance(row.after, dict)
    after = row.after.get("value") if held else row.after
    if row.path and row.tag in _OF_VALUES:
        op: Literal["add", "remove", "set"] = "add" if row.before is None else "remove" if after is None else "set"
        change = Change(op=op, path=row.path, old=_named(row.path, row.before), new=_named(row.path, after))
        words = describe(document.kind, [change], document.doc)
    else:
        title = f"{document.kind.capitalize()} “{document.doc['title']}”"
        words = (f"{title} · {row.path}" if row.path else title,)
    told = [text for text in dict.fromkeys((proposed.get(row.at, ""), row.rationale)) if text]
    return ReviewChange(at=row.at, who=row.actor, what=_TOLD[row.tag], words=words, rationale=" · ".join(told))


def _named(path: str, value: Any) -> Any:
    """Return a value as it is told: of who answers for what, the name of the role."""
    return ROLES.get(value, value) if path.startswith("ownership[") and isinstance(value, str) else value
