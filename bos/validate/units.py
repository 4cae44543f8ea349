"""Rules of units: what a formula comes to, and the unit in which it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from bos.errors import FormulaError, Problem
from bos.kpi import nodes as n
from bos.kpi import parse, refs
from bos.model.numbers import DURATIONS, SHARES, is_money
from bos.model.outcomes import WORKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

What: TypeAlias = Literal["count", "share", "time", "money", "points", ""]
"""What a formula comes to; nothing where any unit may be right."""
_NAMES: dict[What, str] = {"count": "a number of things", "share": "a share", "time": "time", "money": "an amount"}
_HINTS: dict[What, str] = {
    "count": "Name what is counted, such as payments.",
    "share": "Set the unit to 'ratio': it is shown in per cent.",
    "time": "Set the unit to 'seconds': it is shown in minutes, hours and days.",
    "money": "Set the unit to the currency of the amounts, such as EUR.",
}


def unit_problems(outcome: dict[str, Any], points: Mapping[str, str]) -> Iterator[Problem]:
    """Yield that a number would be shown as what it is not; ``points`` has the unit of each system signal."""
    measure = outcome["measure"]
    try:
        formula = parse(measure["formula"])
    except FormulaError:
        return
    path, unit, what = f"outcomes[{outcome['id']}].measure", measure["unit"], _what(formula)
    if not _fits(formula, what, unit):
        words = f"The KPI comes to {_NAMES[what]}, which cannot be shown in {unit!r}."
        yield Problem(path, words, _HINTS[what], "unit.kind")
    elif what == "money" and not is_money(unit):
        words = "The KPI is an amount, but would be shown without its currency."
        yield Problem(path, words, _HINTS[what], "unit.currency", severity="attention")
    elif what == "points":
        yield from _points(path, unit, {points.get(name, "") for name in refs(formula).systems})
    elif not isinstance(formula, n.Ratio | n.Derived | n.Cost):
        yield from _clock(path, unit, working=bool(refs(formula).clocks))


def _what(measure: n.Measure) -> What:
    match measure:
        case n.Availability() | n.Conversion(show="rate"):
            return "share"
        case n.Count() | n.Distinct() | n.Conversion() | n.Conformance() | n.Balance(n.Selection()):
            return "count"
        case n.Aggregate(_, value) | n.Percentile(_, value) | n.Balance(value):
            return _of_value(value)
        case n.Ratio(one, two):
            return "share" if _what(one) == _what(two) != "points" else ""
        case n.Gap(part) | n.Cumulative(part):
            return _what(part)
    return ""


def _of_value(value: object) -> What:
    match value:
        case n.Duration() | n.Age():
            return "time"
        case n.FieldOf(_, "amount"):
            return "money"
        case n.Points():
            return "points"
    return ""


def _fits(formula: n.Measure, what: What, unit: str) -> bool:
    """Return whether a unit can be right; what is counted, and quotients, may have a name of their own."""
    inside = formula.of if isinstance(formula, n.Cumulative) else formula
    settled = {"time": unit in DURATIONS, "share": unit in SHARES, "money": is_money(unit)}
    if what in {"", "points"} or settled.get(what, False):
        return True
    if what == "time" or (what == "share" and not isinstance(inside, n.Ratio)):
        return False
    return not any(settled.values()) and unit != "percent"


def _points(path: str, unit: str, native: set[str]) -> Iterator[Problem]:
    """Yield that points are shown in another unit than they are recorded in, one of which has a meaning here."""
    others = sorted(native - {"", unit})
    told = any(one in DURATIONS or one in SHARES or is_money(one) or one == "percent" for one in (unit, *others))
    if others and told:
        words = f"The points are recorded in {others[0]!r}, but would be shown in {unit!r}."
        yield Problem(path, words, f"Set the unit to {others[0]!r}: nothing is converted.", "unit.points")


def _clock(path: str, unit: str, *, working: bool) -> Iterator[Problem]:
    """Yield that working time is shown as if it were time on the wall, or the other way round."""
    if working == (unit == WORKING):
        return
    words = (
        ("The KPI is working time, but its unit is that of time on the wall.", f"Set the unit to {WORKING!r}.")
        if working
        else (f"The unit {WORKING!r} is that of working time, which the formula does not count.", "Use seconds.")
    )
    yield Problem(path, *words, "unit.working", severity="attention")
