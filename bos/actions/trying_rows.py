"""What rows of a system would become by a binding: events or points, or why nothing. Nothing is stored."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from bos.model.answers.trying import TriedRow
from bos.telemetry.mapping import map_events, names_shown
from bos.telemetry.normalise import EventRules, normalise_events
from bos.telemetry.raw import NOT_UTF8, Raw, column_map, spelt
from bos.telemetry.rejects import SAMPLE, Rejects
from bos.telemetry.rows import points_of, read_point, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bos.actions.pulling_rows import Meaning
    from bos.telemetry.pseudonyms import Protection

NO_VALUE = "the row has no value, so it is no point"
_ATTRIBUTE = "attr."
_POINT = frozenset({"time", "value", "labels"})
_SHOWN = {
    "case_id": "case", "step": "step", "event_time": "time", "amount": "amount", "currency": "currency",
    "resource": "resource", "effective_date": "effective_date", "id": "event_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """What rows would become; ``reasons`` counts those that become nothing, ``rows`` are the first of all."""

    taken: int = 0
    counted: int = 0
    hidden: tuple[str, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rows: tuple[TriedRow, ...] = ()


def columns_of(batches: Sequence[pa.RecordBatch]) -> tuple[str, ...]:
    """Return the names of the columns of rows, in the order in which they come."""
    return tuple(dict.fromkeys(name for batch in batches for name in batch.schema.names))


def unmapped(batches: Sequence[pa.RecordBatch], *, guarded: bool) -> Sample:
    """Return rows that no mapping holds for, as they are; ``guarded``: without any value."""
    hidden = columns_of(batches) if guarded else ()
    rows = tuple(TriedRow(raw=raw, mapped={}) for raw in _first(batches, hidden))
    return Sample(hidden=hidden, rows=rows)


def as_events(
    batches: Sequence[pa.RecordBatch],
    meaning: Meaning,
    binding: Mapping[str, Any],
    *,
    flow: str,
    protection: Protection | None,
) -> Sample:
    """Return what rows of text would become as events.

    Where there is a ``protection``, names are replaced, and no value is shown of columns that no field takes.

    Raises:
        Invalid: a column that is mapped holds no text, or a time has no zone.
        UsageError: the mapping has a key that no event has.
    """
    columns = map_events({key: key for key in (*meaning.columns, *meaning.fixed)})
    rules = EventRules(flow, columns, meaning.time_zone, meaning.currency, protection)
    rejects = Rejects(Path(os.devnull), "the rows")
    events: dict[int, dict[str, str]] = {}
    counts: set[int] = set()
    for raw in _texts(batches, meaning):
        for row in normalise_events(raw, rules, rejects).to_pylist():
            events[row["row"]] = _event(row)
            if _counts(row, binding):
                counts.add(row["row"])
    rejects.close()
    hidden = _untaken(batches, meaning.columns) if protection else ()
    who = meaning.columns.get("resource") if protection else None
    why = {reject.row: reject.reason for reject in rejects.sample}
    rows = []
    for number, shown in enumerate(_first(batches, hidden), start=1):
        event = events.get(number, {})
        if who in shown:
            shown[who] = event.get("resource")
        rows.append(TriedRow(raw=shown, mapped=event, problem=why.get(number, ""), counts=number in counts))
    notes = tuple(_missing(batches, meaning.columns))
    return Sample(len(events), len(counts), hidden, dict(rejects.reasons), notes, tuple(rows))


def as_points(batches: Sequence[pa.RecordBatch], meaning: Meaning, *, guarded: bool) -> Sample:
    """Return what rows would become as points; ``guarded``: no value of columns that no field takes is shown.

    Each row is looked at by itself, so that one that cannot be read does not hide the others.

    Raises:
        Invalid: a column that is mapped holds no text.
    """
    ready = bool(batches) and set(batches[0].schema.names) >= _POINT
    hidden = _untaken(batches, meaning.columns) if guarded and not ready else ()
    reasons = Counter[str]()
    taken = 0
    rows = []
    shown = _first(batches, hidden)
    for batch in batches:
        for i in range(batch.num_rows):
            point, problem = _point(batch.slice(i, 1), meaning.columns)
            taken += bool(point)
            reasons.update([problem] if problem else [])
            if (raw := next(shown, None)) is not None:
                rows.append(TriedRow(raw=raw, mapped=point, problem=problem, counts=bool(point)))
    notes = () if ready else tuple(_missing(batches, {"time": "time", "value": "value", **meaning.columns}))
    return Sample(taken, taken, hidden, dict(reasons), notes, tuple(rows))


def _texts(batches: Sequence[pa.RecordBatch], meaning: Meaning) -> Iterator[Raw]:
    """Yield rows as an import reads them: mapped fields and attributes, an empty text as nothing."""
    done = 0
    for batch in batches:
        size = batch.num_rows
        texts = {key: _filled(text_of(batch, name)) for key, name in meaning.columns.items()}
        texts |= {key: pa.array([value] * size, pa.string()) for key, value in meaning.fixed.items()}
        yield Raw(
            rows=pa.array(range(done + 1, done + size + 1), pa.int64()),
            fields={key: text for key, text in texts.items() if not key.startswith(_ATTRIBUTE)},
            attributes=column_map(
                {key.removeprefix(_ATTRIBUTE): text for key, text in texts.items() if key.startswith(_ATTRIBUTE)}, size
            ),
        )
        done += size


def _filled(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _event(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a typed event as text, field by field; what it lacks is left out."""
    found = {name: _text(row[key]) for key, name in _SHOWN.items() if row[key] is not None}
    return found | {f"{_ATTRIBUTE}{name}": value for name, value in row["attributes"] or ()}


