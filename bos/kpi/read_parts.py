"""What a KPI reads of events and points, part by part, and which part of a number is missing where these are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from bos.kpi.check import ANCHORS
from bos.kpi.nodes import Availability, Conformance, Conversion, Cost, Cumulative, Derived, Gap
from bos.kpi.outages import broken, in_part, lagging, uneven
from bos.kpi.parser import parse
from bos.kpi.printer import print_formula
from bos.kpi.reach import Reach, reaches
from bos.kpi.refs import at_moment, leaves, parsed, refs, selections
from bos.kpi.rules import ExactlyOne, FollowedBy, MustEnd, Precedes
from bos.kpi.series import GoodOfTotal
from bos.kpi.silence import Gap as Missing
from bos.kpi.silence import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from bos.kpi import KpiSpec
    from bos.kpi.nodes import Grain, Measure

_MOMENT = timedelta(microseconds=1)
NOTHING = Recorded("UTC")
"""What is recorded of system signals where a KPI reads none."""


class Decides(NamedTuple):
    """Signals whose events or points of ``[start, end)`` decide a number."""

    names: Sequence[str]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """What a measure reads: its signals, whether it is cumulative, whether it tells what is open at a moment.

    ``against``: it holds signals against one another, so that it is larger the less is recorded of one. Of each group
    one signal has to be recorded: a case may end in one way or another. ``points``: they are system signals, which
    points tell of; a measure of events, too, has a part of each. ``even`` are signals whose totals ``formula`` holds
    against one another, so that all have to be recorded on the same days. ``rolls``: of what is cumulative, the window
    before the end that it is of; ``grain``, the calendar unit up to it. ``reaches``: what of other times decides it.
    """

    names: tuple[str, ...]
    running: bool = False
    then: bool = False
    against: tuple[tuple[str, ...], ...] = ()
    points: bool = False
    even: tuple[str, ...] = ()
    formula: str = ""
    rolls: timedelta | None = None
    grain: Grain | None = None
    reaches: tuple[Reach, ...] = ()

    def decided(self, held: Recorded, start: datetime, end: datetime) -> Iterator[Decides]:
        """Yield what decides a number of ``[start, end)``."""
        begin = start if self.rolls is None else min(start, end - self.rolls)
        if self.grain is not None:
            begin = min(start, held.begins(_first_day(self.grain, held.day(end - _MOMENT))))
        yield Decides(self.names, begin, end)
        for reach in self.reaches:
            yield Decides(reach.names, *reach.of(begin, end, held.zone))


@dataclass(frozen=True, slots=True)
class Span:
    """``[start, end)``, as it was known at ``horizon``; whether it is a part of a period, or all that was recorded.

    ``known``: until when it is known by now which days are missing from it; by default to the horizon.

    A log that somebody took out of a system ends with what comes late of its cases, so of the whole of one it says
    nothing that some of its signals end before others.
    """

    start: datetime
    end: datetime
    horizon: datetime
    part: bool = False
    everything: bool = False
    known: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reads:
    """What a KPI reads of events and points, and whether it is derived from other KPIs."""

    parts: tuple[Part, ...]
    derived: bool

    @classmethod
    def of(cls, spec: KpiSpec, every: Sequence[KpiSpec]) -> Reads:
        """Return what a KPI reads, also by way of those it is derived from."""
        return cls(tuple(_parts(spec, every)), isinstance(parse(spec.formula), Derived))

    def read(self, *, points: bool) -> bool:
        """Return whether it reads points of system signals, or events."""
        return any(one.points == points for one in self.parts)

    def missing(self, events: Recorded, span: Span, *, zero: bool, points: Recorded = NOTHING) -> Missing | None:
        """Return what is missing of a number; nothing where it stands. ``zero``: it is 0, or there is none.

        ``points`` are what is recorded of system signals, where it reads them.

        What is derived has a value where one of its parts lacks its events, so all are looked at as if they were 0. Of
        a period that begins after all that is known, nothing is.
        """
        if span.start >= span.end:
            parts = ((points if one.points else events, one) for one in self.parts if zero or one.running or one.then)
            names = ((held, name) for held, one in parts for name in one.names)
            return next((Missing(name, held.newest([name], span.start)) for held, name in names), None)
        zero = zero or self.derived
        gaps = (
            _unobserved(points, one, span, zero=zero) if one.points else _missing(events, one, span, zero=zero)
            for one in self.parts
        )
        return next((gap for gap in gaps if gap is not None), None)

    def ended(self, events: Recorded, span: Span, *, points: Recorded = NOTHING) -> Missing | None:
        """Return what, seen often, stopped before the end of a number that stands; nothing where all goes on.

        ``points``: as in :meth:`missing`.
        """
        for held, of_points in ((events, False), (points, True)):
            names = dict.fromkeys(name for one in self.parts if one.points == of_points for name in one.names)
            gap = held.ended(names, span.end) if names else None
            if gap is not None:
                return gap
        even = ((points if one.points else events, one) for one in self.parts if one.even)
        lags = (lagging(held, one.even, one.formula, span.end) for held, one in even)
        return next((gap for gap in lags if gap is not None), None)

    def in_part(self, events: Recorded, span: Span, *, points: Recorded = NOTHING) -> Missing | None:
        """Return what, seen often, is missing from a part of a period, or of a bucket; nothing where all is there.

        Also from the time before or after it in which events decide its number. ``points``: as in :meth:`missing`.
        """
        known = span.known or span.horizon
        parts = ((points if one.points else events, one) for one in self.parts)
        gaps = (
            in_part(held, *times, known) for held, one in parts for times in one.decided(held, span.start, span.end)
        )
        return next((gap for gap in gaps if gap is not None), None)


def _parts(spec: KpiSpec, every: Sequence[KpiSpec]) -> Iterator[Part]:
    found = tuple(parsed(spec, every))
    charged = any(isinstance(measure, Cost) for _, measure in found)
    for of, measure in found:
        used, running = refs(measure), isinstance(measure, Cumulative)
        if used.signals:
            then = any(at_moment(leaf) for leaf in leaves(measure))
            even, text = (used.signals, print_formula(measure)) if isinstance(measure, Gap) else ((), "")
            against = tuple(_against(measure))
            placed = () if of.anchor in ANCHORS else (of.anchor,)
            names = tuple(dict.fromkeys((*used.signals, *placed)))
            more = _frame(measure) | {"reaches": tuple(reaches(measure, of.anchor, charged=charged))}
            yield Part(names, running, then, against, even=even, formula=text, **more)
        if used.systems:
            even, text = ((*used.signals, *used.systems), print_formula(measure)) if _two_sided(measure) else ((), "")
            yield Part(used.systems, running=running, points=True, even=even, formula=text, **_frame(measure))


def _frame(measure: Measure) -> dict[str, Any]:
    """Return what of the time before its end a cumulative measure covers."""
    if not isinstance(measure, Cumulative):
        return {}
    window = measure.frame.window
    return {"rolls": None if window is None else timedelta(seconds=window.seconds), "grain": measure.frame.grain}


def _first_day(grain: Grain, day: date) -> date:
    """Return the first day of the calendar unit that a day is of; a week begins on Monday."""
    match grain:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)


def _two_sided(measure: Measure) -> bool:
    """Return whether totals are held against one another: a gap, or what was good against what there was in all."""
    good = (leaf for leaf in leaves(measure) if isinstance(leaf, Availability) and isinstance(leaf.of, GoodOfTotal))
    return isinstance(measure, Gap) or any(good)


def _against(measure: Measure) -> Iterator[tuple[str, ...]]:
    if isinstance(measure, Gap):
        yield from ((name,) for name in refs(measure).signals)
    for leaf in leaves(measure):
        match leaf:
            case Conversion() | Conformance(FollowedBy() | Precedes()):
                yield from ((selection.signal,) for selection in selections(leaf))
            case Conformance(ExactlyOne(ways) | MustEnd(ways)):
                yield tuple(selection.signal for selection in ways)


def _missing(held: Recorded, one: Part, span: Span, *, zero: bool) -> Missing | None:
    if one.then:
        return held.standing(one.names, span.end)
    found = _absent(held, one.names, span, one.rolls) if zero or one.running else None
    for ways in one.against:
        gaps = [_absent(held, [name], span) for name in ways]
        found = found or (gaps[0] if all(gaps) else None)
    found = found or _uneven(held, one, span)
    if found is not None:
        return found
    if one.running and not span.part:
        return held.late(one.names, span.end)
    return None if span.everything else held.fading(one.names, span.start, span.end)


def _unobserved(held: Recorded, one: Part, span: Span, *, zero: bool) -> Missing | None:
    """Return which points are missing: what is measured has no 0, and ends with nothing that comes late of cases."""
    if one.running:
        found = _absent(held, one.names, span, one.rolls)
        return found if found is not None or span.part else held.late(one.names, span.end)
    found = held.unseen(one.names, span.start, span.end) if zero else None
    found = found or held.fading(one.names, span.start, span.end) or broken(held, one.names, span.start, span.end)
    return found or _uneven(held, one, span)


def _uneven(held: Recorded, one: Part, span: Span) -> Missing | None:
    return uneven(held, one.even, one.formula, span.start, span.end, span.known or span.horizon)


def _absent(held: Recorded, names: Sequence[str], span: Span, rolls: timedelta | None = None) -> Missing | None:
    start = span.start if rolls is None else max(span.start, span.end - rolls)
    return held.gap(names, start, span.end, horizon=span.horizon, part=span.part)
