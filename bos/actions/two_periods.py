"""A KPI in two periods: what is looked at where its change is taken apart, or told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions.dashboard_sources import Sources
from bos.actions.definitions import Definitions, definitions_at, definitions_of
from bos.actions.earlier import earlier_of
from bos.actions.evaluation import Snapshots, values
from bos.actions.question import Question, Window
from bos.errors import NotFound, UsageError
from bos.kpi.earlier import PREVIOUS, comparing
from bos.kpi.options import check_order
from bos.kpi.refs import measures
from bos.model.filters import unknown
from bos.store.engine import reading

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.actions.silence import Silence
    from bos.kpi import KpiSpec
    from bos.kpi.options import Filters
    from bos.model.answers.kpis import KpiRun, KpiValue, NoData

_EVERY = "Whether events are missing is judged by all events of a signal, not by those of the filter alone."


@dataclass(frozen=True, slots=True)
class Periods:
    """The earlier period and the later one."""

    then: Window
    now: Window


@dataclass(frozen=True, slots=True)
class Gaps:
    """Which events are missing in either of two periods, and what that is judged by, in sentences; empty: none are.

    ``whole``: without them there is no number; else they are missing from a part of a period.
    """

    words: tuple[str, ...]
    whole: bool


def periods_of(
    found: Definitions, spec: KpiSpec, held: Snapshots, question: Question, kept: KpiRun | None, *, memory_limit: str
) -> Periods:
    """Return the two periods; those of a run where one is given.

    Raises:
        UsageError: the log does not cover both, or the window ends before it begins.
    """
    check_order(question.start, question.end)
    now = question.window(found, spec.id)
    if kept is not None:
        told = Question.of(kept.options).window(found, spec.id)
        return Periods(told, told if question.start is None and question.end is None else now)
    against = comparing(question.compare or PREVIOUS)
    earlier = earlier_of(now, None, against, held.ends(memory_limit), datetime.now(UTC))
    then = earlier.period()
    place = earlier.place(None, held.begin(measures(spec, found.specs()), now.time_zone, memory_limit))
    if then is None or place.reason:
        raise UsageError(
            place.reason or "There is no earlier period.",
            where="start",
            hint="Give a window that the log covers together with the earlier one.",
        )
    return Periods(then, earlier.window)


def field_of(spec: KpiSpec, dimension: str | None, filters: Filters) -> str | None:
    """Return the field to split by: of those that are left open, the first that the KPI declares."""
    if dimension is not None:
        return dimension or None
    settled = {name for name, values in filters if len(values) == 1}
    return next((name for name in spec.dimensions if name not in settled), None)


def defined_then(ctx: Context, flow: str, periods: Periods, kept: KpiRun | None) -> Definitions | None:
    """Return the definitions of a run, or those that were live when the earlier period ended."""
    with reading(ctx.engine) as connection:
        try:
            if kept is not None:
                return definitions_of(connection, flow, kept.documents)[0]
            return definitions_at(connection, flow, periods.then.end) if periods.then.end is not None else None
        except NotFound:
            return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A KPI, and what it is computed from now."""

    ctx: Context
    found: Definitions
    held: Snapshots
    spec: KpiSpec
    field: str | None
    generated: bool
    filters: Filters

    @property
    def sources(self) -> Sources:
        """The live definitions and the newest snapshots."""
        settings, held = self.ctx.settings, self.held
        return Sources(
            found=self.found,
            events=held.events,
            metrics=held.metrics,
            memory_limit=settings.memory_limit,
            engine=settings.engine,
        )

    def value(
        self, window: Window, by: Definitions | None = None, *, silence: Silence | None = None
    ) -> KpiValue | None:
        """Return what the KPI comes to in a period, by other definitions where they are given and have it.

        What is missing is 0 in a sum of parts; with ``silence`` it is no number.
        """
        found = by or self.found
        specs = [one for one in found.specs() if one.id == self.spec.id]
        if not specs:
            return None
        settings = self.ctx.settings
        ask = Question(start=window.start, end=window.end, filters=self.filters, silence=silence is not None)
        how: dict[str, Any] = {"memory_limit": settings.memory_limit, "engine": settings.engine, "silence": silence}
        return values(found, specs, self.held, ask, withhold=False, **how)[0]

    def _missing(self, window: Window, silence: Silence) -> tuple[NoData | None, NoData | None]:
        """Return which events of the KPI are missing from a period, or else from a part of it."""
        told = self.value(window, silence=silence)
        if told is None or told.no_data is not None:
            return None if told is None else told.no_data, None
        return None, silence.in_part(told, window)

    def unknown(self) -> list[str]:
        """Return which values of the filters no event has, in sentences."""
        from bos.kpi.extents import values as extents  # noqa: PLC0415 - DuckDB loads where something is computed

        fields, limit = [name for name, _ in self.filters], self.ctx.settings.memory_limit
        return unknown(self.filters, extents(self.held.events, self.found.bound(), fields, memory_limit=limit))

    def refuse_withheld(self, periods: Periods) -> None:
        """Refuse a KPI that is beyond a bound of trust in either period. Raises UsageError."""
        for window in (periods.then, periods.now):
            whole = self.value(window)
            if whole is not None and any(mark.withholds and mark.ok is False for mark in whole.trust):
                raise UsageError(f"The change cannot be taken apart: {whole.withheld_reason}", where=self.spec.id)

    def gaps(self, periods: Periods) -> Gaps:
        """Return what is missing of the KPI in either period."""
        silence = self.sources.silence
        pairs = [self._missing(window, silence) for window in (periods.then, periods.now)]
        words = dict.fromkeys(gone.words for pair in pairs for gone in pair if gone is not None)
        return Gaps((*words, *([_EVERY] if words and self.filters else ())), any(whole for whole, _ in pairs))
