"""What the names of a file's columns say: those that need no mapping, and those that nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.errors import InputError
from bos.telemetry.csv_file import csv_names
from bos.telemetry.input_file import open_input
from bos.telemetry.mapping import EVENT_FIELDS, EVENT_NEEDED, METRIC_FIELDS, METRIC_NEEDED, names_shown, storable
from bos.telemetry.parquet_file import parquet_names

if TYPE_CHECKING:
    from pathlib import Path

    from bos.telemetry.input_file import InputFile

UNREAD = 100
"""How many columns that nothing reads are named at most."""


def same_event_names(source: Path, format_: str) -> dict[str, str]:
    """Return the mapping of a CSV or Parquet file of events from the names of its columns alone.

    Raises:
        InputError: it has no column ``case``, ``step`` or ``time``, or it cannot be read.
    """
    return _same(source, format_, EVENT_FIELDS, EVENT_NEEDED)


def same_metric_names(source: Path, *, signal: str | None) -> dict[str, str]:
    """Return the mapping of a CSV file of metric points; the column ``signal`` is needed unless one name is given.

    Raises:
        InputError: it has not the columns that are needed, or it cannot be read.
    """
    wanted = METRIC_NEEDED if signal else METRIC_FIELDS
    return _same(source, "csv", wanted, wanted)


def unread_columns(file: InputFile, format_: str, sources: list[str]) -> tuple[str, ...]:
    """Return the columns of a file that are none of ``sources``, in its order; what a XES log has is all read.

    There are :data:`UNREAD` at most, each cut off after eighty characters; what no database takes is replaced.
    """
    if format_ == "xes":
        return ()
    names = csv_names(file, sources, strict=False) if format_ == "csv" else parquet_names(file)
    others = [name for name in dict.fromkeys(names) if name and name not in sources]
    return tuple(storable(name[:80]) for name in others[:UNREAD])


def _same(source: Path, format_: str, fields: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    with open_input(source) as file:
        names = csv_names(file, fields) if format_ == "csv" else parquet_names(file)
    missing = [name for name in needed if name not in names]
    if missing:
        raise InputError(
            f"Nothing says which column of the file is {', which is '.join(missing)}; its columns are "
            f"{names_shown(names)}.",
            where=source.name,
            hint=f"Say it with --map {','.join(f'{name}=COLUMN' for name in needed)}, or name the columns so.",
        )
    return {name: name for name in fields if name in names}
