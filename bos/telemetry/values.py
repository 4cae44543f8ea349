"""Text, and what a file has typed, to instants, dates, money and numbers: exactly, or with the reason why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bos.errors import UsageError
from bos.model.document import NO_CURRENCIES
from bos.telemetry.schema import INSTANT, MONEY

if TYPE_CHECKING:
    from collections.abc import Callable

LOCAL = pa.timestamp("us")
NO_TIME = "the time is missing"
NOT_A_TIME = "the time is no ISO 8601 time"
A_NUMBER = "the time is a plain number, such as seconds since 1970, and no ISO 8601 time"
NO_ZONE = "the time has no offset and no time zone is declared"
TWICE = "the local time happens twice, at the clock change: an offset is needed"
NEVER = "the local time does not exist, at the clock change"
NOT_A_DATE = "the effective date is no ISO 8601 date"
NOT_AN_AMOUNT = "the amount is no plain number"
TOO_FINE = "the amount has more than two decimals"
TOO_LARGE = "the amount has more than sixteen digits before the point"
NOT_A_CURRENCY = "the currency is not three capital letters of a currency (ISO 4217)"
_NO_CURRENCIES = pa.array(sorted(NO_CURRENCIES))
NO_VALUE = "the value is missing"
NOT_A_VALUE = "the value is no finite number"

MICROSECOND_DIGITS = 6
SCALE = 2
INTEGER_DIGITS = 16  # DECIMAL(18,2)
_WHOLE = pa.decimal128(22, 2)  # every integer of 64 bits

_TIME = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<part>\d+))?)?)?)?"
    r" ?(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)
_AMOUNT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column of values and, where some could not be read, the reason row by row (else nothing)."""

    values: pa.Array
    reasons: pa.Array | None = None


def check_zone(zone: str | None) -> None:
    """Check that a time zone is known.

    Raises:
        UsageError: it is not.
    """
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"There is no time zone {zone!r}.", where="--time-zone", hint="Write it as in Europe/Amsterdam or UTC."
        ) from error


def check_currency(currency: str | None) -> None:
    """Check that an assumed currency is spelt as ISO 4217 spells it.

    Raises:
        UsageError: it is not.
    """
    if currency is not None and (not re.fullmatch("[A-Z]{3}", currency) or currency in NO_CURRENCIES):
        raise UsageError(f"{currency!r} is no currency.", where="--currency", hint="Write it as in EUR or USD.")


def parse_times(texts: pa.Array, zone: str | None) -> Parsed:
    """Return instants (UTC, digits beyond the microsecond cut off); a time without offset is local to ``zone``.

    A local time that a clock change repeats or leaves out is not guessed: it has a reason instead of a value.
    Timestamps are those in microseconds; a date is its midnight.
    """
    if not pa.types.is_string(texts.type):
        return _typed_times(texts, zone)
    if not texts.null_count:
        for kind in (INSTANT, LOCAL):
            try:
                values = pc.cast(texts, kind)
            except pa.ArrowInvalid:
                continue
            return _in_range(values) if kind is INSTANT else _localise(values, zone)
    return _parse_mixed_times(texts, zone)


def parse_dates(texts: pa.Array) -> Parsed:
    """Return dates; of an instant the date as it is written, of a timestamp with zone that of UTC. Null stays null."""
    if not pa.types.is_string(texts.type):
        return _bounded(pc.cast(texts, pa.date32()), NOT_A_DATE)
    try:
        return Parsed(pc.cast(texts, pa.date32()))
    except pa.ArrowInvalid:
        return _one_by_one(texts, _parse_date, pa.date32())


def parse_amounts(texts: pa.Array) -> Parsed:
    """Return DECIMAL(18,2), never by way of a floating number; what does not fit exactly has a reason. Null stays."""
    try:
        return Parsed(pc.cast(pc.cast(texts, _WHOLE) if pa.types.is_integer(texts.type) else texts, MONEY))
    except pa.ArrowInvalid:
        return _one_by_one(pc.cast(texts, pa.string()), _parse_amount, MONEY)


def parse_currencies(texts: pa.Array) -> Parsed:
    """Return currencies (ISO 4217 codes). Null stays null."""
    spelt = pc.and_(pc.match_substring_regex(texts, "^[A-Z]{3}$"), pc.invert(pc.is_in(texts, _NO_CURRENCIES)))
    wrong = pc.fill_null(pc.invert(spelt), False)
    return Parsed(texts, _reasons(wrong, NOT_A_CURRENCY))


def parse_numbers(texts: pa.Array) -> Parsed:
    """Return finite floating numbers, each the nearest to its text."""
    try:
        values = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return _one_by_one(texts, _parse_number, pa.float64(), NO_VALUE)
    if values.null_count or not pc.all(pc.is_finite(values)).as_py():
        return _one_by_one(texts, _parse_number, pa.float64(), NO_VALUE)
    return Parsed(values)


def first_reason(*columns: pa.Array | None) -> pa.Array | None:
    """Return for each row the first reason any column has, or nothing when no column has any."""
    there = [column for column in columns if column is not None]
    return pc.coalesce(*there) if there else None


def require(texts: pa.Array, reason: str) -> pa.Array | None:
    """Return ``reason`` for each row without a text, or nothing when every row has one."""
    return _reasons(texts.is_null(), reason) if texts.null_count else None


