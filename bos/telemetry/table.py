"""One Delta table of the lake: its versions, its files, its commits."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from bos.errors import NotFound, Unavailable, UsageError
from bos.telemetry.data_files import sha256_of
from bos.telemetry.schema import EVENTS, METRICS, TIME_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bos.telemetry.data_files import DataFile

Kind = Literal["events", "metrics"]
SCHEMAS = {"events": EVENTS, "metrics": METRICS}

# Every version stays readable: the log is never cut, and only a vacuum (which BOS never runs) may delete old files.
CONFIGURATION = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}
RECHECK_SECONDS = 3600
"""A file that seems unchanged is held against its sum again after so long: a disk may lose a bit without a trace."""
SUMS = "bos.sha256"
"""What a version says of the files it adds: name → SHA-256."""
UNREADABLE = ("%", "\\", "\n", "\r")  # deltalake decodes these in a local path a second time, or refuses them


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the lake knew of a flow at one version; reading it again later gives the same rows.

    Attributes:
        flow: the flow.
        version: number of the version; 0 has no rows.
        id: the flow and the version, as in ``loan@3``.
        files: absolute paths of the Parquet files that hold the rows; empty where there are none.
        events: number of rows.
        first: earliest event time (UTC), nothing where there are no rows.
        last: latest event time (UTC).
        watermark: when the newest row was ingested (UTC).
        committed_at: when the version was written (UTC), nothing for a flow without a table.
        folder: the table; empty for a flow without one.
    """

    flow: str
    version: int
    id: str
    files: tuple[str, ...]
    events: int
    first: datetime | None
    last: datetime | None
    watermark: datetime | None
    committed_at: datetime | None
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the imports of a flow did up to a version: rows that were added, dropped as duplicates, not taken."""

    added: int = 0
    duplicates: int = 0
    rejected: int = 0

    @property
    def share(self) -> float | None:
        """The duplicates as a share of all rows that could be taken; nothing where there were none."""
        known = self.added + self.duplicates
        return self.duplicates / known if known else None


@dataclass(frozen=True, slots=True)
class Member:
    """A Parquet file that belongs to a version: name, absolute path, rows, bytes, range of times, newest arrival."""

    name: str
    path: str
    rows: int
    size: int
    first: datetime | None
    last: datetime | None
    arrived: datetime | None


@dataclass(frozen=True, slots=True)
class Table:
    """A Delta table at ``path``. A table that was never written reads as version 0 without rows."""

    path: Path
    kind: Kind

    def __post_init__(self) -> None:
        """Refuse a folder whose name the table format cannot spell."""
        if any(mark in str(self.path) for mark in UNREADABLE):
            raise UsageError(
                "The lake cannot live in a folder whose name has a percent sign, a backslash or a line break.",
                where=str(self.path),
                hint="Choose another home with --home or BOS_HOME.",
            )

    @property
    def flow(self) -> str:
        """Return the flow whose rows these are."""
        return self.path.name

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of the table."""
        return SCHEMAS[self.kind]

    def exists(self) -> bool:
        """Return whether something was ever written."""
        return (self.path / "_delta_log" / f"{0:020}.json").is_file()

    def create(self) -> None:
        """Make the table, empty, as version 0; leave one that is there alone."""
        if not self.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            DeltaTable.create(str(self.path), self.schema, mode="ignore", configuration=CONFIGURATION)

    def open(self, version: int | None = None) -> DeltaTable:
        """Return the table as of ``version`` (``None``: now).

        Raises:
            NotFound: there is no such version.
            Unavailable: the table cannot be read.
        """
        try:
            return DeltaTable(str(self.path), version=version)
        except (DeltaError, OSError) as error:
            if version is not None and self._latest() < version:
                raise self.no_version(version) from error
            raise Unavailable(
                f"The lake's table of the flow {self.flow} cannot be read.",
                hint="Look into the log; restore the lake from a backup if files were removed by hand.",
                details={"cause": str(error)},
            ) from error

    def no_version(self, version: int) -> NotFound:
        """Return the error that says there is no such version."""
        return NotFound(
            f"The flow {self.flow} has no telemetry version {version}.",
            hint="`bos telemetry status` names the newest version.",
        )

    def members(self, version: int | None = None) -> list[Member]:
        """Return the files of a version (``None``: now), in a fixed order; none where nothing was written."""
        return self._members(self.open(version)) if self.exists() else []

    def snapshot(self, version: int | None = None) -> Snapshot:
        """Return what the table held at a version (``None``: now).

        A file that this process has not read yet, or not for an hour, or that was changed since, is held against the
        SHA-256 of when it was written: Parquet readers compute on with a flipped bit.

        Raises:
            NotFound: there is no such version.
            Unavailable: the table cannot be read, or one of its files is damaged (``damaged``).
        """
        found = self.logged(version)
        if words := next(self._new_damage(self.members(found.version) if found.files else []), ""):
            raise Unavailable(
                f"The telemetry of {self.flow} is damaged, so nothing is computed from it: {words}.",
                where=self.flow,
                hint="Bring the file back from a backup.",
                code="damaged",
            )
        return found

    def logged(self, version: int | None = None) -> Snapshot:
        """Return what the log says that the table held at a version (``None``: now), whatever became of its files.

        Raises:
            NotFound: there is no such version.
            Unavailable: the log cannot be read.
        """
        if not self.exists():
            if version:
                raise self.no_version(version)
            return Snapshot(self.flow, 0, f"{self.flow}@0", (), 0, None, None, None, None)
        delta = self.open(version)
        number, members = int(delta.version()), self._members(delta)
        committed = next(action["commitInfo"] for action in self.log(number) if "commitInfo" in action)
        return Snapshot(
            flow=self.flow,
            version=number,
            id=f"{self.flow}@{number}",
            files=tuple(member.path for member in members),
            events=sum(member.rows for member in members),
            first=min((m.first for m in members if m.first), default=None),
            last=max((m.last for m in members if m.last), default=None),
            watermark=max((m.arrived for m in members if m.arrived), default=None),
            committed_at=datetime.fromtimestamp(committed["timestamp"] / 1000, tz=UTC),
            folder=str(self.path),
        )

    def commit(
        self,
        *,
        add: Sequence[DataFile],
        remove: Sequence[Member] = (),
        metadata: Mapping[str, str],
        change: bool = True,
    ) -> int:
        """Commit files as one new version, whole or not at all; return its number.

        The caller holds the table's lock. ``change`` is false where the rows stay the same (a compaction).
        """
        now = int(time.time() * 1000)
        told = {**metadata, SUMS: json.dumps({file.name: file.sha256 for file in add})}
        actions: list[Any] = [AddAction(file.name, file.size, {}, now, change, file.stats()) for file in add]
        actions += [RemoveAction(member.name, change, now, member.size, {}) for member in remove]
        try:
            self.open().create_write_transaction(
                actions,
                "append",
                self.schema,
                commit_properties=CommitProperties(custom_metadata=told, max_commit_retries=0),
            )
        except (DeltaError, OSError) as error:
            raise Unavailable(
                f"The new version of the flow {self.flow} cannot be written; nothing was changed.",
                hint="Check that the disk of the home has room and can be written, then try again.",
                details={"cause": str(error)},
            ) from error
        sync_folder(self.path / "_delta_log")
        return int(self.open().version())

    def commits(self) -> list[Mapping[str, Any]]:
        """Return what every version says of itself, oldest first; nothing where nothing was written."""
        return [info for number in self._versions() if (info := _told(str(self.path), number))]

    def damaged_now(self) -> list[str]:
        """Return what is wrong with the files of the newest version, each named.

        One that was found whole within :data:`RECHECK_SECONDS` and seems unchanged is not read again.
        """
        return list(self._new_damage(self.members()))

    def damaged(self, version: int) -> list[str]:
        """Return what is wrong with the files of a version, each named, by bytes and SHA-256; empty where none is.

        Every file is read. One that was written before sums were kept is held against its bytes alone.
        """
        sums = self._sums()
        return [words for member in self.members(version) if (words := _damage(member, sums.get(member.name)))]

    def _sums(self) -> dict[str, str]:
        """Return the SHA-256 of every file, by name, as it was when it was written."""
        sums: dict[str, str] = {}
        for commit in self.commits():
            sums |= json.loads(commit.get(SUMS, "{}"))
        return sums

    def _new_damage(self, members: Sequence[Member]) -> Iterator[str]:
        """Yield what is wrong with files that this process has not found whole yet."""
        since = time.monotonic() - RECHECK_SECONDS
        fresh = [member for member in members if _SOUND.get(_mark(member), since) <= since]
        sums = self._sums() if fresh else {}
        for member in fresh:
            mark = _mark(member)
            if words := _damage(member, sums.get(member.name)):
                yield words
            else:
                _SOUND[mark] = time.monotonic()

    def newest_commits(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield number and what it says of itself of each version, newest first; older ones are read when asked for."""
        for number in reversed(self._versions()):
            if info := _told(str(self.path), number):
                yield number, info

    def ever_named(self, until: int | None = None) -> set[str]:
        """Return the names of all files that any version, or any ``until`` that one, ever referred to."""
        versions: Sequence[int | None] = [None] if until is None else range(until + 1)
        actions = (action for version in versions for action in self.log(version))
        return {unquote(action["add"]["path"]) for action in actions if "add" in action}

    def log(self, version: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the actions of a version, or of all: the log is never cut, so it is the whole story."""
        pattern = "*.json" if version is None else f"{version:020}.json"
        for entry in sorted((self.path / "_delta_log").glob(pattern)):
            with entry.open(encoding="utf-8") as lines:
                yield from (json.loads(line) for line in lines)

    def _versions(self) -> list[int]:
        return sorted(int(entry.stem) for entry in (self.path / "_delta_log").glob("*.json"))

    def _latest(self) -> int:
        try:
            return int(DeltaTable(str(self.path)).version())
        except (DeltaError, OSError):
            return -1

    def _members(self, delta: DeltaTable) -> list[Member]:
        rows = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
        return sorted((self._member(row) for row in rows), key=lambda member: member.name)

    def _member(self, row: Mapping[str, Any]) -> Member:
        column = TIME_OF[self.kind]
        name = unquote(row["path"])
        return Member(
            name=name,
            path=str(self.path / name),
            rows=int(row["num_records"]),
            size=int(row["size_bytes"]),
            first=utc(row[f"min.{column}"]),
            last=utc(row[f"max.{column}"]),
            arrived=utc(row["max.ingested_at"]),
        )


def taken_until(folder: str, version: int) -> Taken:
    """Return what the imports of a table did up to a version, as its log tells; the log is never cut.

    A file that brought nothing new makes no version, so it does not count: to send it again harms nothing. Of one that
    was read again the last reading counts.
    """
    each = dict(_taken_in(folder, number) for number in range(version + 1))
    return Taken(*(sum(getattr(one, part) for one in each.values()) for part in ("added", "duplicates", "rejected")))


@lru_cache(maxsize=65_536)
def _taken_in(folder: str, version: int) -> tuple[str, Taken]:
    """Return what the import of a version did, and of which batch it is a reading; of another version nothing."""
    commit = _told(folder, version)
    text = commit.get("bos.report")
    told = json.loads(text) if text else {}
    taken = Taken(*(int(told.get(part, 0)) for part in ("added", "duplicates", "rejected")))
    return str(commit.get("bos.replaces", commit.get("bos.batch", ""))), taken


@lru_cache(maxsize=16_384)
def _told(folder: str, version: int) -> Mapping[str, Any]:
    """Return what a version says of itself; it never changes, so its log is read once a process."""
    actions = Table(Path(folder), "events").log(version)
    found: Mapping[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    return found


_SOUND: dict[tuple[str, int, int, int], float] = {}
"""Files that this process has held against their sums, as they were then, and when (of the monotonic clock)."""


def _mark(member: Member) -> tuple[str, int, int, int]:
    """Return what says that a file is the one it was; one that is not there is told by whoever reads it."""
    try:
        found = Path(member.path).stat()
    except OSError:
        return member.path, 0, 0, -1
    return member.path, found.st_ino, found.st_mtime_ns, found.st_size


def _damage(member: Member, sum_: str | None) -> str:
    path = Path(member.path)
    try:
        if path.stat().st_size != member.size:
            return f"{member.name} has {path.stat().st_size:,} bytes, and had {member.size:,} when it was written"
        whole = sum_ is None or sha256_of(path) == sum_
    except OSError:
        return f"{member.name} is missing or cannot be read"
    return "" if whole else f"{member.name} has other content than when it was written"


def utc(moment: datetime | None) -> datetime | None:
    """Return the moment in the one UTC of the standard library."""
    return None if moment is None else moment.astimezone(UTC)


def sync_folder(folder: Path) -> None:
    """Make the names and files in ``folder`` survive a loss of power."""
    newest = max(folder.iterdir(), key=lambda entry: entry.stat().st_mtime_ns)
    for target in (newest, folder):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
