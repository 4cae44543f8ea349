"""Staged rows against what the lake has: which are new, which are there already, which contradict what is there."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc

from bos.model.moments import AHEAD
from bos.telemetry.identity import EVENT_IDENTITY, POINT_CONTENT, POINT_IDENTITY, hash_rows
from bos.telemetry.schema import TIME_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from bos.telemetry.data_files import Writer
    from bos.telemetry.rejects import Rejects
    from bos.telemetry.table import Table

CHANGED = "the id is there already, with other content"
OUT_ROWS = 65_536

# One row of the part each: `again` says that an earlier row of the file has its id, `differs` that it says otherwise.
_DERIVED = """
create temp table part as
select * replace (key || '-' || (row_number() over (partition by key order by row) - 1) as id),
       false as again, false as differs
from staged"""
_GIVEN = """
create temp table part as
select *, row_number() over same > 1 as again, key <> first_value(key) over same as differs
from (select * replace (coalesce(id, key || '-' || (row_number() over equal - 1)) as id)
      from staged window equal as (partition by key, id is null order by row))
window same as (partition by id order by row)"""
# Rows equal to some of an earlier part of the same read count on from there, so their ids are those of one file.
_COUNT_ON = """
update part set id = part.key || '-' || (cast(split_part(part.id, '-', 2) as bigint) + earlier.n)
from (select key, sum(n) as n from read_parquet(?) semi join part using (key) group by key) earlier
where earlier.key = part.key"""
_NO_KNOWN = "create temp table known (id varchar, key varchar, stamped timestamptz)"
_KNOWN_DERIVED = """
create temp table known as
select e.event_id as id, null::varchar as key, e.ingested_at as stamped
from read_parquet(?) e semi join part p on p.id = e.event_id
where e.event_time between (select min(event_time) from part) and (select max(event_time) from part)"""
_MATCHES = {
    "events": "select e.* from read_parquet(?) e semi join part p on p.id = e.event_id",
    "metrics": 'select m.* from read_parquet(?) m semi join part p on p.signal = m.signal and p."time" = m."time"',
}
_CHANGED = """
select p.* exclude (id, key, again, differs) from part p left join known k using (id)
where p.differs or k.key <> p.key order by p.row"""
_SHARED = "select distinct k.stamped from known k semi join part p using (id)"
_FRESH = """
select p.* exclude (row, key, again, differs), cast(? as timestamptz) as ingested_at
from part p anti join known k using (id) where not p.again order by {order}, p.row"""
_ORDER = {"events": "p.step, p.event_time", "metrics": 'p.signal, p."time"'}


@dataclass(frozen=True, slots=True)
class Read:
    """One read that comes as several files, each imported by itself: ``folder`` is its own, ``latest`` is of before it.

    Rows without an id of their source are known by what they say and by which of its equals each is; that is counted
    through all files of the read, so it comes to the same however the rows fall into files, and in which order.
    """

    folder: Path
    latest: datetime | None

    def counts(self) -> list[str]:
        """Return the files that say how often each row came so far."""
        return sorted(str(file) for file in self.folder.glob("*.counts"))

    def more(self) -> str:
        """Return the name of the next of them."""
        return str(self.folder / f"{uuid.uuid4().hex}.counts")


@dataclass(slots=True)
class Merge:
    """Takes staged parts one after another and writes what is new; counts the rest.

    Attributes:
        table: where the rows go.
        known: the files whose rows the table has now, or keeps, each with its path.
        given: the rows have ids of their source (of a metric point: signal, time and labels), but for those without.
        latest: latest time the table has now (UTC), or had before the read began; what is older is counted as late.
        arrived: the moment all rows of the import are stamped with (UTC).
        oldest: earliest time of a new row (UTC); nothing where there is none.
        shared: the moments that rows were stamped with which come again with these.
        ahead: new rows of more than a day after that moment, and the latest of them is ``farthest``.
    """

    table: Table
    known: list[str]
    given: bool
    latest: datetime | None
    arrived: datetime
    memory_limit: str
    scratch: Path
    read: Read | None = None
    added: int = 0
    late: int = 0
    oldest: datetime | None = None
    ahead: int = 0
    farthest: datetime | None = None
    changed: int = 0
    shared: set[datetime] = field(default_factory=set)
    _connection: Any = field(default=None)

    def __enter__(self) -> Self:
        self._connection = duckdb.connect(
            config={"memory_limit": self.memory_limit, "temp_directory": str(self.scratch / "spill"), "threads": 2}
        )
        self._connection.execute("set timezone = 'UTC'")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def take(self, part: Path, writer: Writer, rejects: Rejects) -> None:
        """Write the new rows of a part to ``writer``, and rows that contradict what is there to ``rejects``."""
        with pa.ipc.open_stream(str(part)) as staged:
            self._connection.register("staged", staged)
            self._connection.execute(_GIVEN if self.given else _DERIVED)
            self._connection.unregister("staged")
        if self.read is not None and not self.given:
            self._count_on(self.read)
        self._find_known()
        if self.given:
            self._reject_changed(rejects)
        self.shared.update(self._connection.sql(_SHARED).to_arrow_table().column("stamped").to_pylist())
        query = _FRESH.format(order=_ORDER[self.table.kind])
        self._write(self._connection.sql(query, params=[self.arrived]).to_arrow_reader(OUT_ROWS), writer)
        self._connection.execute("drop table part; drop table known")

    def _count_on(self, read: Read) -> None:
        if counts := read.counts():
            self._connection.execute(_COUNT_ON, [counts])
        self._connection.sql("select key, count(*) as n from part group by key").write_parquet(read.more())

    def _find_known(self) -> None:
        if not self.known:
            self._connection.execute(_NO_KNOWN)
        elif not self.given:
            self._connection.execute(_KNOWN_DERIVED, [self.known])
        else:
            there = self._connection.sql(_MATCHES[self.table.kind], params=[self.known]).to_arrow_table()
            self._connection.register("there", self._identify(there))
            self._connection.execute("create temp table known as select * from there")
            self._connection.unregister("there")

    def _identify(self, there: pa.Table) -> pa.Table:
        columns: Mapping[str, Any] = {name: there.column(name) for name in there.column_names}
        if self.table.kind == "events":
            ids, keys = columns["event_id"], hash_rows(columns, EVENT_IDENTITY)
        else:
            ids, keys = hash_rows(columns, POINT_IDENTITY), hash_rows(columns, POINT_CONTENT)
        return pa.table({"id": ids, "key": keys, "stamped": columns["ingested_at"]})

    def _reject_changed(self, rejects: Rejects) -> None:
        for batch in self._connection.sql(_CHANGED).to_arrow_reader(OUT_ROWS):
            self.changed += batch.num_rows
            rejects.extend((row["row"], CHANGED, _as_json(row)) for row in batch.to_pylist())

    def _write(self, fresh: Iterator[pa.RecordBatch], writer: Writer) -> None:
        schema, time_of = self.table.schema, TIME_OF[self.table.kind]
        for batch in fresh:
            names = {"event_id": "id"} if self.table.kind == "events" else {}
            columns = [batch.column(names.get(field.name, field.name)).cast(field.type) for field in schema]
            rows = pa.RecordBatch.from_arrays(columns, schema=schema)
            self.added += rows.num_rows
            if self.latest is not None:
                self.late += pc.sum(pc.less(rows.column(time_of), pa.scalar(self.latest))).as_py() or 0
            self._look_far(rows.column(time_of))
            writer.write(rows)

    def _look_far(self, times: Any) -> None:
        oldest = pc.min(times).as_py()
        self.oldest = min(filter(None, (self.oldest, oldest)), default=None)
        ahead = pc.sum(pc.greater(times, pa.scalar(self.arrived + AHEAD))).as_py() or 0
        if ahead:
            self.ahead += ahead
            newest = pc.max(times).as_py()
            self.farthest = newest if self.farthest is None else max(newest, self.farthest)


def _as_json(row: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in row.items() if name != "row" and value is not None}
    return json.dumps(shown, ensure_ascii=False, default=str)
