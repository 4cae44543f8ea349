"""Rows of a file become typed rows; a row with a fault goes to the rejects with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bos.errors import InputError
from bos.telemetry.identity import EVENT_IDENTITY, POINT_CONTENT, POINT_IDENTITY, hash_rows
from bos.telemetry.lengths import too_long
from bos.telemetry.schema import EVENTS, METRICS
from bos.telemetry.values import (
    NO_ZONE,
    check_currency,
    check_zone,
    first_reason,
    parse_amounts,
    parse_currencies,
    parse_dates,
    parse_numbers,
    parse_times,
    require,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.telemetry.mapping import Columns
    from bos.telemetry.pseudonyms import Protection
    from bos.telemetry.raw import Raw
    from bos.telemetry.rejects import Rejects

NO_CASE = "the case is missing"
NO_STEP = "the step is missing"
NO_ID = "the event id is missing"
NO_SIGNAL = "the signal is missing"

_HEAD = [("row", pa.int64()), ("id", pa.string()), ("key", pa.string())]
STAGED_EVENTS = pa.schema(_HEAD + [(f.name, f.type) for f in EVENTS if f.name not in {"event_id", "ingested_at"}])
"""A typed event on its way: row in the file, id of its source (or null), hash of its content, the lake's columns."""
STAGED_METRICS = pa.schema(_HEAD + [(f.name, f.type) for f in METRICS if f.name != "ingested_at"])
"""A typed point on its way; ``id`` is the hash of signal, time and labels."""


@dataclass(frozen=True, slots=True)
class EventRules:
    """How the text of an event file is understood: its mapping, the zone of local times, the assumed currency.

    ``protection`` says whose names it may not carry. Where ids are not ``needed``, an event without one is known by its
    content.
    """

    flow: str
    columns: Columns
    time_zone: str | None
    currency: str | None
    protection: Protection | None = None
    needed: bool = True

    def __post_init__(self) -> None:
        """Refuse a zone or a currency that there is not (:class:`UsageError`)."""
        check_zone(self.time_zone)
        check_currency(self.currency)


@dataclass(frozen=True, slots=True)
class MetricRules:
    """How the text of a metric file is understood; ``signal`` names the one signal of a file without that column."""

    columns: Columns
    time_zone: str | None
    signal: str | None

    def __post_init__(self) -> None:
        """Refuse a zone that there is not (:class:`UsageError`)."""
        check_zone(self.time_zone)


def normalise_events(raw: Raw, rules: EventRules, rejects: Rejects) -> pa.RecordBatch:
    """Return the rows that are right, typed (:data:`STAGED_EVENTS`); the others go to ``rejects``.

    Raises:
        InputError: a time has no offset and no zone is declared; no later row could be understood either.
    """
    size = len(raw.rows)
    raw, unkept = raw.unkept()
    long = too_long(raw)
    raw, erased = rules.protection.apply(raw) if rules.protection else (raw, None)
    told = {name: raw.fields.get(name, pa.nulls(size, pa.string())) for name in _EVENT_FIELDS}
    times = parse_times(told["time"], rules.time_zone)
    dates, amounts = parse_dates(told["effective_date"]), parse_amounts(told["amount"])
    currencies = parse_currencies(told["currency"])
    _refuse_no_zone(raw, times.reasons, rejects.source)
    reasons = first_reason(
        unkept,
        long,
        require(told["case"], NO_CASE),
        require(told["step"], NO_STEP),
        require(told["event_id"], NO_ID) if "event_id" in raw.fields and rules.needed else None,
        times.reasons,
        dates.reasons,
        amounts.reasons,
        currencies.reasons,
        erased,
    )
    currency = currencies.values
    if rules.currency:
        assumed = pc.if_else(amounts.values.is_valid(), pa.scalar(rules.currency), pa.scalar(None, pa.string()))
        currency = pc.coalesce(currency, assumed)
    columns = {
        "row": raw.rows,
        "id": told["event_id"],
        "flow": pa.array([rules.flow]).take(pa.array([0] * size, pa.int8())),
        "case_id": told["case"],
        "step": told["step"],
        "event_time": times.values,
        "effective_date": dates.values,
        "amount": amounts.values,
        "currency": currency,
        "resource": told["resource"],
        "attributes": raw.attributes,
    }
    right = _part(columns, reasons, raw, rules.columns, rejects)
    return _batch({**right, "key": hash_rows(right, EVENT_IDENTITY)}, STAGED_EVENTS)


def normalise_metrics(raw: Raw, rules: MetricRules, rejects: Rejects) -> pa.RecordBatch:
    """Return the points that are right, typed (:data:`STAGED_METRICS`); the others go to ``rejects``.

    Raises:
        InputError: as for :func:`normalise_events`.
    """
    size = len(raw.rows)
    raw, unkept = raw.unkept()
    long = too_long(raw)
    signal = raw.fields.get("signal", pa.array([rules.signal] * size, pa.string()))
    times = parse_times(raw.fields["time"], rules.time_zone)
    values = parse_numbers(raw.fields["value"])
    _refuse_no_zone(raw, times.reasons, rejects.source)
    columns = {
        "row": raw.rows,
        "signal": signal,
        "time": times.values,
        "value": values.values,
        "labels": raw.attributes,
    }
    reasons = first_reason(unkept, long, require(signal, NO_SIGNAL), times.reasons, values.reasons)
    right = _part(columns, reasons, raw, rules.columns, rejects)
    identity = {"id": hash_rows(right, POINT_IDENTITY), "key": hash_rows(right, POINT_CONTENT)}
    return _batch({**right, **identity}, STAGED_METRICS)


_EVENT_FIELDS = ("event_id", "case", "step", "time", "effective_date", "amount", "currency", "resource")


def _part(
    columns: Mapping[str, pa.Array], reasons: pa.Array | None, raw: Raw, names: Columns, rejects: Rejects
) -> dict[str, pa.Array]:
    if reasons is None:
        return dict(columns)
    wrong = pc.indices_nonzero(reasons.is_valid()).to_pylist()
    rejects.extend((raw.rows[i].as_py(), reasons[i].as_py(), raw.text(i, names.fields)) for i in wrong)
    right = reasons.is_null()
    return {name: column.filter(right) for name, column in columns.items()}


def _batch(columns: Mapping[str, pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([columns[field.name] for field in schema], schema=schema)


def _refuse_no_zone(raw: Raw, reasons: pa.Array | None, source: str) -> None:
    if reasons is None:
        return
    index = pc.index(reasons, pa.scalar(NO_ZONE)).as_py()
    if index >= 0:
        raise InputError(
            f"The time {raw.spelt('time', index)!r} has no offset from UTC, and no time zone is declared.",
            where=f"{source}, row {raw.rows[index].as_py()}",
            hint="Say in which zone the file's times are, as in --time-zone Europe/Amsterdam.",
        )
