"""Check your answers: everything of the flow on one page, each with a way back; then submit, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface import parts
from widgets.wizard.fields import label_of, show, typed
from widgets.wizard.frame import frame
from widgets.wizard.messages import SECTIONS, TEXT, role
from widgets.wizard.places import place_of
from widgets.wizard.views.populate import target_words
from widgets.wizard.views.validate import effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from widgets.surface.parts import Element
    from widgets.wizard.state import State


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return frame(
        state,
        heading="Check your answers",
        lede="Nothing is submitted yet. Change what is not right, then say why you make these changes.",
        body=[
            _answers("Define", _defined(state)),
            _answers("Populate", _populated(state)),
            _answers("Validate", _roles(state)),
            effect(state),
            _submit(state),
        ],
    )


def _answers(title: str, rows: Iterable[tuple[str, Any, str]]) -> Element:
    shown = [(label, _value(value), _change(label, path)) for label, value, path in rows]
    return parts.box(
        parts.heading(title), parts.table(f"{title}: your answers", ("Answer to", "Answer", "Change"), shown)
    )


def _value(value: Any) -> str:
    return str(show(value) or TEXT["provided"])


def _change(label: str, path: str) -> Element:
    place = ["validate", "", path] if path.startswith("role.") else list(place_of(path))
    return parts.button("Change", "change", place, look="quiet", small=True, about=label)


def _defined(state: State) -> Iterable[tuple[str, Any, str]]:
    document = state.document
    yield label_of("title"), document["title"], "title"
    yield label_of("description"), document["description"], "description"
    yield label_of("owner"), role(document["owner"]) if document["owner"] else "", "owner"
    yield label_of("time_zone"), document["time_zone"], "time_zone"
    yield label_of("flow.correlation_key"), document["flow"]["correlation_key"], "flow.correlation_key"
    if document["flow"]["calendar"]:
        yield label_of("flow.calendar"), document["flow"]["calendar"], "flow.calendar"
    titles = {step["id"]: step["title"] or step["id"] for step in document["flow"]["steps"]}
    for n, step in enumerate(document["flow"]["steps"], start=1):
        yield f"Step {n}", step["title"], f"flow.steps[{step['id']}].title"
    for n, edge in enumerate(document["flow"]["edges"], start=1):
        ends = f"{titles.get(edge['source'], '…')} → {titles.get(edge['target'], '…')}"
        when = f" ({edge['label']})" if edge.get("label") else ""
        yield f"Way {n}", f"{ends}{when}", f"flow.edges[{edge['id']}].source"


def _populated(state: State) -> Iterable[tuple[str, Any, str]]:
    titles = {step["id"]: step["title"] or step["id"] for step in state.document["flow"]["steps"]}
    for section, what in (("process_signals", "Process signal"), ("system_signals", "System signal")):
        for use in state.document[section]:
            known = state.signals.get(use["signal"] or "", {})
            places = [use["step"]] if section == "process_signals" else use["affects"]
            where = ", ".join(titles.get(name, name) for name in places if name)
            words = f"{known.get('title') or use['signal'] or ''}{f', {where}' if where else ''}"
            yield f"{what} {use['id']}", words, f"{section}[{use['id']}]"
        if not state.document[section]:
            yield f"{what}s", "", f"{section}"
    for outcome in state.document["outcomes"]:
        measure = outcome.get("measure") or {}
        words = f"{measure.get('formula') or TEXT['provided']} · {target_words(outcome)}"
        yield f"KPI {outcome.get('title') or outcome['id']}", words, f"outcomes[{outcome['id']}]"
    if not state.document["outcomes"]:
        yield "KPIs", "", "outcomes"


def _roles(state: State) -> Iterable[tuple[str, Any, str]]:
    covered = {row["covers"]: row["accountable"] for row in state.document["ownership"]}
    for section, words in SECTIONS.items():
        named = covered.get(section, "")
        yield f"Answers for: {words}", role(named) if named else "", f"role.{section}"


def _submit(state: State) -> Element:
    would = state.validation.would if state.validation else None
    more: dict[str, Any] = {}
    if would is None:
        more["why"] = "The problems that Validate lists have to be settled first."
    button = parts.button("Submit", "submit", default=True, id="b-submit", **more)
    return parts.card(
        parts.heading("Submit"),
        typed(state, "submit.rationale", "Why you make these changes", "area", rows=2,
              hint="It stands in the history of the flow, for colleagues and for audit."),
        parts.actions(
            button,
            parts.button(TEXT["back"], "stage", "validate", look="quiet"),
            *([parts.button(TEXT["discard"], "discard", look="quiet")] if state.live and state.revision else []),
        ),
        key="submit",
    )  # fmt: skip
