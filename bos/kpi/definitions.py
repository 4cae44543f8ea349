"""From documents to what the engine computes: a template's signals and its KPIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.kpi.binding import BoundSignal, FieldBinding
from bos.kpi.spec import KpiSpec

if TYPE_CHECKING:
    from collections.abc import Callable


def bound_signals(
    template: dict[str, Any], resolve: Callable[[str, str], dict[str, Any] | None]
) -> dict[str, BoundSignal]:
    """Return the process signals of a template by the names formulas use.

    ``resolve("signal", id)`` gives the content of a signal document; a reference that leads nowhere is left unbound.
    """
    return {use["id"]: _bound(use["id"], resolve("signal", use["signal"])) for use in template["process_signals"]}


def _bound(name: str, signal: dict[str, Any] | None) -> BoundSignal:
    if signal is None:
        return BoundSignal(name)
    binding = signal["binding"]
    fields = {field["id"]: FieldBinding(field["native"], field["type"]) for field in binding["fields"]}
    return BoundSignal(name, binding["event"], binding["where"], fields)


def specs(template: dict[str, Any]) -> tuple[KpiSpec, ...]:
    """Return the KPIs of a template, in its order."""
    return tuple(_spec(outcome["id"], outcome["measure"]) for outcome in template["outcomes"])


def _spec(name: str, measure: dict[str, Any]) -> KpiSpec:
    return KpiSpec(
        name,
        measure["formula"],
        anchor=measure["anchor"],
        unit=measure["unit"],
        dimensions=tuple(measure["dimensions"]),
    )
