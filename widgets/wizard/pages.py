"""Which page a state is at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.wizard.views import check, choose, conflict, dashboard, define, feedback, item, populate, validate

if TYPE_CHECKING:
    from widgets.wizard.state import State

_STAGES = {
    "define": define.view,
    "populate": populate.view,
    "validate": validate.view,
    "check": check.view,
    "dashboard": dashboard.view,
    "feedback": feedback.view,
}


def view(state: State) -> dict[str, Any]:
    """Return the page a state is at."""
    if state.clashes:
        return conflict.view(state)
    if not state.flow:
        return choose.view(state)
    if state.item:
        return item.view(state)
    return _STAGES.get(state.stage, define.view)(state)
