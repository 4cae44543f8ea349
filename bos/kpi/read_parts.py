"""What a KPI reads of events, part by part, and which part of a number is missing where its events are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.kpi.nodes import Conformance, Conversion, Cumulative, Derived, Gap
from bos.kpi.parser import parse
from bos.kpi.refs import at_moment, leaves, measures, refs, selections
from bos.kpi.rules import ExactlyOne, FollowedBy, MustEnd, Precedes
from bos.kpi.silence import Gap as Missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bos.kpi import KpiSpec
    from bos.kpi.nodes import Measure
    from bos.kpi.silence import Recorded


@dataclass(frozen=True, slots=True)
class Part:
    """A measure that reads events: its signals, whether it is cumulative, whether it tells what is open at a moment.

    ``against``: it holds signals against one another, so that it is larger the less is recorded of one. Of each group
    one signal has to be recorded: a case may end in one way or another.
    """

    names: tuple[str, ...]
    running: bool = False
    then: bool = False
    against: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """``[start, end)``, as it was known at ``horizon``; whether it is a part of a period, or all that was recorded.

    A log that somebody took out of a system ends with what comes late of its cases, so of the whole of one it says
    nothing that some of its signals end before others.
    """

    start: datetime
    end: datetime
    horizon: datetime
    part: bool = False
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Reads:
    """What a KPI reads of events, and whether it is derived from other KPIs."""

    parts: tuple[Part, ...]
    derived: bool

    @classmethod
    def of(cls, spec: KpiSpec, every: Sequence[KpiSpec]) -> Reads:
        """Return what a KPI reads, also by way of those it is derived from."""
        return cls(tuple(_parts(spec, every)), isinstance(parse(spec.formula), Derived))

    def missing(self, held: Recorded, span: Span, *, zero: bool) -> Missing | None:
        """Return what is missing of a number; nothing where it stands. ``zero``: it is 0, or there is none.

        What is derived has a value where one of its parts lacks its events, so all are looked at as if they were 0. Of
        a period that begins after all that is known, nothing is.
        """
        if span.start >= span.end:
            names = (name for one in self.parts if zero or one.running or one.then for name in one.names)
            return next((Missing(name, held.newest([name], span.start)) for name in names), None)
        gaps = (_missing(held, one, span, zero=zero or self.derived) for one in self.parts)
        return next((gap for gap in gaps if gap is not None), None)

    def ended(self, held: Recorded, span: Span) -> Missing | None:
        """Return which events, seen often, stopped before the end of a number that stands; nothing: they go on."""
        names = dict.fromkeys(name for one in self.parts for name in one.names)
        return held.ended(names, span.end) if names else None


def _parts(spec: KpiSpec, every: Sequence[KpiSpec]) -> Iterator[Part]:
    for measure in measures(spec, every):
        names = refs(measure).signals
        if names:
            yield Part(
                names,
                running=isinstance(measure, Cumulative),
                then=any(at_moment(leaf) for leaf in leaves(measure)),
                against=tuple(_against(measure)),
            )


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
    found = _absent(held, one.names, span) if zero or one.running else None
    for ways in one.against:
        gaps = [_absent(held, [name], span) for name in ways]
        found = found or (gaps[0] if all(gaps) else None)
    if found is not None:
        return found
    if one.running and not span.part:
        return held.late(one.names, span.end)
    return None if span.everything else held.fading(one.names, span.start, span.end)


def _absent(held: Recorded, names: Sequence[str], span: Span) -> Missing | None:
    return held.gap(names, span.start, span.end, horizon=span.horizon, part=span.part)
