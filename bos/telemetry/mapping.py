"""Which column of a file is which field of the lake."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EVENT_FIELDS = ("event_id", "case", "step", "time", "effective_date", "amount", "currency", "resource")
EVENT_NEEDED = ("case", "step", "time")
METRIC_FIELDS = ("signal", "time", "value")
METRIC_NEEDED = ("time", "value")
XES_DEFAULT = {
    "case": "case:concept:name",
    "step": "concept:name",
    "time": "time:timestamp",
    "resource": "org:resource",
}
NAMES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Columns:
    """A checked mapping: lake field → column of the file, and attribute (or label) name → column."""

    fields: Mapping[str, str]
    attributes: Mapping[str, str]

    def sources(self) -> list[str]:
        """Return every column that is read, once, in order."""
        return list(dict.fromkeys([*self.fields.values(), *self.attributes.values()]))

    def without(self, fields: set[str]) -> Columns:
        """Return the mapping without some of its fields."""
        return Columns({key: value for key, value in self.fields.items() if key not in fields}, self.attributes)


def map_events(mapping: Mapping[str, str]) -> Columns:
    """Return the checked mapping of an event file.

    Raises:
        UsageError: a key is unknown, a value is empty, or ``case``, ``step`` or ``time`` is not mapped.
    """
    return _check(mapping, EVENT_FIELDS, EVENT_NEEDED, "attr.")


def map_metrics(mapping: Mapping[str, str], *, signal: str | None) -> Columns:
    """Return the checked mapping of a metric file; the column ``signal`` is needed unless one name is given.

    Raises:
        UsageError: as for :func:`map_events`.
    """
    if signal and "signal" in mapping:
        raise UsageError("The signal is given twice: as a name and as a column.", where="signal", hint="Give one.")
    return _check(mapping, METRIC_FIELDS, METRIC_NEEDED if signal else METRIC_FIELDS, "label.")


def check_keys(mapping: Mapping[str, str], *, metrics: bool) -> None:
    """Check the keys of a mapping that is laid over another, which may have those it lacks.

    Raises:
        UsageError: a key is unknown, or a value is empty.
    """
    _check(mapping, METRIC_FIELDS if metrics else EVENT_FIELDS, (), "label." if metrics else "attr.")


def require_columns(columns: Columns, there: Iterable[str], *, where: str, hint: str = "") -> None:
    """Check that every mapped column is in the file.

    Raises:
        InputError: some are not; the message lists the columns that exist.
    """
    names = list(there)
    missing = [name for name in columns.sources() if name not in names]
    if missing:
        raise InputError(
            f"The file has no column {', '.join(map(repr, missing))}; its columns are {names_shown(names)}.",
            where=where,
            hint=hint or "Say which column is which with --map case=COLUMN,step=COLUMN,time=COLUMN.",
        )


def names_shown(names: Sequence[str]) -> str:
    """Return the names of a file's columns as a message lists them."""
    shown = ", ".join(repr(storable(name[:80])) for name in names[:NAMES_SHOWN]) or "none"
    return f"{shown} and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else shown


def storable(text: str) -> str:
    """Return a text as a database takes it: with a question mark for half a character, a mark for a NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _check(mapping: Mapping[str, str], known: tuple[str, ...], needed: tuple[str, ...], prefix: str) -> Columns:
    fields = {key: value for key, value in mapping.items() if not key.startswith(prefix)}
    attributes = {key.removeprefix(prefix): value for key, value in mapping.items() if key.startswith(prefix)}
    unknown = sorted(set(fields) - set(known))
    if unknown or "" in attributes:
        raise UsageError(
            f"The mapping has no key {(unknown or [prefix])[0]!r}.",
            where="--map",
            hint=f"Keys are {', '.join(known)} and {prefix}NAME.",
        )
    empty = sorted(key for key, value in mapping.items() if not value)
    if empty:
        raise UsageError(f"The mapping gives no column for {empty[0]!r}.", where="--map")
    missing = [key for key in needed if key not in fields]
    if missing:
        raise UsageError(
            f"The mapping does not say which column is {' and which is '.join(missing)}.",
            where="--map",
            hint=f"Add --map {','.join(f'{key}=COLUMN' for key in missing)}.",
        )
    return Columns(fields=fields, attributes=dict(sorted(attributes.items())))


def mapping_of(text: str) -> dict[str, str]:
    """Return a mapping written as ``case=COL,step=COL`` or as a JSON object.

    Raises:
        UsageError: it is neither.
    """
    text = text.strip()
    if text.startswith("{"):
        return _of_json(text)
    pairs = [pair.partition("=") for pair in text.split(",")] if text else []
    found = {key.strip(): column.strip() for key, _, column in pairs}
    if len(found) < len(pairs) or not all(key and column for key, column in found.items()):
        raise _no_mapping("Write case=COLUMN,step=COLUMN; a column with a comma in its name needs the JSON form.")
    return found


def _of_json(text: str) -> dict[str, str]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise _no_mapping('Write {"case": "COLUMN", "step": "COLUMN"}.')
    return found


def _no_mapping(hint: str) -> UsageError:
    return UsageError("The mapping cannot be read.", where="map", hint=hint)
