"""Reads CSV, packed or not: UTF-8, a header, a comma, semicolon, tab or bar between the fields."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, cast

import pyarrow as pa

from bos.telemetry.mapping import require_columns
from bos.telemetry.raw import BATCH_ROWS, Raw, column_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bos.telemetry.input_file import InputFile
    from bos.telemetry.mapping import Columns

DELIMITERS = (",", ";", "\t", "|")
FIELD_LIMIT = 1_048_576  # characters; more is a quote that was never closed
HEADER_LIMIT = 1_048_576
WRONG_WIDTH = "the row has not as many fields as the header"
WRONG_QUOTES = "the quotes of the row do not close"
NOT_UTF8 = "the row is not UTF-8 text"
HINT = "Check the delimiter (comma, semicolon, tab or bar), and name the columns with --map case=COLUMN,step=COLUMN."


def read_csv(file: InputFile, columns: Columns) -> Iterator[Raw]:
    """Yield the rows of a file in order; ``row`` counts them from 1 after the header, blank lines left out.

    Rows that are no proper CSV are ``refused``. An empty field counts as missing.

    Raises:
        InputError: a mapped column is missing or there twice, or the file is no text.
    """
    csv.field_size_limit(FIELD_LIMIT)
    text = _text(file)
    try:
        lines = _Lines(text)
        header = lines.header(file)
        delimiter, names = _split_header(header, columns)
        require_columns(columns, names, where=file.name, hint=HINT)
        twice = [name for name in columns.sources() if names.count(name) > 1]
        if twice:
            raise file.fault(f"The file has the column {twice[0]!r} twice.", hint="Give each column its own name.")
        places = {name: names.index(name) for name in columns.sources()}
        for batch in _batches(lines, delimiter):
            yield _as_raw(batch, columns, places, len(names))
    finally:
        text.detach()  # whoever opened the file closes it


@dataclass(slots=True)
class _Batch:
    """Rows as they were split, each with its number, and those that could not be."""

    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Lines:
    """The lines of a text; keeps the one read last, so that a row that cannot be split can be shown."""

    stream: io.TextIOWrapper
    last: str = ""

    def __iter__(self) -> Iterator[str]:
        for line in self.stream:
            self.last = line
            yield line

    def header(self, file: InputFile) -> str:
        """Return the first line.

        Raises:
            InputError: it is longer than any header, or there is none.
        """
        line = self.stream.readline(HEADER_LIMIT)
        if len(line) >= HEADER_LIMIT or not line.strip("\r\n"):
            raise file.fault("The file has no header line.", hint="The first line names the columns.")
        return line


def _text(file: InputFile) -> io.TextIOWrapper:
    stream = cast("io.BufferedReader", file.stream)
    start = stream.peek(4)[:2]
    if start in {b"\xff\xfe", b"\xfe\xff"}:
        raise file.fault("The file is in UTF-16.", hint="Save it as UTF-8.")
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _split_header(header: str, columns: Columns) -> tuple[str, list[str]]:
    splits = {mark: next(iter(csv.reader([header], delimiter=mark)), []) for mark in DELIMITERS}
    wanted = set(columns.sources())
    best = max(DELIMITERS, key=lambda mark: (len(wanted & set(splits[mark])), len(splits[mark])))
    return best, splits[best]


def _batches(lines: _Lines, delimiter: str) -> Iterator[_Batch]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    batch, number, ended = _Batch(), 0, False
    while not ended:
        try:
            for row in reader:
                if row:
                    number += 1
                    batch.rows.append(row)
                    batch.numbers.append(number)
                    if len(batch.rows) == BATCH_ROWS:
                        yield batch
                        batch = _Batch()
            ended = True
        except csv.Error:
            number += 1
            batch.refused.append((number, WRONG_QUOTES, lines.last))
            if len(batch.refused) >= BATCH_ROWS:
                yield batch
                batch = _Batch()
    yield batch


def _as_raw(batch: _Batch, columns: Columns, places: dict[str, int], width: int) -> Raw:
    if any(len(row) != width for row in batch.rows):
        batch = _part(batch, lambda row: len(row) == width, WRONG_WIDTH)
    try:
        return _arrays(batch, columns, places)
    except UnicodeEncodeError:
        return _arrays(_part(batch, _is_text, NOT_UTF8), columns, places)


def _part(batch: _Batch, is_right: Callable[[list[str]], bool], reason: str) -> _Batch:
    right = [is_right(row) for row in batch.rows]
    wrong = zip(batch.numbers, batch.rows, right, strict=True)
    refused = [(number, reason, json.dumps(row)) for number, row, is_kept in wrong if not is_kept]
    return _Batch(
        rows=list(compress(batch.rows, right)),
        numbers=list(compress(batch.numbers, right)),
        refused=sorted(batch.refused + refused),
    )


def _arrays(batch: _Batch, columns: Columns, places: dict[str, int]) -> Raw:
    texts = {name: pa.array([row[place] or None for row in batch.rows], pa.string()) for name, place in places.items()}
    return Raw(
        rows=pa.array(batch.numbers, pa.int64()),
        fields={key: texts[name] for key, name in columns.fields.items()},
        attributes=column_map({key: texts[name] for key, name in columns.attributes.items()}, len(batch.rows)),
        refused=batch.refused,
    )


def _is_text(row: list[str]) -> bool:
    return all(text.isascii() or not any("\udc80" <= mark <= "\udcff" for mark in text) for text in row)
