"""What a page of the wizard asks before it lets on: pure, every problem at once, in the order of the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bos.model.document import LONGEST_REASON, is_zone
from bos.model.outcomes import WORKING
from bos.model.roles import SIGNING_ROLES
from widgets.wizard import fields, formula, trust, watch
from widgets.wizard.messages import SECTIONS, wrong
from widgets.wizard.places import place_of
from widgets.wizard.state import Wrong, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bos.errors import Problem
    from widgets.wizard.state import State

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_UNITS = {
    "ratio": "Share",
    "seconds": "Time (seconds)",
    WORKING: "Working time (seconds)",
    "count": "Count",
    "amount": "a unit of amounts",
}
_USES = ("process_signals", "system_signals")
MOST_DAYS = 36_500


def problems(state: State) -> list[Wrong]:
    """Return what is wrong on the page the state is at."""
    if state.item == "outcomes[+]":
        return list(_new_outcome(state))
    if state.item.startswith("outcomes["):
        return list(_outcome(state))
    if state.item.endswith("[+]"):
        return list(_new_use(state, state.item.removesuffix("[+]")))
    if state.item:
        return list(_use(state))
    pages = {"define": _define, "populate": _populate, "validate": _validate}
    return list(pages[state.stage](state)) if state.stage in pages else []


def stage_problems(state: State, stage: str) -> list[Wrong]:
    """Return what keeps a stage from being completed."""
    checks = {"define": _define, "populate": _populated}
    return list(checks[stage](state)) if stage in checks else []


def refused(state: State, found: Iterable[Problem]) -> list[Wrong]:
    """Return why BOS does not keep a draft, by the fields of the page at hand; none where they are of other pages."""
    told = []
    for problem in found:
        place = place_of(problem.path) if problem.path else None
        if place is not None and (place.stage, place.item) == (state.stage, state.item):
            label = fields.label_of(problem.path)
            words = problem.message.replace(problem.path, label).rstrip(".")
            told.append(Wrong(place.field, f"{words}. {problem.hint}".strip()))
    return told


def _define(state: State) -> Iterator[Wrong]:
    document = state.document
    if not str(document["title"]).strip():
        yield Wrong("title", wrong("title"))
    yield from _long(document, "title", fields.LONGEST_LINE)
    yield from _long(document, "description", fields.LONGEST_TEXT)
    if document["owner"] not in SIGNING_ROLES:
        yield Wrong("owner", wrong("owner"))
    if not is_zone(str(document["time_zone"])):
        yield Wrong("time_zone", wrong("time_zone"))
    steps = document["flow"]["steps"]
    for n, step in enumerate(steps, start=1):
        if not str(step["title"]).strip():
            yield Wrong(f"flow.steps[{step['id']}].title", wrong("step_title", n=n))
        yield from _long(document, f"flow.steps[{step['id']}].title", fields.LONGEST_LINE, f"Name of step {n}")
    if len(steps) < 2:  # noqa: PLR2004 - a flow goes from one step to another
        yield Wrong("new.step", wrong("steps"))
    known = {step["id"] for step in steps}
    for n, edge in enumerate(document["flow"]["edges"], start=1):
        end = next((end for end in ("source", "target") if edge[end] not in known), None)
        if end:
            yield Wrong(f"flow.edges[{edge['id']}].{end}", wrong("edge_end", n=n))


def _long(document: dict[str, Any], path: str, limit: int, label: str = "") -> Iterator[Wrong]:
    value = find(document, path)
    if isinstance(value, str):
        yield from too_long(path, label or fields.label_of(path), value, limit)


def too_long(name: str, label: str, text: str, limit: int) -> Iterator[Wrong]:
    """Yield that the text of a field has more characters than it may have, if it has."""
    if len(text) > limit:
        yield Wrong(name, wrong("too_long", label=label, limit=f"{limit:,}"))


def _populate(state: State) -> Iterator[Wrong]:
    if not state.document["process_signals"]:
        yield Wrong("add.process_signals", wrong("signals"))
    if not state.document["outcomes"]:
        yield Wrong("add.outcomes", wrong("outcomes"))


def _populated(state: State) -> Iterator[Wrong]:
    """Yield what is wrong with the page and with each of its entries."""
    yield from _populate(state)
    document = state.document
    for section in ("process_signals", "system_signals"):
        for use in document[section]:
            yield from _use_at(document, f"{section}[{use['id']}]")
    for outcome in document["outcomes"]:
        yield from _outcome_at(document, f"outcomes[{outcome['id']}]")


def _use(state: State) -> Iterator[Wrong]:
    yield from _use_at(state.document, state.item)


def _use_at(document: dict[str, Any], path: str) -> Iterator[Wrong]:
    use = find(document, path) or {}
    if not use.get("signal"):
        yield Wrong(f"{path}.signal", wrong("use_signal"))
    if path.startswith("process_signals[") and not use.get("step"):
        yield Wrong(f"{path}.step", wrong("use_step"))
    if path.startswith("system_signals[") and not use.get("affects"):
        yield Wrong(f"{path}.affects", wrong("use_affects"))


def _new_use(state: State, section: str) -> Iterator[Wrong]:
    yield from _new_name(state, {use["id"] for part in _USES for use in state.document[part]})
    if state.new.get("new.how", "new") == "new":
        yield from _new_signal(state, section)
    elif not state.new.get("new.signal"):
        yield Wrong("new.signal", wrong("use_signal"))
    if section == "process_signals" and not state.new.get("new.step_of"):
        yield Wrong("new.step_of", wrong("use_step"))
    if section == "system_signals" and not state.new.get("new.affects"):
        yield Wrong("new.affects", wrong("use_affects"))


def _new_name(state: State, taken: set[str]) -> Iterator[Wrong]:
    name = str(state.new.get("new.name", "")).strip()
    if not name:
        yield Wrong("new.name", wrong("use_name"))
    elif not _NAME.match(name):
        yield Wrong("new.name", wrong("use_form"))
    elif name in taken:
        yield Wrong("new.name", wrong("use_taken", name=name))


def new_step(title: str) -> list[Wrong]:
    """Return what is wrong with the name of a new step."""
    if not title:
        return [Wrong("new.step", wrong("step_name_new"))]
    return list(too_long("new.step", "Name of the step", title, fields.LONGEST_LINE))


def _new_outcome(state: State) -> Iterator[Wrong]:
    title = str(state.new.get("new.kpi", "")).strip()
    if not title:
        yield Wrong("new.kpi", wrong("kpi_title"))
    yield from too_long("new.kpi", "Name of the KPI", title, fields.LONGEST_LINE)


def _new_signal(state: State, section: str) -> Iterator[Wrong]:
    title = str(state.new.get("new.title", "")).strip()
    if not title:
        yield Wrong("new.title", wrong("new_title"))
    yield from too_long("new.title", "Name of the signal", title, fields.LONGEST_LINE)
    if section == "process_signals" and not str(state.new.get("new.event", "")).strip():
        yield Wrong("new.event", wrong("event"))
    for name, label in (("event", "Event in the source"), ("unit", "Unit")):
        yield from too_long(f"new.{name}", label, str(state.new.get(f"new.{name}", "")).strip(), fields.LONGEST_LINE)
    days = fields.number(str(state.new.get("new.days", "2555")))
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        yield Wrong("new.days", wrong("days"))


def _outcome(state: State) -> Iterator[Wrong]:
    path = state.item
    yield from _outcome_at(state.document, path)
    formula = (find(state.document, f"{path}.measure") or {}).get("formula", "")
    if str(formula).strip() and state.preview.of == path and state.preview.problem:
        yield Wrong(f"{path}.measure.formula", state.preview.problem)


def _outcome_at(document: dict[str, Any], path: str) -> Iterator[Wrong]:
    outcome = find(document, path) or {}
    if not str(outcome.get("title", "")).strip():
        yield Wrong(f"{path}.title", wrong("kpi_title"))
    measure = outcome.get("measure") or {}
    if not str(measure.get("formula", "")).strip():
        yield Wrong(f"{path}.measure.formula", wrong("formula"))
    form = formula.form_of(str(measure.get("formula") or ""))
    process, system = ({use["id"] for use in document[part]} for part in _USES)
    others = {one["id"] for one in document["outcomes"]} - {outcome.get("id")}
    named = (("signal", process), ("other", process), ("system", system), ("charged", others))
    told = [(form.get(part), known) for part, known in named]
    told += [(name.strip(), process) for name in form.get("signals", "").split(",")]
    unknown = next((name for name, known in told if name and name not in known), None)
    if unknown:
        yield Wrong(f"{path}.measure.formula", wrong("unknown_signal", name=unknown))
    if not str(measure.get("unit", "")).strip():
        yield Wrong(f"{path}.measure.unit", wrong("unit"))
    elif not _fits(form, str(measure["unit"])):
        yield Wrong(f"{path}.measure.unit", wrong("unit_kind", unit=_UNITS[str(formula.unit_of(form))]))
    if isinstance((outcome.get("target") or {}).get("value"), str):
        yield Wrong(f"{path}.target.value", _no_number("Target", outcome["target"]["value"]))
    for row in outcome.get("thresholds") or ():
        if isinstance(row["value"], str):
            yield Wrong(f"{path}.{row['level']}", _no_number(row["level"].capitalize(), row["value"]))
    yield from trust.problems(document, f"{path}.trust")
    yield from watch.problems(document, path)


def _no_number(label: str, typed: str) -> str:
    if fields.unclear(typed):
        return wrong("unclear", label=label, typed=typed.strip())
    return wrong("number", label=label)


def _fits(form: dict[str, str], unit: str) -> bool:
    """Return whether a formula can come in a unit; a count or a sum may have any name of its own."""
    wanted, settled = formula.unit_of(form), {"ratio", "seconds", WORKING}
    if wanted in settled:
        return unit == wanted
    return form["kind"] == "text" or unit not in settled


def _validate(state: State) -> Iterator[Wrong]:
    covered = {row["covers"]: row["accountable"] for row in state.document["ownership"]}
    for section, words in SECTIONS.items():
        if covered.get(section) not in SIGNING_ROLES:
            yield Wrong(f"role.{section}", wrong("role", section=words))
    yield from trust.problems(state.document, "trust")


def submit(state: State) -> list[Wrong]:
    """Return what is missing before the draft can be submitted."""
    said = str(state.new.get("submit.rationale", "")).strip()
    if not said:
        return [Wrong("submit.rationale", wrong("rationale"))]
    return list(too_long("submit.rationale", "The reason", said, LONGEST_REASON))


def feedback(state: State) -> list[Wrong]:
    """Return what is missing before feedback can be given."""
    said = str(state.new.get("feedback.text", "")).strip()
    if not said:
        return [Wrong("feedback.text", wrong("feedback"))]
    return list(too_long("feedback.text", "Feedback", said, fields.LONGEST_TEXT))


def new_flow(state: State) -> list[Wrong]:
    """Return what is missing before a flow can be begun; one from a blueprint has a name already."""
    title = str(state.new.get("new.flow", "")).strip()
    if not title and state.new.get("new.from", "empty") == "empty":
        return [Wrong("new.flow", wrong("flow_name"))]
    return list(too_long("new.flow", "Name of the flow", title, fields.LONGEST_LINE))
