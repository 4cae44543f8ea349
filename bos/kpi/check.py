"""Checks of a KPI against the signals and KPIs of its template: pure, and every problem at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bos.errors import FormulaError, Problem
from bos.kpi import nodes as n
from bos.kpi.binding import BUILT_IN
from bos.kpi.checktypes import check_condition, check_rated, check_value
from bos.kpi.failures import charge_of, placing_event, rated_event
from bos.kpi.parser import parse
from bos.kpi.refs import at_moment, leaves, points_read, refs, rule_of, selections, working_from
from bos.kpi.rules import applies
from bos.kpi.suggest import choices, suggestion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from bos.kpi.binding import BoundSignal
    from bos.kpi.nodes import Leaf, Measure
    from bos.kpi.spec import KpiSpec

ANCHORS = ("event", "start", "end")
"""Anchors that are not the name of a signal."""

LARGEST = 300
"""Terms a derived KPI may have once the KPIs it uses are put in their places."""


def check(
    spec: KpiSpec,
    signals: Mapping[str, BoundSignal],
    kpis: Iterable[KpiSpec] = (),
    systems: Collection[str] = (),
) -> list[Problem]:
    """Return everything that is wrong with a KPI; empty when it can be computed.

    ``kpis`` are the KPIs of the template (``spec`` may be among them), ``systems`` its system signals. Paths are those
    of ``KpiSpec``: ``formula``, ``anchor``, ``dimensions``. A signal without binding is an attention, not an error.
    """
    try:
        measure = parse(spec.formula)
    except FormulaError as error:
        return [Problem("formula", error.message, _located(error), error.code)]
    known = {kpi.id: kpi for kpi in kpis} | {spec.id: spec}
    if isinstance(measure, n.Derived):
        return [*_derived(spec, measure, known), *_derived_placing(spec)]
    if isinstance(measure, n.Cost):
        return [*_cost(spec, measure, known, signals), *_derived_placing(spec)]
    problems = [problem for leaf in leaves(measure) for problem in _leaf(leaf, signals, systems)]
    problems += _anchor(spec, measure, signals)
    problems += _dimensions(spec, measure, signals)
    return list(dict.fromkeys(problems))


def _located(error: FormulaError) -> str:
    return f"{error.hint} (line {error.line}, column {error.column})".strip()


def _leaf(leaf: Leaf, signals: Mapping[str, BoundSignal], systems: Collection[str]) -> Iterator[Problem]:
    value = getattr(leaf, "value", None)
    yield from _series(leaf, signals, systems)
    for selection in selections(leaf):
        signal = signals.get(selection.signal)
        if signal is None:
            hint = suggestion(selection.signal, signals)
            if selection.signal in systems:
                hint = (
                    "It is a system signal: write it in availability, or without a field in sum, avg, min, max or pN."
                )
            yield Problem("formula", f"There is no signal {selection.signal!r}.", hint, "unknown-signal")
            continue
        yield from _binding(signal)
        if selection.where is not None:
            yield from check_condition(selection.where, signal)
    value = leaf.of if isinstance(leaf, n.Balance) else value
    if isinstance(value, n.FieldOf) and value.of.signal in signals:
        yield from check_value(leaf, value, signals[value.of.signal])
    if start := working_from(leaf):
        yield from _clock(start, signals)
    if isinstance(rule := rule_of(leaf), n.AlongFlow):
        yield from _ways(rule, signals)


def _series(leaf: Leaf, signals: Mapping[str, BoundSignal], systems: Collection[str]) -> Iterator[Problem]:
    """Yield the system signals that there are not."""
    for points in points_read(leaf):
        if points.signal in systems:
            continue
        hint = suggestion(points.signal, systems)
        if points.signal in signals:
            hint = f"It is a process signal: name one of its fields, such as {points.signal}.amount."
        yield Problem("formula", f"There is no system signal {points.signal!r}.", hint, "unknown-signal")


def _clock(start: str, signals: Mapping[str, BoundSignal]) -> Iterator[Problem]:
    """Yield why working time cannot be counted from a signal on, and what of its calendar tells nothing here."""
    if start not in signals:
        return
    clock = signals[start].clock
    if clock is None:
        message = f"Neither the step of {start!r} nor the flow has a calendar, so there is no working time."
        yield Problem("formula", message, "Choose a calendar for the flow or the step.", "no-calendar")
        return
    for signal in (*clock.stops, *clock.resumes):
        if not signal.bound:
            message = (
                f"The calendar {clock.calendar!r} stops or resumes its clock on {signal.name!r}, which is no bound "
            )
            hint = "Use the signal in the flow, or take it out of the calendar; until then it changes nothing."
            yield Problem("formula", f"{message}signal of this flow.", hint, "clock-signal", severity="attention")


def _ways(rule: n.AlongFlow, signals: Mapping[str, BoundSignal]) -> Iterator[Problem]:
    """Yield why nothing says whether a way leads from one event to another."""
    places = {one.signal: signals[one.signal].place for one in rule.of if one.signal in signals}
    for name in (name for name, place in places.items() if place is None):
        words = f"No step emits the signal {name!r}, so nothing says which ways lead to it."
        yield Problem("formula", words, "Choose the step that emits it, or leave it out of along_flow.", "no-step")
    if not any(place.edges for place in places.values() if place):
        words = "The flow has no ways between its steps, so no event may follow another."
        yield Problem("formula", words, "Draw the ways from step to step first.", "no-ways")


def _binding(signal: BoundSignal) -> Iterator[Problem]:
    if not signal.bound:
        message = f"Signal {signal.name!r} is not bound to recorded events."
        hint = "Name its event in the signal's binding; until then the KPI has no value."
        yield Problem("formula", message, hint, "unbound", severity="attention")


def _anchor(spec: KpiSpec, measure: Measure, signals: Mapping[str, BoundSignal]) -> Iterator[Problem]:
    if spec.anchor != "event" and all(points_read(leaf) for leaf in leaves(measure)):
        message = "Points of system signals are placed by their own time."
        yield Problem("anchor", message, "Leave the anchor at event.", "anchor")
    elif spec.anchor != "event" and any(at_moment(leaf) for leaf in leaves(measure)):
        message = "What is open at a moment is not placed in time by an event."
        yield Problem("anchor", message, "Leave the anchor at event.", "anchor")
    elif spec.anchor in ANCHORS:
        if spec.anchor == "end" and any(_has_no_end(leaf) for leaf in leaves(measure)):
            message = "Cases that are not converted have no end to be placed by."
            yield Problem("anchor", message, "Use anchor start, or show = converted.", "anchor")
    elif spec.anchor not in signals:
        hint = suggestion(spec.anchor, [*signals, *ANCHORS])
        yield Problem("anchor", f"There is no anchor {spec.anchor!r}.", hint, "unknown-anchor")
    else:
        yield from _binding(signals[spec.anchor])


def _has_no_end(leaf: Leaf) -> bool:
    return isinstance(leaf, n.Conversion) and leaf.show != "converted"


def _dimensions(spec: KpiSpec, measure: Measure, signals: Mapping[str, BoundSignal]) -> Iterator[Problem]:
    for name in spec.dimensions:
        for message, hint in dimension_faults(spec.anchor, measure, name, signals):
            yield Problem("dimensions", message, hint, "unknown-field")


def dimension_faults(
    anchor: str, measure: Measure, name: str, signals: Mapping[str, BoundSignal]
) -> Iterator[tuple[str, str]]:
    """Yield why a KPI cannot be split by a field: the event that places a case must have it."""
    if any(points_read(leaf) for leaf in leaves(measure)):
        yield "A KPI of a system signal is not split by fields.", "Take the field out, or count events instead."
        return
    for signal in placing_signals(anchor, measure):
        if signal is None:
            if name not in BUILT_IN:
                having = ", ".join(one for one, bound in signals.items() if bound.kind(name) is not None)
                hint = f"Anchor it at a signal that has it ({having}), or use" if having else "Use"
                yield (
                    f"The first or last event of a case has no field {name!r} of its own.",
                    f"{hint} a built-in field.",
                )
        elif signal in signals and signals[signal].kind(name) is None:
            known = [*BUILT_IN, *signals[signal].fields]
            yield f"Signal {signal!r} has no field {name!r}.", choices(name, known, "Its fields are")


def placing_signals(anchor: str, measure: Measure) -> tuple[str | None, ...]:
    """Return the signals whose events place the measure in time; ``None`` is any event of the case."""
    if anchor not in ANCHORS:
        return (anchor,)
    return tuple(dict.fromkeys(_placing(anchor, leaf) for leaf in leaves(measure)))


def _placing(anchor: str, leaf: Leaf) -> str | None:
    parts = selections(leaf)
    if at_moment(leaf):
        return parts[0].signal
    if isinstance(leaf, n.Charge):
        placing = placing_event(leaf.failure, anchor)
        return None if placing is None else placing.signal
    if isinstance(leaf, n.Conversion) or isinstance(getattr(leaf, "value", None), n.Duration):
        return parts[1 if anchor == "end" else 0].signal
    if anchor != "event":
        return None
    if isinstance(leaf, n.Conformance):
        about = applies(leaf.rule)
        return None if about is None else about.signal
    return parts[-1].signal


def _derived_placing(spec: KpiSpec) -> Iterator[Problem]:
    if spec.anchor != "event":
        message = "Such a KPI is placed in time by the KPIs it uses."
        yield Problem("anchor", message, "Set the anchor there, and leave this one at event.", "anchor")


def _cost(
    spec: KpiSpec, measure: n.Cost, known: Mapping[str, KpiSpec], signals: Mapping[str, BoundSignal]
) -> Iterator[Problem]:
    """Yield why the failures of a KPI have no cost."""
    failing = known.get(measure.of)
    if failing is None or measure.of == spec.id:
        hint = suggestion(measure.of, set(known) - {spec.id})
        yield Problem("formula", f"There is no other KPI {measure.of!r}.", hint, "unknown-kpi")
        return
    try:
        charge = charge_of(failing)
    except FormulaError:
        yield Problem("formula", f"The formula of {measure.of!r} cannot be read.", "Mend it first.", "no-cost")
        return
    if isinstance(charge, tuple):
        words, hint = charge
        yield Problem("formula", f"The failures of {measure.of!r} have no cost. {words}", hint, "no-cost")
        return
    if spec.unit not in {"", charge.rule.currency}:
        words = f"The cost rule {charge.rule.name!r} is in {charge.rule.currency}, but the unit is {spec.unit!r}."
        hint = (
            f"Set the unit to {charge.rule.currency}. A rule in use keeps its currency: for another, make a rule "
            f"of its own and change rule and unit of the KPIs in one save."
        )
        yield Problem("formula", words, hint, "unit")
    yield from _days_late(measure.of, charge, signals)
    rated = rated_event(charge.failure)
    if charge.rule.rated and rated is not None and rated.signal in signals:
        yield from check_rated(charge.rule.rated, signals[rated.signal])
    yield from _dimensions(replace(failing, dimensions=spec.dimensions), charge, signals)


def _days_late(kpi: str, charge: n.Charge, signals: Mapping[str, BoundSignal]) -> Iterator[Problem]:
    """Yield why it is not told how late cases are: they have working days, and the clock of each can be stopped."""
    rule = rule_of(charge)
    if not charge.rule.timed or not isinstance(rule, n.FollowedBy) or rule.clock != "business":
        return
    clock = signals[rule.first.signal].clock if rule.first.signal in signals else None
    if rule.within.unit == "day" and clock is not None and any(one.bound for one in clock.stops):
        words = f"The failures of {kpi!r} have no cost. Of working days that a calendar can stop, no lateness is told."
        hint = "Write within in hours of working time, or use a rule without minutes and tiers."
        yield Problem("formula", words, hint, "no-cost")


def _derived(spec: KpiSpec, measure: n.Derived, known: Mapping[str, KpiSpec]) -> Iterator[Problem]:
    for name in refs(measure).kpis:
        if name not in known:
            hint = suggestion(name, set(known) - {spec.id})
            yield Problem("formula", f"There is no KPI {name!r}.", hint, "unknown-kpi")
    cycle = _cycle(spec.id, known)
    if cycle:
        message = f"The KPI depends on itself: {' → '.join(cycle)}."
        yield Problem("formula", message, "Take one of these references out.", "cycle")
    elif _too_large(spec.id, known):
        message = f"Written out, the KPI has more than {LARGEST} terms."
        yield Problem("formula", message, "Use fewer KPIs that are derived from derived ones.", "too-large")


def _too_large(start: str, known: Mapping[str, KpiSpec]) -> bool:
    """Return whether a derived KPI has too many terms once the KPIs it uses are put in their places."""
    size, waiting = 0, [start]
    while waiting and size <= LARGEST:
        measure = _measure(waiting.pop(), known)
        terms: list[n.Term] = [measure.term] if isinstance(measure, n.Derived) else []
        while terms:
            term = terms.pop()
            size += 1
            if isinstance(term, n.Arithmetic):
                terms += (term.left, term.right)
            elif isinstance(term, n.KpiRef):
                waiting.append(term.name)
    return size > LARGEST


def _cycle(start: str, known: Mapping[str, KpiSpec]) -> tuple[str, ...]:
    """Return the way from a KPI back to itself, empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in _used(way[-1], known):
            if name == start:
                return (*way, name)
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()


def _used(name: str, known: Mapping[str, KpiSpec]) -> tuple[str, ...]:
    measure = _measure(name, known)
    return refs(measure).kpis if measure is not None else ()


def _measure(name: str, known: Mapping[str, KpiSpec]) -> Measure | None:
    """Return the tree of a KPI, ``None`` where there is none; what is wrong with it is told where it is checked."""
    try:
        return parse(known[name].formula) if name in known else None
    except FormulaError:
        return None