def _reasons(wrong: pa.Array, reason: str) -> pa.Array | None:
    if not pc.any(wrong).as_py():
        return None
    return pc.if_else(wrong, pa.scalar(reason), pa.scalar(None, pa.string()))


def _some(reasons: list[str | None]) -> pa.Array | None:
    return pa.array(reasons, pa.string()) if any(reasons) else None


def _in_range(values: pa.Array) -> Parsed:
    return Parsed(values, _reasons(_outside(values), NOT_A_TIME))


def _outside(values: pa.Array) -> pa.Array:
    """Return which instants, local times or dates lie beyond the calendar of Python and of the lake."""
    ends = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    low, high = (pa.scalar(moment, INSTANT).cast(values.type) for moment in ends)
    return pc.fill_null(pc.or_(pc.less(values, low), pc.greater(values, high)), False)


def _bounded(values: pa.Array, reason: str) -> Parsed:
    """Return values without those beyond the calendar, which have a reason."""
    outside = _outside(values)
    return Parsed(pc.if_else(outside, pa.scalar(None, values.type), values), _reasons(outside, reason))


def _typed_times(values: pa.Array, zone: str | None) -> Parsed:
    known = _bounded(pc.cast(values, LOCAL) if pa.types.is_date(values.type) else values, NOT_A_TIME)
    missing = _reasons(values.is_null(), NO_TIME)
    told = Parsed(known.values) if known.values.type.tz else _localise(known.values, zone)
    return Parsed(told.values, first_reason(missing, known.reasons, told.reasons))


def _localise(values: pa.Array, zone: str | None) -> Parsed:
    if zone is None:
        return Parsed(pa.nulls(len(values), INSTANT), _reasons(values.is_valid(), NO_ZONE))
    early = pc.assume_timezone(values, zone, ambiguous="earliest", nonexistent="earliest").cast(INSTANT)
    late = pc.assume_timezone(values, zone, ambiguous="latest", nonexistent="latest").cast(INSTANT)
    apart = pc.subtract(late.cast(pa.int64()), early.cast(pa.int64()))
    never = pc.fill_null(pc.equal(apart, 1), False)  # the instants before and at the change
    twice = pc.fill_null(pc.greater(apart, 1), False)
    ranged = _in_range(early)
    return Parsed(early, first_reason(_reasons(never, NEVER), _reasons(twice, TWICE), ranged.reasons))


def _parse_mixed_times(texts: pa.Array, zone: str | None) -> Parsed:
    read = [_read_time(text) for text in texts.to_pylist()]
    instants = pa.array([value if value and value.tzinfo else None for value, _ in read], INSTANT)
    locals_ = pa.array([value if value and not value.tzinfo else None for value, _ in read], LOCAL)
    local = _localise(locals_, zone)
    reasons = first_reason(_some([reason for _, reason in read]), local.reasons)
    return Parsed(pc.coalesce(instants, local.values), reasons)


def _read_time(text: str | None) -> tuple[datetime | None, str | None]:
    if text is None:
        return None, NO_TIME
    found = _TIME.fullmatch(text)
    if found is None:
        return None, A_NUMBER if _AMOUNT.fullmatch(text) else NOT_A_TIME
    part = (found["part"] or "")[:MICROSECOND_DIGITS].ljust(MICROSECOND_DIGITS, "0")
    zone = "+00:00" if (found["zone"] or "") in {"Z", "z"} else found["zone"] or ""
    clock = f"{found['hour'] or '00'}:{found['minute'] or '00'}:{found['second'] or '00'}.{part}"
    try:
        value = datetime.fromisoformat(f"{found['date']}T{clock}{zone}")
        return value.astimezone(UTC) if zone else value, None
    except (ValueError, OverflowError):
        return None, NOT_A_TIME


def _one_by_one(
    texts: pa.Array, parse: Callable[[str], tuple[Any, str | None]], kind: pa.DataType, missing: str | None = None
) -> Parsed:
    read = [(None, missing) if text is None else parse(text) for text in texts.to_pylist()]
    return Parsed(pa.array([value for value, _ in read], kind), _some([reason for _, reason in read]))


def _parse_date(text: str) -> tuple[date | None, str | None]:
    found = _TIME.fullmatch(text)
    try:
        return (date.fromisoformat(found["date"]), None) if found else (None, NOT_A_DATE)
    except ValueError:
        return None, NOT_A_DATE


def _parse_amount(text: str) -> tuple[Decimal | None, str | None]:
    if not _AMOUNT.fullmatch(text):
        return None, NOT_AN_AMOUNT
    amount = Decimal(text)
    if not amount:
        return Decimal(0), None
    if amount.adjusted() >= INTEGER_DIGITS:
        return None, TOO_LARGE
    digits = amount.as_tuple()
    fine = -int(digits.exponent) - SCALE
    if fine > 0 and any(digits.digits[-fine:]):
        return None, TOO_FINE
    return Decimal(f"{amount:f}"), None


def _parse_number(text: str) -> tuple[float | None, str | None]:
    try:
        value = float(text) if text.isascii() and "_" not in text else np.nan
    except ValueError:
        return None, NOT_A_VALUE
    return (value, None) if np.isfinite(value) else (None, NOT_A_VALUE)
