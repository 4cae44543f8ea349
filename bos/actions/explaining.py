"""Why a KPI changed between two periods: data, definition, volume, mix and rate, as a sum without a rest."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from bos.actions import kpis
from bos.actions.definitions import live_definitions
from bos.actions.evaluation import Snapshots, exact
from bos.actions.question import Question, filters_of, refuse_undeclared
from bos.actions.rights import permit_flow
from bos.actions.sides import sides
from bos.actions.two_periods import Asked, Periods, defined_then, field_of, periods_of
from bos.auth.policy import allow
from bos.errors import UsageError
from bos.kpi.earlier import PREVIOUS
from bos.kpi.explain import effects, plan, value
from bos.model.answers.explanation import Explanation, ExplanationPart, ExplanationSide
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.actions.question import Window
    from bos.actions.two_periods import Gaps
    from bos.auth.actor import Actor
    from bos.kpi.explain import Effect, Plan, Side
    from bos.model.answers.kpis import KpiRun, KpiValue


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
        UsageError: a period has no value or is not covered by the log; the KPI does not declare a field; the options
            make no sense.
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
    refuse_undeclared(spec, wanted, dimension)
    taken = plan(spec)
    held = Snapshots(ctx.lake.snapshot(flow), ctx.lake.metrics_snapshot(flow))
    question = Question(start=start, end=end, compare=compare if kept is None else None)
    periods = periods_of(found, spec, held, question, kept, memory_limit=ctx.settings.memory_limit)
    defined = defined_then(ctx, flow, periods, kept)
    asked = Asked(ctx, found, held, spec, field_of(spec, dimension, wanted), generated, wanted)
    return _explained(asked, taken, periods, defined, kept)


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


def _explained(
    asked: Asked, taken: Plan, periods: Periods, defined: Definitions | None, kept: KpiRun | None
) -> Explanation:
    """Return the change and its parts: from what was told then to what the KPI comes to now, step by step."""
    asked.refuse_withheld(periods)
    one, two = (_side(asked, taken, window) for window in (periods.then, periods.now))
    then, now = _there(asked, taken, one, "earlier"), _there(asked, taken, two, "later")
    base, parts, notes = then, [], asked.unknown()
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
    gaps = asked.gaps(periods)
    notes += gaps.words
    if gaps.whole:
        parts.append(_part("data", now - then))
    else:
        parts += _effects(asked, effects(taken, one, two), gaps)
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


def _effects(asked: Asked, found: Sequence[Effect], gaps: Gaps) -> Iterator[ExplanationPart]:
    """Yield the effects as parts; where events are missing from a part of a period, more or fewer says nothing else."""
    if gaps.words:
        missing = sum((one.amount for one in found if one.kind == "volume"), Fraction(0))
        found = [one for one in found if one.kind != "volume"]
        if missing:
            yield _part("data", missing)
    for one in found:
        lacks = bool(asked.field) and one.part is None
        yield ExplanationPart(kind=one.kind, of=one.part, missing=lacks, amount=float(one.amount))


def _side(asked: Asked, taken: Plan, window: Window) -> Side:
    """Return the parts of the KPI in a period."""
    found = sides(asked.sources, {asked.spec.id: taken}, window, asked.field, asked.filters)[asked.spec.id]
    if found.withheld:
        raise UsageError(f"The change cannot be taken apart: {found.withheld}", where=asked.spec.id)
    return found.parts


def _there(asked: Asked, taken: Plan, of: Side, when: str) -> Fraction:
    found = value(taken, of)
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
