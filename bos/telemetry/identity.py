"""What makes two rows the same: one text of their fields that cannot be ambiguous, and its hash."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT_IDENTITY = (
    "flow",
    "case_id",
    "step",
    "event_time",
    "effective_date",
    "amount",
    "currency",
    "resource",
    "attributes",
)
"""The fields an event is identified by when its source gives it no id, in this order."""

POINT_IDENTITY = ("signal", "time", "labels")
"""The fields a metric point is identified by."""

POINT_CONTENT = (*POINT_IDENTITY, "value")

HASH_DIGITS = 32  # 128 bits: two different rows among 10^12 meet with a chance of about 10^-15
VERSION = "1"


def hash_rows(columns: Mapping[str, Any], names: tuple[str, ...]) -> pa.Array:
    """Return for each row the first 32 hexadecimal digits of the SHA-256 of its fields ``names``.

    The text that is hashed spells each field as its length in bytes, a colon and its value (``-`` when null), so
    no two different rows share a text. Instants count in microseconds, dates in days, from 1970-01-01; money has
    two decimals; a map is spelt pair by pair in the order of its keys.
    """
    parts = [_spell(columns[name]) for name in names]
    texts = pc.binary_join_element_wise(pa.scalar(VERSION), *parts, "|")
    return pa.array([sha256(text).hexdigest()[:HASH_DIGITS] for text in texts.cast(pa.binary()).to_pylist()])


def _spell(column: Any) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_map(column.type):
        return _prefixed(_join_pairs(column))
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    elif pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    return _prefixed(column.cast(pa.string()))


def _join_pairs(column: pa.MapArray) -> pa.Array:
    pairs = pc.binary_join_element_wise(_prefixed(column.keys), _prefixed(column.items), "")
    return pc.binary_join(pa.ListArray.from_arrays(column.offsets, pairs), "")


def _prefixed(texts: pa.Array) -> pa.Array:
    length = pc.binary_length(texts).cast(pa.string())
    return pc.fill_null(pc.binary_join_element_wise(length, texts, ":"), "-")
