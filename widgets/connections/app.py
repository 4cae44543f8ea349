"""The page of connections: asks BOS, shows the view, does what a person asks for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from widgets.connections.messages import TEXT, say
from widgets.connections.view import SECRET, WHICH, WHY, State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.connections")
_DECISIONS = ("retry", "give-up")


class ConnectionsPage:
    """The connections, and what could not be told over them. ``surface`` is the widget."""

    def __init__(self, wb: Workbench) -> None:
        self._wb = wb
        self._state = State()
        self._try(self._begin)
        self.surface = Surface(view(self._state), self._receive)

    def _begin(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        if state.may("connection.read"):
            state.connectors = {one.name: one for one in wb.connections.connectors()}
            self._read()

    def _read(self) -> None:
        wb, state = self._wb, self._state
        state.health = tuple(wb.connections.health())
        if state.may("connection.test"):
            state.letters = tuple(wb.connections.deliveries(state="dead", limit=500))

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.told = state.wrong = ""
        if message.get("type") == "field":
            state.ack = int(message.get("rev") or 0)
            self._type(str(message.get("field")), str(message.get("value") or ""))
        elif message.get("type") == "replay":
            self._close()  # what an earlier page left belongs to a form that is not open any more
        elif message.get("type") == "action":
            state.errors = {}
            self._act(str(message.get("action")), message.get("value"))
        self.surface.view = view(state)

    def _type(self, field: str, typed: str) -> None:
        state = self._state
        if field in {WHY, WHICH, SECRET}:
            setattr(state, field, typed)
            state.errors.pop(field, None)

    def _act(self, action: str, value: Any) -> None:
        one = self._state.of(value) if isinstance(value, str) else None
        letter = self._state.letter(value) if isinstance(value, int) else None
        if action == "close":
            self._close()
        elif one is not None and action in {"test", "message", "secrets", "give"}:
            steps = {"test": self._test, "message": self._message, "secrets": self._secrets, "give": self._give}
            self._try(lambda: steps[action](one.connection, one.title))
        elif letter is not None and action in _DECISIONS:
            self._close()
            self._state.deciding = (action, letter.delivery)
        elif letter is not None and action == "decide":
            self._try(lambda: self._decide(letter.delivery, letter.title))

    def _close(self) -> None:
        """Close what is open, and forget what was typed there."""
        state = self._state
        state.found, state.giving, state.deciding = None, "", ("", 0)
        state.why = state.secret = ""
        state.forgot += 1

    def _test(self, connection: str, _: str) -> None:
        self._close()
        self._state.found = self._wb.connections.doctor(connection)
        self._state.focus += 1

    def _message(self, connection: str, title: str) -> None:
        self._close()
        try:
            done = self._wb.connections.test(connection)
        finally:
            self._read()
        receipt = done.link or done.reference or TEXT["no_receipt"]
        self._state.told = say("sent_test", title=title, receipt=receipt)

    def _secrets(self, connection: str, _: str) -> None:
        state = self._state
        self._close()
        state.given = tuple(self._wb.connections.secrets(connection))
        state.giving, state.which = connection, next(iter(state.names(connection)), "")
        state.focus += 1

    def _give(self, connection: str, title: str) -> None:
        state = self._state
        needed = {SECRET: (state.secret, TEXT["value_missing"]), WHY: (state.why.strip(), TEXT["reason_missing"])}
        state.errors = {name: words for name, (typed, words) in needed.items() if not typed}
        if state.errors:
            state.focus += 1
            return
        name = state.which
        done = self._wb.connections.give_secret(connection, name, state.secret, rationale=state.why.strip())
        self._close()
        state.told = say("gave", name=name, title=title, origin=done.origin)
        state.focus += 1

    def _decide(self, number: int, title: str) -> None:
        state = self._state
        if not state.why.strip():
            state.errors = {WHY: TEXT["reason_missing"]}
            state.focus += 1
            return
        again = state.deciding[0] == "retry"
        decide = self._wb.connections.retry if again else self._wb.connections.give_up
        decide(number, rationale=state.why.strip())
        self._close()
        self._read()
        state.told = say("retried" if again else "gave_up", title=title)
        state.focus += 1

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log) or self._state.wrong
