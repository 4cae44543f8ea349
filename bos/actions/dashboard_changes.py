"""What changed on a dashboard: each KPI against an earlier period, or the last whole bucket against an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions.dashboard_sources import asked
from bos.actions.earlier import earlier_of
from bos.actions.evaluation import Snapshots
from bos.actions.last_whole import LastWhole
from bos.actions.question import Question, Window
from bos.dashboards.periods import LONGER, bucket_after, covered, words
from bos.dashboards.standing import comparison, unsided
from bos.dashboards.tiles import side
from bos.kpi.earlier import comparing, offset_of
from bos.kpi.refs import measures
from bos.model.answers.dashboards import Comparison
from bos.model.numbers import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.actions.dashboard_sources import Sources
    from bos.actions.last_whole import Bucket
    from bos.dashboards.board import Board
    from bos.kpi import KpiSpec
    from bos.kpi.options import By
    from bos.model.answers.kpis import KpiValue


class Changes:
    """Compares KPIs of a dashboard; what has no value because events are missing is compared with nothing."""

    def __init__(self, sources: Sources, board: Board) -> None:
        self._sources, self._board = sources, board
        self._compare = comparing(board.compare)

    def of(
        self,
        specs: Sequence[KpiSpec],
        now: Mapping[str, Sequence[KpiValue]],
        course: Mapping[str, Sequence[KpiValue]],
    ) -> dict[str, Comparison]:
        """Return each KPI against the earlier period; where the log is not as old, or is shown whole, its last buckets.

        ``course`` holds its buckets, those without events of a missing signal without a value.
        """
        ask = Question(start=self._board.start, end=self._board.end)
        changes: dict[str, Comparison] = {}
        groups: dict[tuple[Window, Window | None], list[KpiSpec]] = {}
        for spec in specs:
            window = ask.window(self._sources.found, spec.id)
            groups.setdefault((window, earlier_than(self._sources, self._board, window, spec)), []).append(spec)
        for (window, earlier), alike in groups.items():
            found = self._last(window, alike, course) if earlier is None else self._against(earlier, window, alike, now)
            changes |= {spec.id: self._nothing() for spec in alike if self._asks(now[spec.id][0])} | found
        return {name: unsided(change) if now[name][0].ended else change for name, change in changes.items()}

    def _asks(self, value: KpiValue) -> bool:
        """Return whether it is to be said that a value is held against nothing: of none only where it was asked for."""
        return self._compare is not None or value.value is not None

    def _nothing(self) -> Comparison:
        if self._compare is None:
            words = f"No counterpart in the earlier period: no two whole {self._bucket()}s in a row rest on enough"
            return Comparison(period="the period before", shown=NOTHING, words=words)
        period = f"{self._board.compare} earlier"
        return Comparison(period=period, shown=NOTHING, words=f"Nothing whole was recorded {period} to compare with")

    def _against(
        self, earlier: Window, window: Window, specs: Sequence[KpiSpec], now: Mapping[str, Sequence[KpiValue]]
    ) -> dict[str, Comparison]:
        board = self._board
        ask = Question(start=earlier.start, end=earlier.end, filters=board.filters, trust=board.trust)
        then, _ = asked(self._sources, specs, ask)
        period = self._named(earlier.start, earlier.end, earlier.time_zone)
        changes = {}
        for spec in specs:
            found = self._compared(spec, now[spec.id][0], then[spec.id][0], period)
            changes[spec.id] = found.model_copy(update={"start": window.start, "end": window.end})
        return changes

    def _last(
        self, window: Window, specs: Sequence[KpiSpec], course: Mapping[str, Sequence[KpiValue]]
    ) -> dict[str, Comparison]:
        board, zone = self._board, window.time_zone
        whole = covered(board.start, board.end, board.over, zone)
        if whole is None:
            return {}
        by = self._bucket()
        last = LastWhole.of(self._sources, whole, by, zone)
        if last is None:
            return {}
        if by != board.by:
            ask = Question(
                start=board.start,
                end=board.drawn_end,
                by=by,
                filters=board.filters,
                judged=board.judged,
                trust=board.trust,
            )
            course, _ = asked(self._sources, specs, ask)
        changes = {}
        for spec in specs:
            pair = last.pair(spec, course[spec.id], offset_of(self._compare, by))
            if pair is None:
                continue
            window = Window(pair.now.start, bucket_after(pair.now.start, by, zone), zone)
            earlier, value = self._counterpart(spec, window, pair.then, by)
            period, own = (self._named(one.start, one.end, zone) for one in (earlier, window))
            compared = self._compared(spec, pair.now.value, value, period, of=f"{pair.called}, {own}")
            changes[spec.id] = compared.model_copy(update={"start": window.start, "end": window.end})
        return changes

    def _counterpart(self, spec: KpiSpec, window: Window, then: Bucket, by: By) -> tuple[Window, KpiValue]:
        """Return the earlier bucket of one, and its value; where the log ends in the later one, of the same part."""
        board, sources = self._board, self._sources
        ends = Snapshots(sources.events, sources.metrics).ends(sources.memory_limit)
        whole = bucket_after(then.start, by, window.time_zone)
        earlier = earlier_of(window, by, self._compare, ends, board.judged).period()
        if earlier is None or earlier.end is None or earlier.end >= whole:
            return Window(then.start, whole, window.time_zone), then.value
        ask = Question(start=then.start, end=earlier.end, filters=board.filters, trust=board.trust)
        return earlier, asked(self._sources, (spec,), ask)[0][spec.id][0]

    def _bucket(self) -> By:
        """Return the bucket in which what is shown whole is compared: one that is a bucket so much earlier, too."""
        longer = LONGER[self._board.by]
        if self._compare is None or self._compare.fits(longer):
            return longer
        return next(by for by in ("week", "month", "quarter", "day", "hour") if self._compare.fits(by))

    def _named(self, start: datetime | None, end: datetime | None, zone: str) -> str:
        return words(start, end, self._board.held, zone).removesuffix(f", {zone}")

    def _compared(self, spec: KpiSpec, now: KpiValue, then: KpiValue, period: str, *, of: str = "") -> Comparison:
        if then.no_data is not None:
            words = f"No counterpart in {period}: {then.no_data.words}"
            return Comparison(period=period, shown=NOTHING, words=f"{of}: {words}" if of else words)
        outcome = next(outcome for outcome in self._board.template["outcomes"] if outcome["id"] == spec.id)
        found = comparison(now.value, then.value, spec.unit, period, side(outcome), of=of)
        found = unsided(found) if then.ended else found
        return found.model_copy(update={"n": now.n, "before_n": then.n})


def earlier_than(sources: Sources, board: Board, window: Window, spec: KpiSpec) -> Window | None:
    """Return the period that a KPI is held against in a window, if what it reads reaches back to its beginning."""
    held = Snapshots(sources.events, sources.metrics)
    begin = held.begin(measures(spec, sources.found.specs()), window.time_zone, sources.memory_limit)
    if window.start is None or window.end is None or begin is None:
        return None
    earlier = earlier_of(window, None, comparing(board.compare), held.ends(sources.memory_limit), board.judged)
    return None if earlier.place(None, begin).reason else earlier.period()
