"""Why a KPI changed between two periods: data, definition, volume, mix and rate, as a sum without a rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from bos.actions import kpis
from bos.actions.dashboard_silence import Silence
from bos.actions.dashboard_sources import Sources
from bos.actions.definitions import Definitions, definitions_at, definitions_of, live_definitions
from bos.actions.earlier import Earlier
from bos.actions.evaluation import Question, Snapshots, Window, exact, filters_of, values
from bos.actions.rights import permit_flow
from bos.actions.sides import sides
from bos.auth.policy import allow
from bos.errors import NotFound, UsageError
from bos.kpi.earlier import PREVIOUS, comparing
from bos.kpi.explain import effects, plan, value
from bos.kpi.refs import measures
from bos.model.answers.explanation import Explanation, ExplanationPart, ExplanationSide
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.kpi import KpiSpec
    from bos.kpi.explain import Plan, Side
    from bos.kpi.options import Filters
    from bos.model.answers.kpis import KpiRun, KpiValue

_EVERY = "Whether events are missing is judged by all events of a signal, not by those of the filter alone."


def explain(
    ctx: Context,
    actor: Actor,
    flow: str,
    kpi: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    compare: str = PREVIOUS,
    dimension: str | None = None,
    run: str | None = None,
    filters: Mapping[str, Sequence[str | None]] | None = None,
) -> Explanation:
    """Take the change of a KPI apart, from an earlier period to ``[start, end)``, by the values of a field.

    The earlier period is the one before, or so much earlier (``compare``); with ``run`` it is the window of that run,
    and the value it kept. Without ``dimension`` the first field that the KPI declares is taken, of those that are not
    filtered to one value; an empty one is none. ``filters`` are fields and the values (as text) that count, ``None``
    for missing, as those of a dashboard. Nothing is kept.

    Raises:
        NotFound: there is no such flow, KPI or run.
        NotExpressible: the KPI is no sum over parts.
        UsageError: a period has no value or is not covered by the log; the options make no sense.
        Unavailable: the lake cannot be read.
    """
    allow(actor, "kpi.evaluate")
    wanted = filters_of(filters)
    if wanted and run is not None:
        raise UsageError(
            "A run of KPIs tells of everything.", where="filters", hint="Leave out the run, or the filters."
        )
    kept = None if run is None else _run_of(ctx, actor, flow, kpi, run)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.evaluate", flow)
        found = live_definitions(connection, flow)
        generated = jobs.has_generated(connection, flow)
    (spec,) = kpis.chosen(found, (kpi,))
    taken = plan(spec)
    held = Snapshots(ctx.lake.snapshot(flow), ctx.lake.metrics_snapshot(flow))
    question = Question(start=start, end=end, compare=compare if kept is None else None)
    periods = _periods(found, spec, held, question, kept)
    defined = _defined_then(ctx, flow, periods, kept)
    asked = _Asked(ctx, found, held, spec, taken, _field(spec, dimension, wanted), generated, wanted)
    return _explained(asked, periods, defined, kept)


def _field(spec: KpiSpec, dimension: str | None, filters: Filters) -> str | None:
    """Return the field to split by: of those that are left open, the first that the KPI declares."""
    if dimension is not None:
        return dimension or None
    settled = {name for name, values in filters if len(values) == 1}
    return next((name for name in spec.dimensions if name not in settled), None)


def _defined_then(ctx: Context, flow: str, periods: _Periods, kept: KpiRun | None) -> Definitions | None:
    """Return the definitions of a run, or those that were live when the earlier period ended."""
    with reading(ctx.engine) as connection:
        try:
            if kept is not None:
                return definitions_of(connection, flow, kept.documents)[0]
            return definitions_at(connection, flow, periods.then.end) if periods.then.end is not None else None
        except NotFound:
            return None


def _run_of(ctx: Context, actor: Actor, flow: str, kpi: str, run: str) -> KpiRun:
    kept = kpis.run(ctx, actor, run)
    found = [one for one in kept.values if one.kpi == kpi and one.bucket_start is None and not one.dimensions]
    if kept.flow != flow or len(found) != 1:
        raise UsageError(
            f"The run {run} has no one value of {kpi} of this flow.",
            where="run",
            hint="Name a run of this flow without buckets and dimensions.",
        )
    return kept


@dataclass(frozen=True, slots=True)
class _Periods:
    then: Window
    now: Window


def _periods(found: Definitions, spec: KpiSpec, held: Snapshots, question: Question, kept: KpiRun | None) -> _Periods:
    now = question.window(found, spec.id)
    if kept is not None:
        told = Question.of(kept.options).window(found, spec.id)
        return _Periods(told, told if question.start is None and question.end is None else now)
    now = replace(now, end=now.end or held.ends())
    earlier = Earlier(now, None, comparing(question.compare or PREVIOUS), held.ends())
    then, place = earlier.period(), earlier.place(None, held.first(measures(spec, found.specs())))
    if then is None or place.reason:
        raise UsageError(
            place.reason or "There is no earlier period.",
            where="start",
            hint="Give a window that the log covers together with the earlier one.",
        )
    return _Periods(then, now)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A KPI, and what it is computed from now."""

    ctx: Context
    found: Definitions
    held: Snapshots
    spec: KpiSpec
    taken: Plan
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

    def side(self, window: Window) -> Side:
        """Return the parts of the KPI in a period."""
        found = sides(self.sources, {self.spec.id: self.taken}, window, self.field, self.filters)[self.spec.id]
        if found.withheld:
            raise UsageError(f"The change cannot be taken apart: {found.withheld}", where=self.spec.id)
        return found.parts

    def value(self, window: Window, by: Definitions | None = None) -> KpiValue | None:
        """Return what the KPI comes to in a period, by other definitions where they are given and have it."""
        found = by or self.found
        specs = [one for one in found.specs() if one.id == self.spec.id]
        if not specs:
            return None
        settings = self.ctx.settings
        ask = Question(start=window.start, end=window.end, filters=self.filters)
        told = values(
            found, specs, self.held, ask, memory_limit=settings.memory_limit, engine=settings.engine, withhold=False
        )
        return told[0]

    def missing(self, window: Window) -> str:
        """Return since when events of the KPI are missing in a period; empty where none are."""
        told = self.value(window)
        return Silence(self.sources, self.found.specs()).words(told, window) if told is not None else ""


