"""Rules of value outcomes: formulas that mean something, targets and thresholds that agree."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.kpi import check
from bos.kpi.definitions import bound_signals, specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a template's value outcomes."""
    yield from _formulas(document, resolve)
    for outcome in document["outcomes"]:
        yield from _levels(outcome)


def _formulas(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    signals = bound_signals(document, resolve)
    kpis = {spec.id: spec for spec in specs(document)}
    for spec in kpis.values():
        yield from check(spec, signals, kpis)


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
