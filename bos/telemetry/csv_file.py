"""Reads CSV, packed or not: UTF-8, a header, a comma, semicolon, tab or bar between the fields."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import deque
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, cast

import pyarrow as pa

from bos.telemetry.input_file import MAGIC, refuse_no_text, refuse_other_kinds
from bos.telemetry.mapping import require_columns
from bos.telemetry.raw import BATCH_ROWS, NOT_UTF8, Raw, column_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bos.telemetry.input_file import InputFile
    from bos.telemetry.mapping import Columns

DELIMITERS = (",", ";", "\t", "|")
FIELD_LIMIT = 1_048_576  # characters; more is a quote that was never closed
HEADER_LIMIT = 1_048_576
HEADER_LINES = 100  # that the names of the header may go over
SEPARATOR_LINE = re.compile(r"sep=.?", re.IGNORECASE)
REREAD_LIMIT = 64 * FIELD_LIMIT  # characters of a file that are read again after quotes that do not close
WRONG_WIDTH = "the row has not as many fields as the header"
WRONG_QUOTES = "the quotes of the row do not close"
LINES_LOST = "the quotes of the row do not close, and the lines after it are left out"
HINT = "Check the delimiter (comma, semicolon, tab or bar), and name the columns with --map case=COLUMN,step=COLUMN."


def read_csv(file: InputFile, columns: Columns) -> Iterator[Raw]:
    """Yield the rows of a file in order; ``row`` counts them from 1 after the header, blank lines left out.

    Rows that are no proper CSV are ``refused``, line by line where quotes do not close. An empty field counts as
    missing; empty fields after those of the header are left out. Blank lines and Excel's ``sep=`` line may come before
    the header, and a name in it may hold line ends.

    Raises:
        InputError: a mapped column is missing or there twice, or the file is no text.
    """
    csv.field_size_limit(FIELD_LIMIT)
    text = _text(file)
    try:
        lines = _Lines(text)
        header = lines.header(file)
        delimiter, names = _split_header(header, set(columns.sources()))
        if not names or not set(columns.sources()) <= set(names):
            refuse_no_text(file, header)
        require_columns(columns, names, where=file.name, hint=HINT)
        twice = [name for name in columns.sources() if names.count(name) > 1]
        if twice:
            raise file.fault(f"The file has the column {twice[0]!r} twice.", hint="Give each column its own name.")
        places = {name: names.index(name) for name in columns.sources()}
        for batch in _batches(lines, delimiter):
            yield _as_raw(batch, columns, places, len(names))
    finally:
        text.detach()  # whoever opened the file closes it


def csv_names(file: InputFile, wanted: Iterable[str], *, strict: bool = True) -> list[str]:
    """Return the names of a file's columns; the delimiter is the one that finds most of the ``wanted``.

    Bytes of the names that are no UTF-8 are surrogates, where that is not ``strict``.

    Raises:
        InputError: the file is no text, or has no header.
    """
    text = _text(file)
    try:
        header = _Lines(text).header(file)
        if strict:
            refuse_no_text(file, header)
        return _split_header(header, set(wanted))[1]
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
    """The lines of a text; keeps those of the row that is being read, so that it can be shown and read apart."""

    stream: io.TextIOWrapper
    row: list[str] = field(default_factory=list)
    length: int = 0
    again: deque[str] = field(default_factory=deque)
    reread: int = 0

    def __iter__(self) -> Iterator[str]:
        """Give the lines; a row of more characters than a field may have is no row.

        Raises:
            csv.Error: the row is too long.
        """
        while line := self.again.popleft() if self.again else self.stream.readline():
            self.row.append(line)
            self.length += len(line)
            if len(self.row) > 1 and self.length > FIELD_LIMIT:
                raise csv.Error(WRONG_QUOTES)
            yield line

    def end(self) -> None:
        """Begin the next row."""
        self.row.clear()
        self.length = 0

    def part(self) -> tuple[str, str]:
        """Return why a row is none, and its first line; the lines after it are read again, each as a row of its own."""
        first, *rest = self.row
        self.reread += self.length - len(first)
        kept = self.reread <= REREAD_LIMIT
        if kept:
            self.again.extendleft(reversed(rest))
        self.end()
        return WRONG_QUOTES if kept or not rest else LINES_LOST, first

    def header(self, file: InputFile) -> str:
        """Return the line with the names of the columns.

        Raises:
            InputError: it is longer than any header, or there is none.
        """
        line = "\n"
        while line and (not line.strip("\ufeff\r\n") or SEPARATOR_LINE.fullmatch(line.strip("\ufeff\r\n"))):
            line = self.stream.readline(HEADER_LIMIT)
        whole = line
        for _ in range(HEADER_LINES):
            if not _is_open(whole):
                break
            whole += self.stream.readline(HEADER_LIMIT - len(whole))
        else:
            refuse_no_text(file, line)
            raise file.fault("The header has a quote that does not close.", hint="Close it, or leave it out.")
        line = whole
        if len(line) >= HEADER_LIMIT:
            refuse_no_text(file, line)
            raise file.fault("The first line is longer than a header can be.", hint="The first line names the columns.")
        if not line:
            raise file.fault("The file has no header line.", hint="The first line names the columns.")
        return line.lstrip("\ufeff")


def _is_open(header: str) -> bool:
    """Tell whether a quoted name goes on in the next line."""
    for mark in DELIMITERS:
        try:
            list(csv.reader(io.StringIO(header, newline=""), delimiter=mark, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error):
                return True
    return False


def _text(file: InputFile) -> io.TextIOWrapper:
    stream = cast("io.BufferedReader", file.stream)
    refuse_other_kinds(file, stream.peek(MAGIC)[:MAGIC])
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _split_header(header: str, wanted: set[str]) -> tuple[str, list[str]]:
    splits = {mark: next(csv.reader(io.StringIO(header, newline=""), delimiter=mark), []) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: (len(wanted & set(splits[mark])), len(splits[mark])))
    return best, splits[best]


def _batches(lines: _Lines, delimiter: str) -> Iterator[_Batch]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    batch, number, ended = _Batch(), 0, False
    while not ended:
        try:
            for row in reader:
                lines.end()
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
            batch.refused.append((number, *lines.part()))
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            if len(batch.refused) >= BATCH_ROWS:
                yield batch
                batch = _Batch()
    yield batch


def _as_raw(batch: _Batch, columns: Columns, places: dict[str, int], width: int) -> Raw:
    if any(len(row) != width for row in batch.rows):
        batch = _part(batch, lambda row: len(row) == width or (len(row) > width and not any(row[width:])), WRONG_WIDTH)
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
