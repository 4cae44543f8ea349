"""Why a case breaks a rule: the events that prove it, what is missing, and by when it had to come."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import ibis

from bos.kpi import nodes as n
from bos.kpi.columns import EVENTS, epoch_us, log_clock_sql
from bos.kpi.connection import moment
from bos.kpi.deadlines import deadline, over
from bos.kpi.printer import print_selection
from bos.kpi.ways import bits, leads, onward
from bos.kpi.worked import any_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bos.kpi.binding import BusinessClock
    from bos.kpi.deadlines import Halts
    from bos.kpi.relations import Scope


@dataclass(frozen=True, slots=True)
class Mark:
    """An event that proves something.

    Attributes:
        what: which events of the rule it is one of, as the formula writes it; empty: any event of the case.
        signal: the signal's local name; empty as above.
        event_id: id of the event in the lake.
        step: the source's name of the event.
        at: when it happened (aware, UTC).
        by: who or what did it, where that was recorded.
    """

    what: str
    signal: str
    event_id: str
    step: str
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a case breaks a rule.

    Attributes:
        rule: name of the rule in formulas.
        events: the events that prove it, in the order of the rule's words.
        missing: the events that did not come, as the formula writes them; where one came too late it is in ``events``.
        due: by when the missing event had to come (aware, UTC); of working days the midnight that ends the last.
        times: how often the event came, of a rule that forbids it to come twice.
    """

    rule: str
    events: tuple[Mark, ...]
    missing: tuple[str, ...] = ()
    due: datetime | None = None
    times: int = 0


@dataclass(frozen=True, slots=True)
class _Event:
    """An event of a case, and which selections of the rule it is one of."""

    event_id: str
    step: str
    at: datetime
    by: str | None
    takes: tuple[bool, ...]
    halts: bool | None


@dataclass(frozen=True, slots=True)
class _Case:
    """The events of a case in order of time, then id, and what judging them needs; ``now`` by the clock of the log."""

    events: tuple[_Event, ...]
    selections: tuple[n.Selection, ...]
    now: datetime
    clock: BusinessClock | None
    ahead: tuple[int, ...] = ()

    def of(self, i: int) -> list[_Event]:
        """Return the events of a selection of the rule."""
        return [event for event in self.events if event.takes[i]]

    def mark(self, event: _Event, i: int | None) -> Mark:
        """Return an event as proof; ``i``: which selection of the rule it is one of."""
        what = None if i is None else self.selections[i]
        words = ("", "") if what is None else (print_selection(what), what.signal)
        return Mark(*words, event.event_id, event.step, event.at, event.by)

    def missing(self, *which: int) -> tuple[str, ...]:
        """Return selections of the rule as the formula writes them."""
        return tuple(print_selection(self.selections[i]) for i in which)

    def halts(self) -> Halts:
        """Return the spans in which the clock of the case stands still."""
        marks = [event for event in self.events if event.halts is not None]
        ends = [*(event.at for event in marks[1:]), None]
        return [(event.at, until) for event, until in zip(marks, ends, strict=False) if event.halts]


def proofs(cursor: Any, scope: Scope, rule: n.Rule, cases: Sequence[str]) -> dict[str, Proof]:
    """Return why each of these cases, which all break the rule, breaks it. ``cursor`` reads the view ``events``."""
    if not cases:
        return {}
    business = isinstance(rule, n.FollowedBy) and rule.clock == "business"
    clock = scope.signals[rule.first.signal].clock if isinstance(rule, n.FollowedBy) and business else None
    chosen = n.selections_of(rule)
    ((now,),) = cursor.execute(log_clock_sql()).fetchall()
    found: dict[str, list[_Event]] = {}
    for case, event_id, step, at, by, halts, *takes in cursor.execute(_events(scope, rule, cases, clock)).fetchall():
        found.setdefault(case, []).append(_Event(event_id, step, moment(at), by, tuple(takes), halts))
    ahead = onward(scope.signals, chosen) if isinstance(rule, n.AlongFlow) else ()
    judged = {name: _Case(tuple(events), chosen, moment(now), clock, ahead) for name, events in found.items()}
    return {name: _proof(rule, case) for name, case in judged.items()}


