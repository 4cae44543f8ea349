"""Which events came into a log, or left it, between two snapshots, and which of them bear on a period."""

# ruff: noqa: S608 - statements are put together from our own words and quoted literals

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi.connection import paths_of, session
from bos.kpi.journeys import emitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from bos.kpi.binding import BoundSignal
    from bos.kpi.connection import Snapshot

_KINDS = {"event_id": "VARCHAR", "case_id": "VARCHAR", "step": "VARCHAR", "event_time": "TIMESTAMPTZ",
          "attributes": "MAP(VARCHAR, VARCHAR)"}  # fmt: skip
_EMPTY = f"SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in _KINDS.items())} WHERE false"


@dataclass(frozen=True, slots=True)
class Moved:
    """Events of a signal that came or left: how many of each, and of how many cases."""

    signal: str
    came: int
    left: int
    cases: int


class Arrivals:
    """What came and left between two snapshots of a flow. It reads the files that only one of the two has."""

    def __init__(self, cursor: DuckDBPyConnection, then: Snapshot, now: Snapshot) -> None:
        self._cursor = cursor
        old, new = set(then.files), set(now.files)
        cursor.execute(f"CREATE TEMP VIEW whole AS {_read(now.files)}")
        cursor.execute(f"CREATE TEMP VIEW old_part AS {_read(sorted(old - new))}")
        cursor.execute(f"CREATE TEMP VIEW new_part AS {_read(sorted(new - old))}")
        for name, one, other in (("came", "new_part", "old_part"), ("gone", "old_part", "new_part")):
            cursor.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {one} ANTI JOIN {other} USING (event_id)")

    def any_came(self) -> bool:
        """Return whether any event came, of whatever signal and period."""
        row = self._cursor.execute("SELECT count(*) FROM came").fetchone()
        return row is not None and bool(row[0])

    def of(self, signals: Sequence[BoundSignal], start: datetime | None, end: datetime | None) -> list[Moved]:
        """Return for each signal what came and left of the period ``[start, end)``; those with nothing are left out.

        An event bears on a period when it happened in it, or when its case has an event of these signals in it: a
        return of March belongs to the debit of February.
        """
        any_of = " OR ".join(emitted(signal) for signal in signals) or "false"
        inside = _inside(start, end)
        cases = f"SELECT case_id FROM whole WHERE ({any_of}) AND {inside}"
        found = []
        for signal in signals:
            bears = f"{emitted(signal)} AND ({inside} OR case_id IN ({cases}))"
            one, two = (f"SELECT '{name}' AS what, case_id FROM {name} WHERE {bears}" for name in ("came", "gone"))
            row = self._cursor.execute(
                "SELECT count(*) FILTER (what = 'came'), count(*) FILTER (what = 'gone'), count(DISTINCT case_id) "
                f"FROM ({one} UNION ALL {two})"
            ).fetchone()
            if row is not None and (row[0] or row[1]):
                found.append(Moved(signal.name, *row))
        return found


@contextmanager
def arrivals(then: Snapshot, now: Snapshot, *, memory_limit: str) -> Iterator[Arrivals]:
    """Give what came and left between two snapshots of one flow.

    Raises:
        Unavailable: the lake cannot be read, or memory does not suffice.
    """
    with session(now, memory_limit=memory_limit) as cursor:
        yield Arrivals(cursor, then, now)


def _read(files: Sequence[str]) -> str:
    return f"SELECT {', '.join(_KINDS)} FROM read_parquet([{paths_of(files)}])" if files else _EMPTY


def _inside(start: datetime | None, end: datetime | None) -> str:
    edges = [(">=", start), ("<", end)]
    told = [f"event_time {sign} '{edge.isoformat()}'::TIMESTAMPTZ" for sign, edge in edges if edge is not None]
    return " AND ".join(told) or "true"
