"""What the failures of a KPI cost in spans of time, by its cost rule."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from bos.kpi.failures import charge_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bos.actions.dashboard_sources import Sources
    from bos.kpi import KpiSpec
    from bos.kpi.backtest import Span


@dataclass(frozen=True, slots=True)
class Money:
    """Tells what failed in spans; ``reason`` says why it cannot, ``withheld`` why it could not of a span."""

    currency: str = ""
    reason: str = ""
    ask: Callable[[Span], Decimal | None] | None = None
    withheld: list[str] = field(default_factory=list)
    _told: dict[Span, Decimal | None] = field(default_factory=dict)

    def of(self, spans: Iterable[Span]) -> Decimal | None:
        """Return what failed in spans that do not overlap; nothing where that cannot be told of all of them."""
        if self.ask is None:
            return None
        whole = Decimal("0.00")
        for span in spans:
            if span not in self._told:
                self._told[span] = self.ask(span)
            part = self._told[span]
            if part is None:
                return None
            whole += part
        return whole


def cost_of(spec: KpiSpec) -> KpiSpec:
    """Return the KPI of what the failures of a KPI cost; its name has a dot, so no KPI of a template is called so."""
    return replace(
        spec, id=f"{spec.id}.cost", formula=f"cost({spec.id})", unit=spec.cost_rule.currency if spec.cost_rule else "",
        anchor="event", dimensions=(), target=None, cost_rule=None,
    )  # fmt: skip


def money_of(sources: Sources, spec: KpiSpec, zone: str) -> Money:
    """Return what tells the money of a KPI's failures; a failure lies where the KPI counts it, by its anchor."""
    charge, rule = charge_of(spec), spec.cost_rule
    if isinstance(charge, tuple) or rule is None:
        return Money(reason=charge[0] if isinstance(charge, tuple) else "It has no cost rule.")
    cost = cost_of(spec)

    def ask(span: Span) -> Decimal | None:
        from bos.kpi.engine import evaluate  # noqa: PLC0415 - half a second that only numbers need

        (row,) = evaluate(
            sources.events,
            (cost,),
            sources.found.bound(),
            known=sources.found.specs(),
            systems=sources.found.series(),
            points=sources.metrics,
            start=span.start,
            end=span.end,
            time_zone=zone,
            memory_limit=sources.memory_limit,
            engine=sources.engine,
            withhold=True,
        )
        if row.withheld_reason:
            told.withheld.append(row.withheld_reason)
            return None
        return Decimal(row.value or 0)

    told = Money(rule.currency, ask=ask)
    return told
