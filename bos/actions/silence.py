"""Numbers whose events or points are missing: none where they stand for that alone, no verdict where these ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, cast

from bos.actions.grounds import beginning, log_clock, points_clock, system_titles_of, titles_of
from bos.actions.question import Window
from bos.dashboards.periods import bucket_after
from bos.kpi.days import Course
from bos.kpi.read_parts import NOTHING, Reads, Span
from bos.kpi.recording import differing, quarters, recorded, recorded_points
from bos.kpi.series import unequal
from bos.kpi.silence import WHOLE_FLOW, Gap, Recorded
from bos.model.answers.kpis import NoData
from bos.model.moments import nothing_since, silent_since

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.actions.definitions import Definitions
    from bos.kpi.comparison import Then
    from bos.kpi.options import By
    from bos.kpi.readings import Row
    from bos.model.answers.kpis import KpiValue
    from bos.telemetry.lake import Snapshot

_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(hours=25)
"""A day at most, also one on which a clock is put back: a window no longer is judged as a bucket is.

That holds once something was recorded after it: until then nobody knows whether it is quiet or the feed is dead."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Log:
    """The first and the newest of what was recorded, and what its clock shows."""

    first: datetime | None
    last: datetime | None
    clock: datetime | None


class Silence:
    """Tells a true number from one that stands only because something is missing, by :mod:`bos.kpi.silence`.

    The lake is read once for each zone, its points where a KPI reads some. A number of 0 needs the events of all its
    signals, one that is cumulative needs them up to its end, one that holds signals against one another needs each; and
    no number of a period stands whose signal fell silent in its first half, or whose points were missing from half of
    it. What is told at a moment stands as long as the flow and what it is opened and closed by go on. What is derived
    from other KPIs has a value where one of them lacks its events, so there is none where any part would have none if
    it were 0. A number that stands although its events or points stopped before its end is of what was seen until then.
    """

    def __init__(self, found: Definitions, events: Snapshot, points: Snapshot, *, memory_limit: str) -> None:
        self._found, self._events, self._points, self._limit = found, events, points, memory_limit
        self._reads: dict[str, Reads] = {}
        self._read: dict[str, Recorded] = {}
        self._read_points: dict[str, Recorded] = {}
        self._quarters: dict[tuple[tuple[str, ...], datetime, datetime], dict[str, Course]] = {}
        self._gaps: dict[tuple[Reads, Span, str, bool], Gap | None] = {}
        self._parts: dict[tuple[Reads, Span, str], Gap | None] = {}

    def told(
        self, now: Row, then: Then | None, window: Window, by: By | None, judged: datetime | None = None
    ) -> tuple[Row, Then | None, NoData | None]:
        """Return a row and what it is compared with: without a number where events are missing, and which those are.

        ``window`` is that of the KPI; of a bucket its own span is looked at. ``judged`` is until when the data are
        known, by default what the clock of the log shows. Raises Unavailable: the lake cannot be read.
        """
        gap, zone = self._missing(now, window, by, judged), window.time_zone
        told = now if gap is None else replace(now, value=None, withheld_reason=None)
        missing = None if gap is None else self._says(gap, zone)
        if then is None:
            return told, None, missing
        span = then.span
        earlier = None
        if not span.reason:
            earlier = self._missing(then.row, Window(span.start, span.end, zone), by, judged)
        if earlier is not None:
            row = replace(then.row, value=None, withheld_reason=f"{self._says(earlier, zone).words}.")
            then = replace(then, row=row)
        if gap is not None or earlier is not None:
            then = replace(then, difference=None, change=None)
        return told, then, missing

    def missing(self, value: KpiValue, window: Window, judged: datetime) -> NoData | None:
        """Return which events are missing of a value of a window, as it was known at a moment; nothing: it stands."""
        gap = self._missing(value, window, None, judged)
        return None if gap is None else self._says(gap, window.time_zone)

    def ended(
        self, value: Row | KpiValue, window: Window, by: By | None = None, judged: datetime | None = None
    ) -> NoData | None:
        """Return what stopped before the end of a number that stands, or is missing from a part of its time.

        Nothing where all is there. Of all that was recorded nobody looks at parts. ``judged`` as in :meth:`told`.
        """
        span = self._stands(value, window, by, judged)
        if span is None:
            return None
        if value.bucket_start is not None:
            return self._in_part(value.kpi, span, window.time_zone)
        reads, zone = self._of(value.kpi), window.time_zone
        gap = reads.ended(self._recorded(zone), span, points=self._points_of(reads, zone))
        if gap is None:
            return None if span.everything else self._in_part(value.kpi, span, zone)
        title = self._title(gap)
        return NoData(signal=gap.signal, title=title, since=gap.since, words=nothing_since(title, gap.since, zone))

    def in_part(self, value: KpiValue, window: Window) -> NoData | None:
        """Return what is missing from a part of a number that stands; nothing where all is there."""
        span = self._stands(value, window, None, None)
        return None if span is None else self._in_part(value.kpi, span, window.time_zone)

    def _stands(self, value: Row | KpiValue, window: Window, by: By | None, judged: datetime | None) -> Span | None:
        """Return what a number is of; nothing where it is withheld, or rests on nothing that could be missing."""
        reads = self._of(value.kpi)
        log = self._log(reads)
        if value.withheld_reason or not reads.parts or log.clock is None:
            return None
        return self._span(value, window, by, judged, log)

    def _in_part(self, kpi: str, span: Span, zone: str) -> NoData | None:
        reads = self._of(kpi)
        key = (reads, span, zone)
        if key not in self._parts:
            self._parts[key] = reads.in_part(self._recorded(zone), span, points=self._points_of(reads, zone))
        gap = self._parts[key]
        return None if gap is None else self._says(gap, zone)

    def goes_on(self, zone: str) -> Recorded:
        """Return the days on which the flow went on, to ask by when it had stopped. Raises as :meth:`told`."""
        held = self._recorded(zone)
        return Recorded(zone, held.goes_on(), held.signals)

    def measured(self, system: str, zone: str) -> Recorded:
        """Return the same of the points of a system signal."""
        return Recorded(zone, self._recorded_points(zone).signals.get(system, Course()))

    def _says(self, gap: Gap, zone: str) -> NoData:
        title = self._title(gap)
        words = f"{silent_since(gap.since, zone, gap.until)}: {title}"
        return NoData(signal=gap.signal, title=title, since=gap.since, words=words)

    def _title(self, gap: Gap) -> str:
        titles = titles_of(self._found) | system_titles_of(self._found)
        return titles.get(gap.signal, gap.signal) or WHOLE_FLOW

    def _missing(self, row: Row | KpiValue, window: Window, by: By | None, judged: datetime | None) -> Gap | None:
        """Return what is missing of a number; nothing where it stands, or is withheld for another reason."""
        reads, zone = self._of(row.kpi), window.time_zone
        if not reads.parts or (row.withheld_reason and not unequal(row.withheld_reason)):
            return None
        log = self._log(reads)
        if log.clock is None or log.last is None:
            return next(Gap(name, None) for one in reads.parts for name in one.names)
        span = self._span(row, window, by, judged, log)
        if span is None:
            return None
        zero, start = row.value in {0, None}, window.start or log.first
        key = (reads, span, zone, zero)
        if key not in self._gaps:
            points = self._points_of(reads, zone)
            fine = by == "hour" or (row.bucket_start is None and span.end - span.start <= _DAY)
            if reads.read(points=True) and fine and start is not None:
                points = replace(points, hours=self._hours(reads, start, span.horizon))
            self._gaps[key] = reads.missing(self._recorded(zone), span, zero=zero, points=points)
        return self._gaps[key]

    @staticmethod
    def _span(row: Row | KpiValue, window: Window, by: By | None, judged: datetime | None, log: _Log) -> Span | None:
        """Return what a number is of, as it was known; nothing where it has no beginning. The log has a clock."""
        clock = cast("datetime", log.clock)
        start, known = window.start or log.first, judged or clock + _MOMENT
        end = min(window.end, known) if window.end else clock + _MOMENT
        begins = row.bucket_start or start
        if window.end is None and log.last is not None and begins is not None and begins >= end:
            end = log.last + _MOMENT  # of what lies in the future all that was recorded is known
        if row.bucket_start is not None and by is not None:
            after = bucket_after(row.bucket_start, by, window.time_zone)
            last = min(after, end)
            part = by != "hour" or last <= clock
            return Span(row.bucket_start.astimezone(UTC), last, end, part=part, known=max(clock + _MOMENT, end))
        if start is None:
            return None
        part = window.start is not None and end - start <= _DAY and end <= clock
        return Span(start, end, end, part=part, everything=window.start is None, known=max(clock + _MOMENT, end))

    def _hours(self, reads: Reads, start: datetime, end: datetime) -> dict[str, Course]:
        """Return the quarters of an hour of a period that have points of what a KPI reads."""
        names, series = tuple(name for one in reads.parts if one.points for name in one.names), self._found.series()
        key = (names, start, end)
        if key not in self._quarters:
            systems = {name: series[name] for name in names if name in series}
            self._quarters[key] = quarters(self._points, systems, start, end, memory_limit=self._limit)
        return self._quarters[key]

    def _log(self, reads: Reads) -> _Log:
        return self._log_of_events if reads.read(points=False) else self._log_of_all

    @cached_property
    def _log_of_events(self) -> _Log:
        held = self._events
        first = beginning(held, memory_limit=self._limit)
        return _Log(first, held.last, log_clock(held, memory_limit=self._limit))

    @cached_property
    def _log_of_all(self) -> _Log:
        """The log of events and points, by which KPIs that read points alone are judged: it begins with these."""
        events, points = self._log_of_events, self._points
        clocks = (events.clock, points_clock(points, memory_limit=self._limit))
        last, clock = (max((at for at in found if at), default=None) for found in ((events.last, points.last), clocks))
        first = beginning(points, memory_limit=self._limit, points=True)
        return _Log(first or events.first, last, clock)

    def _of(self, kpi: str) -> Reads:
        if kpi not in self._reads:
            every = self._found.specs()
            self._reads[kpi] = Reads.of(next(spec for spec in every if spec.id == kpi), every)
        return self._reads[kpi]

    def _recorded(self, zone: str) -> Recorded:
        last = self._events.last
        if zone not in self._read:
            end = last + _MOMENT if last is not None else _NEVER
            found, how = self._found, {"memory_limit": self._limit}
            apart = differing(self._events, found.bound(), self._points, found.series(), **how)
            self._read[zone] = recorded(self._events, found.bound(), end, zone, apart=apart, **how)
        return self._read[zone]

    def _points_of(self, reads: Reads, zone: str) -> Recorded:
        """Return what was recorded of system signals, where a KPI reads some."""
        return self._recorded_points(zone) if reads.read(points=True) else NOTHING

    def _recorded_points(self, zone: str) -> Recorded:
        last, events = self._points.last, self._recorded(zone)
        if zone not in self._read_points:
            end, series = last + _MOMENT if last is not None else _NEVER, self._found.series()
            self._read_points[zone] = recorded_points(self._points, series, end, events, memory_limit=self._limit)
        return self._read_points[zone]


def gaps_words(values: Sequence[KpiValue], by: By) -> str:
    """Return in how many buckets of a trend there is no data, and of which signals; empty where there is in all."""
    silent = [value.no_data.title for value in values if value.no_data is not None]
    missing = ", ".join(dict.fromkeys(silent))
    return f"No data in {len(silent)} of {len(values)} {by}s: {missing}." if silent else ""
