"""Streams of results: line by line as they come, previews dropped, every message kept, the end proven."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from bos.errors import Invalid, Unavailable
from bos.wire import strange, texts
from connectors.splunk.way import PATIENCE, TITLE, slow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

READ = 256 * 1024
LONGEST = 32 * 1024 * 1024
"""Bytes of one row at most: what is longer is no event that BOS can use, and would fill memory."""
BATCH_ROWS, BATCH_BYTES = 8_192, 8 * 1024 * 1024
NOTHING: dict[str, Any] = {}
"""In place of a row: the answer is still open and nothing has come of it."""
_EVERY = 1.0
"""Seconds after which a batch without rows says that nothing has come yet."""
_WRONG = {"FATAL", "ERROR"}
_SUBSTITUTED = "timerange was substituted"


def rows_of(body: Any, tell: Callable[[str], None], patience: float = PATIENCE) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the rows of an export as they come, each with its bytes; ``tell`` gets what else Splunk says.

    Where something came and no line of it is whole yet, that is :data:`NOTHING`. ``patience``: seconds without a line.

    Raises:
        Unavailable: Splunk says that the search failed, the stream ends before its last row, or is none of Splunk's,
            or no line of it becomes whole in time (``system.slow``).
        Invalid: Splunk read the search for another window.
        ValueError: a line is no JSON.
    """
    ended = False
    for line in _lines(body, patience):
        if not line:
            yield NOTHING, 0
            continue
        (found,) = objects([json.loads(line)])
        check(found.get("messages", ()), tell)
        if found.get("preview") is True:
            continue
        if "result" in found or "lastrow" in found:
            ended = found.get("lastrow") is True
        if (row := found.get("result")) is not None:
            yield from ((one, len(line)) for one in objects([row]))
    if not ended:
        raise Unavailable(
            "The answer of Splunk ends before its last row, so it is not all.",
            hint="Try again; what was stored stays, and nothing is stored twice.",
            code="system.cut",
        )


def objects(found: Any) -> list[dict[str, Any]]:
    """Return a list of objects as it is.

    Raises:
        Unavailable: it is none, as no answer of Splunk is (``system.strange``).
    """
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise strange(TITLE)
    return found


def check(messages: Any, tell: Callable[[str], None]) -> None:
    """Take every message of a line: those of failure are an error, all others are told.

    Raises:
        Unavailable: the search failed (``system.search``), or they are no messages (``system.strange``).
        Invalid: it was read for another window (``query``).
    """
    said = [(str(one.get("type", "")).upper(), str(one.get("text", ""))) for one in objects(messages or [])]
    for kind, text in said:
        if kind not in _WRONG and kind != "DEBUG":
            tell(f"{kind.capitalize()}: {text}"[:500])
    words = "; ".join(text for kind, text in said if kind in _WRONG)
    if words:
        raise Unavailable(
            "Splunk could not finish the search, so what it gave is not all.",
            hint=f"It says: {words}"[:500],
            code="system.search",
        )
    if any(_SUBSTITUTED in text for _, text in said):
        raise Invalid(
            "Splunk read the search for a time range of its own, not for the window it was asked for.",
            where="query",
            hint="Take the time range out of the search, and of what it names (macros, saved searches).",
            code="query",
        )


def _lines(body: Any, patience: float) -> Iterator[bytes]:
    """Yield whole lines as soon as they are there; what is left at the end without its line break, too.

    Blank ones are none; an empty one says that what came makes no line whole.
    """
    rest, until = bytearray(), time.monotonic() + patience
    while piece := body.read1(READ):
        head, sep, tail = piece.rpartition(b"\n")
        if not sep:
            rest += piece
            if len(rest) > LONGEST:
                raise Unavailable("A row of Splunk is too long.", hint=f"A row may have {LONGEST // 2**20} MB.")
            found = []
        else:
            found = [line for line in bytes(rest + head).split(b"\n") if line.strip()]
            rest = bytearray(tail)
        if found:
            yield from found
            until = time.monotonic() + patience
        elif time.monotonic() > until:
            raise slow()
        else:
            yield b""
    if rest.strip():
        yield bytes(rest)


def batches_of(rows: Iterable[tuple[dict[str, Any], int]]) -> Iterator[pa.RecordBatch]:
    """Yield rows as batches of bounded size: all columns text, those that any row of the batch has, in order of names.

    What a row does not have is null; a field of several values is their list as JSON. Until a batch is
    full, one without rows about each second says that it is being read.
    """
    taken, size, told = [], 0, time.monotonic()
    for row, length in rows:
        if time.monotonic() - told > _EVERY:
            yield _batch([])
            told = time.monotonic()
        if row is NOTHING:
            continue
        taken.append(row)
        size += length
        if len(taken) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield _batch(taken)
            taken, size = [], 0
    if taken:
        yield _batch(taken)


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    names = sorted(set().union(*rows))
    columns = [texts([_text(row.get(name)) for row in rows]) for name in names]
    return pa.RecordBatch.from_arrays(columns, names=names)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
