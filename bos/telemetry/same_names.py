"""Columns that are named as the lake names its fields: they need no mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.errors import InputError
from bos.telemetry.csv_file import csv_names
from bos.telemetry.input_file import open_input
from bos.telemetry.mapping import EVENT_FIELDS, EVENT_NEEDED, METRIC_FIELDS, METRIC_NEEDED, names_shown
from bos.telemetry.parquet_file import parquet_names

if TYPE_CHECKING:
    from pathlib import Path


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
