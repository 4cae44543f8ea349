"""Two values for one field: the person chooses, and both are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.wording import words
from widgets.surface import parts
from widgets.wizard import partly
from widgets.wizard.fields import typed
from widgets.wizard.frame import frame
from widgets.wizard.messages import TEXT, say

if TYPE_CHECKING:
    from widgets.surface.parts import Element
    from widgets.wizard.merge import Clash
    from widgets.wizard.state import State


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return frame(
        state,
        heading=TEXT["conflict"],
        lede=TEXT["conflict_lede"],
        body=[
            *[_choice(state, clash) for clash in state.clashes],
            parts.actions(parts.button(TEXT["conflict_keep"], "settle", default=True)),
        ],
        steps=None,
        narrow=True,
    )


def _choice(state: State, clash: Clash) -> Element:
    return parts.card(
        typed(
            state, f"choice.{clash.path}", clash.label, "radios",
            options=[("mine", say("conflict_mine", value=told(state, clash.path, clash.mine))),
                     ("other", say("conflict_saved", value=told(state, clash.path, clash.other)))],
        )
    )  # fmt: skip


def told(state: State, path: str, value: Any) -> str:
    """Return one of the values of a clash in words, as the page shows the field."""
    known = partly.said(state.document, path, value)
    if known is not None:
        return known
    if isinstance(value, dict) and value.get("title"):
        return str(value["title"])
    return "taken out, or empty" if value in (None, "", []) else words(value)