def _counts(row: Mapping[str, Any], binding: Mapping[str, Any]) -> bool:
    """Return whether a typed event is one of the signal: of its name, with the values it is narrowed to."""
    own = dict(row["attributes"] or ())
    return row["step"] == binding["event"] and all(own.get(name) == value for name, value in binding["where"].items())


def _point(row: pa.RecordBatch, columns: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the point that one row becomes, as text, and why it becomes none."""
    found = next(points_of([row], columns))
    if not found.num_rows:
        return {}, NO_VALUE
    time, value, problem = read_point(found)
    if time is None or value is None:
        return {}, problem
    try:
        labels = found.column("labels")[0].as_py() or ()
    except UnicodeDecodeError:
        return {}, NOT_UTF8
    point = {"time": _text(time), "value": repr(float(value))}
    return point | {f"{_ATTRIBUTE}{name}": own for name, own in labels}, ""


def _first(batches: Sequence[pa.RecordBatch], hidden: Sequence[str]) -> Iterator[dict[str, str | None]]:
    """Yield the first rows as text by column, without the values of hidden columns."""
    every = (
        dict(zip(batch.schema.names, row, strict=True))
        for batch in batches
        for row in zip(*map(spelt, batch.columns), strict=True)
    )
    for row in islice(every, SAMPLE):
        yield {name: _text(value) for name, value in row.items() if name not in hidden and value is not None}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{name}={text}" for name, text in value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _untaken(batches: Sequence[pa.RecordBatch], columns: Mapping[str, str]) -> tuple[str, ...]:
    taken = set(columns.values())
    return tuple(name for name in columns_of(batches) if name not in taken)


def _missing(batches: Sequence[pa.RecordBatch], columns: Mapping[str, str]) -> Iterator[str]:
    """Yield which mapped columns no row has, with what each was to be, in one sentence if any."""
    there = columns_of(batches)
    lacking = [f"{name!r} ({key})" for key, name in columns.items() if name not in there]
    if batches and lacking:
        yield f"No row has the column {', '.join(lacking)}; there are {names_shown(there)}."
