"""The last whole bucket of a dashboard, which is one for all its KPIs, and the two buckets that each KPI is told by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bos.actions.courses import since
from bos.actions.evaluation import Snapshots
from bos.actions.grounds import read_systems
from bos.dashboards.periods import bucket_after, day_of
from bos.dashboards.tiles import few
from bos.kpi.buckets import key_of, label
from bos.kpi.earlier import bucket_before

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bos.actions.dashboard_sources import Sources
    from bos.kpi import KpiSpec
    from bos.kpi.earlier import Offset
    from bos.kpi.options import By
    from bos.model.answers.kpis import KpiValue

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket by its start (UTC), and the value a KPI has in it."""

    start: datetime
    value: KpiValue


@dataclass(frozen=True, slots=True)
class Pair:
    """The bucket that is told of a KPI, the earlier one that it is held against, and what it is called."""

    then: Bucket
    now: Bucket
    called: str


@dataclass(frozen=True, slots=True)
class LastWhole:
    """The last whole bucket of a page, by its start (UTC), and from when on the log is known whole."""

    sources: Sources
    start: datetime
    known: datetime
    by: By
    zone: str

    @classmethod
    def of(cls, sources: Sources, whole: tuple[datetime, datetime], by: By, zone: str) -> LastWhole | None:
        """Return the last bucket of what is known whole, ``[since, until)``, at whose end the flow still went on.

        A log that was taken out of a system is over once no case begins any more: what comes late of its cases makes no
        week that others could be held against. Nothing where no such bucket is whole. Raises Unavailable: the lake
        cannot be read.
        """
        known, until = whole
        goes_on = sources.silence.goes_on(zone)
        start = _begun(until, by, zone)
        while start >= known:
            end = bucket_after(start, by, zone)
            if end <= until and not goes_on.stopped(end):
                return cls(sources, start, known, by, zone)
            start = _begun(start, by, zone)
        return None

    def pair(self, spec: KpiSpec, values: Sequence[KpiValue], offset: Offset) -> Pair | None:
        """Return this bucket and the one so much earlier; where a KPI rests on too little, or lacks data, earlier ones.

        Those have another name, so that one page has one last whole bucket. Of a KPI of system signals no bucket counts
        at whose end the points of one had stopped.
        """
        found, thin, by = self.sources.found, few(values), self.by
        systems = [self.sources.silence.measured(name, self.zone) for name in read_systems(spec, found.specs())]
        held = Snapshots(self.sources.events, self.sources.metrics)
        first = since(found, spec, held, memory_limit=self.sources.memory_limit)
        begins = self.known if first is None else max(self.known, day_of(first, self.zone))

        def behind(start: datetime) -> bool:
            return any(one.stopped(bucket_after(start, by, self.zone)) for one in systems)

        full = [one for one in values if one.n and one.value is not None and not one.ended]
        told = {one.bucket_start.astimezone(UTC): one for one in full if one.bucket_start is not None}
        usable = {at: one for at, one in told.items() if begins <= at <= self.start and at not in thin}
        for start in sorted(usable, reverse=True):
            before = bucket_before(start, offset, by, self.zone)
            earlier = before and before.astimezone(UTC)
            if earlier in usable and not behind(start) and not behind(earlier):
                called = self._called(start, values, offset, behind=behind(self.start))
                return Pair(Bucket(earlier, usable[earlier]), Bucket(start, usable[start]), called)
        return None

    def _called(self, start: datetime, values: Sequence[KpiValue], offset: Offset, *, behind: bool) -> str:
        if start == self.start:
            return f"Last whole {self.by}"
        if behind:
            return f"Last whole {self.by} of its points"
        holed = {one.bucket_start for one in values if one.ended or one.no_data}
        if self.start in holed:
            return f"Last {self.by} with all of its data"
        usable = any(one.bucket_start == self.start and one.n for one in values) and self.start not in few(values)
        if usable and bucket_before(self.start, offset, self.by, self.zone) in holed:
            return f"Last {self.by} with all data to compare"
        return f"Last {self.by} that rests on enough"


def _begun(moment: datetime, by: By, zone: str) -> datetime:
    """Return when the bucket began that ends at a moment, or that it lies in, in UTC."""
    return label(key_of(moment - _MOMENT, by, zone), by, zone).astimezone(UTC)
