"""The wizard: hears what a person does, asks BOS, shows the page that follows from it."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bos.errors import BosError, Invalid, NotFound, Unavailable, UsageError
from bos.logs import incident
from widgets.surface import Surface
from widgets.surface.words import told
from widgets.wizard import checks, edits
from widgets.wizard.desk import Desk
from widgets.wizard.journey import Journey
from widgets.wizard.messages import TEXT, say
from widgets.wizard.pages import view
from widgets.wizard.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bos.client.workbench import Workbench
    from widgets.wizard.state import Wrong

_log = logging.getLogger("widgets.wizard")


class Wizard:
    """The wizard of whoever is signed in. ``surface`` is the widget to show.

    It opens at the page that the address names: ``flow``, ``stage`` and ``item``.
    """

    def __init__(self, wb: Workbench, *, query: str | None = None) -> None:
        """``query`` stands for the address of the page; without it, that of the request."""
        self.state = State()
        self._lock = threading.RLock()
        self._desk = Desk(wb, self.state)
        self._journey = Journey(self._desk, self.state, self._behind)
        with self._guard():
            self.state.session = wb.session()
            self._go(os.environ.get("QUERY_STRING", "") if query is None else query)
        self.state.push = False
        self.surface = Surface(view(self.state), self._receive)

    def _receive(self, message: dict[str, Any]) -> None:
        with self._lock:
            state = self.state
            state.push = False
            kind = message.get("type")
            with self._guard():
                if kind == "field":
                    self._wrote([message])
                elif kind == "replay":
                    self._replay(message.get("entries"))
                elif kind == "location":
                    state.banners = []
                    self._retry()
                    self._go(str(message.get("query") or ""))
                    state.push = False
                elif kind == "action":
                    state.banners = []
                    self._retry()
                    self._journey.do(str(message.get("action")), message.get("value"))
            self._acknowledge()
            self.surface.view = view(state)

    def _acknowledge(self) -> None:
        """Say what is kept as soon as it is: making the page that follows from it takes longer."""
        state = self.state
        if state.ack < state.seen and not state.clashes and not state.unsaved:
            state.ack = state.seen
            self.surface.kept(state.ack)

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn a failure into a sentence; its cause stands in the log."""
        try:
            yield
        except Unavailable:
            self.state.tell("breach", TEXT["away"], alert=True)
        except BosError as error:
            self.state.tell("breach", say("refused", reason=told(error)), alert=True)
        except Exception as error:  # noqa: BLE001 - a person gets a sentence whatever fails
            self.state.tell("breach", f"{TEXT['fault']} {incident(_log, error).hint}", alert=True)

    def _go(self, query: str) -> None:
        """Show the page that an address names; one that is not there leads to the first."""
        asked = {name: values[-1] for name, values in parse_qs(query.removeprefix("?")).items()}
        flow = asked.get("flow", "")
        if not flow:
            self.state.flow = ""
            self._journey.choose()
            return
        if flow != self.state.flow:
            try:
                self._desk.open(flow)
            except NotFound:
                self.state.flow = ""
                self._journey.choose()
                self.state.tell("warning", say("no_id", id=flow))
                return
        self.state.check = asked.get("check") == "1"
        self._journey.enter(asked.get("stage", "define"), asked.get("item", ""))

    def _wrote(self, entries: list[Mapping[str, Any]]) -> None:
        """Take over what was typed and keep it; only what is kept is acknowledged."""
        state, changed = self.state, False
        state.seen = max(state.seen, state_ack(entries))
        for entry in entries:
            changed = edits.write(state, str(entry.get("field")), entry.get("value")) or changed
        refused: list[Wrong] = []
        if changed or state.unsaved:
            try:
                self._save()
            except Invalid as error:
                refused = checks.refused(state, error.problems)
                if not refused:
                    raise
        self._acknowledge()
        self._journey.wrote([str(entry.get("field")) for entry in entries], changed=changed)
        known = {wrong.field for wrong in state.errors}
        state.errors = [*state.errors, *(wrong for wrong in refused if wrong.field not in known)]

    def _save(self) -> None:
        self.state.unsaved = True
        self._desk.draft.save()
        self.state.banners = [banner for banner in self.state.banners if banner.get("tone") != "breach"]

    def _retry(self) -> None:
        """Keep what an earlier try could not."""
        if self.state.unsaved and self.state.flow:
            self._save()

    def _replay(self, entries: Any) -> None:
        """Take over what an earlier page of this browser had typed and nobody acknowledged.

        Where somebody else gave the field another value since that typing began, the person chooses.
        """
        state, kept = self.state, []
        base = mine = state.document
        for entry in entries if isinstance(entries, list) else []:
            name = str(entry.get("field"))
            try:
                if not name.startswith((*edits.LOOSE, "role.")) and ".form." not in name:
                    base = edits.typed_into(state, base, name, entry.get("base"))
                mine = edits.typed_into(state, mine, name, entry.get("value"))
                kept.append(name)
            except UsageError as error:
                state.tell("warning", error.message)
        state.seen = max(state.seen, state_ack(entries))
        if mine is not state.document:
            self._desk.draft.rejoin(base, mine)
        self._journey.replayed(kept)

    def _behind(self, work: Any) -> None:
        """Do long work beside the page, then show what came of it; the page goes on answering."""

        def run() -> None:
            with self._guard_later():
                finish = work()
                with self._lock:
                    finish()
            with self._lock:
                self.state.push = False
                self.surface.view = view(self.state)

        threading.Thread(target=run, daemon=True).start()

    @contextmanager
    def _guard_later(self) -> Iterator[None]:
        with self._guard():
            try:
                yield
            except BaseException:
                self.state.busy = ""
                raise


def state_ack(entries: Any) -> int:
    """Return the number of the last of some entries."""
    rows = entries if isinstance(entries, list) else []
    return max((int(entry.get("rev") or 0) for entry in rows), default=0)
