"""What the KPIs of a flow read of it: its ways, which are critical therefore, and one another."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bos.errors import FormulaError
from bos.kpi import parse, refs
from bos.model.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Mapping


def along(template: Mapping[str, Any]) -> frozenset[str]:
    """Return the paths that decide the KPIs of ``along_flow``: the ways, and the steps of the signals they read.

    Nothing where no KPI of the template counts by its ways.
    """
    read = {name for outcome in template["outcomes"] for name in _read(outcome["measure"]["formula"])}
    return frozenset({WAYS, *(f"process_signals[{name}].step" for name in read)}) if read else frozenset()


def resting_on(template: Mapping[str, Any], kpi: str) -> frozenset[str]:
    """Return the KPIs whose number or trust rests on one, through every KPI in between, and that one itself."""
    flow = _control(template)
    reads = {
        outcome["id"]: {*_kpis(outcome["measure"]["formula"]), *_control(outcome), *flow}
        for outcome in template["outcomes"]
    }
    found, ahead = {kpi}, {kpi}
    while ahead:
        ahead = {name for name, read in reads.items() if read & ahead} - found
        found |= ahead
    return frozenset(found)


def _control(part: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the KPI that holds the control total of a KPI or flow, where one is named."""
    control = (part.get("trust") or {}).get("control")
    return (control["kpi"],) if control else ()


def _read(formula: str) -> tuple[str, ...]:
    return _named(formula)[0]


def _kpis(formula: str) -> tuple[str, ...]:
    return _named(formula)[1]


@lru_cache(maxsize=4096)
def _named(formula: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the signals that a formula holds against the ways, and the KPIs it stands on."""
    try:
        found = refs(parse(formula))
    except FormulaError:
        return (), ()
    return found.along, found.kpis
