"""Spark over the files of a snapshot: one session for the process, one of its own for the views of an evaluation."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from bos.errors import Unavailable
from bos.kpi import connection
from bos.kpi.engines import SPARK_NEEDS, check_there
from bos.kpi.engines.spark_sql import to_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import ibis.expr.types as ir
    import pyarrow as pa

    from bos.kpi.connection import Overview, Snapshot

_EVENTS = {
    "event_id": "STRING",
    "case_id": "STRING",
    "step": "STRING",
    "event_time": "TIMESTAMP",
    "effective_date": "DATE",
    "amount": "DECIMAL(18,2)",
    "currency": "STRING",
    "resource": "STRING",
    "attributes": "MAP<STRING, STRING>",
    "ingested_at": "TIMESTAMP",
}
_POINTS = {
    "signal": "STRING",
    "time": "TIMESTAMP",
    "value": "DOUBLE",
    "labels": "MAP<STRING, STRING>",
    "ingested_at": "TIMESTAMP",
}
_RULES = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.variable.substitute": "false",
}
"""What numbers depend on: the zone, that what overflows is an error, and that a text a person wrote stays that text."""
_LOG = Path(__file__).with_name("spark-log4j2.properties")
_LOCAL = re.compile(r"local(\[(?P<threads>[1-9][0-9]*|\*)\])?$")
_LEAST_MIB = 512
"""Spark does not start with less."""
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_sessions: dict[tuple[int, str, str], Any] = {}
_starting = Lock()


@dataclass(frozen=True, slots=True)
class Spark:
    """Computes in a Spark session: ``local[2]`` in this process, or ``spark://host:7077`` on a cluster.

    A cluster must see the files of the lake under the same paths.
    """

    master: str
    memory_limit: str

    @staticmethod
    def sql(table: ir.Table) -> str:
        """Return the statement that computes a table."""
        return to_sql(table)

    @contextmanager
    def session(self, snapshot: Snapshot, points: Snapshot | None = None) -> Iterator[Session]:
        """Give a session whose views are the snapshots.

        Raises:
            Unavailable: pyspark or Java is missing, Spark does not start, or files cannot be read.
        """
        with connection.opened(snapshot, points, memory_limit=self.memory_limit) as cursor:
            held = connection.overview(cursor)
        session = Session(_started(self.master, self.memory_limit), held, snapshot.id)
        with session.told_in_words():
            session.isolate()
            session.view("events", _EVENTS, snapshot.files)
            session.view("points", _POINTS, points.files if points else ())
        try:
            yield session
        finally:
            session.close()


@dataclass(slots=True)
class Session:
    """The views of one evaluation."""

    spark: Any
    held: Overview
    snapshot: str
    kept: list[Any] = field(default_factory=list)

    def overview(self) -> Overview:
        """Return what the snapshot holds; DuckDB reads it from the statistics of the files."""
        return self.held

    def isolate(self) -> None:
        """Take a session of its own, with the rules that numbers depend on."""
        self.spark = self.spark.newSession()
        for name, value in _RULES.items():
            self.spark.conf.set(name, value)

    def view(self, name: str, columns: Mapping[str, str], files: Sequence[str]) -> None:
        """Make a view of files."""
        if files:
            schema = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            reader = self.spark.read.schema(schema).option("recursiveFileLookup", "true")
            frame = reader.parquet(*(_unglobbed(path) for path in files))
        else:
            typed = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in columns.items())
            frame = self.spark.sql(f"SELECT {typed} WHERE false")
        frame.createOrReplaceTempView(name)

    def make(self, name: str, sql: str) -> None:
        """Keep the answer of a statement as a table of this session."""
        with self.told_in_words():
            frame = self.spark.sql(sql).persist()
            self.kept.append(frame)
            frame.createOrReplaceTempView(name)

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a statement by column, as DuckDB gives them: integers as int, local times without zone."""
        with self.told_in_words():
            table = self.spark.sql(sql).toArrow()
        columns = [_values(column) for column in table.columns]
        for values in zip(*columns, strict=True):
            yield dict(zip(table.column_names, values, strict=True))

    def close(self) -> None:
        """Let go of what is kept."""
        with self.told_in_words():
            for frame in self.kept:
                frame.unpersist()

    @contextmanager
    def told_in_words(self) -> Iterator[None]:
        """Turn errors of Spark into those of BOS."""
        from py4j.protocol import Py4JError, Py4JJavaError  # noqa: PLC0415 - where Spark is wanted it is here
        from pyspark.errors import PySparkException  # noqa: PLC0415 - as above

        try:
            yield
        except (PySparkException, Py4JJavaError) as error:
            raise _unavailable(str(error), self.snapshot) from error
        except (Py4JError, OSError) as error:  # its Java process is gone
            _forget()
            raise _unavailable("", self.snapshot) from error


