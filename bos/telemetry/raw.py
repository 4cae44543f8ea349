"""What every reader yields: rows of a file, one column a field, as text or as the file has typed it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bos.telemetry.schema import TEXT_MAP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BATCH_ROWS = 32_768
NOT_UTF8 = "the row is not UTF-8 text (send it, or save the file, as UTF-8)"
HAS_NUL = "the row has a character that no text may have: NUL (U+0000)"


@dataclass(frozen=True, slots=True)
class Raw:
    """Some rows of a file: their numbers (from 1), each mapped field and the other attributes.

    Fields are text; ``time`` and ``effective_date`` may also be timestamps in microseconds (UTC, or local without zone)
    or dates, ``amount`` decimals or whole numbers. A value that is missing is null; readers give no empty texts in
    ``attributes``. ``refused`` are rows met on the way that could not even be split into fields: number, reason, text.
    """

    rows: pa.Array
    fields: Mapping[str, pa.Array]
    attributes: pa.MapArray
    refused: Sequence[tuple[int, str, str]] = ()

    def text(self, index: int, names: Mapping[str, str]) -> str:
        """Return one row as JSON under the file's own column names (``names``: field → column)."""
        values: dict[str, Any] = {names.get(key, key): self.spelt(key, index) for key in self.fields}
        return json.dumps({**dict(self.attributes[index].as_py() or ()), **values}, ensure_ascii=False)

    def spelt(self, field: str, index: int) -> str | None:
        """Return one value of a field as text."""
        told: str | None = self.fields[field].slice(index, 1).cast(pa.string())[0].as_py()
        return told

    def unkept(self) -> tuple[Raw, pa.Array | None]:
        """Return the rows with the texts that no database keeps spelt out, and why rows with one are not taken."""
        reasons: dict[int, str] = {}
        fields = {key: _spelt_out(column, range(len(column)), reasons) for key, column in self.fields.items()}
        owners = np.repeat(np.arange(len(self.rows)), np.diff(self.attributes.offsets.to_numpy()))
        items = _spelt_out(self.attributes.items, owners, reasons)
        if not reasons:
            return self, None
        attributes = pa.MapArray.from_arrays(self.attributes.offsets, self.attributes.keys, items).cast(TEXT_MAP)
        told = pa.array([reasons.get(row) for row in range(len(self.rows))], pa.string())
        return Raw(self.rows, fields, attributes, self.refused), told


def spelt(column: pa.Array) -> list[Any]:
    """Return the values of a column for people to read: bytes of texts that are no UTF-8 are spelt out."""
    try:
        found: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        told = pc.cast(column, pa.binary()).to_pylist()
        found = [None if value is None else value.decode("utf-8", "backslashreplace") for value in told]
    return found


def _spelt_out(column: pa.Array, owners: Any, reasons: dict[int, str]) -> pa.Array:
    """Return a column as UTF-8 without NUL; ``reasons`` get those of the rows (``owners``) that had others."""
    if not pa.types.is_string(column.type) or _is_kept(column):
        return column
    texts: list[str | None] = []
    for place, value in enumerate(pc.cast(column, pa.binary()).to_pylist()):
        text = None if value is None else value.decode("utf-8", "backslashreplace")
        if text is not None and text.encode() != value:
            reasons[int(owners[place])] = NOT_UTF8
        elif text is not None and "\0" in text:
            reasons[int(owners[place])] = HAS_NUL
        texts.append(text and text.replace("\0", "\\x00"))
    return pa.array(texts, pa.string())


def _is_kept(column: pa.Array) -> bool:
    if column.null_count == len(column):
        return True
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    data = column.buffers()[2]
    return data is None or bool(np.frombuffer(data, np.uint8).all())


def entry_map(rows: int, owners: Any, keys: Any, values: pa.Array, named: Mapping[str, pa.Array]) -> pa.MapArray:
    """Return a map column from entries: ``owners`` says to which row each key and value belongs.

    ``named`` adds one column for each further key. Keys are in order; of a key given twice the last counts; empty
    values are left out.
    """
    place = np.arange(rows)
    for name, column in named.items():
        owners = np.concatenate([owners, place])
        keys = pa.chunked_array([keys.cast(pa.string()), pa.array([name]).take(pa.array(place * 0))]).combine_chunks()
        values = pa.chunked_array([values, column]).combine_chunks()
    keys = keys if pa.types.is_dictionary(keys.type) else keys.dictionary_encode()
    ranks = np.argsort(np.argsort(np.array(keys.dictionary.to_pylist(), dtype=object)))
    rank = ranks[keys.indices.to_numpy()] if len(keys) else np.array([], np.int64)
    order = np.lexsort((np.arange(len(rank)), rank, owners))
    order = order[pc.fill_null(pc.not_equal(values, ""), False).to_numpy(False)[order]]
    later = np.append((owners[order][1:] != owners[order][:-1]) | (rank[order][1:] != rank[order][:-1]), True)
    order = order[later[: len(order)]]
    offsets = np.concatenate([[0], np.bincount(owners[order], minlength=rows).cumsum()]).astype(np.int32)
    taken = pa.array(order)
    return pa.MapArray.from_arrays(pa.array(offsets), keys.take(taken).cast(pa.string()), values.take(taken)).cast(
        TEXT_MAP
    )


def column_map(columns: Mapping[str, pa.Array], rows: int) -> pa.MapArray:
    """Return a map column from one text column for each key; null and empty texts are left out."""
    if not columns:
        none = pa.array([], pa.string())
        return pa.MapArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), none, none).cast(TEXT_MAP)
    names = sorted(columns)
    there = np.column_stack([pc.fill_null(pc.not_equal(columns[name], ""), False).to_numpy(False) for name in names])
    row, column = there.nonzero()  # by row, then by key
    offsets = np.concatenate([[0], there.sum(axis=1).cumsum()]).astype(np.int32)
    values = pa.chunked_array([columns[name] for name in names]).combine_chunks().take(pa.array(column * rows + row))
    keys = pa.array(names, pa.string()).take(pa.array(column))
    return pa.MapArray.from_arrays(pa.array(offsets), keys, values).cast(TEXT_MAP)
