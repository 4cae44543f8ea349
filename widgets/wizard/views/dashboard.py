"""Dashboard: one click, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.numbers import GENERATED
from widgets.surface import parts
from widgets.surface.words import STATES
from widgets.wizard.frame import DASHBOARD, frame, page_of
from widgets.wizard.messages import say
from widgets.wizard.views.validate import told

if TYPE_CHECKING:
    from bos.model.answers.dashboards import DashboardRun, Panel
    from widgets.surface.parts import Element
    from widgets.wizard.state import State


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return frame(
        state,
        heading="Build the dashboard",
        lede="One click reads the telemetry, computes every KPI as it is live now, and keeps the result.",
        body=[*_after(state), _build(state), *_result(state.run), _onward(state)],
    )


def _after(state: State) -> list[Element]:
    if state.submitted is None:
        return []
    if state.live is None:
        return []
    words = STATES[state.live_state][0]
    return [parts.banner("ok", parts.heading("The flow is submitted"), parts.text(f"It is at version "
            f"{state.submitted.version}. {words}."), *told(state, state.submitted), id="submitted")]  # fmt: skip


def _build(state: State) -> Element:
    if state.busy:
        return parts.card(parts.text(state.busy), key="building")
    label = "Build the dashboard again" if state.run else "Build the dashboard"
    return parts.card(parts.actions(parts.button(label, "build", default=True, id="b-build")), key="building")


def _result(run: DashboardRun | None) -> list[Element]:
    if run is None:
        return []
    tiles = [panel for panel in run.panels if panel.kind == "kpi"]
    rows = [
        (panel.title, panel.shown, _status(panel), panel.target.shown if panel.target else "No target")
        for panel in tiles
    ]
    marks = [parts.badge(GENERATED)] if run.generated else []
    empty = [] if run.as_of else [parts.banner("info", parts.text(say("no_events", flow=run.flow)))]
    return [
        *empty,
        parts.card(
            parts.heading("The dashboard is built", id="built"),
            parts.text(f"{run.status_words} {run.window.words}. {run.approval_words}".strip()),
            parts.box(*marks, look="wz-marks"),
            parts.table("KPIs of the dashboard", ("KPI", "Value", "Status", "Target"), rows),
            parts.actions(parts.link("Open the dashboard", page_of(DASHBOARD, flow=run.flow), look="bos-button")),
            key="built",
        ),
    ]


def _status(panel: Panel) -> Element:
    shape = panel.status if panel.status in {"ok", "warning", "breach"} else "none"
    return parts.status(panel.status_words or "No target", shape)


def _onward(state: State) -> Element:
    return parts.actions(
        parts.button("Continue to feedback", "stage", "feedback", look="quiet" if state.run is None else None),
        parts.button("Back", "stage", "validate", look="quiet"),
    )
