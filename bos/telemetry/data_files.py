"""Parquet files of the lake, written with the figures that a commit states of them."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bos.telemetry.schema import TIME_OF

if TYPE_CHECKING:
    from pathlib import Path

    from bos.telemetry.table import Table

FILE_ROWS = 2_000_000
GROUP_ROWS = 122_880  # one row group a DuckDB thread


@dataclass(slots=True)
class DataFile:
    """A written file: name, rows, bytes, SHA-256 and, for each column it states, the least and the greatest value."""

    name: str
    rows: int = 0
    size: int = 0
    sha256: str = ""
    ranges: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def stats(self) -> str:
        """Return the statistics of the file as the table format wants them."""
        return json.dumps(
            {
                "numRecords": self.rows,
                "minValues": {name: _text(low) for name, (low, _) in self.ranges.items()},
                "maxValues": {name: _text(high) for name, (_, high) in self.ranges.items()},
                "nullCount": dict.fromkeys(self.ranges, 0),
            }
        )

    def widen(self, name: str, column: Any) -> None:
        """Take the values of ``column`` into the range stated for ``name``."""
        bounds = pc.min_max(column).as_py()
        low, high = self.ranges.get(name, (bounds["min"], bounds["max"]))
        self.ranges[name] = (min(low, bounds["min"]), max(high, bounds["max"]))


@dataclass(slots=True)
class Writer:
    """Writes rows of a table into files in its folder; a commit makes them visible.

    Leaving the context by an error removes the files, except those that a version refers to by then.
    """

    table: Table
    files: list[DataFile] = field(default_factory=list)
    _open: Any = None
    _held: list[pa.RecordBatch] = field(default_factory=list)
    _held_rows: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.discard()

    def write(self, batch: pa.RecordBatch) -> None:
        """Take a batch of the table's columns; whole row groups go to the disk."""
        if batch.num_rows:
            self._held.append(batch)
            self._held_rows += batch.num_rows
        if self._held_rows >= GROUP_ROWS:
            self._flush()

    def finish(self) -> list[DataFile]:
        """Write what is left and return the files, safe on the disk."""
        self._flush()
        self._close()
        return self.files

    def discard(self) -> None:
        """Remove the files that were written and no version refers to."""
        if self._open is not None:
            self._open.close()
            self._open = None
        committed = self.table.ever_named()
        for file in self.files:
            if file.name not in committed:
                self._path(file).unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._held:
            return
        rows = pa.Table.from_batches(self._held, schema=self.table.schema)
        self._held, self._held_rows = [], 0
        if self._open is None:
            self.files.append(DataFile(f"part-{uuid.uuid4()}.parquet"))
            self._open = pq.ParquetWriter(
                self._path(self.files[-1]), self.table.schema, compression="zstd", store_schema=False
            )
        self._open.write_table(rows, row_group_size=GROUP_ROWS)
        file = self.files[-1]
        file.rows += rows.num_rows
        for name in (TIME_OF[self.table.kind], "ingested_at"):
            file.widen(name, rows.column(name))
        if file.rows >= FILE_ROWS:
            self._close()

    def _close(self) -> None:
        if self._open is None:
            return
        self._open.close()
        self._open = None
        path = self._path(self.files[-1])
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.files[-1].size = path.stat().st_size
        self.files[-1].sha256 = sha256_of(path)

    def _path(self, file: DataFile) -> Path:
        return self.table.path / file.name


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
