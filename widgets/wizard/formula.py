"""Formulas as a form: kind, signals, filters; the text is the truth, the form a view of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bos.model.outcomes import WORKING

_NAME = r"[a-z][a-z0-9_]*"
_WHERE = r"(?: where (.*?))?"
_COUNT = rf"count\(\s*({_NAME}){_WHERE}\s*\)"

KINDS = {
    "count": "How many: the number of events",
    "ratio": "A share: one number of events divided by another",
    "sum": "A total: the sum of a field",
    "time": "How long: the time from one signal to another",
    "open": "What is open: begun and not yet ended, at a moment",
    "age": "How old: the time for which what is open has waited",
    "conversion": "How many get there: cases that reach another signal",
    "late": "What is late: cases that another signal does not follow in time",
    "rule": "A rule of the flow: cases that break it",
    "along": "Along the flow: cases that go where no way of the flow leads",
    "availability": "How available: the share of good points of a system",
    "cost": "What failures cost: the money of what another KPI counts as failed",
    "text": "Something else, written as a formula",
}
MEASURES = {"p50": "Median", "p95": "95th percentile", "avg": "Average", "max": "Longest"}
CLOCKS = {"": "Time on the wall, nights and weekends too", "business": "Working time, by the calendar of its step"}
RULES = {
    "precedes": "The first signal comes before the second",
    "different_persons": "The two signals are done by different persons",
    "never_twice": "The signal happens at most once in a case",
    "exactly_one": "A case has one of the two signals, not both",
    "must_end": "A case ends with one of the two signals",
}
LIMIT = "1 day"
"""In which time a signal follows another where none was written yet."""
PARTS = {
    "count": ("signal", "filter"),
    "ratio": ("signal", "filter", "other", "other_filter"),
    "sum": ("signal", "field", "filter"),
    "time": ("measure", "signal", "other", "clock"),
    "open": ("signal", "field", "other"),
    "age": ("measure", "signal", "other", "clock"),
    "conversion": ("signal", "other", "within"),
    "late": ("signal", "other", "within", "clock"),
    "rule": ("rule", "signal", "other"),
    "along": ("signals",),
    "availability": ("system", "bound"),
    "cost": ("charged",),
    "text": (),
}
UNITS = {
    "count": "count",
    "ratio": "ratio",
    "sum": "amount",
    "time": "seconds",
    "open": "count",
    "age": "seconds",
    "conversion": "ratio",
    "late": "count",
    "rule": "count",
    "along": "count",
    "availability": "ratio",
    "cost": "amount",
}

_TO = rf"({_NAME})\s*->\s*({_NAME})"
_CLOCK = r"(?:,\s*clock\s*=\s*(business)\s*)?"
_MEASURE = rf"({'|'.join(MEASURES)})"

_PATTERNS = (
    ("count", re.compile(rf"^{_COUNT}$"), ("signal", "filter")),
    ("ratio", re.compile(rf"^ratio\(\s*{_COUNT}\s*,\s*{_COUNT}\s*\)$"), ("signal", "filter", "other", "other_filter")),
    ("sum", re.compile(rf"^sum\(\s*({_NAME})\.({_NAME}){_WHERE}\s*\)$"), ("signal", "field", "filter")),
    ("time", re.compile(rf"^{_MEASURE}\(\s*duration\(\s*{_TO}\s*{_CLOCK}\)\s*\)$"),
     ("measure", "signal", "other", "clock")),
    ("open", re.compile(rf"^balance\(\s*({_NAME})(?:\.({_NAME}))?\s*->\s*({_NAME})\s*\)$"),
     ("signal", "field", "other")),
    ("age", re.compile(rf"^{_MEASURE}\(\s*age\(\s*{_TO}\s*{_CLOCK}\)\s*\)$"),
     ("measure", "signal", "other", "clock")),
    ("availability", re.compile(rf"^availability\(\s*({_NAME})\s*((?:<=|>=|<|>)\s*[-\w.]+)?\s*\)$"),
     ("system", "bound")),
    ("cost", re.compile(rf"^cost\(\s*({_NAME})\s*\)$"), ("charged",)),
    ("conversion", re.compile(rf"^conversion\(\s*{_TO}\s*(?:,\s*within\s*=\s*([^,]*?))?\s*\)$"),
     ("signal", "other", "within")),
    ("late", re.compile(rf"^conformance\(\s*followed_by\(\s*({_NAME})\s*,\s*({_NAME})\s*,"
                        rf"\s*within\s*=\s*([^,]*?)\s*{_CLOCK}\)\s*\)$"), ("signal", "other", "within", "clock")),
    ("rule", re.compile(rf"^conformance\(\s*({'|'.join(RULES)})\(\s*({_NAME})\s*(?:,\s*({_NAME})\s*)?\)\s*\)$"),
     ("rule", "signal", "other")),
    ("along", re.compile(rf"^conformance\(\s*along_flow\(\s*({_NAME}(?:\s*,\s*{_NAME})+)\s*\)\s*\)$"), ("signals",)),
)  # fmt: skip


def unit_of(form: dict[str, str]) -> str | None:
    """Return the unit a formula comes in, as far as its form tells."""
    if form["kind"] == "open" and form.get("field"):
        return UNITS["sum"]
    return WORKING if form.get("clock") == "business" and form["kind"] != "late" else UNITS.get(form["kind"])


def form_of(text: str) -> dict[str, str]:
    """Return the form of a formula: its ``kind`` and parts; kind ``text`` where no form has room for it."""
    for kind, pattern, names in _PATTERNS:
        found = pattern.match(" ".join(text.split()))
        if found:
            values = [value or "" for value in found.groups()]
            if any(word in value for value in values for word in ("count(", "ratio(")):
                continue
            return {"kind": kind, **dict(zip(names, values, strict=True))}
    return {"kind": "text"}


def text_of(form: dict[str, Any]) -> str:
    """Return the formula a form says."""
    signal, other = form.get("signal") or "", form.get("other") or ""
    first = f"{signal}{_where(form.get('filter'))}"
    match form["kind"]:
        case "count" as kind:
            inside = first
        case "ratio" as kind:
            inside = f"count({first}), count({other}{_where(form.get('other_filter'))})"
        case "sum" as kind:
            inside = f"{signal}.{form.get('field') or 'amount'}{_where(form.get('filter'))}"
        case "time" | "age" as span:
            kind = form.get("measure") or "p50"
            inside = f"{'duration' if span == 'time' else 'age'}({signal} -> {other}{_clock(form)})"
        case "open":
            field = str(form.get("field") or "").strip()
            kind, inside = "balance", f"{signal}{f'.{field}' if field else ''} -> {other}"
        case "cost" as kind:
            inside = form.get("charged") or ""
        case "availability" as kind:
            inside = " ".join((form.get("system") or "", form.get("bound") or "")).strip()
        case "late" | "rule" | "along":
            kind, inside = "conformance", _rule(form, signal, other)
        case _:
            within = f", within = {form['within']}" if form.get("within") else ""
            kind, inside = "conversion", f"{signal} -> {other}{within}"
    return f"{kind}({inside})"


def _rule(form: dict[str, Any], signal: str, other: str) -> str:
    if form["kind"] == "along":
        return f"along_flow({form.get('signals') or ''})"
    if form["kind"] == "late":
        return f"followed_by({signal}, {other}, within = {form.get('within') or LIMIT}{_clock(form)})"
    rule = form.get("rule") or "precedes"
    return f"{rule}({signal if rule == 'never_twice' or not other else f'{signal}, {other}'})"


def _clock(form: dict[str, Any]) -> str:
    return f", clock = {form['clock']}" if form.get("clock") else ""


def _where(condition: Any) -> str:
    return f" where {str(condition).strip()}" if condition and str(condition).strip() else ""


@dataclass(frozen=True)
class Names:
    """What a formula may name: the process and system signals of the flow, and the other KPIs, charged ones first."""

    signals: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    kpis: tuple[str, ...] = ()


def change(text: str, part: str, value: str, names: Names) -> str:
    """Return a formula with one part of its form changed. Parts the new kind has no room for are gone.

    Where nothing was chosen yet, the first of the names serve.
    """
    form = form_of(text)
    if part == "kind":
        if value in {"text", form["kind"]}:
            return text
        kept = {name: form[name] for name in PARTS[value] if name in form}
        signal = kept.get("signal") or next(iter(names.signals), "")
        rest = [kept.get("other", ""), *reversed(names.signals)]
        other = next((name for name in rest if name and name != signal), signal)
        first = {
            "system": next(iter(names.systems), ""), "charged": next(iter(names.kpis), ""),
            "signals": ", ".join(names.signals),
        }  # fmt: skip
        return text_of({**first, **kept, "kind": value, "signal": signal, "other": other})
    return text if form["kind"] == "text" else text_of({**form, part: value})