def _events(scope: Scope, rule: n.Rule, cases: Iterable[str], clock: BusinessClock | None) -> str:
    """Return the statement of the events that may prove something; of a rule about any event, of all of the cases."""
    events = EVENTS.filter(EVENTS.case_id.isin(list(cases)))
    takes = {f"takes_{i}": scope.takes(events, one).fill_null(False) for i, one in enumerate(n.selections_of(rule))}
    wanted = list(takes.values())
    halts: Any = ibis.null("boolean")
    if clock is not None and any(signal.bound for signal in clock.stops):
        stops, resumes = any_of(clock.stops, events), any_of(clock.resumes, events)
        halts = ibis.ifelse(stops | resumes, ~resumes, ibis.null("boolean"))
        wanted.append(halts.notnull())
    rows = events.select(
        "case_id", "event_id", "step", at=epoch_us(events.event_time), by=events.resource, halts=halts, **takes,
        wanted=ibis.literal(True) if isinstance(rule, n.MustEnd) else ibis.or_(*wanted),
    )  # fmt: skip
    return _sql(rows.filter(rows.wanted).drop("wanted").order_by("case_id", "at", "event_id"))


def _sql(table: Any) -> str:
    return str(ibis.to_sql(table, dialect="duckdb"))


def _proof(rule: n.Rule, case: _Case) -> Proof:
    match rule:
        case n.Precedes():
            found = _precedes(case)
        case n.FollowedBy():
            found = _followed_by(rule, case)
        case n.DifferentPersons():
            found = _different_persons(case)
        case n.NeverTwice():
            events = case.of(0)
            found = Proof("never_twice", tuple(case.mark(event, 0) for event in events[:2]), times=len(events))
        case n.ExactlyOne(of):
            found = _exactly_one(case, len(of))
        case n.AlongFlow():
            found = _along_flow(case)
        case n.MustEnd():
            first, last = case.events[0], case.events[-1]
            ends = case.missing(*range(len(case.selections)))
            found = Proof("must_end", (case.mark(first, None), case.mark(last, None)), ends)
    return found


def _precedes(case: _Case) -> Proof:
    """Return the first B, and the A that came too late where there is one: none came before it."""
    then, later = case.of(1)[0], case.of(0)
    marks = [case.mark(then, 1), *(case.mark(event, 0) for event in later[:1])]
    return Proof("precedes", tuple(marks), case.missing(0))


def _followed_by(rule: n.FollowedBy, case: _Case) -> Proof:
    """Return the first A whose time was over, and the B that came too late where there is one."""
    later, halts = case.of(1), case.halts()
    for event in case.of(0):
        after = next((one for one in later if one.at >= event.at), None)
        until = min(after.at, case.now) if after else case.now
        if over(event.at, until, rule.within, case.clock, halts):
            marks = [case.mark(event, 0), *([case.mark(after, 1)] if after else [])]
            due = deadline(event.at, rule.within, case.clock, halts)
            return Proof("followed_by", tuple(marks), () if after else case.missing(1), due)
    raise TypeError(rule)  # only cases that break the rule are asked about


def _different_persons(case: _Case) -> Proof:
    """Return the first B by somebody who did an A, too, and that A."""
    did = {event.by: event for event in reversed(case.of(0)) if event.by is not None}
    first, second = next((did[event.by], event) for event in case.of(1) if event.by in did)
    return Proof("different_persons", (case.mark(first, 0), case.mark(second, 1)))


def _along_flow(case: _Case) -> Proof:
    """Return the last event of an instant and the first of the next, of the first two between which no way leads."""
    moments = [list(found) for _, found in groupby(case.events, key=lambda event: event.at)]
    kinds = [bits(i for event in found for i, takes in enumerate(event.takes) if takes) for found in moments]
    for (before, first), (then, later) in pairwise(zip(kinds, moments, strict=True)):
        if not leads(before, then, case.ahead):
            marks = (case.mark(event, event.takes.index(True)) for event in (first[-1], later[0]))
            return Proof("along_flow", tuple(marks))
    raise TypeError(kinds)  # as above


def _exactly_one(case: _Case, choices: int) -> Proof:
    """Return the first event of each that came where more than one did, else the event that ended the case."""
    firsts = [(events[0], i) for i in range(choices) if (events := case.of(i))]
    if firsts:
        ordered = sorted(firsts, key=lambda one: (one[0].at, one[0].event_id, one[1]))
        return Proof("exactly_one", tuple(case.mark(event, i) for event, i in ordered))
    end = case.of(choices)[0]
    return Proof("exactly_one", (case.mark(end, choices),), case.missing(*range(choices)))
