"""Numbers of a dashboard that would be 0 only because events are missing: none, and since when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bos.actions.grounds import runs_on, signals_of, titles_of, told_then
from bos.dashboards.periods import bucket_after, day_after
from bos.kpi.silence import Gap, recorded
from bos.model.moments import instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bos.actions.dashboard_sources import Sources
    from bos.actions.question import Window
    from bos.kpi import KpiSpec
    from bos.kpi.options import By
    from bos.kpi.silence import Recorded
    from bos.model.answers.kpis import KpiValue

_MOMENT = timedelta(microseconds=1)


class Silence:
    """Tells a true 0 from missing events, by the rule of :mod:`bos.kpi.silence`.

    The lake is read once for each zone and end, and only where a number is 0, or there is none, or it is cumulative:
    such a KPI has a value where nothing was recorded, so it needs events up to its end. What is told at a moment stands
    as long as the flow goes on: that nothing opens or closes for a while is no silence.
    """

    def __init__(self, sources: Sources, every: Sequence[KpiSpec]) -> None:
        self._snapshot, self._limit = sources.events, sources.memory_limit
        self._signals, self._titles = sources.found.bound(), titles_of(sources.found)
        self._names = {spec.id: signals_of(spec, every) for spec in every}
        self._running = {spec.id for spec in every if runs_on(spec, every)}
        self._then = {spec.id for spec in every if told_then(spec, every)}
        self._read: dict[tuple[datetime, str], Recorded] = {}

    def words(self, value: KpiValue, window: Window) -> str:
        """Return why there is no number over a window; empty where there is one, or where 0 is true."""
        found = self._gap(value, window.start or self._snapshot.first, window.end, window.time_zone)
        if found is None:
            return ""
        title = self._titles.get(found.signal, found.signal)
        if found.since is None:
            return f"No data was ever recorded: {title}"
        return f"No data since {instant(found.since, window.time_zone)}: {title}"

    def stopped(self, at: datetime, zone: str) -> str:
        """Return that the flow had stopped before a moment, and when; empty where it goes on.

        It has stopped when it has been quiet up to that moment for more days than ever before.
        """
        last = self._snapshot.last
        held = self._recorded(day_after(at, zone), zone)
        if last is None or not held.stopped(day_after(at, zone)):
            return ""
        newest = held.flow.last(held.day(day_after(at, zone)))
        return f"No data since {instant(newest, zone)}" if newest else "No data was ever recorded"

    def course(self, values: Sequence[KpiValue], by: By, zone: str) -> tuple[list[KpiValue], str]:
        """Return a trend whose buckets without events of a missing signal have no value, and what is said of them."""
        kept, silent = [], []
        for value in values:
            start = value.bucket_start
            end = start and bucket_after(start, by, zone)
            gap = self._gap(value, start, end, zone, part=True)
            if gap is not None:
                silent.append(self._titles.get(gap.signal, gap.signal))
            kept.append(value if gap is None else value.model_copy(update={"value": None}))
        missing = ", ".join(dict.fromkeys(silent))
        return kept, f"No data in {len(silent)} of {len(kept)} {by}s: {missing}." if silent else ""

    def _gap(
        self,
        value: KpiValue,
        start: datetime | None,
        end: datetime | None,
        zone: str,
        *,
        part: bool = False,
    ) -> Gap | None:
        last, running, names = self._snapshot.last, value.kpi in self._running, self._names[value.kpi]
        if value.withheld_reason or not (running or value.kpi in self._then or value.value in {0, None}):
            return None
        if last is None:
            return next((Gap(name, None) for name in names), None)
        if start is None:
            return None
        until = day_after(min(end - _MOMENT, last) if end else last, zone)
        held = self._recorded(day_after(last, zone), zone)
        if start >= until:  # nothing is known of a period that begins after all that was recorded
            return next((Gap(name, held.newest([name], until)) for name in names), None)
        if value.kpi in self._then:
            return Gap(names[0], held.flow.last(held.day(until))) if held.stopped(until) else None
        found = held.gap(names, start, until, part=part)
        return held.late(names, until) if found is None and running and not part else found

    def _recorded(self, end: datetime, zone: str) -> Recorded:
        if (end, zone) not in self._read:
            self._read[end, zone] = recorded(self._snapshot, self._signals, end, zone, memory_limit=self._limit)
        return self._read[end, zone]
