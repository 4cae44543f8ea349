"""The values of a run beside what they come to now: what arrived since, and what was defined anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from bos.actions import kpis
from bos.actions.definitions import Definitions, definitions_of, live_definitions
from bos.actions.evaluation import Snapshots, exact, plain, values
from bos.actions.frozen import frozen
from bos.actions.grounds import bound_of, moved_words, runs_on, titles_of, told_then
from bos.actions.question import Question
from bos.actions.rights import permit_flow
from bos.actions.runs import version_of
from bos.auth.policy import allow
from bos.dashboards.periods import bucket_after
from bos.model.answers.kpis import KpiRun, KpiValue, LateEvents, Restated, RestatedValue
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.kpi import KpiSpec
    from bos.kpi.arrivals import Arrivals, Moved
    from bos.model.answers.dashboards import DashboardRun

_Key = tuple[str, "datetime | None", tuple[Any, ...]]


def restated(ctx: Context, actor: Actor, name: str) -> Restated:
    """Return the values of a run beside what the same definitions come to on the newest snapshot.

    Of a run of a dashboard these are the values of its tiles that had one.

    What differs is told with its cause: the events that arrived or left since, by signal. Where the live definitions
    give yet another value, that stands beside it. The run stays as it was kept; nothing is written.

    Raises:
        NotFound: there is no such run, or its template or snapshot is gone.
        Unavailable: the lake cannot be read.
    """
    from bos.kpi.arrivals import arrivals  # noqa: PLC0415 - DuckDB loads where something is computed

    allow(actor, "kpi.evaluate")
    run = frozen(ctx, actor, name)
    kept = _Told.of(run)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.evaluate", run.flow)
        found, _ = definitions_of(connection, run.flow, run.documents)
        live = live_definitions(connection, run.flow)
        generated = jobs.has_generated(connection, run.flow)
    question = kept.question
    then = ctx.lake.snapshot(run.flow, version_of(run.snapshot))
    held = Snapshots(ctx.lake.snapshot(run.flow), ctx.lake.metrics_snapshot(run.flow))
    specs = kpis.chosen(found, kept.names)
    named = {spec.id for spec in specs}
    now = _by_key(_values(ctx, found, specs, held, question))
    again = [spec for spec in live.specs() if spec.id in named]
    today = now if live.versions == found.versions else _by_key(_values(ctx, live, again, held, question))
    points = bool(run.metrics_snapshot) and run.metrics_snapshot != held.metrics.id
    with arrivals(then, held.events, memory_limit=ctx.settings.memory_limit) as moved:
        cause = _Causes(found, live, moved, question, points=points)
        items = [cause.item(value, now.get(_key(value)), today.get(_key(value))) for value in kept.values]
    return Restated(
        run=run.run,
        flow=run.flow,
        then_snapshot=run.snapshot,
        now_snapshot=held.events.id,
        template_version=run.template_version,
        live_version=live.template.version,
        items=tuple(item for item in items if item is not None),
        compared=len(kept.values),
        generated=generated,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What a run told: of which KPIs (``None``: all of the flow), asked how, with which values."""

    names: Sequence[str] | None
    question: Question
    values: tuple[KpiValue, ...]

    @classmethod
    def of(cls, run: KpiRun | DashboardRun) -> _Told:
        """Return what a run told; of a tile without a value, why it had none is told on the dashboard alone."""
        if isinstance(run, KpiRun):
            return cls(run.options.get("kpis"), replace(Question.of(run.options), compare=None), run.values)
        values = tuple(
            KpiValue(kpi=one.id, value=one.value, unit=one.unit, n=one.n)
            for one in run.panels
            if one.kind == "kpi" and one.value is not None
        )
        question = Question(
            start=run.window.start,
            end=run.window.end,
            filters=tuple(sorted(run.filters.items())),
            judged=run.judged,
            trust=run.judged is not None,
        )
        return cls([value.kpi for value in values], question, values)


