"""The page of a history: asks BOS, shows the view, does what a person asks for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from widgets.history.messages import TEXT, say
from widgets.history.view import WHY, State, view
from widgets.surface import Surface
from widgets.surface.attempt import REFUSED, attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.history")


class History:
    """The history of a flow's template. ``surface`` is the widget to show."""

    def __init__(self, wb: Workbench, flow: str) -> None:
        self._wb = wb
        self._state = State(flow)
        self._try(self._read, refused=TEXT["absent"])
        self.surface = Surface(view(self._state), self._receive)

    def _read(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        state.names = {one.person: one.display for one in state.session.sample_people}
        state.live = wb.templates.get(state.flow)
        state.versions = tuple(wb.templates.history(state.flow))
        newest = state.versions[0].version
        state.old, state.new = max(newest - 1, 1), newest
        self._compare()

    def _compare(self) -> None:
        state = self._state
        state.difference = self._wb.templates.diff(state.flow, state.old, state.new)

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.told = state.wrong = ""
        if message.get("type") == "field":
            state.ack = int(message.get("rev") or 0)
            self._take(str(message.get("field")), message.get("value"))
        elif message.get("type") == "action":
            self._act(str(message.get("action")), message.get("value"))
        self.surface.view = view(state)

    def _take(self, name: str, value: Any) -> None:
        state = self._state
        if name == WHY:
            state.why, state.wrong_why = str(value or ""), ""
        elif name in {"old", "new"} and str(value).isdigit():
            setattr(state, name, int(value))
            self._try(self._compare)

    def _act(self, action: str, value: Any) -> None:
        state = self._state
        if action == "back" and isinstance(value, int):
            self._try(lambda: self._ask(value))
        elif action == "confirm" and state.back_to and not state.why.strip():
            state.wrong_why = TEXT["why_missing"]
        elif action == "confirm" and state.back_to:
            self._try(self._roll_back)
        elif action == "cancel":
            state.back_to, state.back, state.wrong_why = 0, None, ""

    def _ask(self, version: int) -> None:
        """Show what rolling back would change, against the version that is live now."""
        state = self._state
        state.live = self._wb.templates.get(state.flow)
        state.back = self._wb.templates.diff(state.flow, state.live.version, version)
        state.back_to, state.wrong_why = version, ""
        state.focus += 1

    def _roll_back(self) -> None:
        state = self._state
        if state.live is None:
            return
        saw = [group.group for group in state.live.open_groups]
        base, old = state.live.version, state.back_to
        done = self._wb.templates.rollback(state.flow, old, rationale=state.why.strip(), base_version=base, saw=saw)
        state.back_to, state.back, state.why = 0, None, ""
        self._read()
        waits = len(done.held)
        what = "not_yet" if done.version == base else "partly" if waits else "done"
        held = "" if not waits else TEXT["held_one"] if waits == 1 else say("held", n=waits)
        state.told = f"{say(what, old=old, version=done.version)} {held}".strip()
        state.focus += 1

    def _try(self, work: Callable[[], None], *, refused: str = REFUSED) -> None:
        self._state.wrong = attempt(work, _log, refused=refused) or self._state.wrong
