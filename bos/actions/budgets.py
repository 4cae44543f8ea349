"""Error budgets of a flow: what is used up, how fast it burns, how long it lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions.budget_forecasts import forecast_of
from bos.actions.dashboard_sources import Sources, sources_of
from bos.actions.definitions import live_definitions
from bos.actions.documents import check_moment
from bos.actions.evaluation import Snapshots, reads, values
from bos.actions.grounds import log_clock, newest_points, points_clock, read_systems
from bos.actions.question import Question, Window, before, span_of
from bos.actions.rights import permit_flow
from bos.kpi.budget import Budget, alerts_of, burns
from bos.kpi.refs import measures
from bos.model.answers.budgets import BudgetPoint, BurnRate, ErrorBudget
from bos.model.answers.page import Page
from bos.model.moments import instant
from bos.model.numbers import duration, percent
from bos.model.ownership import accountable
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.kpi import KpiSpec
    from bos.kpi.options import By, Filters
    from bos.model.answers.kpis import KpiValue

_NO_SHARE = "It comes to more than all there is, or to less than nothing, so it says no share that went wrong."
_MOMENT = timedelta(microseconds=1)
_DAYS_FROM = timedelta(days=3)
"""Budgets at least this long are followed day by day, shorter ones hour by hour."""


def listing(ctx: Context, actor: Actor, flow: str, *, at: datetime | None = None) -> Page[ErrorBudget]:
    """Return the error budgets of a flow's KPIs at a moment, in the order of the template.

    ``at`` (aware) is the first instant that is not looked at any more; by default, and at most, just after what
    the clock of the log shows, or the newest point of a KPI that reads points alone.

    Raises:
        NotFound: there is no such flow.
        UsageError: ``at`` has no time zone, or lies outside of the calendar.
        Unavailable: the lake cannot be read.
    """
    check_moment("at", at)
    Question(end=at)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.read", flow)
        found = live_definitions(connection, flow)
    sources = sources_of(ctx, found)
    return Page(items=tuple(budgets_of(sources, found.specs(), end=at).values()))


def budgets_of(
    sources: Sources,
    specs: Sequence[KpiSpec],
    *,
    end: datetime | None = None,
    filters: Filters = (),
    trust: bool = True,
    judged: datetime | None = None,
) -> dict[str, ErrorBudget]:
    """Return KPI → its error budget, of those that have one; ``trust``: what is beyond a bound of trust is withheld.

    ``judged`` (by default now) is where budgets end while nothing at all was recorded.

    Raises as :func:`bos.actions.evaluation.values`.
    """
    outcomes = {outcome["id"]: outcome for outcome in sources.found.doc["outcomes"]}
    budgeted = [spec for spec in specs if outcomes[spec.id].get("error_budget") and outcomes[spec.id]["target"]]
    if not budgeted:
        return {}
    points = newest_points(sources.found, sources.metrics, end, memory_limit=sources.memory_limit)
    moments: dict[datetime, list[KpiSpec]] = {}
    for spec in budgeted:
        at = _moment(sources, spec, end, points) or judged or datetime.now(UTC)
        moments.setdefault(at, []).append(spec)
    done = {}
    for at, alike in moments.items():
        look = _Look(sources, at, filters, trust=trust)
        for spec in alike:
            look.want(spec, outcomes[spec.id])
        for spec in alike:
            late = at if _silent(sources, at, end, outcomes[spec.id]["error_budget"]) else None
            done[spec.id] = _budget(look, spec, outcomes[spec.id], late)
    return {spec.id: done[spec.id] for spec in budgeted}


def _moment(sources: Sources, spec: KpiSpec, end: datetime | None, points: Mapping[str, datetime]) -> datetime | None:
    """Return the first instant that is not looked at: the end, or just after what the clock of the log shows.

    Of a KPI that reads points alone it is their newest; where there is none, the newest of the flow, or nothing.
    """
    every = sources.found.specs()
    newest = log_clock(sources.events, memory_limit=sources.memory_limit)
    if reads(measures(spec, every)) == {True}:
        there = [points[name] for name in read_systems(spec, every) if name in points]
        newest = max(there or _anything(sources), default=None)
    moments = [moment for moment in (end, newest and newest + _MOMENT) if moment is not None]
    return min(moments, default=None)


def _anything(sources: Sources) -> list[datetime]:
    limit = sources.memory_limit
    ends = (log_clock(sources.events, memory_limit=limit), points_clock(sources.metrics, memory_limit=limit))
    return [moment for moment in ends if moment is not None]


def _silent(sources: Sources, at: datetime, end: datetime | None, window: str) -> bool:
    """Return whether the flow goes on for longer than a budget is watched after what the KPI reads ended."""
    until = min([moment for moment in (end, max(_anything(sources), default=None)) if moment is not None], default=at)
    watched = [alert.long for alert in alerts_of(span_of(window))]
    return until - at > max(watched, default=span_of(window))


class _Look:
    """Asks KPIs for parts of the past before a moment; KPIs that want the same part are asked together."""

    def __init__(self, sources: Sources, at: datetime, filters: Filters, *, trust: bool) -> None:
        self._sources, self.at, self._filters, self._trust = sources, at, filters, trust
        self._wanted: dict[tuple[datetime, By | None], dict[str, KpiSpec]] = {}
        self._found: dict[tuple[datetime, By | None], dict[str, list[KpiValue]]] = {}

    @property
    def found(self) -> Any:
        """The definitions."""
        return self._sources.found

    def start(self, spec: KpiSpec, window: str) -> datetime:
        """Return where a window before the moment begins, by the calendar of the KPI's zone."""
        return before(self.at, window, Question().window(self._sources.found, spec.id).time_zone)

    def want(self, spec: KpiSpec, outcome: Mapping[str, Any]) -> None:
        """Note which parts of the past a budget needs."""
        start, span = self.start(spec, outcome["error_budget"]), span_of(outcome["error_budget"])
        parts: list[tuple[datetime, By | None]] = [(start, None), (start, _by(span))]
        parts += [(self.at - long, None) for alert in alerts_of(span) for long in (alert.long, alert.short)]
        for part in parts:
            self._wanted.setdefault(part, {})[spec.id] = spec

    def ask(self, spec: KpiSpec, start: datetime, by: By | None = None) -> list[KpiValue]:
        """Return the values of a KPI from a moment on: one, or one a bucket."""
        part = (start, by)
        if part not in self._found:
            asked: dict[str, Any] = {"filters": self._filters, "trust": self._trust, "silence": False}
            question = Question(start=start, end=self.at, by=by, **asked)
            held = Snapshots(self._sources.events, self._sources.metrics)
            sources = self._sources
            runs: dict[str, Any] = {"memory_limit": sources.memory_limit, "engine": sources.engine}
            told: dict[str, list[KpiValue]] = {}
            wanted = tuple(self._wanted[part].values())
            for value in values(sources.found, wanted, held, question, approvals=sources.approvals, **runs):
                told.setdefault(value.kpi, []).append(_share(value))
            self._found[part] = told
        return self._found[part].get(spec.id, [])

    def silent(self, whole: KpiValue, window: Window) -> str:
        """Return since when events of a value of the whole budget are missing; empty where it stands."""
        missing = self._sources.silence.missing(whole, window, self.at)
        return missing.words if missing else ""

    def ended(self, whole: KpiValue, window: Window) -> str:
        """Return since when nothing came of a value of the whole budget that stands; empty where it goes on."""
        ended = self._sources.silence.ended(whole, window, judged=self.at)
        return ended.words if ended else ""


