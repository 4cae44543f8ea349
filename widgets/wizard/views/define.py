"""Define: what the flow is, who owns it, and its steps as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface import parts
from widgets.wizard import graph
from widgets.wizard.fields import edit, roles, steps, typed
from widgets.wizard.frame import frame
from widgets.wizard.messages import TEXT, tally
from widgets.wizard.views.feedback import waiting

if TYPE_CHECKING:
    from widgets.surface.parts import Element
    from widgets.wizard.state import State


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    body = [*waiting(state), _identity(state), _steps(state), _ways(state)]
    return frame(
        state,
        heading="Define the flow",
        lede="Name the flow, say who owns it, and list its steps and the ways between them.",
        body=[*body, help_(), onward(state, back=None)],
    )


def onward(state: State, *, back: str | None) -> Element:
    """Return the buttons at the end of a page."""
    again = [parts.button(TEXT["back"], "stage", back, look="quiet")] if back else []
    label = "Save and return to your answers" if state.check else TEXT["continue"]
    return parts.actions(parts.button(label, "continue", default=True), *again)


def help_() -> Element:
    """Return the help of the page, in the same place on each."""
    return parts.details(
        "Help with this page",
        parts.plain(
            [
                "A flow is a process seen end to end. It may branch, loop back, and repeat a step.",
                "A step is something one can see happen. What people think or plan is no step.",
                "A way leads from one step to the next. A loop is a way back to an earlier step.",
            ]
        ),
        key="help-define",
    )


def _identity(state: State) -> Element:
    return parts.box(
        parts.heading("Name and owner"),
        edit(state, "title"),
        edit(state, "description", "area", optional=True),
        edit(state, "owner", "select", options=roles(), look="wz-short"),
        edit(state, "time_zone", look="wz-short"),
        edit(state, "flow.correlation_key", optional=True),
        _calendar(state, "flow.calendar", state.document["flow"]["calendar"], "No calendar"),
    )


def _calendar(state: State, path: str, value: str | None, none: str) -> Element:
    known = {row.id: row.title for row in state.calendars}
    if value and value not in known:
        known[value] = value
    return edit(state, path, "select", options=[("", none), *known.items()], optional=True, look="wz-short")


def _steps(state: State) -> Element:
    flow = state.document["flow"]
    listed = flow["steps"]
    words = f"{tally(len(listed), 'step')}, {tally(len(flow['edges']), 'way')} between them. Loops are dashed."
    drawn = [parts.picture(graph.svg(flow), "The flow as a picture"), parts.text(words, "bos-hint")] if listed else []
    return parts.box(
        parts.heading(f"Steps ({len(listed)})"),
        *drawn,
        parts.box(
            *[_step(state, n, step, last=n == len(listed)) for n, step in enumerate(listed, start=1)], look="wz-grid"
        ),
        parts.box(
            typed(state, "new.step", "Add a step", hint="A way joins it to the last step; you can change that below."),
            parts.button("Add step", "add_step", look="quiet"),
            look="wz-line",
            enter=True,
        ),
    )


def _step(state: State, number: int, step: dict[str, Any], *, last: bool) -> Element:
    path, about = f"flow.steps[{step['id']}]", step["title"] or step["id"]
    buttons = [parts.button("Remove", "remove_step", step["id"], look="quiet", small=True, about=about)]
    if number > 1:
        buttons.append(parts.button("Move up", "move", [path, -1], look="quiet", small=True, about=about))
    if not last:
        buttons.append(parts.button("Move down", "move", [path, 1], look="quiet", small=True, about=about))
    return parts.box(
        edit(state, f"{path}.title", help_=False, label=f"Step {number}"),
        parts.details(
            "Description, correlation key, calendar, place",
            edit(state, f"{path}.description", "area", optional=True, rows=2, help_=False),
            edit(state, f"{path}.correlation_key", optional=True),
            _calendar(state, f"{path}.calendar", step.get("calendar"), "That of the flow"),
            parts.actions(*buttons),
            key=f"more-{path}",
        ),
        key=path,
        look="wz-cell",
    )


def _ways(state: State) -> Element:
    flow = state.document["flow"]
    rows = [_way(state, n, edge) for n, edge in enumerate(flow["edges"], start=1)]
    new = parts.box(
        typed(state, "new.source", "From step", "select", options=steps(state.document)),
        typed(state, "new.target", "To step", "select", options=steps(state.document)),
        typed(state, "new.label", "When this way is taken", optional=True),
        parts.button("Add way", "add_edge", look="quiet"),
        look="wz-line",
        enter=True,
    )
    listed = parts.details(f"Change the {tally(len(rows), 'way')}", *rows, key="ways", open=len(rows) <= _FEW)
    return parts.box(
        parts.heading(f"Ways between the steps ({len(rows)})"),
        *([listed] if rows else [parts.text("No ways yet.")]),
        parts.group("Add a way", new, key="new-way"),
    )


_FEW = 3


def _way(state: State, number: int, edge: dict[str, Any]) -> Element:
    path = f"flow.edges[{edge['id']}]"
    return parts.group(
        f"Way {number}",
        parts.box(
            edit(state, f"{path}.source", "select", options=steps(state.document), help_=False),
            edit(state, f"{path}.target", "select", options=steps(state.document), help_=False),
            edit(state, f"{path}.label", optional=True, help_=False),
            parts.button("Remove", "remove", path, look="quiet", small=True, about=f"way {number}"),
            look="wz-line",
        ),
        key=path,
        look="wz-item",
    )
