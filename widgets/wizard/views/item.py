"""One entry of Populate: a signal of the flow, or the beginning of a new entry. KPIs have a page of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.trust import arrival_words
from widgets.surface import parts
from widgets.wizard.fields import edit, steps, typed
from widgets.wizard.frame import frame
from widgets.wizard.messages import TEXT
from widgets.wizard.signals import form_at
from widgets.wizard.state import find
from widgets.wizard.views import outcome, signal

if TYPE_CHECKING:
    from widgets.surface.parts import Element
    from widgets.wizard.state import State

_FIRST = {"pii": "none", "days": "2555"}
"""What a new signal begins with."""


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    section = state.item.partition("[")[0]
    if form_at(state.item):
        return signal.view(state)
    if state.item == "outcomes[+]":
        return _new_outcome(state)
    if section == "outcomes":
        return outcome.view(state)
    return _new_use(state, section) if state.item.endswith("[+]") else _use(state, section)


def leave(state: State, *more: Element) -> Element:
    """Return the buttons that lead back to the list."""
    label = "Save and return to your answers" if state.check else "Save and return to the list"
    return parts.actions(parts.button(label, "continue", default=True), *more)


def _use(state: State, section: str) -> dict[str, Any]:
    path = state.item
    use = find(state.document, path) or {"id": "", "signal": ""}
    known = state.signals.get(use["signal"] or "", {})
    return frame(
        state,
        heading=str(known.get("title") or use["signal"] or use["id"]),
        lede=str(known.get("description") or "") or None,
        body=[
            parts.card(
                parts.heading("In this flow"), parts.text(f"Formulas call it {use['id']}."), _where(state, section)
            ),
            _facts(state, known),
            leave(state, parts.button("Remove from the flow", "remove", path, look="quiet")),
        ],
    )


def _where(state: State, section: str) -> Element:
    if section == "process_signals":
        return edit(state, f"{state.item}.step", "select", options=steps(state.document), look="wz-short")
    return edit(state, f"{state.item}.affects", "checks", options=steps(state.document)[1:])


def _facts(state: State, known: dict[str, Any]) -> Element:
    if not known:
        return parts.banner("warning", parts.text("BOS has no signal of this id. Remove it here, or define it first."))
    binding = known.get("binding") or {}
    fields = ", ".join(field["id"] for field in binding.get("fields") or ()) or TEXT["provided"]
    pairs: list[tuple[str, str | Element]] = [
        ("Id", str(known["id"])),
        ("Kind", "Process signal" if known["type"] == "process" else "System signal"),
        ("Event in the source", str(binding.get("event") or TEXT["provided"])),
        ("Fields for conditions", fields),
        ("Unit", str(known.get("unit") or TEXT["provided"])),
        ("Expected", _expected(known)),
        ("Personal data", dict(signal.PII).get(str(known.get("pii")), str(known.get("pii")))),
        ("Kept for", f"{known.get('retention_days', 0):,} days"),
    ]
    change = parts.button(TEXT["signal_change"], "open", f"{state.item}.signal", look="quiet")
    buttons = [parts.actions(change)] if state.may_edit() else []
    words = parts.text(TEXT["signal_shared"], "bos-hint")
    return parts.card(parts.heading("The signal"), parts.facts(pairs), words, *buttons)


def _expected(known: dict[str, Any]) -> str:
    arrival = known.get("arrival")
    if not arrival:
        return "Nobody said how often"
    return f"At least every {arrival_words(arrival)}"


def _new_use(state: State, section: str) -> dict[str, Any]:
    process = section == "process_signals"
    word = "process signal" if process else "system signal"
    new = state.new.get("new.how", "new") == "new"
    how = typed(
        state, "new.how", "Which signal", "radios", value="new",
        options=[("new", f"A new {word}", "BOS makes it as a document that other flows can share."),
                 ("found", "One that is there already", "Another flow uses it, or somebody defined it before.")],
    )  # fmt: skip
    name = typed(
        state, "new.name", "Name in formulas",
        hint="Short: lower case letters, digits and underscores. Example: returned", look="wz-short",
    )  # fmt: skip
    return frame(
        state,
        heading=f"Add a {word}",
        body=[
            parts.card(how, *(signal.described(state, "new.", _FIRST, process=process) if new else _found(state))),
            parts.card(parts.heading("In this flow"), name, _new_where(state, process=process)),
            parts.actions(
                parts.button(f"Add the {word}", "add", default=True), parts.button("Cancel", "close", look="quiet")
            ),
        ],
    )


def _new_where(state: State, *, process: bool) -> Element:
    if process:
        return typed(state, "new.step_of", "Emitted by step", "select", options=steps(state.document), look="wz-short")
    return typed(state, "new.affects", "Can break steps", "checks", options=steps(state.document)[1:])


def _found(state: State) -> list[Element]:
    find_ = parts.box(
        typed(state, "new.find", "Find a signal", hint="A word of its name, id or description."),
        parts.button("Find", "find", look="quiet"),
        look="wz-line", enter=True,
    )  # fmt: skip
    if not state.hits:
        return (
            [find_] if "new.found" not in state.new else [find_, parts.text("No signal of this kind has these words.")]
        )
    options = [(hit.id, hit.title, hit.id) for hit in state.hits]
    return [find_, typed(state, "new.signal", "Signals found", "radios", options=options)]


def _new_outcome(state: State) -> dict[str, Any]:
    return frame(
        state,
        heading="Add a KPI",
        lede="Name the number; its formula, target and levels come next.",
        body=[
            parts.card(typed(state, "new.kpi", "Name of the KPI", hint="Example: Overall return rate")),
            parts.actions(
                parts.button("Add the KPI", "add", default=True), parts.button("Cancel", "close", look="quiet")
            ),
        ],
        narrow=True,
    )
