"""Where an import prepares its rows: a folder of its own, gone when the import ends, swept when it was killed."""

from __future__ import annotations

import re
import shutil
import time
import uuid
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from bos.telemetry.lock import hold, is_free

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GATE = ".gate"  # held while a staging folder gets its lock, and by a sweep, so that none is swept before it has one


WORKING = "work-"
"""How the names of working folders begin, which lie among uploads."""
DAY_SECONDS = 24 * 3600.0
_UNLOCKED = re.compile(r"tmp[a-z0-9_]{8}")  # working folders of releases without a lock in them


@contextmanager
def make_staging(root: Path, prefix: str = "") -> Iterator[Path]:
    """Make a folder under ``root`` for one import and remove it at the end; a lock in it tells that it is in use."""
    folder = root / f"{prefix}{uuid.uuid4().hex}"
    with ExitStack() as stack:
        with hold(root / GATE):
            folder.mkdir(mode=0o700)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            stack.enter_context(hold(folder / "lock"))
        yield folder


@contextmanager
def working(root: Path) -> Iterator[Path]:
    """Make an empty folder under ``root`` to work with copies of files in; it goes as that of :func:`make_staging`."""
    with make_staging(root, WORKING) as folder:
        files = folder / "files"
        files.mkdir(mode=0o700)
        yield files


def is_working(name: str) -> bool:
    """Return whether a name in a staging folder is that of a working folder, or of the lock beside them."""
    return name == GATE or name.startswith(WORKING) or _UNLOCKED.fullmatch(name) is not None


def left_working(root: Path) -> list[Path]:
    """Return the working folders under ``root`` that nobody works in, as their process has ended.

    One of a release without locks is held to be in use for a day.
    """
    found = [path for path in root.iterdir() if path.is_dir() and not path.is_symlink() and is_working(path.name)]
    old = time.time() - DAY_SECONDS
    return [
        path
        for path in found
        if (is_free(path / "lock") if path.name.startswith(WORKING) else path.stat().st_mtime < old)
    ]


def sweep_working(root: Path) -> int:
    """Remove the working folders under ``root`` that nobody works in; return how many."""
    with hold(root / GATE):
        left = left_working(root)
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
    return len(left)


@dataclass(slots=True)
class Buckets:
    """Typed rows on the disk, in as many parts as keep one part small; equal rows are in the same part."""

    folder: Path
    schema: pa.Schema
    count: int
    by: str
    rows: int = 0
    _writers: dict[int, pa.ipc.RecordBatchStreamWriter] = field(default_factory=dict)

    def write(self, batch: pa.RecordBatch) -> None:
        """Put each row into its part, by the hash of the column ``by``."""
        self.rows += batch.num_rows
        if self.count == 1:
            self._writer(0).write_batch(batch)
            return
        keys = batch.column(self.by).fill_null("").dictionary_encode()
        buckets = np.fromiter((hash_text(key) % self.count for key in keys.dictionary.to_pylist()), np.int32)
        places = buckets[keys.indices.to_numpy()]
        order = places.argsort(kind="stable")
        bounds = np.searchsorted(places[order], np.arange(self.count + 1))
        sorted_rows = batch.take(pa.array(order))
        for bucket, (start, end) in enumerate(pairwise(bounds)):
            if end > start:
                self._writer(bucket).write_batch(sorted_rows.slice(start, end - start))

    def finish(self) -> list[Path]:
        """Return the files of the parts that have rows, in order."""
        for writer in self._writers.values():
            writer.close()  # a second time does nothing
        return [self._path(bucket) for bucket in sorted(self._writers)]

    def _writer(self, bucket: int) -> pa.ipc.RecordBatchStreamWriter:
        if bucket not in self._writers:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writers[bucket] = pa.ipc.new_stream(str(self._path(bucket)), self.schema, options=options)
        return self._writers[bucket]

    def _path(self, bucket: int) -> Path:
        return self.folder / f"{bucket}.arrow"


def hash_text(text: str) -> int:
    """Return a number that spreads texts evenly and is the same in every process."""
    return zlib.crc32(text.encode())
