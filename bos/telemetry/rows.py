"""Rows of text that a connector reads, put down as files that an import takes, or told as points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bos.errors import Invalid
from bos.telemetry.values import first_reason, parse_numbers, parse_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

PART_ROWS = 100_000
"""Rows of a file at most, and some more up to the end of a batch: what comes is stored so much at a time."""
POINT = ("time", "value", "labels")
"""The columns of points."""


def parts(
    batches: Iterable[pa.RecordBatch], folder: Path, *, columns: Mapping[str, str], fixed: Mapping[str, str]
) -> Iterator[tuple[Path, bool]]:
    """Write rows as Parquet, some at a time, and yield each file, gone afterwards, and whether it is the last.

    ``batches`` have columns of text. A file has a column for each key of ``columns`` (key → column of the rows; one
    that a batch lacks is null there) and of ``fixed`` (key → its one value). A part is told when the next one begins or
    all has come, so the last is known; of no rows there is none.

    Raises:
        Invalid: a column that is asked for has no text, or no batch has any that is asked for.
    """
    schema = pa.schema([(key, pa.string()) for key in (*columns, *fixed)])
    file = folder / "rows.parquet"
    waiting, rows = list[pa.RecordBatch](), 0
    for batch in batches:
        if rows >= PART_ROWS:
            yield _written(waiting, file, schema), False
            waiting, rows = [], 0
        waiting.append(_taken(batch, schema, columns, fixed))
        rows += batch.num_rows
    if rows:
        yield _written(waiting, file, schema), True


def _written(batches: Iterable[pa.RecordBatch], file: Path, schema: pa.Schema) -> Path:
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
    return file


def _taken(
    batch: pa.RecordBatch, schema: pa.Schema, columns: Mapping[str, str], fixed: Mapping[str, str]
) -> pa.RecordBatch:
    found = [text_of(batch, name) for name in columns.values()]
    found += [pa.array([value] * batch.num_rows, pa.string()) for value in fixed.values()]
    return pa.RecordBatch.from_arrays(found, schema=schema)


def text_of(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column of text, null where the batch lacks it, or where it has no value and so no type.

    Raises:
        Invalid: it holds something else.
    """
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows, pa.string())
    column = batch.column(name)
    if pa.types.is_null(column.type):
        return pa.nulls(batch.num_rows, pa.string())
    if not pa.types.is_string(column.type):
        raise Invalid(
            f"The system answers with {name!r} as {column.type}, not with rows of text.",
            where="query",
            hint="Pull this connection's answers as a system signal, or map another column.",
        )
    return column


def points_of(batches: Iterable[pa.RecordBatch], columns: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yield rows of text as points that are not read yet (``time`` and ``value`` as text, ``labels``).

    What is points already comes as it is. ``columns``: ``time``, ``value`` and ``attr.NAME`` → column of the rows. A
    row without a value is no point.

    Raises:
        Invalid: a column that is asked for has no text.
    """
    labels = {key.removeprefix("attr."): name for key, name in columns.items() if key.startswith("attr.")}
    for batch in batches:
        if set(POINT) <= set(batch.schema.names):
            yield batch
            continue
        there = batch.filter(pc.fill_null(pc.not_equal(text_of(batch, columns.get("value", "value")), ""), False))
        times, values = (text_of(there, columns.get(name, name)) for name in ("time", "value"))
        texts = {name: pc.cast(text_of(there, column), pa.binary()).to_pylist() for name, column in labels.items()}
        own = [[(name, text[i]) for name, text in texts.items() if text[i]] for i in range(there.num_rows)]
        told = pa.array(own, pa.map_(pa.string(), pa.binary()))
        # As they are: an import refuses a point of a label that is no UTF-8.
        as_text = pa.MapArray.from_arrays(told.offsets, told.keys, told.items.view(pa.string()))
        yield pa.RecordBatch.from_arrays([times, values, as_text], names=list(POINT))


def read_point(point: pa.RecordBatch) -> tuple[datetime | None, float | None, str]:
    """Return moment and value of a batch of one point, as an import reads them, or why it is none."""
    times, values = point.column("time"), point.column("value")
    if pa.types.is_string(values.type):
        parsed = parse_times(times, "UTC"), parse_numbers(values)
        reason = first_reason(*(one.reasons for one in parsed))
        if reason is not None:
            return None, None, str(reason[0].as_py())
        times, values = (one.values for one in parsed)
    return times[0].as_py(), values[0].as_py(), ""
