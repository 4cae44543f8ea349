"""The journal: a chain of entries, each with the hash of the one before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from bos.model.version import canonical
from bos.store.locks import lock
from bos.store.tables import journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from bos.store.tags import Tag

GENESIS = "0" * 64
"""The hash before the first entry."""

FIELDS = (
    "seq", "at", "actor", "on_behalf_of", "tag", "kind", "id", "path", "rationale", "before", "after", "request_id",
    "origin", "prev_hash",
)  # fmt: skip
"""What an entry's hash covers."""

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Note:
    """What an entry is to say; who, when and where from come with the action."""

    tag: Tag
    kind: str | None = None
    id: str | None = None
    path: str | None = None
    before: Any = None
    after: Any = None
    rationale: str | None = None


def append(
    connection: Connection,
    notes: Sequence[Note],
    *,
    at: datetime,
    actor: str,
    on_behalf_of: str | None,
    rationale: str,
    request_id: str,
    origin: str,
) -> None:
    """Add entries to the chain; whoever else writes waits until this transaction ends, so order is commit order."""
    if not notes:
        return
    lock(connection, ("journal",))
    seq, hash_ = head(connection)
    rows = []
    for note in notes:
        seq += 1
        row = {
            "seq": seq,
            "at": at,
            "actor": actor,
            "on_behalf_of": on_behalf_of,
            "tag": note.tag.value,
            "kind": note.kind,
            "id": note.id,
            "path": note.path,
            "rationale": rationale if note.rationale is None else note.rationale,
            "before": note.before,
            "after": note.after,
            "request_id": request_id,
            "origin": origin,
            "prev_hash": hash_,
        }
        hash_ = entry_hash(row)
        rows.append({**row, "hash": hash_})
    connection.execute(insert(journal), rows)


_LAST = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)


def head(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the last entry: 0 and ``GENESIS`` where there is none."""
    row = connection.execute(_LAST).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def content(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the hash of an entry covers, as JSON data; times in UTC with microseconds."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return {name: at if name == "at" else row[name] for name in FIELDS}


def entry_hash(row: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an entry's canonical JSON."""
    return hashlib.sha256(canonical(content(row))).hexdigest()


def entries(connection: Connection, *where: ColumnElement[bool], limit: int) -> list[Row[Any]]:
    """Return entries, newest first."""
    return list(connection.execute(select(journal).where(*where).order_by(journal.c.seq.desc()).limit(limit)))


def stream(connection: Connection, *, until: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield every entry in order, a chunk in memory at a time; none after the number ``until``."""
    last = 0
    query = select(journal).order_by(journal.c.seq).limit(_CHUNK)
    if until is not None:
        query = query.where(journal.c.seq <= until)
    while rows := connection.execute(query.where(journal.c.seq > last)).all():
        for row in rows:
            yield dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        last = rows[-1].seq


def first_broken(connection: Connection, signed: Mapping[int, str] | None = None) -> tuple[int, str, int | None, str]:
    """Return how many entries there are, the last hash, the first entry that does not fit (or nothing) and why.

    ``signed`` has number → hash of entries that checkpoints vouch for.
    """
    vouched = dict(signed or {})
    count, previous = 0, GENESIS
    for row in stream(connection):
        count += 1
        if row["seq"] != count:
            return count, previous, count, f"Entry {count} is missing; entry {row['seq']} stands in its place."
        if row["prev_hash"] != previous:
            return count, previous, count, f"Entry {count} does not follow from the one before it."
        if row["hash"] != entry_hash(row):
            return count, previous, count, f"Entry {count} was changed after it was written."
        previous = row["hash"]
        if vouched.pop(count, previous) != previous:
            return count, previous, count, f"Entry {count}, or one before it, is not the one that was signed."
    if vouched:
        cut = count + 1
        return count, previous, cut, f"Entry {cut} is missing: a checkpoint was signed for entry {max(vouched)}."
    return count, previous, None, ""
