"""From documents to what the engine computes: a template's signals and its KPIs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast, get_args

from bos.errors import FormulaError
from bos.kpi.binding import BoundSeries, BoundSignal, BusinessClock, FieldBinding, NativeQuery, Place
from bos.kpi.costs import NOTHING, CostRule
from bos.kpi.lengths import Span
from bos.kpi.parser import parse
from bos.kpi.refs import refs
from bos.kpi.spec import KpiSpec
from bos.model.calendar import Weekday

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.kpi.nodes import SpanUnit

WEEKDAYS: tuple[str, ...] = get_args(Weekday)


def bound_signals(
    template: dict[str, Any], resolve: Callable[[str, str], dict[str, Any] | None]
) -> dict[str, BoundSignal]:
    """Return the process signals of a template by the names formulas use.

    ``resolve("signal", id)`` gives the content of a signal document; a reference that leads nowhere is left unbound.
    """
    uses = template["process_signals"]
    plain = {use["id"]: _bound(use["id"], resolve("signal", use["signal"])) for use in uses}
    by_document = {use["signal"]: plain[use["id"]] for use in uses}
    clocks = {
        calendar: _clock(calendar, found["clock"], {**by_document, **plain})
        for calendar in calendars_of(template)
        if (found := resolve("calendar", calendar)) is not None
    }
    edges = tuple(sorted({(edge["source"], edge["target"]) for edge in template["flow"]["edges"]}))
    return {
        use["id"]: replace(
            plain[use["id"]],
            clock=clocks.get(calendar_of(template, use["id"])),
            place=Place(use["step"], edges) if use["step"] else None,
        )
        for use in uses
    }


def bound_series(
    template: dict[str, Any], resolve: Callable[[str, str], dict[str, Any] | None]
) -> dict[str, BoundSeries]:
    """Return the system signals of a template by the names formulas use.

    Points are recorded under the name of the signal or the one the template gives it. ``resolve`` as above; without the
    document the unit is not known.
    """
    return {use["id"]: _series(use, resolve("signal", use["signal"])) for use in template["system_signals"]}


def _series(use: dict[str, Any], signal: dict[str, Any] | None) -> BoundSeries:
    recorded = tuple(dict.fromkeys((use["signal"], use["id"])))
    if signal is None:
        return BoundSeries(use["id"], recorded)
    return BoundSeries(use["id"], recorded, signal["unit"], _native(signal.get("binding", {})))


def systems_of(template: dict[str, Any]) -> tuple[str, ...]:
    """Return the ids of the documents of the system signals that KPIs of a template read."""
    read = {name for spec in specs(template) for name in _systems(spec.formula)}
    return tuple(dict.fromkeys(use["signal"] for use in template["system_signals"] if use["id"] in read))


def _systems(formula: str) -> tuple[str, ...]:
    try:
        return refs(parse(formula)).systems
    except FormulaError:
        return ()


def calendar_of(template: dict[str, Any], signal: str) -> str:
    """Return the id of the calendar whose working time counts from a signal on: its step's, else the flow's, else none.

    Raises:
        KeyError: the template has no such signal.
    """
    where = {use["id"]: use["step"] for use in template["process_signals"]}[signal]
    own = {step["id"]: step["calendar"] for step in template["flow"]["steps"]}
    return own.get(where) or template["flow"]["calendar"] or ""


def calendars_of(template: dict[str, Any]) -> tuple[str, ...]:
    """Return the ids of the calendars of a template: the flow's, and those of its steps."""
    named = [template["flow"]["calendar"], *(step["calendar"] for step in template["flow"]["steps"])]
    return tuple(dict.fromkeys(name for name in named if name))


def flow_clock(template: dict[str, Any], resolve: Callable[[str, str], dict[str, Any] | None]) -> BusinessClock | None:
    """Return the working time of the flow's own calendar; nothing where it has none. ``resolve`` as above."""
    calendar = template["flow"]["calendar"]
    found = resolve("calendar", calendar) if calendar else None
    return _clock(calendar, found["clock"], {}) if found is not None else None


