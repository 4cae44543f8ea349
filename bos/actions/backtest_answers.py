"""One threshold over a course, as an answer: episodes, incidents, counts, money and words. Pure but for the money."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

from bos.actions.evaluation import plain
from bos.kpi.backtest import Span, beyond, counts, delay, episodes, firing, joined, without
from bos.model.answers.backtests import AlertEpisode, IncidentFound, ThresholdTest
from bos.model.numbers import duration, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bos.actions.backtests import Tried
    from bos.actions.failure_money import Money
    from bos.kpi.backtest import Episode, Judged
    from bos.model.incidents import Incident

_DAY = 86_400
_SIDES = {"at_most": "above", "at_least": "below"}


def judged_incidents(incidents: Sequence[Incident], course: Sequence[Judged]) -> list[tuple[Incident, bool]]:
    """Return incidents in the order of time, and whether any bucket that is judged overlaps them."""
    ordered = sorted(incidents, key=lambda one: (one.start, one.end))
    return [(one, any(bucket.span.overlaps(_span(one)) for bucket in course)) for one in ordered]


def _span(incident: Incident) -> Span:
    return Span(incident.start, incident.end)


def threshold_test(
    tried: Tried,
    course: Sequence[Judged],
    incidents: Sequence[tuple[Incident, bool]],
    *,
    hold: int,
    money: Money,
    unit: str,
) -> ThresholdTest:
    """Return what a threshold would have done over a course."""
    fired = firing(course, beyond(tried.value, tried.sign), hold)
    ran = episodes(course, fired, tried.sign)
    windows = [_span(one) for one, judged in incidents if judged]
    marks = [any(one.span.overlaps(window) for window in windows) for one in ran]
    found = [_incident(known, course, fired, money) for known in incidents]
    told: dict[str, Any] = {}
    if incidents:
        told = _measured(marks, found, money)
        buckets = counts(course, fired, windows)
        told |= {"bucket_hits": buckets.hits, "bucket_false": buckets.false}
        told |= {"bucket_missed": buckets.missed, "bucket_quiet": buckets.quiet}
    return ThresholdTest(
        of=tried.of,
        level=tried.level,
        value=tried.value,
        shown=f"{_SIDES[tried.direction]} {shown(tried.value, unit)}",
        direction=tried.direction,
        episodes=tuple(_episode(one, unit, mark if incidents else None) for one, mark in zip(ran, marks, strict=True)),
        firing_buckets=sum(fired),
        incidents=tuple(found),
        currency=money.currency,
        words=" ".join(_words(ran, course, told, money.currency)),
        **told,
    )


def _episode(one: Episode, unit: str, mark: bool | None) -> AlertEpisode:  # noqa: FBT001 - true, false or not known
    return AlertEpisode(
        start=one.span.start,
        end=one.span.end,
        buckets=one.buckets,
        worst=float(one.worst),
        shown=shown(plain(one.worst), unit),
        true=mark,
    )


def _incident(
    known: tuple[Incident, bool], course: Sequence[Judged], fired: Sequence[bool], money: Money
) -> IncidentFound:
    one, judged = known
    late = delay(_span(one), course, fired)
    return IncidentFound(
        start=one.start,
        end=one.end,
        name=one.name,
        judged=judged,
        caught=late is not None,
        delay=None if late is None else late.total_seconds(),
        money=plain(money.of([_span(one)])),
    )


def _measured(marks: Sequence[bool], found: Sequence[IncidentFound], money: Money) -> dict[str, Any]:
    """Return precision, recall, delay and money; what failed in two incidents at once is caught if one of them is."""
    known = [one for one in found if one.judged]
    caught = [one for one in known if one.caught]
    missed = [one for one in known if not one.caught]
    taken = joined(Span(one.start, one.end) for one in caught)
    lost = list(without(joined(Span(one.start, one.end) for one in missed), taken))
    return {
        "true_episodes": sum(marks),
        "caught": len(caught),
        "missed": len(missed),
        "precision": sum(marks) / len(marks) if marks else None,
        "recall": len(caught) / len(known) if known else None,
        "mean_delay": fmean(one.delay for one in caught if one.delay is not None) if caught else None,
        "caught_money": plain(money.of(taken)),
        "missed_money": plain(money.of(lost)),
    }


def _words(ran: Sequence[Episode], course: Sequence[Judged], told: dict[str, Any], currency: str) -> Iterator[str]:
    if not course:
        yield "Nothing was recorded that could be judged."
        return
    days = max(1, round((course[-1].span.end - course[0].span.start).total_seconds() / _DAY))
    length = sum((one.span.end - one.span.start).total_seconds() for one in ran)
    many = f"{len(ran)} time{'' if len(ran) == 1 else 's'}" if ran else "not once"
    took = f", for {duration(length)} in all" if ran else ""
    yield f"Would have fired {many} in {days} day{'' if days == 1 else 's'}{took}."
    if not told:
        return
    every = told["caught"] + told["missed"]
    worth, lost = (
        f", {shown(told[f'{part}_money'], currency)}" if told[part] and told[f"{part}_money"] is not None else ""
        for part in ("caught", "missed")
    )
    of = f"{told['caught']} of {every} incident{'' if every == 1 else 's'}"
    yield f"Caught {of}{worth}; missed {told['missed']}{lost}."
    false = len(ran) - told["true_episodes"]
    yield f"{false} false alarm{'' if false == 1 else 's'}." if false else "No false alarm."
