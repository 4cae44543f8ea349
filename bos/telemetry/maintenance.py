"""Keeping the lake in order: join small files, leave out old rows, remove what killed imports left."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bos.errors import UsageError
from bos.telemetry.data_files import FILE_ROWS, Writer
from bos.telemetry.lock import hold, is_free
from bos.telemetry.schema import INSTANT, NAME_OF, TIME_OF
from bos.telemetry.staging import GATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bos.telemetry.pseudonyms import Protection
    from bos.telemetry.table import Member, Table

READ_ROWS = 65_536
SMALL = (0, FILE_ROWS // 2)
"""How many rows a file has at least, and what it has fewer than, so that it is joined with others."""
CROWD = 64
"""More files than this in one class of size are too many: each is opened by whoever reads the table."""
RULES = "bos.protection"
"""What a version says of the rules by which names were replaced when it was written."""


@dataclass(frozen=True, slots=True)
class Compaction:
    """What a compaction did: files before and after, the version, and whether there was anything to join."""

    files_before: int
    files_after: int
    version: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Retention:
    """What a retention did: rows left out, the version, and whether there were any."""

    removed: int
    version: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep removed: staging folders and files that no version refers to."""

    staging: int
    files: int


def crowded(table: Table) -> tuple[int, int] | None:
    """Return the class of size (rows: at least, fewer than) that a table has too many files of; none where it has not.

    There are three, each :data:`CROWD` times the one below. What is joined leaves the lowest after four times and the
    others after one, so a row is written again six times at most, however little comes in at a time.
    """
    rows = [member.rows for member in table.members()]
    bounds = (0, SMALL[1] // CROWD**2, SMALL[1] // CROWD, SMALL[1])
    classes = pairwise(bounds)
    return next((one for one in classes if sum(one[0] <= count < one[1] for count in rows) > CROWD), None)


def compact(table: Table, lock: Path, sizes: tuple[int, int] = SMALL) -> Compaction:
    """Join the files of so many rows (at least, fewer than), as one new version; two or more make it worth while."""
    if not table.exists():
        return Compaction(0, 0, 0, changed=False)
    with hold(lock), Writer(table) as writer:
        version = table.snapshot().version
        members = table.members(version)
        small = [member for member in members if sizes[0] <= member.rows < sizes[1]]
        if len(small) <= 1:
            return Compaction(len(members), len(members), version, changed=False)
        for batch in _rows(table, small):
            writer.write(batch)
        files = writer.finish()
        metadata = {"bos.action": "compact"}
        version = table.commit(add=files, remove=small, metadata=metadata, change=False)
        return Compaction(len(members), len(members) - len(small) + len(files), version, changed=True)


def retain(table: Table, lock: Path, before: datetime) -> Retention:
    """Leave out the rows that happened before ``before``, as one new version; a file wholly later is not touched.

    Raises:
        UsageError: ``before`` has no time zone.
    """
    if before.tzinfo is None:
        raise UsageError("The moment to retain from needs a time zone.", hint="Write 2026-01-01T00:00:00Z.")
    if not table.exists():
        return Retention(0, 0, changed=False)
    with hold(lock), Writer(table) as writer:
        version = table.snapshot().version
        old = [member for member in table.members(version) if member.first is None or member.first < before]
        if not old:
            return Retention(0, version, changed=False)
        moment = pa.scalar(before.astimezone(UTC), INSTANT)
        partly = _rows(table, [m for m in old if m.last is None or m.last >= before])
        later = (batch.filter(pc.greater_equal(batch.column(TIME_OF[table.kind]), moment)) for batch in partly)
        return _leave_out(table, writer, old, later, before.astimezone(UTC).isoformat())


def expired(table: Table, limits: Mapping[str, datetime]) -> dict[str, int]:
    """Return how many rows of each name (event, or signal of a metric) happened before the limit of that name."""
    found: Counter[str] = Counter()
    for member in table.members():
        for batch in _columns(table, member) if _is_old(member, limits) else ():
            names = batch.column(NAME_OF[table.kind]).filter(_before(table, batch, limits))
            found.update({name: count for name, count in _counted(names) if name is not None})
    return dict(found)


def expire(table: Table, lock: Path, limits: Mapping[str, datetime]) -> Retention:
    """Leave out the rows that happened before the limit (aware) of their name, as one new version."""
    if not table.exists() or not limits:
        return Retention(0, table.snapshot().version, changed=False)
    with hold(lock), Writer(table) as writer:
        version = table.snapshot().version
        old = [member for member in table.members(version) if _has_expired(table, member, limits)]
        if not old:
            return Retention(0, version, changed=False)
        later = (batch.filter(pc.invert(_before(table, batch, limits))) for batch in _rows(table, old))
        return _leave_out(table, writer, old, later, spelled(limits))


def _leave_out(
    table: Table, writer: Writer, old: Sequence[Member], later: Iterable[pa.RecordBatch], before: str
) -> Retention:
    """Commit what is kept in the place of the files it was in; ``before`` is what the version says was left out."""
    kept = 0
    for batch in later:
        kept += batch.num_rows
        writer.write(batch)
    metadata = {"bos.action": "retain", "bos.before": before}
    version = table.commit(add=writer.finish(), remove=old, metadata=metadata)
    return Retention(sum(member.rows for member in old) - kept, version, changed=True)


def spelled(limits: Mapping[str, datetime]) -> str:
    """Return limits as a version says them."""
    return json.dumps({name: limits[name].astimezone(UTC).isoformat() for name in sorted(limits)})


def limits_of(text: str) -> dict[str, datetime]:
    """Return limits from what a version says."""
    return {name: datetime.fromisoformat(moment) for name, moment in json.loads(text).items()}


def _before(table: Table, batch: pa.RecordBatch, limits: Mapping[str, datetime]) -> pa.Array:
    names = sorted(limits)
    place = pc.index_in(batch.column(NAME_OF[table.kind]), value_set=pa.array(names, pa.string()))
    limit = pa.array([limits[name].astimezone(UTC) for name in names], INSTANT).take(place)
    return pc.fill_null(pc.less(batch.column(TIME_OF[table.kind]), limit), False)


def _has_expired(table: Table, member: Member, limits: Mapping[str, datetime]) -> bool:
    return _is_old(member, limits) and any(
        pc.any(_before(table, batch, limits)).as_py() for batch in _columns(table, member)
    )


def _is_old(member: Member, limits: Mapping[str, datetime]) -> bool:
    """Return whether a file may have rows of before a limit."""
    return member.first is None or any(member.first < limit for limit in limits.values())


def _columns(table: Table, member: Member) -> Iterator[pa.RecordBatch]:
    """Yield name and time of the rows of a file."""
    with pq.ParquetFile(table.path / member.name) as file:
        yield from file.iter_batches(batch_size=READ_ROWS, columns=[NAME_OF[table.kind], TIME_OF[table.kind]])


def _counted(names: pa.Array) -> list[tuple[str, int]]:
    return [(one["values"], one["counts"]) for one in pc.value_counts(names).to_pylist()]


def rules_of(table: Table) -> str:
    """Return the rules by which names were replaced in the newest import, or nothing."""
    return next((str(commit[RULES]) for _, commit in table.newest_commits() if RULES in commit), "")


def protect(table: Table, protection: Protection, *, rules: str) -> int | None:
    """Replace names in rows that were stored before the rules were these, as one new version; return it, if any.

    ``rules`` are those of the newest import. The caller holds the table's lock. Older versions stay as they are. The
    version says in how many rows a name was replaced.
    """
    done = protection.protected_by(rules)
    version = table.snapshot().version  # which refuses a damaged file: written anew it would pass for whole
    members = [member for member in table.members(version) if _names_somebody(table, member, protection, done)]
    if not members:
        return None
    rewritten = 0
    with Writer(table) as writer:
        for batch in _rows(table, members):
            fresh = protection.rewrite(batch, done=done)
            rewritten += pc.sum(pc.not_equal(fresh.column("resource"), batch.column("resource"))).as_py() or 0
            writer.write(fresh)
        metadata = {"bos.action": "protect", RULES: protection.rules, "bos.rewritten": str(rewritten)}
        return table.commit(add=writer.finish(), remove=members, metadata=metadata)


def _names_somebody(table: Table, member: Member, protection: Protection, done: Iterable[str]) -> bool:
    with pq.ParquetFile(table.path / member.name) as file:
        known = pa.array(sorted(done), pa.string())
        for batch in file.iter_batches(batch_size=READ_ROWS, columns=["step", "resource"]):
            steps = batch.column("step")
            fresh = pc.and_(protection.covers(steps), pc.invert(pc.is_in(steps, value_set=known)))
            if pc.any(pc.and_(fresh, batch.column("resource").is_valid())).as_py():
                return True
    return False


def sweep(staging: Path, tables: Sequence[tuple[Table, Path]]) -> Sweep:
    """Remove abandoned staging folders and, table by table under its lock, files that no version ever named."""
    abandoned = _sweep_staging(staging) if staging.is_dir() else 0
    files = 0
    for table, lock in tables:
        with hold(lock):
            files += _sweep_table(table)
    return Sweep(staging=abandoned, files=files)


def _sweep_staging(staging: Path) -> int:
    with hold(staging / GATE):
        folders = [entry for entry in staging.iterdir() if entry.is_dir()]
        abandoned = [folder for folder in folders if is_free(folder / "lock")]
        for folder in abandoned:
            shutil.rmtree(folder, ignore_errors=True)
    return len(abandoned)


def _sweep_table(table: Table) -> int:
    known = table.ever_named()
    orphans = [file for file in table.path.glob("*.parquet") if file.name not in known]
    for file in orphans:
        file.unlink(missing_ok=True)
    return len(orphans)


def _rows(table: Table, members: Sequence[Member]) -> Iterator[pa.RecordBatch]:
    for member in members:
        with pq.ParquetFile(member.path) as file:
            for batch in file.iter_batches(batch_size=READ_ROWS):
                yield batch.cast(table.schema)
