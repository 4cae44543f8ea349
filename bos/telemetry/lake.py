"""The lake: one Delta table of events and one of metrics for each flow, under one folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bos.errors import UsageError
from bos.telemetry import maintenance
from bos.telemetry.table import Kind, Snapshot, Table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bos.telemetry.maintenance import Compaction, Retention, Sweep

__all__ = ["Lake", "Snapshot", "Status"]

FLOW = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Status:
    """How a flow's table stands now: its snapshot, the bytes of its files, how many imports it holds."""

    snapshot: Snapshot
    bytes: int
    batches: int


@dataclass(frozen=True, slots=True)
class Lake:
    """All telemetry of a home. ``staging`` is where imports prepare their rows (default: a folder of the lake)."""

    root: Path
    staging: Path = field(default=Path())

    def __post_init__(self) -> None:
        """Take the folders as absolute paths."""
        root = Path(self.root).absolute()
        object.__setattr__(self, "root", root)
        staging = root / ".staging" if self.staging == Path() else Path(self.staging).absolute()
        object.__setattr__(self, "staging", staging)

    def table(self, flow: str, kind: Kind = "events") -> Table:
        """Return the table of a flow.

        Raises:
            UsageError: ``flow`` is no id of a flow, or the lake's folder has a name that cannot be used.
        """
        if not FLOW.fullmatch(flow):
            raise UsageError(
                f"{flow!r} is no id of a flow.", hint="An id has small letters, digits, dots, dashes and underscores."
            )
        return Table(self.root / kind / flow, kind)

    def events(self, flow: str) -> Path:
        """Return the folder of a flow's event table."""
        return self.table(flow).path

    def metrics(self, flow: str) -> Path:
        """Return the folder of a flow's metric table."""
        return self.table(flow, "metrics").path

    def lock(self, flow: str, kind: Kind = "events") -> Path:
        """Return the file that the one writer of a table locks."""
        return self.root / ".locks" / f"{kind}-{flow}.lock"

    def flows(self, kind: Kind = "events") -> list[str]:
        """Return the flows that have a table, in order."""
        folder = self.root / kind
        names = (entry.name for entry in folder.iterdir() if (entry / "_delta_log").is_dir()) if folder.is_dir() else ()
        return sorted(name for name in names if FLOW.fullmatch(name))

    def snapshot(self, flow: str, version: int | None = None) -> Snapshot:
        """Return the events of a flow as of ``version`` (``None``: now); a flow without events has version 0.

        Raises:
            NotFound: there is no such version.
            Unavailable: the table cannot be read.
        """
        return self.table(flow).snapshot(version)

    def metrics_snapshot(self, flow: str, version: int | None = None) -> Snapshot:
        """Return the metric points of a flow as of ``version``, as :meth:`snapshot` does for events."""
        return self.table(flow, "metrics").snapshot(version)

    def damaged(self, flow: str, version: int, kind: Kind = "events") -> list[str]:
        """Return what is wrong with the files of a version of a flow's table, each named; empty where none is.

        Raises as :meth:`snapshot`.
        """
        return self.table(flow, kind).damaged(version)

    def batches(self, flow: str, kind: Kind = "events") -> set[str]:
        """Return the ids of the batches that were committed to a flow's table."""
        return {commit["bos.batch"] for commit in self.table(flow, kind).commits() if "bos.batch" in commit}

    def status(self, flow: str, kind: Kind = "events") -> Status:
        """Return how a flow's table stands now."""
        table = self.table(flow, kind)
        size = sum(member.size for member in table.members())
        return Status(snapshot=table.logged(), bytes=size, batches=len(self.batches(flow, kind)))

    def compact(self, flow: str, kind: Kind = "events", *, sizes: tuple[int, int] = maintenance.SMALL) -> Compaction:
        """Join the files of a table of so many rows (at least, fewer than), as a new version with the same rows."""
        return maintenance.compact(self.table(flow, kind), self.lock(flow, kind), sizes)

    def retain(self, flow: str, before: datetime, kind: Kind = "events") -> Retention:
        """Leave out, as a new version, the rows that happened before the moment ``before`` (aware).

        Older versions stay readable; nothing is removed from the disk.

        Raises:
            UsageError: ``before`` has no time zone.
        """
        return maintenance.retain(self.table(flow, kind), self.lock(flow, kind), before)

    def expired(self, flow: str, limits: Mapping[str, datetime], kind: Kind = "events") -> dict[str, int]:
        """Return how many rows of each event (or signal) happened before the moment (aware) given for it."""
        return maintenance.expired(self.table(flow, kind), limits)

    def expire(self, flow: str, limits: Mapping[str, datetime], kind: Kind = "events") -> Retention:
        """Leave out, as a new version, the rows of :meth:`expired`; older versions stay readable."""
        return maintenance.expire(self.table(flow, kind), self.lock(flow, kind), limits)

    def sweep(self) -> Sweep:
        """Remove what killed imports left: staging nobody works in, and files that no version refers to."""
        pairs: list[tuple[Table, Path]] = []
        for kind in ("events", "metrics"):
            pairs += [(self.table(flow, kind), self.lock(flow, kind)) for flow in self.flows(kind)]
        return maintenance.sweep(self.staging, pairs)
