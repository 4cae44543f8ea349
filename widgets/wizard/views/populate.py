"""Populate: what can be seen of the flow, what it stands on, and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface import parts
from widgets.wizard import checks
from widgets.wizard.fields import amount
from widgets.wizard.frame import frame
from widgets.wizard.messages import tally
from widgets.wizard.views.define import onward

if TYPE_CHECKING:
    from widgets.surface.parts import Element
    from widgets.wizard.state import State


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return frame(
        state,
        heading="Populate the flow",
        lede="Name the events each step leaves behind, the systems that can break it, and the numbers that count.",
        body=[
            _uses(state, "process_signals", "Process signals", "Events that steps of the flow leave behind."),
            _uses(state, "system_signals", "System signals", "Telemetry of the systems that a step stands on."),
            _outcomes(state),
            _help(),
            onward(state, back="define"),
        ],
    )


def _section(state: State, section: str, title: str, lede: str, rows: list[Element], button: str) -> Element:
    error = state.error_of(f"add.{section}")
    add = parts.button(button, "open", f"{section}[+]", look="quiet", id=f"f-add_{section}", error=error)
    words = [parts.text(lede, "bos-hint")]
    if error:
        words.append(parts.text(error, "bos-error"))
    listed = parts.listing(title, rows, empty="None yet.")
    folded = listed if len(rows) <= _MANY else parts.details(f"Show the {len(rows)}", listed, key=f"list-{section}")
    return parts.box(parts.heading(f"{title} ({len(rows)})"), *words, folded, parts.actions(add))


_MANY = 24


def _uses(state: State, section: str, title: str, lede: str) -> Element:
    rows = [_use(state, section, use) for use in state.document[section]]
    return _section(state, section, title, lede, rows, f"Add a {title[:-1].lower()}")


def _use(state: State, section: str, use: dict[str, Any]) -> Element:
    path = f"{section}[{use['id']}]"
    known = state.signals.get(use["signal"] or "", {})
    titles = {step["id"]: step["title"] or step["id"] for step in state.document["flow"]["steps"]}
    places = [use["step"]] if section == "process_signals" else list(use["affects"])
    where = ", ".join(titles.get(name, name) for name in places if name) or "no step yet"
    verb = "Emitted by" if section == "process_signals" else "Can break"
    title = str(known.get("title") or use["signal"] or use["id"])
    return parts.row(
        title, f"{verb} {where}. Name in formulas: {use['id']}", key=path,
        marks=_trouble(state, path), ends=[_edit(path, title)],
    )  # fmt: skip


def _edit(path: str, about: str) -> Element:
    return parts.button("Change", "open", path, look="quiet", small=True, about=about)


def _trouble(state: State, path: str) -> list[Element]:
    count = sum(wrong.field.startswith(f"{path}.") for wrong in checks.stage_problems(state, "populate"))
    return [parts.status(tally(count, "problem"), "warning")] if count else []


def _outcomes(state: State) -> Element:
    rows = [_outcome(state, outcome) for outcome in state.document["outcomes"]]
    lede = "The numbers the business is judged by, each with a target and somebody who answers for it."
    return _section(state, "outcomes", "Value outcomes", lede, rows, "Add a KPI")


def _outcome(state: State, outcome: dict[str, Any]) -> Element:
    path = f"outcomes[{outcome['id']}]"
    title = outcome.get("title") or outcome["id"]
    return parts.row(
        title, target_words(outcome), key=path, marks=_trouble(state, path), ends=[_edit(path, title)]
    )  # fmt: skip


def target_words(outcome: dict[str, Any]) -> str:
    """Return the target of a KPI in words, or that there is none."""
    target = outcome.get("target") or {}
    if target.get("value") is None:
        return "No target"
    way = "at least" if target.get("direction") == "at_least" else "at most"
    return f"Target: {way} {amount(target['value'], str((outcome.get('measure') or {}).get('unit') or ''))}"


def _help() -> Element:
    return parts.details(
        "Help with this page",
        parts.plain(
            [
                "A process signal is an event: a payment was received, an application was approved.",
                "A system signal is a measurement: the delay of a file, the depth of a queue.",
                "A value outcome is a KPI: a formula over process signals, with a target.",
                "A signal can serve many flows. Here it gets a short name that formulas use.",
            ]
        ),
        key="help-populate",
    )
