"""The course of a KPI in buckets of time, as it can be judged: without buckets that are not whole or rest on little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions.evaluation import Snapshots, reads, values
from bos.actions.grounds import log_clock, newest_points, read_systems
from bos.dashboards.periods import FEW, GAPPED, IN_PART, SO_FAR, Held, bucket_after, covered
from bos.dashboards.tiles import marks_of
from bos.kpi.refs import measures
from bos.model.answers.behaviour import LeftOut

if TYPE_CHECKING:
    from collections.abc import Collection

    from bos.actions.dashboard_sources import Sources
    from bos.actions.definitions import Definitions
    from bos.actions.question import Question
    from bos.kpi import KpiSpec
    from bos.kpi.options import By
    from bos.model.answers.kpis import KpiValue

_MOMENT = timedelta(microseconds=1)
_REASONS = {
    SO_FAR: "The {by} is not over, or the data ends in it.",
    IN_PART: "The {by} began before the data or the window did.",
    GAPPED: "Data is missing from a part of it.",
    FEW: "It rests on less than a tenth of what is usual.",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket ``[start, end)`` (UTC) that can be judged: it is whole, and ``told`` has a value."""

    start: datetime
    end: datetime
    told: KpiValue

    @property
    def value(self) -> float:
        """The value as a number to draw and compare with."""
        return float(self.told.value or 0)


@dataclass(frozen=True, slots=True)
class Course:
    """The buckets of a KPI in the order of time, and those that cannot be judged, with the reason."""

    buckets: tuple[Bucket, ...]
    left_out: tuple[LeftOut, ...]
    zone: str


def course(sources: Sources, spec: KpiSpec, question: Question, by: By) -> Course:
    """Return the course of a KPI over the window of a question, which asks by that bucket.

    A bucket is left out where it is not over, the data begins or ends in it, some of it is missing, it has no value or
    one that is withheld, or where a ratio or a duration rests on less than a tenth of what is usual.

    Raises as :func:`bos.actions.evaluation.values`.
    """
    found, (read, points) = sources.found, _recorded(sources, spec, question.end)
    question = _from_points(question, read) if points else _of_the_log(sources, question, read)
    window = question.window(found, spec.id)
    held = Snapshots(sources.events, sources.metrics)
    how: dict[str, Any] = {"memory_limit": sources.memory_limit, "engine": sources.engine, "silence": sources.silence}
    told = values(found, (spec,), held, question, withhold=False, **how)
    marks = marks_of(told, by, window.time_zone, _whole(question, read, window.time_zone))
    buckets, left, systems = [], [], read_systems(spec, found.specs())
    for value in told:
        if value.bucket_start is None:
            continue
        reason = _reason(value, marks.get(value.bucket_start.isoformat()), by, systems)
        if reason:
            left.append(LeftOut(bucket_start=value.bucket_start, value=value.value, n=value.n, reason=reason))
        else:
            end = bucket_after(value.bucket_start, by, window.time_zone)
            buckets.append(Bucket(value.bucket_start.astimezone(UTC), end, value))
    return Course(tuple(buckets), tuple(left), window.time_zone)


def _reason(value: KpiValue, mark: str | None, by: By, systems: Collection[str]) -> str:
    """Return why a bucket cannot be judged; empty where it can."""
    if value.withheld_reason:
        return value.withheld_reason
    if mark in {SO_FAR, IN_PART}:
        return _REASONS[mark].format(by=by)
    if value.no_data is not None:
        return f"Its {'points' if value.no_data.signal in systems else 'events'} are missing."
    if value.value is None:
        return "It has no value: nothing happened in it."
    return _REASONS[mark] if mark else ""


def _from_points(question: Question, read: Held) -> Question:
    """Return a question with a window: without one it would go from the first event of the flow to the last."""
    if read.first is None or read.last is None:
        return question
    end = question.end or max(read.last, question.start or read.last) + _MOMENT
    return replace(question, start=question.start or min(read.first, end - _MOMENT), end=end)


def since(found: Definitions, spec: KpiSpec, held: Snapshots, *, memory_limit: str) -> datetime | None:
    """Return from when on what a KPI reads is known, for whoever judges its buckets; nothing where nothing is.

    That is the first event that is not stray. Points are samples, so of one that reads points alone it is the hour of
    the first: the rest of it tells enough. Raises Unavailable: the lake cannot be read.
    """
    read = list(measures(spec, found.specs()))
    first = held.first(read, memory_limit)
    return hour_of(first) if reads(read) == {True} else first


def hour_of(moment: datetime | None) -> datetime | None:
    """Return when the hour of a moment began."""
    return moment and moment.replace(minute=0, second=0, microsecond=0)


def _of_the_log(sources: Sources, question: Question, read: Held) -> Question:
    """Return a question whose open ends leave out events that lie years before the others, or in the future."""
    if question.start is None and read.first != sources.events.first:
        question = replace(question, start=read.first)
    if question.end is None and read.last and Held(last=sources.events.last).runs_past(read.last, question.start):
        question = replace(question, end=read.last + _MOMENT)
    return question


def _recorded(sources: Sources, spec: KpiSpec, end: datetime | None) -> tuple[Held, bool]:
    """Return the first and the newest of what a KPI reads before an end, and whether that is points alone."""
    every, limit, held = sources.found.specs(), sources.memory_limit, Snapshots(sources.events, sources.metrics)
    first = since(sources.found, spec, held, memory_limit=limit)
    if reads(measures(spec, every)) != {True}:
        return Held(first, log_clock(sources.events, memory_limit=limit)), False
    newest = newest_points(sources.found, sources.metrics, end, memory_limit=limit)
    last = max((newest[name] for name in read_systems(spec, every) if name in newest), default=None)
    return Held(first, last), True


def _whole(question: Question, held: Held, zone: str) -> tuple[datetime, datetime] | None:
    """Return from when until when what a KPI reads is known whole: from the first that was recorded in the window.

    It ends with the day of the newest, by the hour with the newest.
    """
    whole = covered(question.start, question.end, held, zone)
    if whole is None or held.first is None or held.last is None:
        return None
    until = min(whole[1], datetime.now(UTC))
    return max(question.start or held.first, held.first), min(until, held.last) if question.by == "hour" else until
