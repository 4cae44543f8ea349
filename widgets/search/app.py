"""The search: asks BOS, shows the view, asks again with every word."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from widgets.search.view import MOST, NARROW, WORDS_FIELD, State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.search")


class Search:
    """The search of whoever is signed in. ``surface`` is the widget to show.

    ``asked`` is what the address of the page asks for: ``q``, ``uses`` and the names of the filters.
    """

    def __init__(self, wb: Workbench, asked: Mapping[str, str] | None = None) -> None:
        self._wb = wb
        asked = asked or {}
        chosen = {name: asked[name] for name in NARROW if asked.get(name)}
        self._state = State(text=asked.get(WORDS_FIELD, ""), chosen=chosen, uses=asked.get("uses", ""))
        self._try(self._begin)
        self.surface = Surface(view(self._state), self._receive)

    def _begin(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        if "search.read" not in state.session.may:
            return
        state.filters = tuple(wb.search.filters())
        state.flows = {row.id: row.title for row in wb.templates.list()}
        self._find()

    def _find(self) -> None:
        state = self._state
        state.hits, state.more = (), False
        if not state.asked:
            return
        chosen = {name: value for name, value in state.chosen.items() if value}
        kinds = (chosen.pop("kind"),) if "kind" in chosen else ()
        found = self._wb.search(state.text, kinds=kinds, uses=state.uses or None, limit=MOST + 1, **chosen)
        state.hits, state.more = tuple(found[:MOST]), len(found) > MOST

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.wrong = ""
        if message.get("type") == "field":
            state.ack = int(message.get("rev") or 0)
            self._take(str(message.get("field")), str(message.get("value") or ""))
        elif message.get("type") == "action":
            self._act(str(message.get("action")), str(message.get("value") or ""))
        self.surface.view = view(state)

    def _take(self, name: str, value: str) -> None:
        state = self._state
        if name == WORDS_FIELD:
            state.text = value
        elif name in NARROW:
            state.chosen[name] = value
        self._try(self._find)

    def _act(self, action: str, value: str) -> None:
        state = self._state
        if action == "clear":
            state.text, state.chosen, state.uses = "", {}, ""
        elif action == "uses":
            state.text, state.chosen, state.uses = "", {}, value
        state.focus += 1
        self._try(self._find)

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log) or self._state.wrong