def _values(
    ctx: Context, found: Definitions, specs: Sequence[KpiSpec], held: Snapshots, question: Question
) -> tuple[KpiValue, ...]:
    if not specs:
        return ()
    limit, engine = ctx.settings.memory_limit, ctx.settings.engine
    return values(found, specs, held, question, memory_limit=limit, engine=engine)


def _key(value: KpiValue) -> _Key:
    return (value.kpi, value.bucket_start and value.bucket_start.astimezone(UTC), tuple(value.dimensions.items()))


def _by_key(found: Sequence[KpiValue]) -> Mapping[_Key, KpiValue]:
    return {_key(value): value for value in found}


class _Causes:
    """Tells of a value why it is another one now."""

    def __init__(
        self, found: Definitions, live: Definitions, moved: Arrivals, question: Question, *, points: bool
    ) -> None:
        self._found, self._live, self._moved, self._question, self._points = found, live, moved, question, points
        self._titles, self._every = titles_of(found), found.specs()

    def item(self, then: KpiValue, now: KpiValue | None, today: KpiValue | None) -> RestatedValue | None:
        """Return a value as it was and as it is now; nothing where it stands."""
        one, two = exact(then.value), exact(now.value if now else None)
        stands = now is not None and (one, then.withheld_reason) == (two, now.withheld_reason)
        kept_back = today.withheld_reason if today is not None and now is not None and not now.withheld_reason else None
        defined = kept_back is None and today is not None and now is not None and today.value == now.value
        if stands and defined:
            return None
        if kept_back:  # what may not be shown today is not shown by the definition of then, either
            now, two = None, None
        late = [] if stands else self._late(then)
        difference = None if one is None or two is None else plain(two - one)
        return RestatedValue(
            kpi=then.kpi,
            bucket_start=then.bucket_start,
            dimensions=then.dimensions,
            unit=then.unit,
            then=then.value,
            then_n=then.n,
            now=now.value if now else None,
            now_n=now.n if now else 0,
            difference=difference,
            live=today.value if today else None,
            late=tuple(self._told(one) for one in late),
            words=(f"Withheld today: {kept_back}",)
            if kept_back
            else tuple(self._words(late, then, now, stands=stands, defined=defined, today=today)),
        )

    def _late(self, value: KpiValue) -> list[Moved]:
        spec = next(spec for spec in self._every if spec.id == value.kpi)
        window = self._question.window(self._found, value.kpi)
        start, end = window.start, window.end
        if value.bucket_start is not None and self._question.by is not None:
            start = value.bucket_start
            end = bucket_after(start, self._question.by, window.time_zone)
        if runs_on(spec, self._every) or told_then(spec, self._every):
            start = None  # what came before the period counts in it
        return self._moved.of(bound_of(self._found, spec), start, end)

    def _told(self, one: Moved) -> LateEvents:
        title = self._titles.get(one.signal, one.signal)
        return LateEvents(signal=one.signal, title=title, came=one.came, left=one.left, cases=one.cases)

    def _words(
        self,
        late: Sequence[Moved],
        then: KpiValue,
        now: KpiValue | None,
        *,
        stands: bool,
        defined: bool,
        today: KpiValue | None,
    ) -> Iterator[str]:
        yield from moved_words(late, self._titles)
        missing = now.no_data if now is not None else None
        if missing is not None and not stands:
            yield f"{missing.words}."
        elif not stands and not late:
            yield self._without_events(then)
        if today is None:
            yield "The KPI is not defined any more, or not for this."
        elif not defined:
            yield f"Template version {self._live.template.version} defines it otherwise: its value is beside."

    def _without_events(self, then: KpiValue) -> str:
        """Return why a value is another one though no event of its own came or left."""
        if then.no_data is not None and self._moved.any_came():
            return f"It was: {then.no_data.words}. Other events of the flow arrived since, so this is known now."
        if self._points:
            return "Points of system signals arrived since."
        return "No event of this period came or left since: another BOS or engine counts otherwise."
