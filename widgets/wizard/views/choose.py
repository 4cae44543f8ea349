"""Where to begin: go on with a flow, start from a blueprint, or start empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.moments import day
from widgets.surface import parts
from widgets.surface.words import STATES
from widgets.wizard.fields import typed
from widgets.wizard.frame import WIZARD, frame, page_of
from widgets.wizard.messages import tally

if TYPE_CHECKING:
    from widgets.surface.parts import Element
    from widgets.wizard.state import State


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return frame(
        state,
        heading="Describe a business flow",
        lede="Say what the flow does, what can be seen of it, and what it is worth. A dashboard follows from that.",
        body=[_going_on(state), _starting(state)],
        location="",
        narrow=True,
    )


def _going_on(state: State) -> Element:
    begun = {draft.id: draft for draft in state.drafts if draft.kind == "template"}
    rows = [_begun(draft) for name, draft in begun.items() if name not in {row.id for row in state.flows}]
    rows += [_live(row, draft=row.id in begun) for row in state.flows]
    return parts.box(
        parts.heading("Continue with a flow"),
        parts.listing("Flows", rows, empty="There are no flows yet. Start one below."),
    )


def _begun(draft: Any) -> Element:
    title = str(draft.document.get("title") or draft.id)
    return parts.row(
        title, "Your draft, not submitted yet", key=draft.id, href=page_of(WIZARD, flow=draft.id, stage="define"),
        marks=[parts.status("Draft", "none")],
    )  # fmt: skip


def _live(row: Any, *, draft: bool) -> Element:
    words, state = STATES[row.state]
    marks = [parts.status(words, state)]
    if draft:
        marks.append(parts.badge("You have unsubmitted changes", mark=True))
    return parts.row(
        row.title, f"Version {row.version}, changed {day(row.at, 'UTC')}", key=row.id,
        href=page_of(WIZARD, flow=row.id, stage="define"), marks=marks,
    )  # fmt: skip


def _starting(state: State) -> Element:
    options = [("empty", "An empty flow", "You name the steps, signals and KPIs yourself.")]
    options += [(blueprint.name, blueprint.title, blueprint_words(blueprint)) for blueprint in state.blueprints]
    return parts.box(
        parts.heading("Start a flow"),
        parts.card(
            typed(
                state,
                "new.flow",
                "Name of the flow",
                hint="What people call this business flow. Example: Card Disputes",
            ),
            typed(state, "new.from", "Start from", "radios", value="empty", options=options),
            parts.actions(parts.button("Start", "create", default=True)),
        ),
    )


def blueprint_words(blueprint: Any) -> str:
    """Return what a blueprint brings along."""
    template = blueprint.template
    steps = tally(len(template["flow"]["steps"]), "step")
    signals = len(template.get("process_signals", ())) + len(template.get("system_signals", ()))
    kpis = tally(len(template.get("outcomes", ())), "KPI")
    return f"{steps}, {tally(signals, 'signal')}, {kpis}. {blueprint.description}"
