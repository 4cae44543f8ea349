"""The page of connections: asks BOS, shows the view, does what a person asks for."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from bos.model.answers.connections import ReadAgain
from bos.model.answers.pulls import Pulled
from bos.model.moments import instant
from bos.model.standing import repulled, reread
from widgets.connections.arrivals import keyed
from widgets.connections.making import Making
from widgets.connections.messages import TEXT, say
from widgets.connections.state import SECRET, WHICH, WHY, Reread, State
from widgets.connections.view import view
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.client.workbench import Workbench
    from bos.model.answers.jobs import Job

_log = logging.getLogger("widgets.connections")
_STEPS = ("test", "message", "secrets", "give", "address")
_DECISIONS = ("retry", "give-up", "decide")
_RETURNS = ("restore", "bring-back")
_READINGS = ("reread", "read-again")


class ConnectionsPage(Making):
    """The connections, a form for one, and what could not be told over them. ``surface`` is the widget."""

    texts = TEXT

    def __init__(self, wb: Workbench, id_: str = "") -> None:
        self._lock = threading.Lock()
        super().__init__(wb, id_)

    def _receive(self, message: dict[str, Any]) -> None:
        with self._lock:
            super()._receive(message)

    def begin(self) -> State:
        """Return what the page is made of, before anything is read."""
        return State()

    def look(self) -> dict[str, Any]:
        """Return the page."""
        return view(self.state)

    def read(self) -> None:
        """Read how it goes with each connection, and what could not be told."""
        wb, state = self.wb, self.state
        state.session = wb.session()
        if not state.may("connection.read"):
            return
        known = state.connectors or {one.name: one for one in wb.connections.connectors() if not one.problem}
        state.connectors = known
        state.health = tuple(wb.connections.health())
        if state.may("connection.test"):
            state.letters = tuple(wb.connections.deliveries(state="dead", limit=500))
            state.unread = {}
            for one in state.health:
                if one.received and one.received.dead:
                    state.unread |= keyed(one.connection, wb.connections.incoming(one.connection))
        if state.may_edit:
            state.ended = tuple(wb.connections.list(state="retired", retired=True))

    def typed(self, field: str, value: Any) -> None:
        """Take what was typed into a field, of the form or of a small one."""
        if field in {WHY, WHICH, SECRET}:
            setattr(self.state, field, str(value or ""))
            self.state.errors.pop(field, None)
        else:
            super().typed(field, value)

    def _act(self, action: str, value: str) -> None:
        state = self.state
        state.errors = {}
        one = state.seen(value) if action in _STEPS else None
        letter = state.letter(int(value)) if action in _DECISIONS and value.isdecimal() else None
        if action == "close":
            self.close()
        elif one is not None:
            steps: dict[str, Callable[[str, str], None]] = {
                "test": self._test, "message": self._message, "secrets": self._secrets, "give": self._give,
                "address": self._address,
            }  # fmt: skip
            self.attempt(lambda: steps[action](one.connection, one.title))
        elif letter is not None:
            self._decision(action, letter.delivery, letter.title)
        elif action in _READINGS and self._readable(value):
            self._reading(action, value)
        elif action in _RETURNS and (ended := next((row for row in state.ended if row.id == value), None)) is not None:
            self._return(action, ended.id, ended.title)
        else:
            super()._act(action, value)

    def _decision(self, action: str, number: int, title: str) -> None:
        """Ask why a dead letter is to be tried again or given up, or decide so."""
        if action == "decide":
            self.attempt(lambda: self._decide(number, title))
        else:
            self.close()
            self.state.deciding = (action, number)

    def _reading(self, action: str, key: str) -> None:
        """Ask why a delivery or a file is to be read again, tell what it means for a signal, or have it read."""
        if action == "reread":
            self.close()
            self.state.rereading = key
        elif key in self.state.rejects:
            self.attempt(lambda: self._pull_again(key))
        elif self._has_reason():
            again = self._reread if key in self.state.unread else self._reread_file
            self.attempt(lambda: again(key))

    def _readable(self, key: str) -> bool:
        """Return whether something of this name can be read again now: a delivery, a file, a signal."""
        return key in self.state.unread or self.state.may_reread(key) or self.state.may_pull_again(key)

    def _reread_file(self, key: str) -> None:
        file = self.state.outdated[key]
        flow = self.wb.flow(file.flow)
        job = flow.start_reading_again(file.connection, file.name, rationale=self.state.why.strip())
        self._begun(key, say("file_now", name=file.name))
        self._following(key, "file", file.name, job, lambda result: reread(ReadAgain.model_validate(result)))

    def _pull_again(self, key: str) -> None:
        _, row = self.state.rejects[key]
        job = self.wb.flow(row.flow).start_pull(row.signal, since=row.again)
        name = say("signal_of", signal=row.signal, flow=row.flow)
        self._begun(key, say("pull_now", name=name, since=instant(row.again, "UTC") if row.again else ""))
        self._following(key, "pull", name, job, lambda result: repulled(Pulled.model_validate(result)))

    def _begun(self, key: str, words: str) -> None:
        self.close()
        self.state.rereads = {name: one for name, one in self.state.rereads.items() if not one.over}
        self.state.rereads[key] = Reread(words)

    def _following(self, *what: Any) -> None:
        threading.Thread(target=self._follow, args=what, daemon=True).start()

    def _follow(self, key: str, kind: str, name: str, job: Job, words_of: Callable[[Any], str]) -> None:
        """Show what becomes of a file or signal that is read again; the page goes on answering meanwhile."""
        done: list[str] = []

        def wait() -> None:
            ended = self.wb.wait(job, progress=lambda _: None)  # without a bar: nobody would see it
            done.append(words_of(ended.result))

        wrong = attempt(wait, _log, refused="{reason}")
        with self._lock:
            told = say(f"{kind}_done" if done else f"{kind}_failed", name=name, words=done[0] if done else wrong)
            self.state.rereads[key] = Reread(told, over=True, failed=not done)
            self.attempt(self.read)
            self.surface.view = self.look()

    def _reread(self, key: str) -> None:
        state = self.state
        connection, _, delivery = key.partition("/")
        one = state.seen(connection)
        self.wb.connections.retry_incoming(connection, delivery, rationale=state.why.strip())
        self.close()
        self.read()
        state.told = (say("reread_now", title=one.title if one else connection),)

    def _return(self, action: str, connection: str, title: str) -> None:
        """Ask why a retired connection is to be restored, or restore it."""
        if action == "restore":
            self.close()
            self.state.restoring = connection
        elif self._has_reason():
            self.attempt(lambda: self._restored(connection, title))

    def _restored(self, connection: str, title: str) -> None:
        self.wb.connections.restore(connection, rationale=self.state.why.strip())
        self.close()
        self.read()
        self.state.told = (say("restored_now", title=title),)

    def _has_reason(self) -> bool:
        """Return whether somebody said why; where not, the page says so."""
        state = self.state
        state.focus += 1
        state.errors = {} if state.why.strip() else {WHY: TEXT["reason_missing"]}
        return not state.errors

    def _test(self, connection: str, _: str) -> None:
        self.close()
        self.state.found = self.wb.connections.doctor(connection)
        self.state.focus += 1

    def _message(self, connection: str, title: str) -> None:
        self.close()
        try:
            done = self.wb.connections.test(connection)
        finally:
            self.read()
        receipt = done.link or done.reference or TEXT["no_receipt"]
        self.state.told = (say("sent_test", title=title, receipt=receipt),)

    def _secrets(self, connection: str, _: str) -> None:
        state = self.state
        self.close()
        state.given = tuple(self.wb.connections.secrets(connection))
        state.giving, state.which = connection, next(iter(state.names(connection)), "")
        state.focus += 1

    def _give(self, connection: str, title: str) -> None:
        state = self.state
        needed = {SECRET: (state.secret, TEXT["value_missing"]), WHY: (state.why.strip(), TEXT["reason_missing"])}
        state.errors = {name: words for name, (typed, words) in needed.items() if not typed}
        if state.errors:
            state.focus += 1
            return
        name = state.which
        done = self.wb.connections.give_secret(connection, name, state.secret, rationale=state.why.strip())
        self.close()
        state.told = (say("gave", name=name, title=title, origin=done.origin),)
        state.focus += 1

    def _address(self, connection: str, _: str) -> None:
        self.close()
        self.state.reception = self.wb.connections.reception(connection)
        self.state.focus += 1

    def _decide(self, number: int, title: str) -> None:
        state = self.state
        if not self._has_reason():
            return
        again = state.deciding[0] == "retry"
        decide = self.wb.connections.retry if again else self.wb.connections.give_up
        decide(number, rationale=state.why.strip())
        self.close()
        self.read()
        state.told = (say("retried" if again else "gave_up", title=title),)
