"""DuckDB over the files of a snapshot: one database in memory for the process, one cursor an evaluation."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb

from bos.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_COLUMNS = {
    "event_id": "VARCHAR",
    "case_id": "VARCHAR",
    "step": "VARCHAR",
    "event_time": "TIMESTAMPTZ",
    "effective_date": "DATE",
    "amount": "DECIMAL(18,2)",
    "currency": "VARCHAR",
    "resource": "VARCHAR",
    "attributes": "MAP(VARCHAR, VARCHAR)",
    "ingested_at": "TIMESTAMPTZ",
}
_POINTS = {
    "signal": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "value": "DOUBLE",
    "labels": "MAP(VARCHAR, VARCHAR)",
    "ingested_at": "TIMESTAMPTZ",
}
_OVERVIEW = """SELECT epoch_us(min(event_time)), epoch_us(max(event_time)),
    min(currency), max(currency), count(currency), count(*) FROM events"""
_EXTENT = "SELECT epoch_us(min(time)), epoch_us(max(time)), count(*) FROM points"
_DAMAGED = (duckdb.Error, duckdb.InvalidInputException)
"""What DuckDB raises of a Parquet file whose bytes are not what they were."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Snapshot(Protocol):
    """What the engine needs of a snapshot of the lake: its id and its Parquet files."""

    @property
    def id(self) -> str:
        """Name of the snapshot."""

    @property
    def files(self) -> tuple[str, ...]:
        """Absolute paths; empty where nothing was recorded."""


@lru_cache(maxsize=4)
def _database(memory_limit: str, process: int) -> duckdb.DuckDBPyConnection:
    """Return the process's database; its threads and memory are shared by all evaluations with this limit."""
    spill = Path(tempfile.gettempdir()) / f"bos-kpi-{process}"
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(spill),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "parquet_metadata_cache": "true",  # files of the lake never change, and every statement opens them
        },
    )


@contextmanager
def opened(
    snapshot: Snapshot, points: Snapshot | None = None, *, memory_limit: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a cursor whose views are the snapshots: ``events``, and ``points`` of system signals.

    The session's zone is UTC. Raises as :func:`session`.
    """
    with session(snapshot, memory_limit=memory_limit) as cursor:
        cursor.execute(_view("events", _COLUMNS, snapshot.files))
        cursor.execute(_view("points", _POINTS, points.files if points else ()))
        yield cursor


@contextmanager
def opened_points(points: Snapshot, *, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a cursor with the view ``points`` alone, as :func:`opened` does. Raises as :func:`session`."""
    with session(points, memory_limit=memory_limit) as cursor:
        cursor.execute(_view("points", _POINTS, points.files))
        yield cursor


@contextmanager
def session(snapshot: Snapshot, *, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a cursor to read the files of a snapshot with; the session's zone is UTC.

    Raises:
        Unavailable: files of the lake cannot be read, or the memory limit is too small.
    """
    cursor = _database(memory_limit, os.getpid()).cursor()
    try:
        cursor.execute("SET TimeZone = 'UTC'")
        yield cursor
    except duckdb.IOException as error:
        raise Unavailable(
            "The telemetry of this flow cannot be read.",
            where=snapshot.id,
            hint="Check that the lake's folder is whole: bos telemetry status.",
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise Unavailable(
            f"The evaluation needs more memory than {memory_limit}.",
            where=snapshot.id,
            hint="Raise BOS_MEMORY_LIMIT, or choose a shorter window.",
        ) from error
    except duckdb.Error as error:
        if type(error) not in _DAMAGED:
            raise
        raise Unavailable(
            "A file of the telemetry of this flow is damaged.",
            where=snapshot.id,
            hint="Restore the lake from a backup; bos kpi rerun names the file for a run that read it.",
        ) from error
    finally:
        cursor.close()


def _view(name: str, columns: Mapping[str, str], files: Sequence[str]) -> str:
    """Return the statement that makes a view; it names paths of the lake only, never text of a person."""
    if not files:
        typed = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in columns.items())
        return f"CREATE TEMP VIEW {name} AS SELECT {typed} WHERE false"
    return f"CREATE TEMP VIEW {name} AS SELECT {', '.join(columns)} FROM read_parquet([{paths_of(files)}])"  # noqa: S608 - own names


def paths_of(files: Sequence[str]) -> str:
    """Return the paths of files as literals for ``read_parquet``."""
    return ", ".join("'" + _unglobbed(path).replace("'", "''") + "'" for path in files)


def _unglobbed(path: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)


@dataclass(frozen=True, slots=True)
class Overview:
    """What a snapshot holds: how many events, the first and the last, and whether currencies can mix.

    ``currency`` is the one of all amounts that name one; ``points`` are those of system signals.
    """

    events: int
    first: datetime | None
    last: datetime | None
    currencies: bool
    currency: str | None = None
    points: int = 0


def moment(micros: int) -> datetime:
    """Return microseconds since 1970 as an instant in UTC; DuckDB's own instants need a library we do without."""
    return _EPOCH + timedelta(microseconds=micros)


def overview(cursor: duckdb.DuckDBPyConnection) -> Overview:
    """Return what the snapshot holds; DuckDB answers from the statistics of the files.

    Where there is no event, the first and the last are those of the points.
    """
    found, points = cursor.execute(_OVERVIEW).fetchone(), cursor.execute(_EXTENT).fetchone()
    if found is None or points is None:
        return Overview(0, None, None, currencies=False)
    low, high, named, rows = found[2:]
    first, last = (moment(micros) if micros is not None else None for micros in (found if rows else points)[:2])
    currencies = low != high or named not in {0, rows}
    return Overview(rows, first, last, currencies, currency=None if currencies else low, points=points[2])
