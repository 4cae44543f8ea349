"""Rules of value outcomes: formulas that mean something, targets and thresholds that agree."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bos.errors import FormulaError, Problem
from bos.kpi import check, parse, refs
from bos.kpi.check import ANCHORS
from bos.kpi.definitions import bound_signals, specs
from bos.kpi.nodes import Derived, Ratio
from bos.model.outcomes import WORKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bos.kpi import BoundSignal, KpiSpec
    from bos.validate import Resolve

_MISSING = frozenset({"unknown-signal", "unknown-anchor", "unknown-kpi"})


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a template's value outcomes."""
    yield from _formulas(document, resolve)
    for outcome in document["outcomes"]:
        yield from _unit(outcome)
        yield from _levels(outcome)


def _unit(outcome: dict[str, Any]) -> Iterator[Problem]:
    """Yield that working time is shown as if it were time on the wall, or the other way round.

    A ratio or a derived KPI of working times may have any unit.
    """
    measure = outcome["measure"]
    try:
        formula = parse(measure["formula"])
    except FormulaError:
        return
    if isinstance(formula, Ratio | Derived):
        return
    working = bool(refs(formula).clocks)
    if working == (measure["unit"] == WORKING) or not (working or measure["unit"] == WORKING):
        return
    words = (
        ("The KPI is working time, but its unit is that of time on the wall.", f"Set the unit to {WORKING!r}.")
        if working
        else (f"The unit {WORKING!r} is that of working time, which the formula does not count.", "Use seconds.")
    )
    yield Problem(f"outcomes[{outcome['id']}].measure", *words, "unit.working", severity="attention")


def _formulas(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    signals = bound_signals(document, resolve)
    kpis = specs(document)
    uses = {spec.id: _uses(spec) for spec in kpis}
    for spec in kpis:
        for problem in check(spec, signals, kpis):
            path = f"outcomes[{spec.id}].measure"
            yield replace(problem, path=path, refs=tuple(_refs(spec.id, problem.code, uses, signals)))


def _uses(spec: KpiSpec) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the signals and the KPIs a KPI stands on."""
    anchor = () if spec.anchor in ANCHORS else (spec.anchor,)
    try:
        used = refs(parse(spec.formula))
    except FormulaError:
        return anchor, ()
    return (*used.signals, *anchor), used.kpis


def _refs(
    kpi: str,
    code: str,
    uses: dict[str, tuple[tuple[str, ...], tuple[str, ...]]],
    signals: Mapping[str, BoundSignal],
) -> Iterator[str]:
    """Yield what a problem follows from: the missing names where names are missing, else all the KPI stands on."""
    names, others = uses[kpi]
    for name in dict.fromkeys(names):
        if code not in _MISSING or name not in signals:
            yield f"process_signals[{name}]"
    seen, ahead = {kpi}, list(others)
    while ahead:
        other = ahead.pop()
        if other not in seen:
            seen.add(other)
            ahead += uses.get(other, ((), ()))[1]
            if code not in _MISSING or other not in uses:
                yield f"outcomes[{other}]"


def _levels(outcome: dict[str, Any]) -> Iterator[Problem]:
    path, target, thresholds = f"outcomes[{outcome['id']}]", outcome["target"], outcome["thresholds"]
    if thresholds and target is None:
        yield Problem(
            f"{path}.thresholds",
            "The thresholds belong to no target, so nothing says which side of them is good.",
            "Set a target, or take the thresholds out.",
            "target.missing",
            (f"{path}.target",),
        )
    if target is None:
        return
    sign = 1 if target["direction"] == "at_most" else -1
    ranked = sorted(thresholds, key=lambda level: sign * level["value"])
    for near, far in pairwise(ranked):
        if (near["level"], far["level"]) == ("breach", "warning"):
            yield Problem(
                f"{path}.thresholds",
                f"The breach at {near['value']:g} comes before the warning at {far['value']:g}.",
                "A warning must come first.",
                "threshold.order",
                (f"{path}.target",),
            )
    if outcome["measure"]["unit"] == "ratio" and not 0 <= target["value"] <= 1:
        yield Problem(
            f"{path}.target",
            f"The target is {target['value']:g}, but a ratio lies between 0 and 1.",
            "Write 3 % as 0.03.",
            "target.ratio",
            severity="attention",
        )
