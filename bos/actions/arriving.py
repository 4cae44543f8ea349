"""What arrives is read as its connection says, over its flow: by which mapping, and in which words faults are told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from bos.errors import InputError, UsageError
from bos.telemetry import lengths, values
from bos.telemetry.input_file import format_of_name
from bos.telemetry.mapping import EVENT_NEEDED, mapping_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Kind = Literal["table", "objects", "other"]
"""What arrived: rows of a table with a delimiter, JSON objects, or neither."""

_MAPPING = "--map"
_SAID = {
    "--time-zone": "Say in which zone times are by the setting time_zone of the connection {id}, as Europe/Berlin.",
    "--currency": "Correct the setting currency of the connection {id}, such as EUR.",
    "--format": "Say what it is by the setting format of the connection {id}, or let the sender export CSV in UTF-8.",
}
"""Options of the command line that errors name, and what to do where a connection says the same."""
_SENT = (
    ("No row of the file", "No row of what was sent"),
    ("The file has no column", "What was sent has no field"),
    ("which column of the file is", "which field of what was sent is"),
    ("The file has no rows", "What was sent has no rows"),
    ("its columns are", "its fields are"),
    ("no column for", "no field for"),
    ("which column is", "which field is"),
)


_TIMES = "Let the sender write times as in 2026-03-02T10:00:00+01:00"
_AMOUNTS = "Let the sender write amounts as in 1234.50: digits, a point, two decimals at most"
_VALUES = {
    values.NOT_A_TIME: (_TIMES, "time"),
    values.A_NUMBER: (_TIMES, "time"),
    values.NO_ZONE: (f"{_TIMES}, or say their zone by the setting time_zone of the connection {{id}}", ""),
    values.TWICE: (f"{_TIMES}, with the offset", ""),
    values.NEVER: (f"{_TIMES}, with the offset", ""),
    values.NOT_AN_AMOUNT: (_AMOUNTS, "amount"),
    values.TOO_FINE: (_AMOUNTS, "amount"),
    values.TOO_LARGE: (_AMOUNTS, "amount"),
    values.NOT_A_CURRENCY: ("Let the sender write currencies as in EUR", "currency"),
    **{reason: ("Let the sender shorten it", field) for field, reason in lengths.LONG.items()},
    lengths.LONG_ATTRIBUTE: ("Let the sender shorten it", ""),
    lengths.LONG_VALUE: ("Let the sender shorten it, or leave the field out", ""),
    values.NOT_A_VALUE: ("Let the sender write values as in 12.5", "value"),
}
"""Why a row is rejected for what it says → what to do, and the field that may be another column."""


def reading_of(template: Mapping[str, Any], settings: Mapping[str, str], *, xes: bool) -> dict[str, Any]:
    """Return by what the files of a connection are read into a flow; two readings that are equal read a file alike.

    Raises:
        UsageError: the mapping of the connection cannot be read.
    """
    binding, mapping = template["binding"], mapping_of(settings.get("map", ""))
    alone = not xes and all(key in mapping for key in EVENT_NEEDED)
    if settings.get("what", "events") == "events" and not alone:
        mapping = {**binding["mapping"], **mapping}
    return {
        "mapping": mapping,
        "time_zone": settings.get("time_zone") or binding["time_zone"] or template["time_zone"],
        "currency": settings.get("currency") or binding["currency"] or template["currency"],
        "signal": settings.get("signal", ""),
    }


def reading_of_file(template: Mapping[str, Any], settings: Mapping[str, str], file: Path) -> dict[str, Any]:
    """Return by what a file is read, as :func:`reading_of`: of a XES log the mapping never stands alone."""
    format_ = settings.get("format") or format_of_name(file) or template["binding"]["format"]
    return reading_of(template, settings, xes=format_ == "xes")


def readings_now(template: Mapping[str, Any], settings: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Return by what files are read now, of one kind or the other; nothing where the mapping cannot be read."""
    try:
        return tuple(reading_of(template, settings, xes=xes) for xes in (False, True))
    except UsageError:
        return ()


@contextmanager
def in_words_of(connection: str, kind: Kind) -> Iterator[None]:
    """Say of what cannot be read what people can change: a setting of the connection, or what the sender sends.

    Raises:
        InputError, UsageError: as what is done within, in other words.
    """
    try:
        yield
    except (InputError, UsageError) as error:
        hint = _hint(error, connection, kind)
        if hint is None:
            raise
        where = "map" if error.where == _MAPPING else _setting(error.where)
        words = error.message
        for before, after in _SENT if kind == "objects" else ():
            words = words.replace(before, after)
        raise type(error)(words, where=where, hint=hint, code=error.code, details=error.details) from None


def _setting(where: str) -> str:
    """Return the setting that is called as an option of the command line is; the name of a file as it is."""
    return where.removeprefix("--").replace("-", "_") if where.startswith("--") else where


def _hint(error: InputError | UsageError, connection: str, kind: Kind) -> str | None:
    """Return what to do about an error that names an option of the command line; nothing of another."""
    if error.where == _MAPPING or _MAPPING in error.hint:
        return _mapped(error, connection, kind)
    found = (words for option, words in _SAID.items() if option in error.hint or option == error.where)
    return next((words.format(id=connection) for words in found), None)


def _mapped(error: InputError | UsageError, connection: str, kind: Kind) -> str:
    what = "field" if kind == "objects" else "column"
    example = "case=NAME,step=NAME,time=NAME"
    said = f"Say which {what} is which by the setting map of the connection {connection} ({example})"
    other = {
        "table": ", or let the sender name the columns so, with comma, semicolon, tab or bar between them.",
        "objects": ", or let the sender name the fields so.",
        "other": ".",
    }[kind]
    kept = " The rows are kept in the reject file." if "rejected" in error.details else ""
    reason = min((one for one in _VALUES if one in error.message), key=error.message.index, default="")
    if kept and reason:
        words, field = _VALUES[reason]
        name = f", or name another {what} as {field} by the setting map of the connection {{id}}" if field else ""
        return f"{words}{name}.".format(id=connection) + kept
    return f"{said}{other}{kept}"
