"""Imports: a file becomes rows of the lake, whole or not at all, and no row twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from bos.errors import InputError, NotFound, Unavailable, UsageError
from bos.model.numbers import counted
from bos.ports import silent
from bos.telemetry import maintenance
from bos.telemetry.csv_file import read_csv
from bos.telemetry.data_files import Writer
from bos.telemetry.input_file import InputFile, detect_format, open_input
from bos.telemetry.lock import hold
from bos.telemetry.mapping import EVENT_NEEDED, XES_DEFAULT, map_events, map_metrics
from bos.telemetry.merge import Merge
from bos.telemetry.normalise import (
    STAGED_EVENTS,
    STAGED_METRICS,
    EventRules,
    MetricRules,
    normalise_events,
    normalise_metrics,
)
from bos.telemetry.parquet_file import count_rows, read_parquet
from bos.telemetry.rejects import Rejects
from bos.telemetry.report import ImportReport, read_report
from bos.telemetry.same_names import unread_columns
from bos.telemetry.schema import TIME_OF
from bos.telemetry.staging import Buckets, make_staging
from bos.telemetry.withdrawal import ARRIVED, REPLACES, staged_ids, withdraw
from bos.telemetry.xes_file import read_xes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bos.ports import Progress
    from bos.telemetry.data_files import DataFile
    from bos.telemetry.input_file import Format
    from bos.telemetry.lake import Lake
    from bos.telemetry.mapping import Columns
    from bos.telemetry.merge import Read
    from bos.telemetry.pseudonyms import Protection
    from bos.telemetry.raw import Raw
    from bos.telemetry.table import Kind, Member, Snapshot, Table
    from bos.telemetry.withdrawal import Replaces, Withdrawn

BATCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
PART_ROWS = 250_000
ROW_BYTES = {"xes": 300, "csv": 60}  # of an unpacked file, for a guess at how many rows it has
MOST_PARTS = 256  # each is an open file
REASONS_SHOWN = 5
SHARED_KEPT = 1_000
"""So many moments are kept that rows of an import were taken in at before; of more, none."""

_Reader = Callable[[InputFile], "Iterator[Raw]"]
_Normaliser = Callable[["Raw", Rejects], "pa.RecordBatch"]


def import_events(
    lake: Lake,
    flow: str,
    source: Path,
    *,
    mapping: Mapping[str, str],
    batch: str,
    rejects: Path,
    format: str | None = None,  # noqa: A002 - the name of the option, everywhere
    progress: Progress = silent,
    memory_limit: str = "2GB",
    time_zone: str | None = None,
    currency: str | None = None,
    protection: Protection | None = None,
    read: Read | None = None,
    replaces: Replaces | None = None,
    may_be_empty: bool = False,
    may_reject_all: bool = False,
    ids: bool = True,
) -> ImportReport:
    """Add the events of a file to a flow, in one version of its table, and return what was done.

    Args:
        lake: where the events go.
        flow: id of the flow.
        source: an XES, CSV or Parquet file; XES and CSV may be packed with gzip.
        mapping: lake field → column (``docs/telemetry.md`` lists the keys); for XES it adds to the usual keys.
        batch: id of this import; repeated with a batch that was committed, the call returns the report of then.
        rejects: folder for the file of rejected rows (named after the batch).
        format: ``xes``, ``csv`` or ``parquet``; ``None`` goes by the name of the file.
        progress: told bytes read of bytes in all.
        memory_limit: memory DuckDB may take; what needs more goes to the disk.
        time_zone: zone (IANA) of times without offset.
        currency: currency (ISO 4217) of amounts without one.
        protection: whose names rows may not carry; those stored before it said so are rewritten first.
        read: what the file is a part of.
        replaces: what gives way to this, in the same version.
        may_be_empty: a file without rows is one that brings none.
        may_reject_all: rows of which none can be taken are kept as rejected and told, instead of raised.
        ids: where the mapping has ``event_id``, a row without one is rejected; else it is known by its content.

    Raises, with nothing added:
        InputError: no row can be taken. UsageError: an option is wrong. Cancelled: ``progress`` said so. Unavailable.
    """
    kind = detect_format(source, format)
    columns, table = map_events({**XES_DEFAULT, **mapping} if kind == "xes" else mapping), lake.table(flow)
    protection = protection.after(maintenance.rules_of(table)) if protection else None
    rules = EventRules(flow, columns, time_zone, currency, protection, needed=ids)
    return _Import(
        lake=lake, table=table, source=source, format=kind, protection=protection, batch=_checked(batch),
        reject_folder=rejects, progress=progress, memory_limit=memory_limit, columns=columns,
        reader=_reader(kind, columns, mapping),
        normalise=lambda raw, rejected: normalise_events(raw, rules, rejected),
        read=read, replaces=replaces, may_be_empty=may_be_empty, may_reject_all=may_reject_all,
    ).run()  # fmt: skip


def _reader(kind: Format, columns: Columns, mapping: Mapping[str, str]) -> _Reader:
    """Return what reads events of a format; of the usual columns of XES those that nobody names may be missing."""
    needed = columns.without({key for key in XES_DEFAULT if key not in mapping and key not in EVENT_NEEDED})

    def read(file: InputFile) -> Iterator[Raw]:
        if kind == "xes":
            return read_xes(file, columns, needed)
        return read_csv(file, columns) if kind == "csv" else read_parquet(file, columns)

    return read


def import_metrics(
    lake: Lake,
    flow: str,
    source: Path,
    *,
    mapping: Mapping[str, str],
    batch: str,
    rejects: Path,
    signal: str | None = None,
    progress: Progress = silent,
    memory_limit: str = "2GB",
    time_zone: str | None = None,
    replaces: Replaces | None = None,
    may_be_empty: bool = False,
    may_reject_all: bool = False,
) -> ImportReport:
    """Add the metric points of a CSV file to a flow, as :func:`import_events` adds events.

    ``mapping`` has ``time``, ``value``, ``label.NAME`` and ``signal``; a file with one signal names it by ``signal``
    instead. A point is known by signal, time and labels: the same again with another value is rejected.

    Raises as :func:`import_events`.
    """
    columns = map_metrics(mapping, signal=signal)
    rules = MetricRules(columns=columns, time_zone=time_zone, signal=signal)
    return _Import(
        lake=lake,
        table=lake.table(flow, "metrics"),
        source=source,
        format="csv",
        batch=_checked(batch),
        reject_folder=rejects,
        progress=progress,
        memory_limit=memory_limit,
        reader=lambda file: read_csv(file, columns),
        normalise=lambda raw, rejected: normalise_metrics(raw, rules, rejected),
        columns=columns,
        replaces=replaces,
        may_be_empty=may_be_empty,
        may_reject_all=may_reject_all,
    ).run()


def _checked(batch: str) -> str:
    if not BATCH.fullmatch(batch):
        raise UsageError(
            f"{batch!r} is no id of a batch.", hint="An id has letters, digits, dots, dashes and underscores."
        )
    return batch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """One import: what it reads, how it understands it, where it writes."""

    lake: Lake
    table: Table
    source: Path
    format: Format
    batch: str
    reject_folder: Path
    progress: Progress
    memory_limit: str
    reader: _Reader
    normalise: _Normaliser
    columns: Columns
    read: Read | None = None
    protection: Protection | None = None
    replaces: Replaces | None = None
    may_be_empty: bool = False
    may_reject_all: bool = False

    def run(self) -> ImportReport:
        """Do it, unless it was done; return what was done."""
        if done := self._committed():
            return done
        try:
            with make_staging(self.lake.staging) as folder:
                rejects = Rejects(folder / "rejects.csv", self.source.name)
                staged = self._stage(folder, rejects)
                with hold(self.lake.lock(self.table.flow, self.table.kind), progress=self.progress):
                    return self._committed() or self._commit(folder, staged, rejects)
        except (OSError, duckdb.Error, pa.ArrowException) as error:
            raise Unavailable(
                "The import cannot be stored; nothing was added.",
                where=self.table.flow,
                hint="Check that the disk of the home has room and can be written.",
                details={"cause": str(error)},
            ) from error

    @property
    def given(self) -> bool:
        """Return whether the rows have ids of their source; a point has one by what it is of."""
        return self.table.kind == "metrics" or "event_id" in self.columns.fields

    def _committed(self) -> ImportReport | None:
        return _reported(self.table, self.batch)

    def _stage(self, folder: Path, rejects: Rejects) -> Buckets:
        schema = STAGED_EVENTS if self.table.kind == "events" else STAGED_METRICS
        with open_input(self.source) as file:
            buckets = Buckets(folder, schema, self._parts(file), "id" if self.given else "case_id")
            self._fill(file, buckets, rejects)
            if not buckets.rows and not (self.may_reject_all if rejects.count else self.may_be_empty):
                raise self._nothing_right(file, rejects)
        buckets.finish()
        return buckets

    def _fill(self, file: InputFile, buckets: Buckets, rejects: Rejects) -> None:
        """Read rows here and understand them in a second thread, one batch behind."""

        def take(raw: Raw) -> None:
            rejects.extend(raw.refused)
            if len(raw.rows):
                buckets.write(self.normalise(raw, rejects))

        message = f"Reading {file.name}"
        self.progress(0, file.size, message)
        with ThreadPoolExecutor(max_workers=1) as pool:
            behind: Future[None] | None = None
            for raw in self.reader(file):
                if behind:
                    behind.result()
                behind = pool.submit(take, raw)
                self.progress(file.done(), file.size, message)
            if behind:
                behind.result()

    def _parts(self, file: InputFile) -> int:
        rows = count_rows(file) if self.format == "parquet" else file.unpacked // ROW_BYTES[self.format]
        return min(MOST_PARTS, rows // PART_ROWS + 1)

    def _nothing_right(self, file: InputFile, rejects: Rejects) -> InputError:
        kept = rejects.publish(self._reject_file)
        if kept is None:
            return file.fault("The file has no rows.")
        reasons = rejects.reasons.most_common(REASONS_SHOWN)
        why = "; ".join(f"{reason} ({counted(count, 'row')})" for reason, count in reasons)
        error = file.fault(
            f"No row of the file can be taken: {why}.",
            hint="Check which column is which (--map). The rows are kept in the reject file.",
        )
        sample = [reject._asdict() for reject in rejects.sample]
        error.details = {"reject_file": str(kept), "rejected": rejects.count, "reject_sample": sample}
        error.details["reasons"] = dict(reasons)
        return error

    @property
    def _reject_file(self) -> Path:
        return self.reject_folder / f"{self.batch}.csv"

    def _commit(self, folder: Path, staged: Buckets, rejects: Rejects) -> ImportReport:
        self.table.create()
        marks = self._protect()
        before, arrived = self.table.snapshot(), datetime.now(UTC)
        with Writer(self.table) as rest, Writer(self.table) as writer:
            contents = self.replaces is not None and self.replaces.contents and self.given
            ids = staged_ids(staged.finish() if contents else ())
            gone = withdraw(self.table, self.table.members(before.version), self.replaces, rest, ids)
            merge = self._merge(folder, [*(member.path for member in gone.kept), *gone.rest], before, arrived)
            with merge:
                for part in staged.finish():
                    self.progress(0, None, f"Storing {self.source.name}")
                    merge.take(part, writer, rejects)
                    part.unlink()
            fresh = writer.finish()
            files, lost = [*rest.files, *fresh], gone.lost(self.table, (self.table.path / one.name for one in fresh))
            self.progress(0, None, f"Committing {self.source.name}")
            report = replace(self._report(staged, merge, before, rejects, gone), lost=lost)
            if files or gone.gone:
                report = _grown(report, gone.kept, files, TIME_OF[self.table.kind])
                told = {"bos.batch": self.batch, "bos.report": report.as_text(), ARRIVED: arrived.isoformat(), **marks}
                told |= {REPLACES: self.replaces.batch} if self.replaces else {}
                self.table.commit(add=files, remove=gone.gone, metadata=told)
            return report

    def _merge(self, folder: Path, known: list[str], before: Snapshot, arrived: datetime) -> Merge:
        return Merge(
            table=self.table,
            known=known,
            given=self.given,
            latest=self.read.latest if self.read else before.last,
            arrived=arrived,
            memory_limit=self.memory_limit,
            scratch=folder,
            read=self.read,
        )

    def _protect(self) -> dict[str, str]:
        """Hold what is stored to the rules of now; return what the commit says of them."""
        if self.protection is None:
            return {}
        rules = maintenance.rules_of(self.table)
        if self.protection.forgets(rules):
            raise Unavailable(
                "Whose names are protected was changed while the file was read; nothing was added.",
                where=self.table.flow,
                hint="Try again.",
            )
        if rules != self.protection.rules:
            maintenance.protect(self.table, self.protection, rules=rules)
        return {maintenance.RULES: self.protection.rules}

    def _report(
        self, staged: Buckets, merge: Merge, before: Snapshot, rejects: Rejects, gone: Withdrawn
    ) -> ImportReport:
        with open_input(self.source) as file:
            unread = unread_columns(file, self.format, self.columns.sources())
        return ImportReport(
            batch=self.batch,
            flow=before.flow,
            read=staged.rows + rejects.count - merge.changed,
            added=merge.added,
            duplicates=staged.rows - merge.added - merge.changed,
            late=merge.late,
            oldest=merge.oldest,
            ahead=merge.ahead,
            farthest=merge.farthest,
            rejected=rejects.count,
            reject_file=rejects.publish(self._reject_file),
            reject_sample=tuple(rejects.sample),
            reasons=dict(rejects.reasons),
            snapshot=before.id,
            version=before.version,
            first=before.first,
            last=before.last,
            changed=False,
            unread=unread,
            withdrawn=gone.rows,
            staying=gone.staying,
            shared=tuple(sorted(one.isoformat() for one in merge.shared)) if len(merge.shared) <= SHARED_KEPT else None,
            own=tuple(one.isoformat() for one in gone.own),
        )


def committed(lake: Lake, flow: str, kind: Kind, batch: str) -> ImportReport:
    """Return the report of a batch that was committed.

    Raises:
        NotFound: none of that id was.
    """
    found = _reported(lake.table(flow, kind), batch)
    if found is None:
        raise NotFound(f"The flow {flow} has no batch {batch}.")
    return found


def _reported(table: Table, batch: str) -> ImportReport | None:
    texts = [c["bos.report"] for c in table.commits() if c.get("bos.batch") == batch]
    return replace(read_report(texts[0]), repeated=True) if texts else None


def _grown(report: ImportReport, kept: Sequence[Member], files: list[DataFile], time_of: str) -> ImportReport:
    version = report.version + 1
    ranges = [*(file.ranges[time_of] for file in files), *((member.first, member.last) for member in kept)]
    return replace(
        report,
        version=version,
        snapshot=f"{report.flow}@{version}",
        first=min((low for low, _ in ranges if low), default=None),
        last=max((high for _, high in ranges if high), default=None),
        changed=True,
    )
