"""What a file brought is left out, for what it says now: rows of earlier readings, by when each was taken in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from bos.telemetry.identity import POINT_IDENTITY, hash_rows
from bos.telemetry.schema import INSTANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bos.telemetry.data_files import Writer
    from bos.telemetry.table import Member, Table

REPLACES = "bos.replaces"
"""What a version says of the first reading of what it read again: the id of its batch."""
ARRIVED = "bos.arrived"
"""What a version of an import says of the moment that its rows are stamped with (ISO 8601, UTC)."""
_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Replaces:
    """What gives way to a reading: all that the first reading ``batch`` of the same, and later ones of it, brought.

    Of ``contents``, the first readings of what the same file had said before, and of later readings of those, the rows
    give way whose ids come again.
    """

    batch: str
    contents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What is left out: so many ``rows`` of the files ``gone``; ``kept`` are the others, ``rest`` has what stays.

    So many rows of earlier contents are ``staying``, since their ids do not come again; ``ids`` are those of the rows
    that are left out. ``own``: when rows of what gives way were taken in.
    """

    kept: Sequence[Member]
    gone: Sequence[Member]
    rest: Sequence[str]
    rows: int
    ids: pa.Array
    staying: int = 0
    own: Sequence[datetime] = ()

    def lost(self, table: Table, files: Iterable[Path]) -> int:
        """Return how many of the rows that are left out do not come back, by their ids, with new ``files``."""
        back = [pa.array([], pa.string())]
        for file in files if len(self.ids) else ():
            with pq.ParquetFile(file) as rows:
                back += [_ids(table, part.cast(table.schema)) for part in rows.iter_batches(batch_size=_ROWS)]
        return len(self.ids) - (pc.sum(pc.is_in(self.ids, pa.concat_arrays(back))).as_py() or 0)


def withdraw(
    table: Table, members: Sequence[Member], replaces: Replaces | None, writer: Writer, ids: pa.Array
) -> Withdrawn:
    """Write to ``writer`` what stays of the files that have rows of what is replaced; ``ids`` come again.

    Nothing is committed: the caller, who holds the table's lock, does that together with what comes in their place.
    """
    own = pa.array(_moments(table, {replaces.batch}) if replaces else [], INSTANT)
    earlier = pa.array(_moments(table, set(replaces.contents)) if replaces and replaces.contents else [], INSTANT)
    staying = 0
    if not len(ids):  # nothing of earlier contents gives way
        staying, earlier = sum(_count(table, member, earlier) for member in members), earlier.slice(0, 0)
    stamps = pa.concat_arrays([own, earlier])
    gone = [member for member in members if _count(table, member, stamps)]
    rows, left = sum(member.rows for member in gone), [pa.array([], pa.string())]
    for member in gone:
        with pq.ParquetFile(table.path / member.name) as file:
            for part in file.iter_batches(batch_size=_ROWS):
                whole = part.cast(table.schema)
                old = pc.is_in(whole.column("ingested_at"), earlier)
                again = pc.and_(old, pc.is_in(_ids(table, whole), ids)) if len(earlier) else old
                leaves = pc.or_(pc.is_in(whole.column("ingested_at"), own), again)
                stays = whole.filter(pc.invert(leaves))
                rows -= stays.num_rows
                left.append(_ids(table, whole.filter(leaves)))
                staying += int(pc.sum(old).as_py() or 0) - int(pc.sum(again).as_py() or 0)
                writer.write(stays)
    rest = [str(table.path / file.name) for file in writer.finish()]
    kept = [member for member in members if member not in gone]
    return Withdrawn(kept, gone, rest, rows, pa.concat_arrays(left), staying, stamps.to_pylist())


def staged_ids(parts: Iterable[Path]) -> pa.Array:
    """Return the ids of rows that were staged."""
    found = [pa.array([], pa.string())]
    for part in parts:
        with pyarrow.ipc.open_stream(str(part)) as staged:
            found += [batch.column("id") for batch in staged]
    return pa.concat_arrays(found)


def _ids(table: Table, rows: pa.RecordBatch) -> pa.Array:
    if table.kind == "events":
        return rows.column("event_id")
    return hash_rows({name: rows.column(name) for name in POINT_IDENTITY}, POINT_IDENTITY)


def _moments(table: Table, batches: set[str]) -> list[datetime]:
    """Return when the readings of batches were taken in; one that brought nothing has no version."""
    found = []
    for number, commit in table.newest_commits():
        if not batches.isdisjoint({commit.get("bos.batch"), commit.get(REPLACES)}):
            found.append(_arrived(table, number, commit.get(ARRIVED)))
    return found


def _arrived(table: Table, version: int, told: str | None) -> datetime:
    """Return when the rows of a version were taken in: as it says, or, of one of before it did, as its files say."""
    if told is not None:
        return datetime.fromisoformat(told)
    stats = [json.loads(action["add"]["stats"]) for action in table.log(version) if "add" in action]
    return max(datetime.fromisoformat(one["maxValues"]["ingested_at"]) for one in stats)


def _count(table: Table, member: Member, stamps: pa.Array) -> int:
    """Return how many rows of a file were taken in at one of some moments."""
    if not len(stamps) or (member.arrived is not None and member.arrived < pc.min(stamps).as_py()):
        return 0
    with pq.ParquetFile(table.path / member.name) as file:
        parts = file.iter_batches(batch_size=_ROWS, columns=["ingested_at"])
        return sum(pc.sum(pc.is_in(part.column(0).cast(INSTANT), stamps)).as_py() or 0 for part in parts)
