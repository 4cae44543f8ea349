"""Every function of the language: signature, meaning, example. The documentation and the wizard's help read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Function:
    """One function: how it is written, what it gives, an example that parses, and where it may stand.

    ``role``: a ``measure`` is a whole formula, a ``value`` stands inside avg, pN and the like, a ``rule`` inside
    conformance.
    """

    signature: str
    meaning: str
    example: str
    role: Literal["measure", "value", "rule"] = "measure"


FUNCTIONS: dict[str, Function] = {
    "count": Function("count(SIGNAL [where …])", "How many events.", "count(returned where code = 'R01')"),
    "sum": Function("sum(SIGNAL.FIELD [where …])", "Sum of a numeric field, or of durations.", "sum(posted.amount)"),
    "avg": Function(
        "avg(SIGNAL.FIELD [where …])", "Mean of a numeric field, or of durations.", "avg(duration(received -> posted))"
    ),
    "min": Function("min(SIGNAL.FIELD [where …])", "Smallest value.", "min(posted.amount)"),
    "max": Function("max(SIGNAL.FIELD [where …])", "Largest value.", "max(posted.amount where currency = 'EUR')"),
    "pN": Function(
        "pN(SIGNAL.FIELD [where …])",
        "Percentile N, interpolated linearly; of a numeric field or of durations.",
        "p99.9(duration(received -> posted))",
    ),
    "distinct": Function(
        "distinct(SIGNAL.FIELD [where …])", "How many different values; .case counts cases.", "distinct(posted.case)"
    ),
    "ratio": Function(
        "ratio(MEASURE, MEASURE)",
        "The first divided by the second; no value where the second is 0.",
        "ratio(count(returned), count(initiated))",
    ),
    "derived": Function(
        "derived(KPI + - * / KPI)", "Arithmetic over other KPIs of the template.", "derived(amount_paid - amount_due)"
    ),
    "duration": Function(
        "duration(SIGNAL [where …] -> SIGNAL [where …])",
        "Seconds from a case's first A to its first B at or after it; taken inside sum, avg, min, max or pN.",
        "p95(duration(received -> posted))",
        "value",
    ),
    "conversion": Function(
        "conversion(SIGNAL [where …] -> SIGNAL [where …][, within = N UNIT][, show = SHOW])",
        "Cases with A that reach B in time: as a share, or the number converted, dropped or in_flight.",
        "conversion(submitted -> approved, within = 14 days, show = converted)",
    ),
    "cumulative": Function(
        "cumulative(MEASURE[, window = N UNIT | , grain_to_date = GRAIN])",
        "A measure over all that was until a bucket's end: in all, in a span, or since the week, month … began.",
        "cumulative(ratio(count(returned), count(initiated)), window = 60 days)",
    ),
    "availability": Function(
        "availability(SYSTEM | SYSTEM <= NUMBER | GOOD / TOTAL)",
        "Good divided by total, of a system signal: shares, points within a bound, or two counts.",
        "availability(gateway_latency <= 0.5)",
    ),
    "balance": Function(
        "balance(SYSTEM) or balance(SIGNAL[.FIELD] -> SIGNAL)",
        "What there is at a moment: the newest point of a system signal, the open cases, or an amount of them.",
        "balance(unmatched.amount -> matched)",
    ),
    "age": Function(
        "age(SIGNAL [where …] -> SIGNAL [where …])",
        "Seconds a case has been open at a moment; taken inside sum, avg, min, max or pN.",
        "max(age(unmatched -> matched))",
        "value",
    ),
    "gap": Function(
        "gap(MEASURE, MEASURE)",
        "One total minus another that should be the same, such as a control total against the ledger.",
        "gap(sum(file_control_total), sum(received.amount))",
    ),
    "cost": Function(
        "cost(KPI)",
        "What the events or cases that another KPI counts as failed cost, by its cost rule.",
        "cost(overall_return_rate)",
    ),
    "conformance": Function(
        "conformance(RULE[, show = broken | pending | kept])",
        "How many cases break a rule of the flow, or are pending, or keep it.",
        "conformance(never_twice(posted))",
    ),
    "precedes": Function(
        "precedes(A, B)",
        "Rule: no B without an A before it or at the same instant.",
        "conformance(precedes(received, posted))",
        "rule",
    ),
    "followed_by": Function(
        "followed_by(A, B, within = N UNIT[, clock = business])",
        "Rule: every A has a B at or after it in time, on the wall clock or in working time.",
        "conformance(followed_by(received, posted, within = 2 days, clock = business))",
        "rule",
    ),
    "different_persons": Function(
        "different_persons(A, B)",
        "Rule: no resource of a case did both A and B (four eyes).",
        "conformance(different_persons(accepted, approved))",
        "rule",
    ),
    "never_twice": Function(
        "never_twice(A)", "Rule: a case has at most one A.", "conformance(never_twice(posted))", "rule"
    ),
    "exactly_one": Function(
        "exactly_one(A, B, …[, ended = C])",
        "Rule: of several signals a case has one; without any it is pending, or broken once it has ended.",
        "conformance(exactly_one(approved, declined, cancelled))",
        "rule",
    ),
    "must_end": Function(
        "must_end(A, B, …)",
        "Rule: a case has reached at least one of these; the others are open.",
        "conformance(must_end(approved, declined, cancelled))",
        "rule",
    ),
    "along_flow": Function(
        "along_flow(A, B, …)",
        "Rule: these events follow one another only as the ways between the steps of the flow lead.",
        "conformance(along_flow(received, matched, posted, returned))",
        "rule",
    ),
}
