"""A visit to the wizard: what each page needs before it is shown, what is wrong with it, what it counts."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from bos.errors import BosError
from bos.model.diff import diff
from widgets.surface.words import told
from widgets.wizard import checks, edits, signals
from widgets.wizard.messages import STAGES, TEXT
from widgets.wizard.rejoin import rejoin
from widgets.wizard.state import Preview, Wrong, find
from widgets.wizard.views import signal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from widgets.wizard.desk import Desk
    from widgets.wizard.state import State

_PAGES = (*STAGES, "check")
_SECTIONS = ("process_signals", "system_signals", "outcomes")


class Visit:
    """Shows pages. ``behind`` runs long work beside the page: it returns what is to be done then."""

    def __init__(self, desk: Desk, state: State, behind: Callable[[Callable[[], Callable[[], None]]], None]) -> None:
        self._desk, self._state, self._behind = desk, state, behind
        self._asked = 0

    def choose(self) -> None:
        """Show the first page."""
        self._desk.choose()
        self._state.go("choose")

    def enter(self, stage: str, item: str = "") -> None:
        """Show a page, with what it needs."""
        state = self._state
        stage = stage if stage in _PAGES else "define"
        if stage in {"dashboard", "feedback"} and state.live is None:
            stage = "validate"
            state.tell("warning", TEXT["not_live"])
        if item and not self._there(item):
            item = ""
            state.tell("warning", TEXT["gone"])
        state.go(stage, item)
        if stage == "define":
            self._desk.calendars()
        if stage in {"populate", "check"}:
            self._desk.signals()
        if stage in {"validate", "check"}:
            self._desk.validate()
        if item.startswith("outcomes[") and not item.endswith("[+]"):
            self._desk.cost_rules()
            self._preview()

    def _there(self, item: str) -> bool:
        section = item.partition("[")[0]
        if section not in _SECTIONS or not item.endswith("]"):
            return False
        return item == f"{section}[+]" or find(self._state.document, item) is not None

    def _fill(self) -> bool:
        """Fill the form of a signal, if the page is one; return whether what was typed clashes with what is live."""
        form = signals.form_at(self._state.item)
        if form:
            self._desk.shared.fill(form)
        return self._rejoin()

    def _rejoin(self) -> bool:
        """Bring what is typed together with what was saved since the form was filled before, and tell what that was."""
        state, sheet = self._state, signals.sheet_of(self._state)
        if sheet is None or sheet.before is None:
            return False
        state.banners = [banner for banner in state.banners if banner.get("id") != "signal-moved"]
        met, others = rejoin(state, sheet), diff("signal", sheet.before, sheet.document)
        if lines := signal.lines(sheet, met, others):
            state.banners.append(signal.moved(lines))
            state.look_at(id_="signal-moved")
        return any(one.asked for one in met)

    def replayed(self, names: Sequence[str]) -> None:
        """Look again at a page whose browser had more typed than was known."""
        self._rejoin()
        self.wrote(names, changed=True)

    def wrote(self, names: Sequence[str], *, changed: bool) -> None:
        """Look again at what depends on fields that were written."""
        state = self._state
        state.sheet = state.sheet and replace(state.sheet, before=None)
        if state.errors:
            state.errors = self._wrong()
        if changed and state.item.startswith("outcomes[") and any(_counts(name) for name in names):
            self._preview()
        if changed and state.stage in {"validate", "check"}:
            self._desk.validate()

    def _wrong(self) -> list[Wrong]:
        state = self._state
        return checks.submit(state) if state.stage == "check" else checks.problems(state)

    def _refused(self, found: list[Wrong]) -> bool:
        """Show what is wrong, if anything is; return whether it is."""
        state = self._state
        state.errors = found
        if found:
            state.look_at(id_="summary")
        return bool(found)

    def _changed(self) -> None:
        """Keep the draft after one of its lists was changed."""
        state = self._state
        state.unsaved = True
        self._desk.draft.save()
        if state.errors:
            state.errors = self._wrong()

    def _preview(self) -> None:
        """Compute the number of the KPI at hand beside the page; only the newest answer counts."""
        state, path = self._state, self._state.item
        self._asked += 1
        asked = self._asked
        outcome = find(state.document, path) or {}
        if not str((outcome.get("measure") or {}).get("formula", "")).strip():
            state.preview, state.busy = Preview(of=path), ""
            return
        document, flow = copy.deepcopy(edits.ready(state.document)), self._desk.wb.flow(state.flow)
        if state.preview.of != path:
            state.preview = Preview(of=path)
        state.busy = TEXT["computing"]

        def work() -> Callable[[], None]:
            try:
                found = Preview(of=path, found=flow.preview(document, outcome["id"]))
            except BosError as error:
                found = Preview(of=path, problem=told(error))

            def finish() -> None:
                if asked == self._asked and flow.id == state.flow:
                    state.preview, state.busy = found, ""
                    if state.errors:
                        state.errors = self._wrong()

            return finish

        self._behind(work)

    def _attempt(self) -> None:
        """Try where the signal at hand is pulled from, as it is typed, beside the page."""
        state = self._state
        sheet = signals.sheet_of(state)
        if sheet is None or state.busy or self._refused(signals.untried(state, sheet)):
            return
        attempt, flow = self._desk.shared.attempt(sheet), state.flow
        state.busy, state.tried = TEXT["trying"], None

        def work() -> Callable[[], None]:
            tried = attempt()

            def finish() -> None:
                now = signals.sheet_of(state)
                state.busy = ""
                if now and (now.id, state.flow) == (sheet.id, flow):
                    state.tried = tried
                    state.look_at(id_="tried")

            return finish

        self._behind(work)


def _counts(name: str) -> bool:
    """Return whether a field changes the number, or what it is held against."""
    return ".measure." in name or ".form." in name or name == "time_zone"