def _clock(calendar: str, clock: dict[str, Any], signals: Mapping[str, BoundSignal]) -> BusinessClock:
    """Return the clock of a calendar; signals are named by their id, or by the name they have in the flow."""
    return BusinessClock(
        calendar=calendar,
        time_zone=clock["time_zone"],
        working_days=tuple(sorted(WEEKDAYS.index(day) for day in clock["working_days"])),
        opens=_seconds(clock["opens"]),
        closes=_seconds(clock["closes"]),
        cut_off=_seconds(clock["cut_off"]) if clock["cut_off"] else None,
        holidays=tuple(sorted(date.fromisoformat(day) for day in clock["holidays"])),
        stops=tuple(signals.get(name, BoundSignal(name)) for name in clock["stop_on"]),
        resumes=tuple(signals.get(name, BoundSignal(name)) for name in clock["resume_on"]),
    )


def span_of(text: str) -> Span:
    """Return the span that a text such as ``60 days`` names."""
    count, unit = text.removesuffix("s").split(" ")
    return Span(int(count), cast("SpanUnit", unit))


def seconds_of(text: str) -> int:
    """Return the seconds of a span such as ``60 days``, of days of 24 hours."""
    return span_of(text).seconds


def _seconds(text: str) -> int:
    at = time.fromisoformat(text)
    return at.hour * 3_600 + at.minute * 60 + at.second


def _bound(name: str, signal: dict[str, Any] | None) -> BoundSignal:
    if signal is None:
        return BoundSignal(name)
    binding = signal["binding"]
    fields = {field["id"]: FieldBinding(field["native"], field["type"]) for field in binding["fields"]}
    return BoundSignal(name, binding["event"], binding["where"], fields, native=_native(binding))


def _native(binding: dict[str, Any]) -> NativeQuery | None:
    """Return where a vendor keeps the signal; bindings of before the language was told have none."""
    text, language = binding.get("query", ""), binding.get("language", "")
    return NativeQuery(language, text, binding.get("mapping", {})) if text and language else None


def specs(
    template: dict[str, Any], resolve: Callable[[str, str], dict[str, Any] | None] = lambda _kind, _id: None
) -> tuple[KpiSpec, ...]:
    """Return the KPIs of a template, in its order; ``resolve("cost_rule", id)`` gives the content of a cost rule."""
    return tuple(_spec(outcome, resolve) for outcome in template["outcomes"])


def _spec(outcome: dict[str, Any], resolve: Callable[[str, str], dict[str, Any] | None]) -> KpiSpec:
    measure, target = outcome["measure"], outcome.get("target")
    rule = resolve("cost_rule", outcome["cost_rule"]) if outcome.get("cost_rule") else None
    return KpiSpec(
        outcome["id"],
        measure["formula"],
        anchor=measure["anchor"],
        unit=measure["unit"],
        dimensions=tuple(measure["dimensions"]),
        target=target["value"] if target else None,
        direction=target["direction"] if target else "at_most",
        cost_rule=_cost_rule(outcome["cost_rule"], rule["charge"]) if rule else None,
    )


def cost_rules_of(template: dict[str, Any]) -> tuple[str, ...]:
    """Return the ids of the cost rules of a template's KPIs."""
    named = (outcome.get("cost_rule") for outcome in template["outcomes"])
    return tuple(dict.fromkeys(name for name in named if name))


def _cost_rule(name: str, charge: dict[str, Any]) -> CostRule:
    per_unit, most = charge["per_unit"], charge["at_most"]
    tiers = sorted((seconds_of(tier["later_than"]), Decimal(tier["amount"])) for tier in charge["tiers"])
    return CostRule(
        name,
        charge["currency"],
        fixed=Decimal(charge["fixed"]),
        rate=Decimal(per_unit["rate"]) if per_unit else NOTHING,
        rated=per_unit["field"] if per_unit else "",
        per_minute=Decimal(charge["per_minute_late"]),
        tiers=tuple(tiers),
        most=Decimal(most) if most is not None else None,
    )
