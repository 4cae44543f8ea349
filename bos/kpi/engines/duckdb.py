"""DuckDB in this process: the engine that needs nothing else."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from bos.kpi.columns import with_clock
from bos.kpi.connection import Overview, opened, overview

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import ibis.expr.types as ir

    from bos.kpi.connection import Snapshot


_KEPT = 64
_overviews: OrderedDict[tuple[tuple[str, ...], ...], Overview] = OrderedDict()
"""What files hold: those of the lake never change, so each is asked once a process."""


@dataclass(frozen=True, slots=True)
class DuckDB:
    """Computes in a database in memory, shared by the process."""

    memory_limit: str

    @staticmethod
    def sql(table: ir.Table) -> str:
        """Return the statement that computes a table."""
        return with_clock(table, lambda one: str(ibis.to_sql(one, dialect="duckdb")))

    @contextmanager
    def session(self, snapshot: Snapshot, points: Snapshot | None = None) -> Iterator[Session]:
        """Give a session whose views are the snapshots. Raises as :func:`bos.kpi.connection.session`."""
        with opened(snapshot, points, memory_limit=self.memory_limit) as cursor:
            yield Session(cursor, (snapshot.files, points.files if points else ()))


@dataclass(frozen=True, slots=True)
class Session:
    """The views of one evaluation, and the files they read."""

    cursor: duckdb.DuckDBPyConnection
    files: tuple[tuple[str, ...], ...]

    def overview(self) -> Overview:
        """Return what the snapshot holds, from the statistics of the files."""
        found = _overviews.get(self.files)
        if found is None:
            found = _overviews[self.files] = overview(self.cursor)
            while len(_overviews) > _KEPT:
                _overviews.popitem(last=False)
        return found

    def make(self, name: str, sql: str) -> None:
        """Keep the answer of a statement as a table of this session."""
        self.cursor.execute(f"CREATE TEMP TABLE {name} AS {sql}")

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a statement by column."""
        answer = self.cursor.execute(sql)
        columns = [column[0] for column in answer.description]
        for values in answer.fetchall():
            yield dict(zip(columns, values, strict=True))
