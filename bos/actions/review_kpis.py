"""One KPI of a weekly review: its week, its series, target, behaviour, and whether it is an exception. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.actions.review_words import RULES, day, number
from bos.dashboards.numbers import shown
from bos.dashboards.standing import comparison, direction_of, standing, target_mark, worst
from bos.kpi import parse, print_formula
from bos.kpi.xmr import limits, rules
from bos.model.answers.reports import Behaviour, Point, ReviewKpi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.kpi.xmr import Rule
    from bos.model.answers.changes import Approval
    from bos.model.answers.kpis import KpiValue
    from bos.model.answers.reports import ReviewStatus

WEEKS_SHOWN, MONTHS_SHOWN, WEEKS_READ = 6, 12, 26


@dataclass(frozen=True, slots=True)
class Read:
    """What was computed for a KPI: weeks and months by the start of the bucket, and its value over its own window."""

    outcome: dict[str, Any]
    owner: str
    query: str
    approval: Approval | None
    weeks: Sequence[KpiValue]
    months: Sequence[KpiValue]
    standing: KpiValue | None


def review_kpi(found: Read, start: datetime, zone: str, last: datetime | None) -> ReviewKpi:
    """Return a KPI as the review shows it; ``start`` is the first instant of the week, ``last`` the newest event."""
    measure = found.outcome["measure"]
    unit, zone = measure["unit"], measure["time_zone"] or zone
    monday = start.astimezone(ZoneInfo(zone)).date()
    weeks = _points(found.weeks, unit, zone, "week")
    mine = next((v for v in reversed(found.weeks) if _local(v, zone).date() == monday), None)
    value = None if mine is None or mine.n == 0 else number(mine.value)
    earlier = [point for point in weeks if _day_of(point, zone) < monday]
    before = earlier[-1].value if earlier else None
    own = None if found.standing is None or found.standing.n == 0 else number(found.standing.value)
    withheld = mine.withheld_reason if mine else None
    behaviour = _behaviour([p.value for p in weeks if p.value is not None], value)
    target = found.outcome["target"]
    status, words = _status(found.outcome, [one for one in (value, own) if one is not None], withheld)
    reasons = _reasons(status, target, value, behaviour)
    side = direction_of(target, found.outcome["thresholds"])
    mark = target_mark(target, unit)
    return ReviewKpi(
        kpi=found.outcome["id"],
        title=found.outcome["title"],
        owner=found.owner,
        unit=unit,
        formula=print_formula(parse(measure["formula"])),
        query=found.query,
        n=mine.n if mine else 0,
        value=value,
        shown="Withheld" if withheld else shown(value, unit),
        before=shown(before, unit),
        change=comparison(value, before, unit, "the week before", side).words,
        standing=f"{shown(own, unit)} over {measure['window']}" if measure["window"] else "",
        target=mark.shown if mark else "",
        target_value=mark.value if mark else None,
        status=status,
        status_words=words,
        approval=found.approval,
        exception=bool(reasons),
        weight=_weight(reasons, status, behaviour, value),
        reasons=reasons,
        behaviour=behaviour,
        weeks=_tail(weeks, WEEKS_SHOWN),
        months=_tail(_points(found.months, unit, zone, "month"), MONTHS_SHOWN),
        **_freshness(value, weeks, zone, last, withheld),
    )


def _points(values: Sequence[KpiValue], unit: str, zone: str, by: str) -> tuple[Point, ...]:
    """Return a series from its first bucket that has data; a bucket that rests on nothing has no value."""
    out: list[Point] = []
    for value in values:
        if value.bucket_start is None or (not out and value.n == 0):
            continue
        local = value.bucket_start.astimezone(ZoneInfo(zone))
        label = f"W{local.isocalendar().week:02d}" if by == "week" else f"{local:%b}"
        known = number(value.value) if value.n else None
        out.append(Point(start=value.bucket_start, label=label, value=known, shown=shown(known, unit)))
    return tuple(out)


def _tail(points: tuple[Point, ...], count: int) -> tuple[Point, ...]:
    return points[-count:]


def _local(value: KpiValue, zone: str) -> datetime:
    moment = value.bucket_start
    if moment is None:
        raise ValueError("a bucket has a start")
    return moment.astimezone(ZoneInfo(zone))


def _day_of(point: Point, zone: str) -> Any:
    return point.start.astimezone(ZoneInfo(zone)).date()


def _behaviour(values: list[float], value: float | None) -> Behaviour | None:
    found = limits(values)
    if found is None or value is None:
        return None
    fired = rules(values, found)
    words = "; ".join(RULES[rule] for rule in fired)
    return Behaviour(
        points=len(values), centre=found.centre, lower=found.lower, upper=found.upper, rules=fired, words=words
    )


def _status(outcome: Mapping[str, Any], values: Sequence[float], withheld: str | None) -> tuple[ReviewStatus, str]:
    """Return the worse of the standings of the week and of the KPI's own window."""
    if withheld:
        return "withheld", f"Withheld: {withheld}"
    if not values:
        return "no_data", "No data"
    unit = outcome["measure"]["unit"]
    judged = [standing(value, unit, outcome["target"], outcome["thresholds"]) for value in values]
    found = worst(one.status for one in judged)
    return found, next(one.words for one in judged if one.status == found)


def _reasons(
    status: ReviewStatus, target: Mapping[str, Any] | None, value: float | None, behaviour: Behaviour | None
) -> tuple[str, ...]:
    fired: tuple[Rule, ...] = behaviour.rules if behaviour else ()
    sign = -1 if target and target["direction"] == "at_least" else 1
    missed = target is not None and value is not None and (value - target["value"]) * sign > 0
    out = [RULES[rule] for rule in fired]
    if missed:
        out.append("misses its target")
    elif status == "breach":
        out.append("passes its limit")
    return tuple(out)


def _weight(reasons: tuple[str, ...], status: ReviewStatus, behaviour: Behaviour | None, value: float | None) -> float:
    """Return how loudly an exception speaks: how far outside its limits it is, then the limit it passes."""
    loud = float(len(reasons))
    if behaviour and "outside" in behaviour.rules and value is not None and behaviour.upper > behaviour.centre:
        loud += 10 * abs(value - behaviour.centre) / (behaviour.upper - behaviour.centre)
    return round(loud + (5 if status == "breach" else 0), 6)


def _freshness(
    value: float | None, weeks: tuple[Point, ...], zone: str, last: datetime | None, withheld: str | None
) -> dict[str, Any]:
    if withheld or value is not None:
        return {"freshness": f"Data to {day(last, zone)}" if last else "", "fresh": True}
    known = [point for point in weeks if point.value is not None]
    if not known:
        return {"freshness": "No data in any week", "fresh": False}
    return {"freshness": f"No data since {known[-1].label}, the week of {day(known[-1].start, zone)}", "fresh": False}
