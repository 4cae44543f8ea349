"""Which share of the cases is known from a first step of the flow on: what broke apart shows here."""

# ruff: noqa: S608 - statements are put together from our own words and quoted literals

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from bos.kpi.buckets import label
from bos.kpi.extents import asked
from bos.kpi.journeys import emitted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bos.kpi.binding import BoundSignal
    from bos.kpi.connection import Snapshot
    from bos.kpi.options import By

_BUCKET = {
    "hour": "timezone('UTC', event_time) - ({local} - date_trunc('hour', {local}))",
    **{by: f"date_trunc('{by}', {{local}})" for by in ("day", "week", "month", "quarter")},
}


@dataclass(frozen=True, slots=True)
class Known:
    """Cases with an event in a period, and how many of them have one of a first step, whenever that was."""

    cases: int = 0
    begun: int = 0

    @property
    def share(self) -> float | None:
        """The second of the first; nothing where there is no case."""
        return self.begun / self.cases if self.cases else None


@dataclass(frozen=True, slots=True)
class Looked:
    """A period ``[start, end)`` (open where ``None``), and the buckets it is cut into, in a zone.

    ``judged`` is until when the data must be there; ``None``: until the end, and at most until now.
    """

    start: datetime | None
    end: datetime | None
    time_zone: str
    by: By | None = None
    judged: datetime | None = None


def first_steps(flow: Mapping[str, Sequence[Mapping[str, str]]]) -> list[str]:
    """Return the steps that no step before them leads to, in the order of the flow: ways back are loops."""
    place = {step["id"]: number for number, step in enumerate(flow["steps"])}
    reached = {
        edge["target"]
        for edge in flow["edges"]
        if place.get(edge["source"], len(place)) < place.get(edge["target"], -1)
    }
    return [name for name in place if name not in reached]


def correlated(
    snapshot: Snapshot,
    first: Iterable[BoundSignal],
    sets: Collection[frozenset[BoundSignal]],
    looked: Looked,
    *,
    memory_limit: str,
) -> dict[frozenset[BoundSignal], dict[datetime | None, Known]]:
    """Return, for each set of signals, the cases that have an event of it in the period, by start of bucket (UTC).

    ``first`` are the signals that cases begin with. Buckets without a case are left out. Raises Unavailable: the lake
    cannot be read.
    """
    conditions = list(dict.fromkeys(emitted(signal) for own in sets for signal in sorted(own, key=lambda s: s.name)))
    begins = " OR ".join(emitted(signal) for signal in first)
    if not conditions or not begins:
        return {}
    flags = {condition: f"s{number}" for number, condition in enumerate(conditions)}
    any_of = {own: " OR ".join(sorted({flags[emitted(signal)] for signal in own})) for own in sets}
    bucket = _bucket(looked)
    counts = ", ".join(f"count(*) FILTER ({text}), count(*) FILTER (({text}) AND begun)" for text in any_of.values())
    sql = f"""WITH first AS (SELECT DISTINCT case_id FROM events WHERE {begins}),
seen AS (SELECT case_id, {bucket} AS bucket, {", ".join(f"bool_or({c}) AS {name}" for c, name in flags.items())}
FROM events WHERE ({" OR ".join(conditions)}){_within(looked)} GROUP BY ALL)
SELECT epoch_us(bucket), {counts}
FROM (SELECT *, case_id IN (SELECT case_id FROM first) AS begun FROM seen) GROUP BY bucket"""
    found: dict[frozenset[BoundSignal], dict[datetime | None, Known]] = {own: {} for own in sets}
    for start, *numbers in asked(snapshot, sql, memory_limit):
        for own, cases, begun in zip(any_of, numbers[::2], numbers[1::2], strict=True):
            if cases:
                found[own][_start(start, looked)] = Known(cases, begun)
    return found


def _bucket(looked: Looked) -> str:
    if looked.by is None:
        return "NULL::TIMESTAMP"
    zone = looked.time_zone.replace("'", "''")
    return _BUCKET[looked.by].format(local=f"timezone('{zone}', event_time)")


def _start(micros: int | None, looked: Looked) -> datetime | None:
    from bos.kpi.connection import moment  # noqa: PLC0415 - beside its one use

    if micros is None or looked.by is None:
        return None
    return label(moment(micros).replace(tzinfo=None), looked.by, looked.time_zone).astimezone(UTC)


def _within(looked: Looked) -> str:
    bounds = ((">=", looked.start), ("<", looked.end))
    return "".join(
        f" AND event_time {sign} CAST('{moment.astimezone(UTC).isoformat()}' AS TIMESTAMPTZ)"
        for sign, moment in bounds
        if moment is not None
    )
