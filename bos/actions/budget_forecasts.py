"""When an error budget will be used up, as an answer: moments and words of :mod:`bos.kpi.forecast`. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bos.dashboards.periods import bucket_after, short
from bos.kpi.forecast import LEAST_BUCKETS, Burnt, forecast
from bos.model.answers.budgets import BudgetForecast
from bos.model.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bos.kpi.budget import Budget
    from bos.kpi.forecast import Forecast
    from bos.kpi.options import By
    from bos.model.answers.budgets import BudgetPoint

_LENGTHS: dict[By, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


def forecast_of(
    budget: Budget, course: Sequence[BudgetPoint], window: tuple[datetime, datetime], by: By, zone: str
) -> BudgetForecast:
    """Return when a budget will be used up whose window ``[start, at)`` has that course, by the hour or the day."""
    start, at = window
    burnt = [Burnt(0.0 if one.value is None else budget.used(one.value) * one.n, one.n) for one in course]
    whole = [start <= one.bucket_start and bucket_after(one.bucket_start, by, zone) <= at for one in course]
    found = forecast(burnt, whole)
    moments = {
        name: None if steps is None else _later(at, _LENGTHS[by], steps)
        for name, steps in (("expected", found.expected), ("earliest", found.earliest), ("latest", found.latest))
    }
    since = None if found.since is None else course[found.since].bucket_start
    return BudgetForecast(
        outlook=found.outlook,
        **moments,
        used_up_on=since,
        share=found.share,
        buckets=found.of,
        words=_words(found, since, moments, by, zone),
        method=_method(found, by),
    )


def _later(at: datetime, length: timedelta, steps: float) -> datetime | None:
    try:
        return at + length * steps
    except OverflowError:
        return None


def _words(found: Forecast, since: datetime | None, moments: dict[str, datetime | None], by: By, zone: str) -> str:
    expected, earliest, latest = (
        moment and short(moment, by, zone) for moment in (moments["expected"], moments["earliest"], moments["latest"])
    )
    if found.outlook == "used_up":
        return f"Already used up on {since and short(since, by, zone)}"
    if found.outlook == "unknown":
        return f"No forecast: it takes {LEAST_BUCKETS} whole {by}s, and there are {found.of}"
    if found.outlook == "runs_out":
        until = f"and {latest}" if latest else "and not at all"
        return f"Used up on {expected} at the present pace (between {earliest} {until})"
    if found.outlook == "may_run_out":
        return f"Will last at the present pace, but may be used up, on {earliest} at the earliest"
    return "Will last at the present pace"


def _method(found: Forecast, by: By) -> str:
    if found.share is None:
        return ""
    return (
        f"The pace of the last {found.of} {by}s goes on, and what leaves the window is given back; the bounds hold "
        f"eight of ten courses drawn from them. {percent(found.share)} of the courses use it up within a window."
    )