def _share(value: KpiValue) -> KpiValue:
    """Return a value that is a share of all; one that is none is withheld, as it cannot say how much of all is bad."""
    if value.value is None or 0 <= float(value.value) <= 1:
        return value
    return value.model_copy(update={"value": None, "withheld_reason": _NO_SHARE})


def _by(span: timedelta) -> By:
    return "day" if span >= _DAYS_FROM else "hour"


def _budget(look: _Look, spec: KpiSpec, outcome: Mapping[str, Any], late: datetime | None) -> ErrorBudget:
    """Return the budget of a KPI; ``late``: since when what it reads is silent."""
    window, target = outcome["error_budget"], outcome["target"]
    budget = Budget(target["value"], target["direction"], span_of(window))
    start = look.start(spec, window)
    (whole,) = look.ask(spec, start)
    zone = Question().window(look.found, spec.id).time_zone
    silent = look.silent(whole, Window(start, look.at, zone))
    stopped = "" if silent else look.ended(whole, Window(start, look.at, zone))
    whole = whole.model_copy(update={"value": None, "withheld_reason": None}) if silent else whole
    burning = () if silent else tuple(_burns(look, spec, budget))
    used = None if whole.value is None else budget.used(float(whole.value))
    rate = burning[-1].long_rate if burning else used
    lasts = None if used is None else budget.lasts(used, rate)
    ended = "" if late is None else f"No data since {instant(late, look.found.doc['time_zone'])}"
    gone = silent or ended
    status, words = ("no_data", stopped) if stopped else _standing(used, burning, whole.withheld_reason, gone)
    doc, course = look.found.doc, () if silent else tuple(_course(look, spec, budget, start))
    known = used is not None and not stopped and (not gone or used >= 1)
    return ErrorBudget(
        kpi=spec.id,
        title=outcome["title"],
        owner=accountable(doc, f"outcomes[{spec.id}].measure") or doc["owner"],
        window=window,
        start=start,
        at=look.at,
        target=target["value"],
        direction=target["direction"],
        allowed=float(budget.allowed),
        value=None if whole.value is None else float(whole.value),
        n=whole.n,
        used=used,
        left=None if used is None else 1 - used,
        lasts_until=None if lasts is None else _later(look.at, lasts),
        forecast=forecast_of(budget, course, (start, look.at), _by(budget.window), zone) if known else None,
        burns=burning,
        course=course,
        status=status,
        words=words,
        withheld_reason=whole.withheld_reason,
        approval=whole.approval,
        snapshot=whole.snapshot,
    )