def _unavailable(words: str, snapshot: str) -> Unavailable:
    if any(sign in words for sign in ("PATH_NOT_FOUND", "FAILED_READ_FILE", "FileNotFoundException")):
        hint = "Check that the lake's folder is whole (bos telemetry status), and that Spark sees it at the same path."
        return Unavailable("The telemetry of this flow cannot be read by Spark.", where=snapshot, hint=hint)
    if "OutOfMemoryError" in words:
        hint = "Raise BOS_MEMORY_LIMIT, or choose a shorter window."
        return Unavailable("The evaluation needs more memory than Spark has.", where=snapshot, hint=hint)
    told = f": {words.strip().splitlines()[0][:300]}" if words.strip() else ", its Java process has ended."
    return Unavailable(
        f"Spark could not compute this{told}", where=snapshot, hint="Set BOS_ENGINE to duckdb, or see the log of Spark."
    )


def _started(master: str, memory_limit: str) -> Any:
    """Return the process's session, started where it is not there yet."""
    check_there(master)
    key = (os.getpid(), master, memory_limit)
    with _starting, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of the newest pandas, which nothing here uses
        if key not in _sessions:
            _sessions[key] = _start(master, memory_limit)
        return _sessions[key]


def _forget() -> None:
    """Let the next evaluation start a new session: the Java process of this one is gone."""
    from pyspark import SparkContext  # noqa: PLC0415 - as below

    with _starting, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it could not be stopped cleanly
        for session in [session for session in _sessions.values() for _ in range(2)]:
            with suppress(Exception):  # the first time it asks the dead process to stop, the second time it gives up
                session.sparkContext.stop()
        _sessions.clear()
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001 - else it would go on asking the dead process


def _start(master: str, memory_limit: str) -> Any:
    from pyspark.errors import PySparkException  # noqa: PLC0415 - hundreds of megabytes that only Spark needs
    from pyspark.sql import SparkSession  # noqa: PLC0415 - as above

    builder = SparkSession.builder.master(master).appName("bos")
    for name, value in _settings(master, memory_limit).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise Unavailable(f"Spark does not start at {master}.", where="BOS_ENGINE", hint=SPARK_NEEDS) from error


def _settings(master: str, memory_limit: str) -> dict[str, str]:
    """Return what a session is started with; what is not named here is read from Spark's own configuration."""
    folder = Path(tempfile.gettempdir()) / f"bos-spark-{os.getpid()}"
    common = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={_LOG.as_uri()}",
        "spark.driver.memory": f"{max(_LEAST_MIB, mebibytes(memory_limit))}m",
        "spark.sql.warehouse.dir": str(folder),
        # A stranger that connects to a port on which Spark waits for us leaves us waiting for ever; so it is a file.
        "spark.python.unix.domain.socket.enabled": "true",
    }
    local = _LOCAL.match(master)
    if local is None:
        return common
    threads = local["threads"] or "1"
    cores = (os.cpu_count() or 1) if threads == "*" else int(threads)
    return {
        **common,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(cores),
    }


def mebibytes(size: str) -> int:
    """Return a size such as ``2GB`` in MiB; what cannot be read is 2 GB, as the setting's own default."""
    found = re.fullmatch(r"\s*([0-9.]+)\s*([KMGT]?)i?B?\s*", size, re.IGNORECASE)
    return int(float(found[1]) * _UNITS[found[2].upper()] / 2**20) if found else 2048


def _unglobbed(path: str) -> str:
    return re.sub(r"([\\*?{}\[\],])", r"\\\1", path)


def _values(column: pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa  # noqa: PLC0415 - beside Spark

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))
    values = list(column.to_pylist())
    if pa.types.is_decimal(column.type) and column.type.scale == 0:
        return [None if value is None else int(value) for value in values]
    return values
