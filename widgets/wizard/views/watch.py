"""How a KPI is watched, as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface import parts
from widgets.wizard import watch
from widgets.wizard.fields import show

if TYPE_CHECKING:
    from widgets.surface.parts import Element
    from widgets.wizard.state import State

_ON = [("", "Nobody looks at it by itself"), ("yes", "BOS looks at it regularly")]
_HINTS = (
    ("every", "Example: 15 minutes"),
    ("over", "Example: 1 day"),
    ("worse_after", "Looks in a row that must be worse until it counts."),
    ("better_after", "Looks in a row that must be better until it counts."),
)


def of_kpi(state: State, outcome: dict[str, Any]) -> Element:
    """Return how the KPI at hand is watched."""
    path = f"{state.item}.watch"
    held: dict[str, Any] = outcome.get("watch") or {}
    choice = parts.field("select", f"{path}.on", "Watched", "yes" if held else "", options=_ON,
                         hint="How it stands is on the page Watched KPIs, and each change in the journal.")  # fmt: skip
    free = ("over",) if watch.has_window(outcome) else ()
    fields = [
        parts.field("text", f"{path}.{part}", watch.LABELS[part], show(held[part]), optional=part in free,
                    hint=f"{hint}. Empty: the window of the KPI." if part in free else hint,
                    error=state.error_of(f"{path}.{part}"))
        for part, hint in (_HINTS if held else ())
    ]  # fmt: skip
    lines = [parts.box(*fields[at : at + 2], look="wz-line") for at in range(0, len(fields), 2)]
    return parts.details("How it is watched", parts.box(choice, *lines, look="wz-form"), key="watch")
