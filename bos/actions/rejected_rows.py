"""The file of rejected rows as it is handed out: nothing in it steers a terminal, or is run by a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from typing import IO, TYPE_CHECKING

from bos.dashboards.exports.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and line feed, line separators, direction marks: they move the cursor or the eye."""
_CELL = re.compile(r'"([^"]*(?:""[^"]*)*)"|([^",\r\n]+)|(?<=,)(?=[,\r\n])')
_PIECE = 64 * 1024


def harmless(stream: IO[str]) -> Iterator[bytes]:
    r"""Yield a file of rejected rows, open as text with its line ends as they are, piece by piece.

    What would steer is spelt (``\u001b``), and what would be a formula has an apostrophe before it, as in exports.
    """
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    for record in _records(stream):
        lines.writerow([guarded(_STEERS.sub(_spelt, cell)) for cell in _cells(record)])
        if out.tell() >= _PIECE:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _records(stream: IO[str]) -> Iterator[str]:
    """Yield the lines of each row; a line that ends within quotes goes on in the next. A row may be of any length."""
    waiting, quotes = list[str](), 0
    for line in stream:
        waiting.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield "".join(waiting)
            waiting, quotes = [], 0
    if waiting:
        yield "".join(waiting)


def _cells(record: str) -> list[str]:
    return [(found[1] or "").replace('""', '"') or found[2] or "" for found in _CELL.finditer(record)]


def _spelt(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
