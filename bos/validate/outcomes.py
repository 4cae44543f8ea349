"""Rules of value outcomes: formulas that mean something, targets and thresholds that agree."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bos.errors import FormulaError, Problem
from bos.kpi import check, parse, refs
from bos.kpi.budget import has_budget
from bos.kpi.check import ANCHORS
from bos.kpi.definitions import bound_series, bound_signals, specs
from bos.kpi.failures import charge_of
from bos.kpi.nodes import Gap
from bos.validate.units import unit_problems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bos.kpi import KpiSpec
    from bos.validate import Resolve

_MISSING = frozenset({"unknown-signal", "unknown-anchor", "unknown-kpi"})


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a template's value outcomes."""
    yield from _formulas(document, resolve)
    charged = {spec.id: spec for spec in specs(document, resolve)}
    points = {name: series.unit for name, series in bound_series(document, resolve).items()}
    yield from unit_problems(document["outcomes"], points)
    for outcome in document["outcomes"]:
        yield from _cost_rule(outcome, charged[outcome["id"]])
        yield from _levels(outcome)
        yield from _budget(outcome)
        yield from _watch(outcome)
        yield from _trust(document, outcome.get("trust"), f"outcomes[{outcome['id']}].trust")
    yield from _trust(document, document.get("trust"), "trust")


def _watch(outcome: dict[str, Any]) -> Iterator[Problem]:
    """Yield why a KPI cannot be watched: it needs a span that is looked at, and a target or levels."""
    path, watch = f"outcomes[{outcome['id']}]", outcome.get("watch")
    if not watch:
        return
    if not watch["over"] and not outcome["measure"]["window"]:
        words = "Nothing says over which span the KPI is watched."
        hint = "Set over, or give the KPI a window of its own."
        yield Problem(f"{path}.watch", words, hint, "watch.over", (f"{path}.measure",))
    if outcome["target"] is None and not outcome["thresholds"]:
        words = "The KPI has neither a target nor levels, so it could never be in breach."
        hint = "Set a target or thresholds, or do not watch it."
        yield Problem(f"{path}.watch", words, hint, "watch.levels", (f"{path}.target", f"{path}.thresholds"))


def _trust(document: dict[str, Any], trust: dict[str, Any] | None, path: str) -> Iterator[Problem]:
    yield from _begins(document, trust, path)
    yield from _control(document, trust, path)


def _begins(document: dict[str, Any], trust: dict[str, Any] | None, path: str) -> Iterator[Problem]:
    """Yield the signals that cases are said to begin with and that are none of the flow."""
    known = {use["id"] for use in document["process_signals"]}
    for name in (trust or {}).get("begins") or ():
        if name not in known:
            words = f"Cases are said to begin with {name!r}, which is no process signal of the flow."
            hint = "Name process signals of the flow, or none for those of its first steps."
            yield Problem(path, words, hint, "trust.begins", (f"process_signals[{name}]",))


def _control(document: dict[str, Any], trust: dict[str, Any] | None, path: str) -> Iterator[Problem]:
    """Yield that what is named as control total is no KPI that holds one total against another."""
    name = ((trust or {}).get("control") or {}).get("kpi")
    if not name:
        return
    found = next((outcome for outcome in document["outcomes"] if outcome["id"] == name), None)
    if found is None:
        words = f"There is no KPI {name!r} that holds a control total against the ledger."
        yield Problem(path, words, "Make one with gap(…), or name another.", "trust.control", (f"outcomes[{name}]",))
        return
    try:
        fits = isinstance(parse(found["measure"]["formula"]), Gap)
    except FormulaError:
        return
    if not fits:
        words = f"The KPI {found['title']!r} holds no control total against anything: its formula is no gap(…)."
        hint = "Name a KPI whose formula is gap(…)."
        yield Problem(path, words, hint, "trust.control", (f"outcomes[{name}].measure",))


def _cost_rule(outcome: dict[str, Any], spec: KpiSpec) -> Iterator[Problem]:
    """Yield why the failures of a KPI cannot be charged by the rule it names."""
    path, name = f"outcomes[{outcome['id']}]", outcome.get("cost_rule")
    if not name:
        return
    if spec.cost_rule is None:
        yield Problem(
            f"{path}.cost_rule", f"There is no cost rule {name!r}.", "Make it first, or name another.", "cost-rule"
        )
        return
    try:
        charge = charge_of(spec)
    except FormulaError:
        return
    if isinstance(charge, tuple):
        words, hint = charge
        stands_on = (f"{path}.measure", f"{path}.target")
        yield Problem(f"{path}.cost_rule", f"No failure can be charged. {words}", hint, "cost-rule.failures", stands_on)


def _formulas(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    signals, systems = bound_signals(document, resolve), {use["id"] for use in document["system_signals"]}
    there = {f"{part}[{use['id']}]" for part in ("process_signals", "system_signals") for use in document[part]}
    kpis = specs(document, resolve)
    uses = {spec.id: _uses(spec) for spec in kpis}
    for spec in kpis:
        for problem in check(spec, signals, kpis, systems):
            path = f"outcomes[{spec.id}].measure"
            yield replace(problem, path=path, refs=tuple(_refs(spec.id, problem.code, uses, there)))


def _uses(spec: KpiSpec) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paths of the signals and the names of the KPIs that a KPI stands on."""
    anchor = () if spec.anchor in ANCHORS else (f"process_signals[{spec.anchor}]",)
    try:
        used = refs(parse(spec.formula))
    except FormulaError:
        return anchor, ()
    signals = (f"process_signals[{name}]" for name in used.signals)
    return (*signals, *anchor, *(f"system_signals[{name}]" for name in used.systems)), used.kpis


def _refs(
    kpi: str,
    code: str,
    uses: dict[str, tuple[tuple[str, ...], tuple[str, ...]]],
    there: Collection[str],
) -> Iterator[str]:
    """Yield what a problem follows from: the missing names where names are missing, else all the KPI stands on."""
    paths, others = uses[kpi]
    yield from (path for path in dict.fromkeys(paths) if code not in _MISSING or path not in there)
    seen, ahead = {kpi}, list(others)
    while ahead:
        other = ahead.pop()
        if other not in seen:
            seen.add(other)
            ahead += uses.get(other, ((), ()))[1]
            if code not in _MISSING or other not in uses:
                yield f"outcomes[{other}]"


def _budget(outcome: dict[str, Any]) -> Iterator[Problem]:
    """Yield why a KPI cannot have an error budget: it must be a share with a target that leaves something."""
    path, target = f"outcomes[{outcome['id']}]", outcome["target"]
    if not outcome.get("error_budget"):
        return
    try:
        fits = has_budget(parse(outcome["measure"]["formula"]))
    except FormulaError:
        return
    where = (f"{path}.error_budget", f"{path}.target", f"{path}.measure")
    if not fits:
        words = "Only the share of what went well, or wrong, has an error budget, and this KPI is none."
        hint = "Use availability, a ratio or a conversion, or take the error budget out."
        yield Problem(where[0], words, hint, "budget.measure", where[1:])
    elif target is None or not 0 < target["value"] < 1:
        words = "The target leaves no error budget: it must lie between 0 and 1, as a fraction."
        yield Problem(
            where[0], words, "Set a target such as 0.995, or take the error budget out.", "budget.target", where[1:]
        )


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