def _explained(asked: _Asked, periods: _Periods, defined: Definitions | None, kept: KpiRun | None) -> Explanation:
    """Return the change and its parts: from what was told then to what the KPI comes to now, step by step."""
    for window in (periods.then, periods.now):
        whole = asked.value(window)
        if whole is not None and any(mark.withholds and mark.ok is False for mark in whole.trust):
            raise UsageError(f"The change cannot be taken apart: {whole.withheld_reason}", where=asked.spec.id)
    one, two = asked.side(periods.then), asked.side(periods.now)
    then, now = _there(asked, one, "earlier"), _there(asked, two, "later")
    base, parts, notes = then, [], []
    same = defined is not None and defined.versions == asked.found.versions
    older = asked.value(periods.then, defined) if defined is not None and not same else None
    if older is None and not same:
        notes.append("The KPI was not defined in the earlier period, so its definition of now is used for both.")
    elif older is not None and (told := _exactly(older)) is not None and not _alike(told, then):
        parts.append(_part("definition", then - told))
        base = told
    if kept is not None:
        (value_of,) = (one for one in kept.values if one.kpi == asked.spec.id)
        if (told := _exactly(value_of)) is not None and not _alike(told, base):
            parts.append(_part("data", base - told))
            base = told
    gaps = [words for words in (asked.missing(periods.then), asked.missing(periods.now)) if words]
    if gaps:
        notes += [*gaps, *([_EVERY] if asked.filters else [])]
        parts.append(_part("data", now - then))
    else:
        parts += [
            ExplanationPart(
                kind=one.kind, of=one.part, missing=bool(asked.field) and one.part is None, amount=float(one.amount)
            )
            for one in effects(asked.taken, one, two)
        ]
    sides = [
        ExplanationSide(start=window.start, end=window.end, value=float(worth))
        for window, worth in ((periods.then, base), (periods.now, now))
    ]
    return Explanation(
        flow=asked.found.template.id,
        kpi=asked.spec.id,
        unit=asked.spec.unit,
        dimension=asked.field,
        filters=dict(asked.filters),
        then=sides[0],
        now=sides[1],
        difference=float(now - base),
        parts=tuple(parts),
        notes=tuple(notes),
        snapshot=asked.held.events.id,
        template_version=asked.found.template.version,
        generated=asked.generated,
    )


def _there(asked: _Asked, of: Side, when: str) -> Fraction:
    found = value(asked.taken, of)
    if found is None:
        raise UsageError(f"There is no value in the {when} period, so there is no change.", where=asked.spec.id)
    return found


def _part(kind: Literal["data", "definition"], amount: Fraction) -> ExplanationPart:
    return ExplanationPart(kind=kind, amount=float(amount))


def _exactly(told: KpiValue) -> Fraction | None:
    number = exact(told.value)
    return None if number is None else Fraction(number)


def _alike(one: Fraction, two: Fraction) -> bool:
    """Return whether two values are shown alike: floating numbers have 12 digits."""
    return f"{float(one):.12g}" == f"{float(two):.12g}"
