"""The home page: asks BOS, shows the view, does what a person asks for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from widgets.home.messages import say
from widgets.home.view import State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.home")


class Home:
    """The home page of whoever is signed in. ``surface`` is the widget to show."""

    def __init__(self, wb: Workbench) -> None:
        self._wb = wb
        self._state = State()
        self._try(self._read)
        self.surface = Surface(view(self._state), self._receive)

    def _read(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        if not state.may_look:
            return
        state.flows = tuple(wb.templates.list())
        state.drafts = tuple(wb.drafts())
        state.telemetry = {status.flow: status for status in wb.telemetry()}
        state.blueprints = tuple(wb.blueprints())
        asked = state.blueprints if state.session.may_edit else ()
        rows = [row for blueprint in asked for row in wb.templates.of_blueprint(blueprint.name)]
        state.behind = frozenset(row.id for row in rows if row.behind)

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.told = state.wrong = ""
        if message.get("type") == "action" and message.get("action") == "make":
            self._try(lambda: self._make(str(message.get("value"))))
        elif message.get("type") == "field" and message.get("field") == "acting":
            state.ack = int(message.get("rev") or 0)
            self._try(lambda: self._act(str(message.get("value") or "")))
        self.surface.view = view(state)

    def _make(self, blueprint: str) -> None:
        made = self._wb.templates.create(blueprint)
        self._read()
        title = next((row.title for row in self._state.flows if row.id == made.template.id), blueprint)
        self._state.told = say("made", title=title)
        self._state.focus += 1

    def _act(self, person: str) -> None:
        self._wb.act_as(person or None)
        self._read()

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log) or self._state.wrong
