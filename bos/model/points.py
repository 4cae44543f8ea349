"""Points of a metric, as a connector gives them: the columns ``time``, ``value`` and ``labels``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import timedelta

POINTS = pa.schema(
    [
        ("time", pa.timestamp("us", tz="UTC")),
        ("value", pa.float64()),
        ("labels", pa.map_(pa.string(), pa.string())),
    ]
)


_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def floored(moment: datetime, step: timedelta) -> datetime:
    """Return when the step began that a moment is in; steps are counted from 1970 in UTC."""
    return moment - (moment - _FIRST) % step


def ceiled(moment: datetime, step: timedelta) -> datetime:
    """Return the moment where a step begins at it, else the beginning of the next one."""
    return moment + (_FIRST - moment) % step


def series(points: Sequence[tuple[datetime, float]], labels: Mapping[str, str]) -> pa.RecordBatch:
    """Return the points of one series: instants with their values, all of the same labels."""
    told = sorted(labels.items())
    columns = [[moment for moment, _ in points], [value for _, value in points], [told] * len(points)]
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, POINTS, strict=True)], schema=POINTS
    )


def grouped(rows: Iterable[tuple[Mapping[str, str], datetime, float]]) -> Iterator[pa.RecordBatch]:
    """Yield the points of rows, each of its own labels, series by series in the order in which these first come."""
    found: dict[tuple[tuple[str, str], ...], list[tuple[datetime, float]]] = {}
    for labels, moment, value in rows:
        found.setdefault(tuple(sorted(labels.items())), []).append((moment, value))
    yield from (series(points, dict(labels)) for labels, points in found.items())
