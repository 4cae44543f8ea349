"""One KPI of a weekly review: its week, its series, target, behaviour, and whether it is an exception. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.actions.question import before as before_moment
from bos.actions.review_words import RULES, day, number, period
from bos.dashboards.periods import GAPPED, IN_PART
from bos.dashboards.standing import comparison, distance, is_gap, standing, target_mark, unjudged, worst
from bos.dashboards.tiles import marks_of
from bos.kpi import parse, print_formula
from bos.kpi.read_parts import Span
from bos.kpi.series import unequal
from bos.kpi.silence import WHOLE_FLOW
from bos.kpi.xmr import limits, rules
from bos.model.answers.reports import Behaviour, Point, ReviewKpi
from bos.model.moments import instant, nothing_since, silent_since
from bos.model.numbers import NO_CASE, NOTHING, shown
from bos.model.outcomes import direction_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.kpi.options import By
    from bos.kpi.read_parts import Reads
    from bos.kpi.silence import Gap, Recorded
    from bos.kpi.xmr import Rule
    from bos.model.answers.changes import Approval
    from bos.model.answers.kpis import KpiValue
    from bos.model.answers.reports import ReviewStatus

_LESS = {IN_PART: "the data began in", GAPPED: "data is missing from"}
WEEKS_SHOWN, MONTHS_SHOWN, WEEKS_READ = 6, 12, 26


@dataclass(frozen=True, slots=True)
class Week:
    """The week of a KPI: ``[start, end)`` in its zone, and up to when it is known.

    ``own``: the zone is the KPI's, not the flow's; ``over``: so is the week.
    """

    start: datetime
    end: datetime
    zone: str
    known: datetime
    own: bool = False
    over: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """What was computed for a KPI: weeks and months by the start of the bucket, and its value over its own window.

    ``signals`` and ``systems`` map the process signals and the system signals it reads to their titles, ``reads`` says
    how it reads them; ``recorded`` and ``measured`` say when they were recorded, as it was known at ``horizon``.
    ``points`` are the newest points of the system signals it reads, ``since`` is from when on what it reads is known.
    ``latest`` is until when it is known by now which days are missing.
    ``drawn``: its target means the same for a week or a month as for its own window.
    """

    outcome: dict[str, Any]
    owner: str
    query: str
    approval: Approval | None
    weeks: Sequence[KpiValue]
    months: Sequence[KpiValue]
    standing: KpiValue | None
    signals: Mapping[str, str]
    systems: Mapping[str, str]
    recorded: Recorded
    measured: Recorded
    reads: Reads
    horizon: datetime
    latest: datetime
    points: Sequence[datetime] = ()
    since: datetime | None = None
    drawn: bool = True

    def missing(self, start: datetime, end: datetime, value: Any) -> Gap | None:
        """Return the signal whose events or points are missing of a value of a period; nothing where it stands."""
        known = min(end, self.horizon)
        span, zero = Span(start, known, known, known=max(known, self.latest)), value in {0, None}
        return self.reads.missing(self.recorded, span, zero=zero, points=self.measured)

    def title(self, gap: Gap) -> str:
        """Return what is missing as people call it."""
        return {**self.signals, **self.systems}.get(gap.signal, WHOLE_FLOW)

    def ended(self, start: datetime, end: datetime) -> Gap | None:
        """Return what stopped before the end of a period; nothing where it went on to it."""
        known = min(end, self.horizon)
        return self.reads.ended(self.recorded, Span(start, known, known), points=self.measured)

    def in_part(self, start: datetime, end: datetime) -> Gap | None:
        """Return which events or points are missing from a part of a period; nothing where all are there."""
        known = min(end, self.horizon)
        span = Span(start, known, known, known=max(known, self.latest))
        return self.reads.in_part(self.recorded, span, points=self.measured)

    def unjudged(self, start: datetime, end: datetime, zone: str) -> str:
        """Return in words why the number of a period has no verdict; empty where nothing keeps it from one."""
        if gap := self.ended(start, end):
            return nothing_since(self.title(gap), gap.since, zone)
        gap = self.in_part(start, end)
        return f"{silent_since(gap.since, zone, gap.until)}: {self.title(gap)}" if gap else ""


def review_kpi(found: Read, week: Week) -> ReviewKpi:
    """Return a KPI as the review shows it. A number whose signals are missing from its period is none, never 0."""
    measure = found.outcome["measure"]
    unit, zone = measure["unit"], week.zone
    monday = week.start.astimezone(ZoneInfo(zone)).date()
    weeks = _points(found, found.weeks, "week", week)
    mine = next((v for v in reversed(found.weeks) if _local(v, zone).date() == monday), None)
    gap = found.missing(week.start, week.end, mine and mine.value)
    value = None if mine is None or gap else number(mine.value)
    before = next((point for point in reversed(weeks) if _day_of(point, zone) < monday), None)
    own, refused, holed = _own(found, week)
    withheld = _withheld(mine, gone=bool(gap))
    target = found.outcome["target"]
    gone = bool(gap)
    held = [] if gap else [one for one in (value, None if holed else own) if one is not None]
    ended = "" if gap or withheld else found.unjudged(week.start, week.end, zone)
    behaviour = None if value is None else _behaviour(weeks, week, whole=not ended)
    status, words = _status(found.outcome, held, withheld, gone=gone)
    if ended:
        stands = unjudged(ended, found.outcome)
        status, words = stands.status, stands.words
    reasons = () if gap or ended else _reasons(status, found.outcome, value, behaviour)
    side = None if ended or is_gap(found.outcome) else direction_of(target, found.outcome["thresholds"])
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
        shown="Withheld" if withheld else NO_CASE if value is None and not gone else shown(value, unit),
        before=f"{before.shown} {before.part}".strip() if before else NOTHING,
        change=_change(value, before, unit, side),
        standing=_over(found, own, refused, holed),
        target=mark.shown if mark else "",
        target_value=mark.value if mark and found.drawn else None,
        status=status,
        status_words=words,
        approval=found.approval,
        exception=bool(reasons),
        weight=_weight(reasons, status, behaviour, value),
        reasons=reasons,
        behaviour=behaviour,
        weeks=weeks[-WEEKS_SHOWN:],
        months=_points(found, found.months, "month", week)[-MONTHS_SHOWN:],
        period=period(week.start, week.end, week.zone) if week.own else "",
        signals=tuple(found.signals.values()),
        withheld=withheld or refused or "",
        unjudged=ended,
        **_freshness(found, week, value, gap, withheld),
    )


def _withheld(value: KpiValue | None, *, gone: bool) -> str | None:
    """Return why a value is withheld; where what it reads is missing, and for that alone it is, nothing."""
    reason = value.withheld_reason if value else None
    return None if gone and unequal(reason) else reason


def _own(found: Read, week: Week) -> tuple[float | None, str | None, str]:
    """Return the value over the KPI's own window, why it is withheld, and why it has no verdict.

    Nothing where the KPI has no window, or a signal is missing from it.
    """
    window = found.outcome["measure"]["window"]
    if found.standing is None or not window:
        return None, found.standing.withheld_reason if found.standing else None, ""
    start = before_moment(week.end, window, week.zone)
    gone = found.missing(start, week.end, found.standing.value) is not None
    refused = _withheld(found.standing, gone=gone)
    holed = "" if gone or refused else found.unjudged(start, week.end, week.zone)
    return None if gone else number(found.standing.value), refused, holed


def _over(found: Read, own: float | None, refused: str | None, holed: str) -> str:
    """Return the value over the KPI's own window in words, or that it is withheld; nothing where it has no window.

    ``holed``: why it has no verdict.
    """
    measure = found.outcome["measure"]
    if not measure["window"]:
        return ""
    told = f"{'Withheld' if refused else shown(own, measure['unit'])} over {measure['window']}"
    return f"{told}. {holed}" if holed else told


def _change(value: float | None, before: Point | None, unit: str, side: str | None) -> str:
    """Return a value against that of the week before, in words; where data is missing from that, there is none."""
    if value is not None and before is not None and before.part in _LESS:
        return f"Nothing to compare with: {_LESS[before.part]} the week before"
    return comparison(value, before.value if before else None, unit, "the week before", side).words


def _points(found: Read, values: Sequence[KpiValue], by: By, week: Week) -> tuple[Point, ...]:
    """Return a series from its first bucket that has data; a bucket that rests on missing data has no value.

    Which buckets are not like the others is told as dashboards and behaviour tell it: with the week all is over.
    """
    out: list[Point] = []
    zone, unit = found.recorded.zone, found.outcome["measure"]["unit"]
    marks = marks_of(values, by, zone, (found.since, week.known) if found.since else None)
    ends = [later.bucket_start for later in values[1:]] + [week.end]
    for value, until in zip(values, ends, strict=True):
        if value.bucket_start is None or until is None:
            continue
        known = None if found.missing(value.bucket_start, until, value.value) else number(value.value)
        if not out and known is None:
            continue
        local = value.bucket_start.astimezone(ZoneInfo(zone))
        label = f"W{local.isocalendar().week:02d}" if by == "week" else f"{local:%b}"
        part = marks.get(value.bucket_start.isoformat()) or (GAPPED if found.in_part(value.bucket_start, until) else "")
        part = "" if known is None else part
        out.append(Point(start=value.bucket_start, label=label, value=known, shown=shown(known, unit), part=part))
    return tuple(out)


def _local(value: KpiValue, zone: str) -> datetime:
    moment = value.bucket_start
    if moment is None:
        raise ValueError("a bucket has a start")
    return moment.astimezone(ZoneInfo(zone))


def _day_of(point: Point, zone: str) -> Any:
    return point.start.astimezone(ZoneInfo(zone)).date()


def _behaviour(weeks: Sequence[Point], week: Week, *, whole: bool) -> Behaviour | None:
    """Return the limits of the weeks that can be judged, and which rules the last fires if it is one of them.

    ``whole``: what the last rests on went on to its end.
    """
    told = [point for point in weeks if not point.part and (whole or point.start < week.start)]
    values = [point.value for point in told if point.value is not None]
    found = limits(values)
    if found is None:
        return None
    fired = rules(values, found) if told[-1].start >= week.start else ()
    words = "; ".join(RULES[rule] for rule in fired)
    return Behaviour(
        points=len(values), centre=found.centre, lower=found.lower, upper=found.upper, rules=fired, words=words
    )


def _status(
    outcome: Mapping[str, Any], values: Sequence[float], withheld: str | None, *, gone: bool
) -> tuple[ReviewStatus, str]:
    """Return the worse of the standings of the week and of the KPI's own window; ``gone``: nothing can be no case."""
    if withheld:
        return "withheld", f"Withheld: {withheld}"
    if not values:
        return ("no_data", "No data") if gone else ("none", f"{NO_CASE} in the week")
    unit = outcome["measure"]["unit"]
    judged = [standing(value, unit, outcome) for value in values]
    found = worst(one.status for one in judged)
    return found, next(one.words for one in judged if one.status == found)


