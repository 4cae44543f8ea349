"""The target and the limits of a KPI, and whether they mean the same for a bucket of time as for its period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import FormulaError
from bos.kpi import nodes as n
from bos.kpi.definitions import seconds_of
from bos.kpi.parser import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.kpi.options import By

_SECONDS: dict[By, int] = {"hour": 3_600, "day": 86_400, "week": 604_800}


def levels(outcome: Mapping[str, Any]) -> dict[str, float]:
    """Return the target and the limits of a KPI by their names, each value once."""
    found: dict[str, float] = {}
    if outcome["target"] is not None:
        found["Target"] = outcome["target"]["value"]
    for threshold in outcome["thresholds"]:
        if threshold["value"] not in found.values():
            found[f"{threshold['level'].capitalize()} level"] = threshold["value"]
    return found


def of_bucket(outcome: Mapping[str, Any], every: Sequence[Mapping[str, Any]], by: By) -> bool:
    """Return whether the target and the limits of a KPI mean for each bucket what they mean for its own period.

    A share, a mean and what is told at a moment are held against them whatever the period, and so is everything against
    0. A total is the greater the longer its period is, so it is only where a bucket is as long as the KPI's own window.
    ``every``: the outcomes of the template, which a derived KPI may be of.
    """
    if not any(levels(outcome).values()):
        return True
    window = outcome["measure"]["window"]
    if window is not None and seconds_of(window) == _SECONDS.get(by):
        return True
    return not _is_total(outcome["id"], {one["id"]: one["measure"]["formula"] for one in every}, frozenset())


def not_drawn(outcome: Mapping[str, Any], by: By) -> str:
    """Return in a sentence that target and limits are of another period than the buckets of a course."""
    both = [*(["target"] if outcome["target"] is not None else []), *(["limits"] if outcome["thresholds"] else [])]
    if not both:
        return ""
    window = outcome["measure"]["window"]
    verb, subject = ("is", "It is") if both == ["target"] else ("are", "They are")
    return f"The {' and '.join(both)} {verb} of {window or 'the whole period'}. {subject} not drawn by {by}."


def _is_total(kpi: str, formulas: Mapping[str, str], seen: frozenset[str]) -> bool:
    """Return whether a KPI is the greater the longer its period; what cannot be read is taken for one."""
    if kpi in seen or kpi not in formulas:
        return True
    try:
        measure = parse(formulas[kpi])
    except FormulaError:
        return True
    if isinstance(measure, n.Derived):
        return _term_is_total(measure.term, formulas, seen | {kpi})
    return _measure_is_total(measure)


def _measure_is_total(measure: n.Measure) -> bool:
    match measure:
        case n.Count() | n.Distinct() | n.Conformance() | n.Aggregate(op="sum") | n.Cost():
            return True
        case n.Conversion(show=show):
            return show != "rate"
        case n.Gap(left, right):
            return _measure_is_total(left) or _measure_is_total(right)
        case _:
            return False


def _term_is_total(term: n.Term, formulas: Mapping[str, str], seen: frozenset[str]) -> bool:
    match term:
        case n.KpiRef(name):
            return _is_total(name, formulas, seen)
        case n.Arithmetic(op, left, right):
            sides = [_term_is_total(side, formulas, seen) for side in (left, right)]
            return sides[0] != sides[1] if op == "/" else any(sides)
        case _:
            return False
