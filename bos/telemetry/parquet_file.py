"""Reads Parquet, row group by row group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bos.errors import InputError
from bos.telemetry.mapping import require_columns
from bos.telemetry.raw import BATCH_ROWS, Raw, column_map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.telemetry.input_file import InputFile
    from bos.telemetry.mapping import Columns


def read_parquet(file: InputFile, columns: Columns) -> Iterator[Raw]:
    """Yield the rows of a file in order; ``row`` counts them from 1.

    Instants keep their offset and local times stay local; decimals and whole numbers keep every digit, a
    floating number is taken by its shortest decimal spelling.

    Raises:
        InputError: the file is no Parquet, lacks a mapped column, or a mapped column holds no plain values.
    """
    source = _open(file)
    require_columns(columns, source.schema_arrow.names, where=file.name)
    for name in columns.sources():
        _require_plain(file, name, source.schema_arrow.field(name).type)
    done = 0
    try:
        for batch in source.iter_batches(batch_size=BATCH_ROWS, columns=columns.sources()):
            texts = {key: _as_text(batch.column(name)) for key, name in columns.attributes.items()}
            yield Raw(
                rows=pa.array(range(done + 1, done + batch.num_rows + 1), pa.int64()),
                fields={field: _as_read(field, batch.column(name)) for field, name in columns.fields.items()},
                attributes=column_map(texts, batch.num_rows),
            )
            done += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise file.fault("The Parquet file is damaged.", row=done + 1, hint="Copy it again.") from error


def count_rows(file: InputFile) -> int:
    """Return how many rows the file says it has."""
    rows = int(_open(file).metadata.num_rows)
    file.stream.seek(0)
    return rows


def parquet_names(file: InputFile) -> list[str]:
    """Return the names of a file's columns.

    Raises:
        InputError: the file is no Parquet.
    """
    return list(_open(file).schema_arrow.names)


def _open(file: InputFile) -> pq.ParquetFile:
    if file.packed:
        raise file.fault("A packed Parquet file cannot be read.", hint="Unpack it first; Parquet is packed inside.")
    try:
        return pq.ParquetFile(file.stream)
    except (pa.ArrowException, OSError) as error:
        raise file.fault("The file is no Parquet, or it was cut off.", hint="Check --format.") from error


def _require_plain(file: InputFile, name: str, kind: pa.DataType) -> None:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise InputError(
            f"The column {name!r} holds {kind}, not plain values.", where=file.name, hint="Map another column."
        )


def _as_read(field: str, column: pa.Array) -> pa.Array:
    """Return a column of a field: times, dates and exact numbers as they are where the field has such, else as text."""
    plain = _plain(column)
    moment = pa.types.is_timestamp(plain.type) or pa.types.is_date32(plain.type)
    exact = pa.types.is_decimal(plain.type) or pa.types.is_integer(plain.type)
    if (field in {"time", "effective_date"} and moment) or (field == "amount" and exact):
        return plain
    return _as_text(plain)


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.timestamp("us", column.type.tz and "UTC"), safe=False)
    return column


def _as_text(column: pa.Array) -> pa.Array:
    text = pc.cast(_plain(column), pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
