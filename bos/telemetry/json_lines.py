"""JSON lines, an object on each, put down as CSV that an import takes."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from bos.errors import InputError
from bos.telemetry.lengths import LONGEST_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

_DEEPEST = 20


def json_lines(file: Path, *, name: str) -> Iterator[dict[str, str]]:
    """Yield the objects of a file as rows; a field inside a field is ``outer.inner``.

    Raises:
        InputError: a line is no JSON object; ``where`` names the file, as ``name``, and the line.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_float=str, parse_int=str)
            except (ValueError, RecursionError):
                found = None
            if not isinstance(found, dict):
                raise InputError("The line is no JSON object.", where=f"{name}, row {number}", hint="Write one a line.")
            yield flat(found)


def flat(found: Mapping[str, Any]) -> dict[str, str]:
    """Return an object as a row of texts: ``outer.inner`` for a field inside a field, a list as JSON, no null."""
    return dict(_leaves(found, "", 0))


def _leaves(found: Mapping[str, Any], before: str, deep: int) -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and deep < _DEEPEST:
            yield from _leaves(value, f"{name}.", deep + 1)
        elif isinstance(value, str):
            yield name, value
        elif value is not None:
            yield name, json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def as_csv(rows: Callable[[], Iterable[Mapping[str, str]]], file: Path) -> int:
    """Write rows as CSV with all of their columns, and return how many there are. ``rows`` is asked for twice.

    Half a character, which JSON can say and UTF-8 cannot, becomes bytes that are no UTF-8: its row is refused. So is
    one with a text that is too long; of it no more is written than tells that, and a mark by which it is no number.
    """
    names = list(dict.fromkeys(name for row in rows() for name in row))
    count = 0
    with file.open("w", newline="", encoding="utf-8", errors="surrogatepass") as out:
        lines = csv.DictWriter(out, names, restval="")
        lines.writeheader()
        for row in rows():
            lines.writerow({name: _cut(text) for name, text in row.items()})
            count += 1
    return count
