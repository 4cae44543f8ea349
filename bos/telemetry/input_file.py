"""The file an import reads: opened, unpacked where it is packed, with its faults told plainly."""

from __future__ import annotations

import gzip
import re
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Literal, cast

from bos.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Format = Literal["xes", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("xes", "csv", "parquet")
SUFFIXES: dict[str, Format] = {".xes": "xes", ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet"}
GZIP_MAGIC = b"\x1f\x8b"
MAGIC = 8
UNPACK = "Unpack it, or pack it with gzip."
KINDS = (
    (b"PK\x03\x04", "a workbook or a ZIP archive", "In the spreadsheet, save the sheet as CSV (UTF-8); unpack a ZIP."),
    (b"\xd0\xcf\x11\xe0", "an old workbook", "In the spreadsheet, save the sheet as CSV (UTF-8)."),
    (b"PAR1", "a Parquet file", "Give it a name that ends in .parquet, or say --format parquet."),
    (b"%PDF-", "a PDF", "Export the table as CSV."),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\xfd7zXZ\x00", "packed with xz", UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", UNPACK),
    (b"\xff\xfe\x00\x00", "in UTF-32", "Save it as UTF-8."),
    (b"\x00\x00\xfe\xff", "in UTF-32", "Save it as UTF-8."),
    (b"\xff\xfe", "in UTF-16", "Save it as UTF-8."),
    (b"\xfe\xff", "in UTF-16", "Save it as UTF-8."),
)
"""How files begin that are mistaken for text, what each is, and what to do."""

_NO_TEXT = re.compile("[\0-\x08\x0e-\x19\x1c-\x1f\x7f\udc80-\udcff]")
"""What no line of UTF-8 text has: control characters, and bytes that are no UTF-8 (as surrogates)."""
PACKED = 20  # an event log packs to about a twentieth


@dataclass(slots=True)
class InputFile:
    """An open file: ``stream`` gives the unpacked bytes, ``done`` counts the packed ones."""

    path: Path
    size: int
    file: IO[bytes]
    stream: IO[bytes]
    packed: bool

    @property
    def name(self) -> str:
        """Return the name a person knows the file by."""
        return self.path.name

    @property
    def unpacked(self) -> int:
        """Return about how many bytes the file has unpacked."""
        return self.size * PACKED if self.packed else self.size

    def done(self) -> int:
        """Return how many bytes of the file were read."""
        return min(self.file.tell(), self.size)

    def fault(self, message: str, *, row: int | None = None, hint: str = "") -> InputError:
        """Return the error that says what is wrong with the file."""
        where = self.name if row is None else f"{self.name}, row {row}"
        return InputError(message, where=where, hint=hint)


def detect_format(path: Path, given: str | None) -> Format:
    """Return the format of a file: the given one, or what its name says.

    Raises:
        UsageError: the given format is unknown, or the name says nothing.
    """
    if given is not None:
        for known in FORMATS:
            if given == known:
                return known
        raise UsageError(f"There is no format {given!r}.", where="--format", hint=f"One of {', '.join(FORMATS)}.")
    if (named := format_of_name(path)) is not None:
        return named
    raise UsageError(
        f"The name {path.name!r} does not say which format the file has.",
        where="--format",
        hint=f"Say --format {'|'.join(FORMATS)}.",
    )


def format_of_name(path: Path) -> Format | None:
    """Return the format that the name of a file says, or nothing where it says none."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return SUFFIXES.get(suffixes[-1]) if suffixes else None


def refuse_other_kinds(file: InputFile, start: bytes) -> None:
    """Refuse a file that begins like one of another kind; ``start`` is its first eight bytes.

    Raises:
        InputError: it does; the message says what it is and what to do.
    """
    for magic, kind, hint in KINDS:
        if start.startswith(magic):
            raise file.fault(f"The file is {kind}; it should be text in UTF-8.", hint=hint)


def refuse_no_text(file: InputFile, line: str) -> None:
    """Refuse a file by its first line; bytes that are no UTF-8 stand in it as surrogates.

    Raises:
        InputError: the line has what no text has.
    """
    if _NO_TEXT.search(line):
        raise file.fault(
            "The file is no UTF-8 text: its first line has bytes that are none.",
            hint="Export it as CSV in UTF-8. If it is of another kind, name that with --format.",
        )


@contextmanager
def open_input(path: Path) -> Iterator[InputFile]:
    """Open a file for reading; what is wrong with its bytes leaves as :class:`InputError`.

    Raises:
        InputError: there is no such file, it is empty, it cannot be read, or its packing is broken.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", where=path.name) from error
    with file:
        size = path.stat().st_size
        if size == 0:
            raise InputError("The file is empty.", where=path.name)
        packed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
        with _told_plainly(path):
            yield InputFile(path, size, file, stream, packed)


@contextmanager
def _told_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except EOFError as error:
        raise InputError(
            "The packed file ends too early.", where=path.name, hint="It was cut off: copy it again."
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            "The packed file is damaged.", where=path.name, hint="Copy it again, or unpack it first."
        ) from error
