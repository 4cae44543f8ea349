"""Answers about telemetry."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.page import Answer


class Reject(Answer):
    """A row that was not taken in, and why. Rows count from 1 after the header; in XES, events count from 1."""

    file: str
    row: int
    reason: str


class Unread(Answer):
    """A kind of event that no process signal of the flow names, and how many of it the snapshot holds."""

    step: str
    events: int


class Imported(Answer):
    """What an import did. ``late``: events older than the newest one known before; ``changed``: a new snapshot came.

    ``ahead``: rows that lie more than a day in the future, as seen from the import; the latest of them is ``farthest``.
    ``stray``: events (or points) of the flow that lie years before the others, the ``oldest`` of them among these rows
    or not, where these brought one; the others begin at ``begins`` (all UTC).
    ``unread`` are the kinds of event of the snapshot that no signal names, so that no KPI counts them: the commonest
    first, at most twenty of ``unread_kinds``. ``unread_columns`` are those of the file that the mapping does not name,
    a hundred at most; ``withdrawn`` are the rows of earlier readings of a file that gave way to these.
    """

    flow: str
    batch: str
    snapshot: str | None
    changed: bool
    read: int
    added: int
    duplicates: int
    late: int
    ahead: int = 0
    farthest: datetime | None = None
    stray: int = 0
    oldest: datetime | None = None
    begins: datetime | None = None
    rejected: int
    reject_file: str | None = None
    reject_sample: tuple[Reject, ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    unread: tuple[Unread, ...] = ()
    unread_kinds: int = 0
    unread_columns: tuple[str, ...] = ()
    withdrawn: int = 0


class TelemetryStatus(Answer):
    """What the lake holds for a flow at its newest snapshot.

    ``first`` and ``last`` are event times; ``newest`` is what the clock of the log shows: that of the newest event that
    does not lie in the future, nothing where a file of events is damaged. ``watermark`` is when the newest event was
    taken in. ``generated``: some of its imports were of generated telemetry; ``recorded``: some were not. ``damaged``
    names each file that is not as it was written, in words; with one of events nothing is computed, and ``cases`` is
    nothing.
    """

    flow: str
    snapshot: str | None
    events: int = 0
    cases: int | None = 0
    files: int = 0
    size_bytes: int = 0
    metric_points: int = 0
    first: datetime | None = None
    last: datetime | None = None
    newest: datetime | None = None
    watermark: datetime | None = None
    generated: bool = False
    recorded: bool = False
    damaged: tuple[str, ...] = ()


class DueSignal(Answer):
    """What a signal keeps no longer: ``rows`` of the event or metric ``name`` that happened until ``before`` (UTC)."""

    what: Literal["events", "metrics"]
    name: str
    signals: tuple[str, ...]
    days: int
    before: datetime
    rows: int


class RetentionDue(Answer):
    """What a flow holds longer than its signals say, as of a moment (UTC); ``rows`` is the sum."""

    flow: str
    at: datetime
    rows: int
    signals: tuple[DueSignal, ...]


class Kept(Answer):
    """What a compaction or a retention did to a flow's events, and how many metric points were left out."""

    flow: str
    snapshot: str | None
    files_before: int
    files_after: int
    events_before: int
    events_after: int
    points_removed: int = 0
