"""Events of a flow as a table, read piece by piece."""

from __future__ import annotations

import io
import os
import tempfile
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.client import shown
from bos.client.frames import Tabular, metadata_of, pandas_of
from bos.client.progress import counted
from bos.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    import pandas as pd
    import pyarrow as pa
    from _typeshed import WriteableBuffer

    from bos.client.transport import Calls

PIECE = 1024 * 1024
_HEAD = 10
_PATIENCE = 0.5


class Events(Tabular):
    """Recorded events in the order of time. They lie in a file without a name, which memory is not filled with.

    ``pyarrow.table(x)`` and whatever else reads Arrow takes them from there without a copy; ``.batches()`` gives one
    piece after the other. ``.df`` is a DataFrame of all of them: in memory, several times as large.
    """

    __slots__ = ("_table",)

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    @property
    def attrs(self) -> dict[str, Any]:
        """``flow``, ``template_version``, ``time_zone`` (of the flow), ``snapshot``, ``generated``, ``total``, ``cut``.

        ``total`` is how many events there are without the limit, ``cut`` whether the limit left some out.
        """
        told = {key.decode().removeprefix("bos."): value.decode() for key, value in self._metadata.items()}
        total = int(told["total"])
        numbers = {"template_version": int(told["template_version"]), "total": total, "cut": len(self) < total}
        return {**told, **numbers, "generated": told["generated"] == "true"}

    @property
    def _metadata(self) -> dict[bytes, bytes]:
        return dict(self._table.schema.metadata or {})

    @property
    def arrow(self) -> pa.Table:
        """The events for Arrow, as they lie in the file."""
        return self._table.replace_schema_metadata(metadata_of(self.attrs))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the events piece by piece."""
        yield from self._table.to_batches()

    def to_pandas(self, *, exact: bool = True) -> pd.DataFrame:
        """Return a DataFrame: times aware in UTC, amounts ``Decimal`` (floats without ``exact``), attributes a dict."""
        frame = pandas_of(self._table, exact=exact)
        attrs: dict[Any, Any] = self.attrs
        frame.attrs = attrs
        return frame

    def __len__(self) -> int:
        """Return how many events there are."""
        return int(self._table.num_rows)

    def _grid(self) -> shown.Grid:
        told, names = self.attrs, self._table.column_names
        rows = [[_cell(row[name]) for name in names] for row in self._table.slice(0, _HEAD).to_pylist()]
        cut = f"The limit left {told['total'] - len(self):,} of {told['total']:,} events out."
        return shown.Grid(
            title=f"Events of {told['flow']}",
            facts=[f"{len(self):,} events", f"snapshot {told['snapshot']}", "times of UTC"],
            names=names,
            rows=rows,
            right=frozenset({"amount"}),
            notes=[cut] if told["cut"] else [],
            total=len(self),
            generated=told["generated"],
        )


def fetch(calls: Calls, path: str, params: Mapping[str, Any], title: str) -> Events:
    """Return the events at an address; a bar shows how far they are.

    Raises:
        BosError: of the class that the problem document names; Unavailable where the answer breaks off.
        UsageError: the folder for temporary files is full.
    """
    import pyarrow as pa  # noqa: PLC0415 - only who asks for events waits for it

    asked = {name: value for name, value in params.items() if value is not None}
    address = f"{path}?{urlencode(asked, doseq=True)}" if asked else path
    with io.BufferedReader(_Body(calls.stream(address)), PIECE) as body, pa.ipc.open_stream(body) as reader:
        try:
            return Events(_kept(reader, title))
        except OSError as error:
            raise UsageError(
                f"The events cannot be kept: {error.strerror or error}.",
                where=tempfile.gettempdir(),
                hint="Choose a shorter window or fewer columns, or name a larger folder in TMPDIR.",
            ) from error


def _kept(reader: pa.RecordBatchReader, title: str) -> pa.Table:
    """Return a table that lies in a file, which is gone with the last that reads it."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    handle, name = tempfile.mkstemp(prefix="bos-events-", suffix=".arrow")
    try:
        total, done = int((reader.schema.metadata or {})[b"bos.total"]), 0
        with (
            os.fdopen(handle, "wb") as file,
            pa.ipc.new_stream(file, reader.schema) as writer,
            counted(title, unit=" events", delay=_PATIENCE) as tell,
        ):
            for batch in reader:
                writer.write_batch(batch)
                done += batch.num_rows
                tell(done, total)
        return pa.ipc.open_stream(pa.memory_map(name)).read_all()
    finally:
        with suppress(OSError):  # where an open file cannot be unlinked it stays until temporary files are cleared
            os.unlink(name)  # noqa: PTH108 - a name of mkstemp


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):  # the pairs of a map
        return ", ".join(f"{name}={one}" for name, one in value)
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else str(value)


class _Body(io.RawIOBase):
    """The pieces of an answer as one file."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def close(self) -> None:
        """End the answer."""
        self._pieces.close()
        super().close()

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as one piece goes; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
