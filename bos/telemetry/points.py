"""Points that a connector reads, put down as a file that an import takes."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import ipc

from bos.errors import Internal
from bos.telemetry.rows import POINT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LABEL = "label."


def put_down(batches: Iterable[pa.RecordBatch], file: Path) -> dict[str, str] | None:
    """Write points as CSV and return the mapping of its columns; nothing is written, and returned, of no points.

    ``batches`` have ``time`` (instants), ``value`` (number) and ``labels`` (text by name), as a connector's ``read``
    gives them, or time and value as text, which stays as it is. They lie on the disk until all labels are known, so
    memory does not grow with them.

    Raises:
        Internal: a connector gives other columns.
    """
    between = file.with_suffix(".arrow")
    names: set[str] = set()
    rows = 0
    try:
        with pa.OSFile(str(between), "wb") as sink:
            writer = None
            for batch in batches:
                if set(POINT) - set(batch.schema.names):
                    raise Internal(f"A connector gave {', '.join(batch.schema.names)} instead of points.")
                writer = writer or ipc.new_file(sink, batch.schema)
                writer.write_batch(batch)
                rows += batch.num_rows
                names.update(name for labels in _bytes(batch.column("labels")).to_pylist() for name, _ in labels or ())
            if writer is not None:
                writer.close()
        if not rows:
            return None
        _write(between, file, sorted(names))
    finally:
        between.unlink(missing_ok=True)
    return {"time": "time", "value": "value", **{f"{_LABEL}{name}": f"{_LABEL}{name}" for name in names}}


def _write(between: Path, file: Path, names: list[str]) -> None:
    with (
        pa.memory_map(str(between)) as source,
        file.open("w", newline="", encoding="utf-8", errors="surrogatepass") as out,
    ):
        lines = csv.writer(out)
        lines.writerow(["time", "value", *(f"{_LABEL}{name}" for name in names)])
        reader = ipc.open_file(source)
        for i in range(reader.num_record_batches):
            batch = reader.get_batch(i)
            columns = [_bytes(batch.column(name)).to_pylist() for name in POINT]
            for time, value, told in zip(*columns, strict=True):
                labels = dict(told or ())
                lines.writerow([_text(time), _text(value), *(_text(labels.get(name)) for name in names)])


def _bytes(column: pa.Array) -> pa.Array:
    """Return a column with its text, also that of labels, as bytes, of which not all need be UTF-8."""
    if pa.types.is_map(column.type):
        return column.cast(pa.map_(pa.string(), pa.binary()))
    return column.cast(pa.binary()) if pa.types.is_string(column.type) else column


def _text(told: bytes | float | datetime | None) -> str:
    if told is None or isinstance(told, bytes):
        return (told or b"").decode("utf-8", "surrogatepass")
    return told.isoformat() if isinstance(told, datetime) else repr(float(told))
