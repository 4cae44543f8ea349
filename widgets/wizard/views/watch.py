"""How a KPI is watched, as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface import parts
from widgets.wizard.fields import show

if TYPE_CHECKING:
    from widgets.surface.parts import Element
    from widgets.wizard.state import State

_ON = [("", "Nobody looks at it by itself"), ("yes", "BOS looks at it regularly")]
_FIELDS = (
    ("every", "Looked at every", "Example: 15 minutes", False),
    ("over", "Over the last", "Example: 1 day. Empty: the window of the KPI.", True),
    ("worse_after", "Worse after", "Looks in a row that must be worse until it counts.", False),
    ("better_after", "Better after", "Looks in a row that must be better until it counts.", False),
)


def of_kpi(state: State, outcome: dict[str, Any]) -> Element:
    """Return how the KPI at hand is watched."""
    path = f"{state.item}.watch"
    held: dict[str, Any] = outcome.get("watch") or {}
    choice = parts.field("select", f"{path}.on", "Watched", "yes" if held else "", options=_ON,
                         hint="How it stands is on the page Watched KPIs, and each change in the journal.")  # fmt: skip
    fields = [
        parts.field("text", f"{path}.{part}", label, show(held[part]), hint=hint, optional=optional,
                    error=state.error_of(f"{path}.{part}"))
        for part, label, hint, optional in (_FIELDS if held else ())
    ]  # fmt: skip
    lines = [parts.box(*fields[at : at + 2], look="wz-line") for at in range(0, len(fields), 2)]
    return parts.details("How it is watched", parts.box(choice, *lines, look="wz-form"), key="watch")
