"""SQL engines that compute KPIs from the files of a snapshot: DuckDB, and Spark for those who have it.

Everything outside this package makes Ibis expressions and reads rows. What an engine needs to give the same numbers
stands here, in one module each.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bos.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import ibis.expr.types as ir

    from bos.kpi.connection import Overview, Snapshot

DUCKDB = "duckdb"
"""The setting of the engine that is taken where none is named."""
SPARK_NEEDS = "Install Java 17 or later and bos-workbench[spark], or set BOS_ENGINE to duckdb."


class Session(Protocol):
    """The snapshots of one evaluation as views ``events`` and ``points``; its zone is UTC."""

    def overview(self) -> Overview:
        """Return what the snapshot holds."""

    def make(self, name: str, sql: str) -> None:
        """Keep the answer of a statement as a table of this session."""

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a statement by column.

        Integers are int, money Decimal, other numbers float, days date; buckets are datetime without zone.
        """


class Engine(Protocol):
    """Compiles expressions to its own SQL, and runs it. Equal ones compile alike."""

    def __hash__(self) -> int:
        """Return the same for equal engines, so that what was compiled can be kept."""

    @staticmethod
    def sql(table: ir.Table) -> str:
        """Return the statement that computes a table."""

    def session(self, snapshot: Snapshot, points: Snapshot | None = None) -> AbstractContextManager[Session]:
        """Give a session whose views are the snapshots.

        Raises:
            Unavailable: files of the lake cannot be read, memory does not suffice, or the engine is not there.
        """


def engine_of(setting: str, memory_limit: str = "2GB") -> Engine:
    """Return the engine that a setting names: ``duckdb``, else the master of Spark."""
    if setting == DUCKDB:
        from bos.kpi.engines.duckdb import DuckDB  # noqa: PLC0415 - half a second that only numbers need

        return DuckDB(memory_limit)
    from bos.kpi.engines.spark import Spark  # noqa: PLC0415 - as above

    return Spark(setting, memory_limit)


def told(setting: str) -> str:
    """Return the engine that a setting names with its version where it is here, as runs keep it: ``duckdb 2.0.0``."""
    library, name = ("duckdb", "duckdb") if setting == DUCKDB else ("pyspark", "spark")
    try:
        return f"{name} {importlib.metadata.version(library)}"
    except importlib.metadata.PackageNotFoundError:
        return name


def lacking(setting: str) -> str | None:
    """Return what the engine that a setting names needs and this machine has not, in words."""
    if setting == DUCKDB:
        return None
    if importlib.util.find_spec("pyspark") is None:
        return "the Python package pyspark is not installed"
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home) / "bin") if home else None) is None:
        return f"there is no Java in JAVA_HOME ({home})" if home else "there is no Java"
    return None


def check_there(setting: str) -> None:
    """Make sure that an engine can start here.

    Raises:
        Unavailable: Python package or Java is missing.
    """
    if (missing := lacking(setting)) is not None:
        raise Unavailable(f"BOS_ENGINE is {setting}, but {missing}.", where="BOS_ENGINE", hint=SPARK_NEEDS)
