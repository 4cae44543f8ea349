"""The page of watched KPIs: asks BOS, shows the view, does what a person asks for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bos.errors import Conflict
from widgets.surface import Surface
from widgets.surface.attempt import attempt
from widgets.watch.messages import TEXT, say
from widgets.watch.view import WHY, State, view

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.watch")
_PAIR = 2


class WatchPage:
    """The watched KPIs of a flow, or of every flow that whoever is signed in may see. ``surface`` is the widget."""

    def __init__(self, wb: Workbench, flow: str = "") -> None:
        self._wb = wb
        self._state = State(flow=flow)
        self._try(self._begin)
        self.surface = Surface(view(self._state), self._receive)

    def _begin(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        if not state.may("kpi.read"):
            return
        if state.may("people.read"):
            state.names = {one.person: one.display for one in wb.people.list()}
        state.flows = tuple(row for row in wb.templates.list() if state.flow in {"", row.id})
        self._read()

    def _read(self) -> None:
        wb, state = self._wb, self._state
        state.found = {row.id: tuple(wb.flow(row.id).watch.list()) for row in state.flows}

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.told = state.wrong = state.missing = ""
        if message.get("type") == "field" and message.get("field") == WHY:
            state.ack = int(message.get("rev") or 0)
            state.why = str(message.get("value") or "")
        elif message.get("type") == "action":
            self._act(str(message.get("action")), message.get("value"))
        self.surface.view = view(state)

    def _act(self, action: str, value: Any) -> None:
        state = self._state
        if action == "cancel":
            state.taking, state.why = None, ""
            return
        pair = tuple(str(part) for part in value) if isinstance(value, list) and len(value) == _PAIR else ("", "")
        one = state.of(*pair)
        if one is None:
            return
        flow, kpi = pair
        if action == "take":
            state.why = ""
            self._begin_taking(flow, kpi)
        elif action == "save" and not state.why.strip():
            state.missing = TEXT["why_missing"]
        elif action == "save":
            self._try(lambda: self._take(flow, kpi, one.title))
        elif action in {"hear", "hush"}:
            self._try(lambda: self._hear(flow, kpi, one.title, on=action == "hear"))

    def _begin_taking(self, flow: str, kpi: str) -> None:
        """Open the form at what is known: whoever looks after the KPI already stands on its button."""
        state = self._state
        one = state.of(flow, kpi)
        has = one.acknowledged.by if one and one.acknowledged else ""
        state.taking, state.instead_of = (flow, kpi) if one else None, "" if has == state.me else has

    def _take(self, flow: str, kpi: str, title: str) -> None:
        state = self._state
        try:
            self._wb.flow(flow).watch.acknowledge(kpi, rationale=state.why.strip(), instead_of=state.instead_of)
        except Conflict:
            self._read()
            self._begin_taking(flow, kpi)
            raise
        state.taking, state.why = None, ""
        self._read()
        state.told = say("taken", title=title)
        state.focus += 1

    def _hear(self, flow: str, kpi: str, title: str, *, on: bool) -> None:
        watch = self._wb.flow(flow).watch
        if on:
            watch.subscribe(kpi)
        else:
            watch.unsubscribe(kpi)
        self._read()
        self._state.told = say("heard" if on else "hushed", title=title)

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log) or self._state.wrong
