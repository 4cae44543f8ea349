"""Rules of units: what a formula comes to, and the unit in which it is shown."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bos.errors import FormulaError, Problem
from bos.kpi import nodes as n
from bos.kpi import parse, refs
from bos.kpi.refs import leaves
from bos.model.numbers import DURATIONS, SHARES, is_money
from bos.model.outcomes import WORKING
from bos.validate.kinds import Unlike, kinds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bos.validate.kinds import Kind, What

_NAMES: dict[What, str] = {
    "count": "a number of things",
    "share": "a share",
    "time": "time",
    "money": "an amount",
    "rate": "a rate",
}
_HINTS: dict[What, str] = {
    "count": "Name what is counted, such as payments.",
    "share": "Set the unit to 'ratio': it is shown in per cent.",
    "time": "Set the unit to 'seconds': it is shown in minutes, hours and days.",
    "money": "Set the unit to the currency of the amounts, such as EUR.",
    "rate": "Name what is divided by what, such as payments per USD.",
}


def unit_problems(outcomes: Sequence[dict[str, Any]], points: Mapping[str, str]) -> Iterator[Problem]:
    """Yield that numbers would be shown as what they are not; ``points`` has the unit of each system signal."""
    kpis = {}
    for outcome in outcomes:
        with suppress(FormulaError):
            kpis[outcome["id"]] = (parse(outcome["measure"]["formula"]), outcome["measure"]["unit"])
    kinds = kinds_of(kpis, points)
    for name, (formula, unit) in kpis.items():
        path, kind = f"outcomes[{name}].measure", kinds[name]
        stands_on = tuple(f"outcomes[{one}].measure" for one in _under(formula, kpis))
        if isinstance(kind, Unlike):
            words = f"The KPI adds what is in {kind.one} to what is in {kind.two}."
            yield Problem(path, words, "Add numbers of one unit: nothing is converted.", "unit.sum", stands_on)
        else:
            yield from _shown(path, formula, kind, unit, points, stands_on)


def _under(formula: n.Measure, kpis: Mapping[str, tuple[n.Measure, str]]) -> list[str]:
    """Return the KPIs a formula stands on, those that these are derived from, too."""
    found, ahead = [], list(refs(formula).kpis)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.append(name)
            ahead += refs(kpis[name][0]).kpis if name in kpis else ()
    return found


def _shown(
    path: str, formula: n.Measure, kind: Kind, unit: str, points: Mapping[str, str], stands_on: tuple[str, ...]
) -> Iterator[Problem]:
    """Yield why a unit is none that a number can be shown in."""
    shares = any(isinstance(leaf, n.Availability) for leaf in leaves(formula))
    read = refs(formula).systems if kind.plain and not shares else ()
    if other := list(_points(path, unit, {points.get(name, "") for name in read})):
        yield from other
    elif not _fits(kind, unit):
        words = f"The KPI comes to {_words(kind)}, which cannot be shown in {unit!r}."
        yield Problem(path, words, _hint(kind), "unit.kind", stands_on)
    elif kind.what == "money" and not is_money(unit):
        words = "The KPI is an amount, but would be shown without its currency."
        yield Problem(path, words, _hint(kind), "unit.currency", stands_on, "attention")
    elif kind.what == "time" or (kind.what == "other" and kind.plain and not read):
        yield from _clock(path, kind, unit)


def _words(kind: Kind) -> str:
    if kind.what == "money" and kind.unit:
        return f"an amount in {kind.unit}"
    return "a share in per cent" if kind.what == "share" and kind.hundreds == 1 else _NAMES[kind.what]


def _hint(kind: Kind) -> str:
    if kind.what == "money" and kind.unit:
        return f"Set the unit to {kind.unit}: nothing is converted."
    if kind.what == "share" and kind.hundreds == 1:
        return "Leave out the 100 and set the unit to 'ratio', which is shown in per cent, or set it to 'percent'."
    if kind.unit == WORKING:
        return f"Set the unit to {WORKING!r}: it is shown in hours and minutes of working time."
    return _HINTS[kind.what]


def _fits(kind: Kind, unit: str) -> bool:
    """Return whether a unit can be right; what is counted, and quotients, may have a name of their own."""
    named = not (unit in DURATIONS or unit in SHARES or unit == "percent" or is_money(unit))
    match kind.what:
        case "money":
            return named or (is_money(unit) and kind.unit in {"", unit})
        case "time":
            return unit in DURATIONS or (named and kind.scaled)
        case "share":
            usual = (unit in SHARES and kind.hundreds != 1) or (unit == "percent" and kind.hundreds in {1, None})
            return usual or (named and not kind.plain)
        case "count" | "rate":
            return named
    return True


def _points(path: str, unit: str, native: set[str]) -> Iterator[Problem]:
    """Yield that points are shown in another unit than they are recorded in, one of which has a meaning here."""
    others = sorted(native - {"", unit})
    told = any(one in DURATIONS or one in SHARES or is_money(one) or one == "percent" for one in (unit, *others))
    if others and told:
        words = f"The points are recorded in {others[0]!r}, but would be shown in {unit!r}."
        yield Problem(path, words, f"Set the unit to {others[0]!r}: nothing is converted.", "unit.points")


def _clock(path: str, kind: Kind, unit: str) -> Iterator[Problem]:
    """Yield that working time is shown as if it were time on the wall, or the other way round."""
    working = kind.unit == WORKING
    if working == (unit == WORKING) or (kind.what == "time" and unit not in DURATIONS):
        return
    words = (
        ("The KPI is working time, but its unit is that of time on the wall.", f"Set the unit to {WORKING!r}.")
        if working
        else (f"The unit {WORKING!r} is that of working time, which the formula does not count.", "Use seconds.")
    )
    yield Problem(path, *words, "unit.working", severity="attention")