def _later(at: datetime, lasts: timedelta) -> datetime | None:
    """Return the moment until which the rest lasts; nothing where that is beyond the calendar."""
    try:
        return at + lasts
    except OverflowError:
        return None


def _burns(look: _Look, spec: KpiSpec, budget: Budget) -> Iterator[BurnRate]:
    for alert in alerts_of(budget.window):
        (long,), (short,) = (look.ask(spec, look.at - span) for span in (alert.long, alert.short))
        rates = [None if one.value is None else budget.used(float(one.value)) for one in (long, short)]
        yield BurnRate(
            long=int(alert.long.total_seconds()),
            short=int(alert.short.total_seconds()),
            limit=alert.limit(budget.window),
            long_rate=rates[0],
            short_rate=rates[1],
            level=alert.level,
            burning=burns(alert, budget.window, *rates),
        )


def _course(look: _Look, spec: KpiSpec, budget: Budget, start: datetime) -> Iterator[BudgetPoint]:
    buckets = look.ask(spec, start, _by(budget.window))
    pairs = [(None if one.value is None else float(one.value), one.n) for one in buckets]
    for one, (value, count), left in zip(buckets, pairs, budget.spent(pairs), strict=True):
        if one.bucket_start is not None:
            known = None if value is None else left
            yield BudgetPoint(bucket_start=one.bucket_start, left=known, value=value, n=count)


def _standing(used: float | None, burning: Sequence[BurnRate], withheld: str | None, gone: str) -> tuple[Any, str]:
    """Return how a budget stands: overspent and burning much too fast are breaches, too fast is a warning."""
    if withheld:
        return "withheld", f"Withheld: {withheld}"
    if used is None:
        return "no_data", gone or "Nothing was recorded in the window of the budget"
    if used >= 1:
        return "breach", "Error budget used up"
    if gone:
        return "no_data", gone
    worst = next((rate for rate in burning if rate.burning), None)
    if worst is not None:
        return worst.level, f"Error budget burns {worst.long_rate:.1f} times too fast over {duration(worst.long)}"
    return "ok", f"{percent(1 - used)} of the error budget left"
