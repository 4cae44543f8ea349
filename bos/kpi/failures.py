"""From a KPI with a cost rule to its charge: which events or cases it counts as failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.costs import CasesBreak, CasesLack, CasesLate, Charge, EventsFail, Failure
from bos.kpi.parser import parse
from bos.kpi.rules import applies
from bos.model.outcomes import WORKING

if TYPE_CHECKING:
    from bos.kpi.spec import KpiSpec

MICROSECONDS = 1_000_000
LONGEST = 3.2e10
"""Seconds of a thousand years."""

_NONE = (
    "It counts neither events nor cases that fail.",
    "Use a count, a ratio of counts, a duration with a target, a conversion within a time, or a rule of the flow.",
)


def charge_of(spec: KpiSpec) -> Charge | tuple[str, str]:
    """Return what the failures of a KPI cost, or why nothing says so, and what to do.

    Raises:
        FormulaError: the formula of the KPI cannot be read.
    """
    failure, rule = failure_of(spec), spec.cost_rule
    if isinstance(failure, tuple):
        return failure
    if rule is None:
        return "It has no cost rule.", "Choose the cost rule of that KPI."
    if rule.timed and not clock_of(failure):
        words = f"The cost rule {rule.name!r} charges for lateness, and that KPI does not tell how late a failure is."
        return (
            words,
            "Use a rule without minutes and tiers, or a KPI of a duration, a conversion within a time or followed_by.",
        )
    if rule.rated and rated_event(failure) is None:
        words = (
            f"The cost rule {rule.name!r} charges by {rule.rated!r}, and no event of its own makes such a case fail."
        )
        return words, "Use a rule with a fixed cost."
    return Charge(rule, failure)


def failure_of(spec: KpiSpec) -> Failure | tuple[str, str]:
    """Return what a KPI counts as failed, or why that cannot be said, and what to do."""
    found: Failure | tuple[str, str] = _NONE
    match parse(spec.formula):
        case n.Count(of):
            found = EventsFail(of)
        case n.Ratio(n.Count(of), n.Count(every)):
            found = CasesLack(every, of) if spec.direction == "at_least" else EventsFail(of)
        case n.Conversion(start, end, within):
            found = "Its cases may take for ever, so none of them fails.", "Give the conversion a within."
            if within is not None:
                found = CasesLate(start, end, within.seconds * MICROSECONDS, waiting=True)
        case n.Conformance(rule, "broken"):
            found = CasesBreak(rule, late=isinstance(rule, n.FollowedBy))
        case n.Aggregate(_, n.Duration() as took) | n.Percentile(_, n.Duration() as took):
            found = "Nothing says which duration is too long.", "Give that KPI a target of at most so much time."
            if spec.target is not None and spec.direction == "at_most":
                if not abs(spec.target) <= LONGEST:
                    return "Its target is no time that anything takes.", "Give that KPI a target in seconds."
                limit = round(spec.target * MICROSECONDS)
                found = CasesLate(took.start, took.end, limit, took.clock == "business")
    return found


def clock_of(failure: Failure) -> str:
    """Return the unit of the time by which a failure is late; nothing where it is not told."""
    match failure:
        case CasesBreak(n.FollowedBy(clock=clock), late=True):
            business = clock == "business"
        case CasesLate():
            business = failure.business
        case _:
            return ""
    return WORKING if business else "seconds"


def rated_event(failure: Failure) -> n.Selection | None:
    """Return whose event has the field that a rule may charge by: of several in a case, its first."""
    match failure:
        case EventsFail(of) | CasesLack(of) | CasesLate(of):
            return of
        case CasesBreak(rule):
            return applies(rule)


def placing_event(failure: Failure, anchor: str) -> n.Selection | None:
    """Return the events that place a failure in time where no signal is the anchor; ``None``: any event of the case."""
    match failure:
        case CasesLate(start, end):
            return end if anchor == "end" else start
        case _ if anchor in {"start", "end"}:
            return None
        case _:
            return rated_event(failure)
