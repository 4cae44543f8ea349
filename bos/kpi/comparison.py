"""Values beside those of an earlier period: the difference, exactly, and the change as a share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from bos.kpi.readings import difference, quotient, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from decimal import Decimal

    from bos.kpi.readings import Row

Place: TypeAlias = "Callable[[datetime | None], Span]"
"""Start of a bucket (``None`` without buckets) → the period it is compared with, or why there is none."""


@dataclass(frozen=True, slots=True)
class Span:
    """The period ``[start, end)``, or start of the bucket, that a value is held against; ``reason``: why it is not."""

    start: datetime | None
    end: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Then:
    """What a value is compared with.

    Attributes:
        span: the earlier period.
        row: what the KPI came to in it.
        difference: now minus then, exact where both are; ``None`` where either is missing.
        change: the difference as a share of the size of the earlier value; ``None`` where that is 0 or missing.
    """

    span: Span
    row: Row
    difference: int | float | Decimal | None = None
    change: float | None = None


def beside(now: Iterable[Row], then: Iterable[Row], place: Place, blank: Row) -> list[tuple[Row, Then]]:
    """Return the rows of a KPI, each with that of its earlier period, in the order of ``now``.

    ``blank`` is what the KPI comes to where nothing happened. A combination of dimensions that only the earlier period
    has is told too, after the others of its bucket. Buckets are those of an instant: the hour that a clock shows twice
    is two of them.
    """
    earlier: dict[datetime | None, dict[tuple[object, ...], Row]] = {}
    for row in then:
        earlier.setdefault(_instant(row.bucket_start), {})[_key(row)] = row
    buckets: dict[datetime | None, list[Row]] = {}
    for row in now:
        buckets.setdefault(_instant(row.bucket_start), []).append(row)
    pairs: list[tuple[Row, Then]] = []
    for rows in buckets.values() or [[]]:
        start = rows[0].bucket_start if rows else None
        span = place(start)
        at = None if start is None else span.start
        other = earlier.get(_instant(at), {})
        told = {_key(row): row for row in rows}
        for key, row in other.items():
            told.setdefault(key, replace(blank, bucket_start=start, dimensions=row.dimensions))
        pairs += [
            (row, _then(row, other.get(key) or replace(blank, bucket_start=at, dimensions=row.dimensions), span))
            for key, row in told.items()
        ]
    return pairs


def _instant(start: datetime | None) -> datetime | None:
    """Return a start in UTC; in a zone, the two hours that a clock shows alike would be equal."""
    return start and start.astimezone(UTC)


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row.dimensions.values())


def _then(now: Row, then: Row, span: Span) -> Then:
    if span.reason:
        return Then(span, replace(then, value=None, n=0, withheld_reason=span.reason))
    gap = difference(now.value, then.value)
    share = quotient(gap, None if then.value is None else abs(Fraction(then.value)))
    return Then(span, then, rounded(gap), None if share is None else float(f"{share:.12g}"))
