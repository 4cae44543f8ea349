"""Answers that are kept while nothing changes: the audit trail says when something did.

Every change of what is kept here writes the audit trail in the same transaction, so an answer that was made when an
entry was the last is that of now as long as the entry is the last. What changes by time alone, a role or a waiver that
begins or ends, ends what is kept by itself.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from bos.store.tables_approval import waiver
from bos.store.tables_people import role_binding

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

MOST = 256
"""How many answers are kept; the one that was asked for longest ago goes."""
LARGEST = 1 << 20
"""No answer of more bytes is kept."""

_NEXT = [
    select(func.min(column)).where(column > bindparam("now")).scalar_subquery()
    for column in (role_binding.c.starts, role_binding.c.ends, waiver.c.ends)
]
_HORIZON = select(func.least(*_NEXT))


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer about a document: its live version, and the JSON; true from ``since`` until before ``until``."""

    version: int
    body: bytes
    entry: tuple[int, str]
    since: datetime
    until: datetime | None

    def holds(self, entry: tuple[int, str], at: datetime) -> bool:
        """Return whether this is the answer of a moment at which an entry is the last of the audit trail."""
        return self.entry == entry and self.since <= at and (self.until is None or at < self.until)


@dataclass(slots=True)
class Shelf:
    """The answers of one process."""

    _found: OrderedDict[tuple[str, str], Kept] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def find(self, kind: str, id_: str, entry: tuple[int, str], at: datetime) -> Kept | None:
        """Return the answer about a document, or nothing where it must be made anew."""
        with self._lock:
            kept = self._found.get((kind, id_))
            if kept is None or not kept.holds(entry, at):
                return None
            self._found.move_to_end((kind, id_))
            return kept

    def keep(self, kind: str, id_: str, kept: Kept) -> None:
        """Keep an answer."""
        if len(kept.body) > LARGEST:
            return
        with self._lock:
            self._found[kind, id_] = kept
            self._found.move_to_end((kind, id_))
            if len(self._found) > MOST:
                self._found.popitem(last=False)


def horizon(connection: Connection, now: datetime) -> datetime | None:
    """Return the next moment at which a role or a waiver begins or ends by itself, or nothing."""
    found: datetime | None = connection.execute(_HORIZON, {"now": now}).scalar()
    return found
