"""Rows that were not taken: counted by reason, sampled, and kept in a CSV file."""

from __future__ import annotations

import csv
import os
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from bos.home import make_private

if TYPE_CHECKING:
    from collections.abc import Iterable

SAMPLE = 20


class Reject(NamedTuple):
    """A row that was not taken: the file's name, the row's number from 1 after any header, and why."""

    file: str
    row: int
    reason: str


@dataclass(slots=True)
class Rejects:
    """Collects rejected rows of one source; the file is made with the first of them."""

    path: Path
    source: str
    count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    sample: list[Reject] = field(default_factory=list)
    _stream: IO[str] | None = None
    _writer: Any = None

    def add(self, row: int, reason: str, raw: str) -> None:
        """Take a row; ``raw`` is its content as it stood in the file."""
        self.extend([(row, reason, raw)])

    def extend(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Take rows of ``(row, reason, raw)``."""
        for row, reason, raw in rows:
            if self._stream is None:
                self._open()
            self._writer.writerow((self.source, row, reason, raw))
            self.count += 1
            self.reasons[reason] += 1
            if len(self.sample) < SAMPLE:
                self.sample.append(Reject(self.source, row, reason))

    def publish(self, target: Path) -> Path | None:
        """Finish the file and move it to ``target``; return where it is, or nothing when every row was taken."""
        if self._stream is None:
            return None
        self.close()
        make_private(target.parent)
        return Path(shutil.move(self.path, target))

    def close(self) -> None:
        """Finish the file."""
        if self._stream is not None:
            self._stream.close()

    def _open(self) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        self._stream = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="")
        self._writer = csv.writer(self._stream)
        self._writer.writerow(("file", "row", "reason", "raw"))
