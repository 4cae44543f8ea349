"""What changed on a dashboard: each KPI against the period before, or its last two whole buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions.dashboard_sources import asked
from bos.actions.evaluation import Question, Window
from bos.dashboards.periods import LONGER, covered, day_of, period_before, words
from bos.dashboards.standing import comparison
from bos.dashboards.tiles import few, side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.actions.dashboard_silence import Silence
    from bos.actions.dashboard_sources import Sources
    from bos.dashboards.board import Board
    from bos.kpi import KpiSpec
    from bos.model.answers.dashboards import Comparison
    from bos.model.answers.kpis import KpiValue


class Changes:
    """Compares KPIs of a dashboard; what has no value because events are missing is compared with nothing."""

    def __init__(self, sources: Sources, board: Board, silence: Silence) -> None:
        self._sources, self._board, self._silence = sources, board, silence

    def of(
        self,
        specs: Sequence[KpiSpec],
        now: Mapping[str, Sequence[KpiValue]],
        course: Mapping[str, Sequence[KpiValue]],
    ) -> dict[str, Comparison]:
        """Return each KPI against the period before; where nothing was recorded then, its last two whole buckets.

        ``course`` holds its buckets, those without events of a missing signal without a value.
        """
        ask = Question(start=self._board.start, end=self._board.end)
        changes: dict[str, Comparison] = {}
        groups: dict[Window, list[KpiSpec]] = {}
        for spec in specs:
            groups.setdefault(ask.window(self._sources.found, spec.id), []).append(spec)
        for window, alike in groups.items():
            earlier = self._earlier(window)
            changes |= (
                self._last_two(window, alike, course) if earlier is None else self._against(earlier, window, alike, now)
            )
        return changes

    def _earlier(self, window: Window) -> tuple[datetime, datetime] | None:
        """Return the period before a window, if the log reaches back to its beginning."""
        first = self._board.held.first
        if window.start is None or window.end is None or first is None:
            return None
        earlier = period_before(window.start, window.end, window.time_zone)
        return earlier if day_of(first, window.time_zone) <= earlier[0] else None

    def _against(
        self,
        earlier: tuple[datetime, datetime],
        window: Window,
        specs: Sequence[KpiSpec],
        now: Mapping[str, Sequence[KpiValue]],
    ) -> dict[str, Comparison]:
        start, end = earlier
        then, _ = asked(self._sources, specs, Question(start=start, end=end, filters=self._board.filters))
        period = words(start, end, self._board.held, window.time_zone).removesuffix(f", {window.time_zone}")
        span = Window(start, end, window.time_zone)
        changes = {}
        for spec in specs:
            value = then[spec.id][0]
            if not self._silence.words(value, span):
                changes[spec.id] = self._compared(spec, now[spec.id][0], value, period)
        return changes

    def _last_two(
        self, window: Window, specs: Sequence[KpiSpec], course: Mapping[str, Sequence[KpiValue]]
    ) -> dict[str, Comparison]:
        board, zone = self._board, window.time_zone
        whole = covered(board.start, board.end, board.held, zone)
        if whole is None:
            return {}
        by = LONGER[board.by]
        if by != board.by:
            ask = Question(start=board.start, end=board.end, by=by, filters=board.filters)
            found, _ = asked(self._sources, specs, ask)
            course = {spec.id: self._silence.course(found[spec.id], by, zone)[0] for spec in specs}
        changes = {}
        for spec in specs:
            pair = _whole_pair(course[spec.id], *whole)
            if pair is None:
                continue
            then, now, end = pair
            edges = [then.bucket_start, now.bucket_start, end]
            names = [words(edges[i], edges[i + 1], board.held, zone).removesuffix(f", {zone}") for i in (0, 1)]
            changes[spec.id] = self._compared(spec, now, then, names[0], of=f"Last whole {by}, {names[1]}")
        return changes

    def _compared(self, spec: KpiSpec, now: KpiValue, then: KpiValue, period: str, *, of: str = "") -> Comparison:
        outcome = next(outcome for outcome in self._board.template["outcomes"] if outcome["id"] == spec.id)
        return comparison(now.value, then.value, spec.unit, period, side(outcome), of=of)


def _whole_pair(
    values: Sequence[KpiValue], since: datetime, until: datetime
) -> tuple[KpiValue, KpiValue, datetime] | None:
    """Return the last two neighbours of whole buckets that rest on enough, and where the later one ends."""
    starts, thin = [value.bucket_start for value in values], few(values)
    for i in range(len(values) - 2, 0, -1):
        begin, end = starts[i - 1], starts[i + 1]
        if (
            begin is not None
            and end is not None
            and since <= begin
            and end <= until
            and not thin & {begin, starts[i]}
            and all(value.n and value.value is not None for value in values[i - 1 : i + 1])
        ):
            return values[i - 1], values[i], end
    return None
