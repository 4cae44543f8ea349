"""The page of who owns what: asks BOS, shows the view, narrows it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from widgets.owners.view import CHOICES, State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.owners")


class Owners:
    """Who owns what, as far as whoever is signed in may see it. ``surface`` is the widget to show.

    ``asked`` is what the address of the page asks for: ``flow``, ``role``, ``person``.
    """

    def __init__(self, wb: Workbench, asked: Mapping[str, str] | None = None) -> None:
        self._wb = wb
        asked = asked or {}
        self._state = State(chosen={name: asked[name] for name in CHOICES if asked.get(name)})
        self._try(self._begin)
        self.surface = Surface(view(self._state), self._receive)

    def _begin(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        if "people.read" not in state.session.may:
            return
        state.names = {one.person: one.display for one in wb.people.list(disabled=False)}
        state.flows = tuple(wb.people.owners())
        self._find()

    def _find(self) -> None:
        state = self._state
        state.found, state.parts = state.flows, ()
        if state.flow:
            state.parts = tuple(self._wb.templates.owners(state.flow))
        elif any(state.chosen.values()):
            role, person = (state.chosen.get(name) or None for name in ("role", "person"))
            state.found = tuple(self._wb.people.owners(role=role, person=person))

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.wrong = ""
        if message.get("type") == "field" and message.get("field") in CHOICES:
            state.ack = int(message.get("rev") or 0)
            self._choose(str(message["field"]), str(message.get("value") or ""))
        elif message.get("type") == "action" and message.get("action") == "flow":
            self._choose("flow", str(message.get("value") or ""))
            state.focus += 1
        self.surface.view = view(state)

    def _choose(self, name: str, value: str) -> None:
        self._state.chosen[name] = value
        self._try(self._find)

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log) or self._state.wrong