def _reasons(
    status: ReviewStatus, outcome: Mapping[str, Any], value: float | None, behaviour: Behaviour | None
) -> tuple[str, ...]:
    target = outcome["target"]
    fired: tuple[Rule, ...] = behaviour.rules if behaviour else ()
    sign = -1 if target and target["direction"] == "at_least" else 1
    missed = target is not None and value is not None and (float(distance(value, outcome)) - target["value"]) * sign > 0
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


def _freshness(found: Read, week: Week, value: float | None, gap: Gap | None, withheld: str | None) -> dict[str, Any]:
    """Return how far the data of a KPI goes: its newest event, in words, and whether it goes far enough."""
    held, zone = found.recorded, week.zone
    newest = held.newest(found.signals, week.end) if found.signals else max(found.points, default=None)
    if gap:
        words = f"{silent_since(gap.since, zone, gap.until)}: {found.title(gap)}"
        return {"as_of": newest, "freshness": words, "fresh": False}
    if withheld:
        return {"as_of": newest, "freshness": "", "fresh": True}
    told = f"Data to {instant(newest, zone)}" if newest else ""
    late = held.late(found.signals, week.end) if found.signals else found.measured.late(found.systems, week.end)
    if not week.over:
        return {"as_of": newest, "freshness": f"The week is not over in {zone}. {told}", "fresh": False}
    if late and late.since:
        told = f"Data of {found.title(late)} ends on {day(late.since, zone)}, before the week does"
    elif value is None:
        told = f"{NO_CASE} in the week{f'. {told}' if told else ''}"
    return {"as_of": newest, "freshness": told, "fresh": late is None}
