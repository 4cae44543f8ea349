"""The approvals inbox: asks BOS, shows the view, does what a person decides."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal, get_args

from bos.errors import BosError, InputError
from bos.model.answers.changes import Decision
from widgets.approvals import thresholds
from widgets.approvals.messages import TEXT, say, tally
from widgets.approvals.view import COMMENT, INCIDENTS, State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt
from widgets.surface.words import told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bos.client.workbench import Workbench
    from bos.model.answers.changes import Group
    from bos.model.incidents import Incident

_log = logging.getLogger("widgets.approvals")
_DONE = {"approve": "approved", "reject": "rejected", "rework": "reworked"}


def _rest(state: State) -> str:
    return tally("left", state.left) if state.left else TEXT["left_none"]


class Approvals:
    """The inbox of whoever is signed in, that of a ``flow`` first. ``surface`` is the widget to show."""

    def __init__(self, wb: Workbench, flow: str = "") -> None:
        self._wb = wb
        self._state = State(flow=flow)
        self._try(self._read)
        self.surface = Surface(view(self._state), self._receive)

    def _read(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        state.names = {one.person: one.display for one in state.session.sample_people}
        may = "change.sign" in state.session.may
        state.groups = tuple(wb.changes(mine=True)) if may else ()
        state.waivers = tuple(wb.waivers.waiting()) if may else ()
        state.documents = {}
        names = [(group.kind, group.id) for group in state.groups] + [(one.kind, one.id) for one in state.waivers]
        for kind, name in dict.fromkeys(names):
            state.documents[kind, name] = wb.documents(kind).get(name).document
        waiting = {group.group for group in state.groups}
        state.chosen = tuple(name for name in state.chosen if name in waiting)

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.told = state.wrong = ""
        if message.get("type") == "field" and message.get("field") in {COMMENT, INCIDENTS}:
            state.ack, text = int(message.get("rev") or 0), str(message.get("value") or "")
            if message["field"] == COMMENT:
                state.comment, state.wrong_comment = text, ""
            else:
                state.incidents, state.wrong_incidents = text, ""
        elif message.get("type") == "action":
            self._act(str(message.get("action")), message.get("value"))
        self.surface.view = view(state)

    def _act(self, action: str, value: Any) -> None:
        state = self._state
        if action == "one":
            self._choose([group for group in state.groups if group.group == value])
        elif action == "all" and isinstance(value, list):
            self._choose([group for group in state.groups if [group.kind, group.id] == value])
        elif action == "waiver":
            self._choose([])
            state.waiver = str(value)
        elif action == "cancel":
            self._choose([])
        elif action == "try" and len(state.deciding()) == 1:
            self._held_against()
        elif action == "waive" and value in {"approve", "reject"}:
            self._waive(value)
        elif action == "decide" and value in get_args(Decision):
            self._decide(value)

    def _choose(self, groups: list[Group]) -> None:
        state = self._state
        state.chosen, state.waiver, state.wrong_comment = tuple(group.group for group in groups), "", ""
        state.incidents = state.wrong_incidents = ""
        state.past = self._past(groups[0]) if len(groups) == 1 else ""
        state.focus += 1

    def _held_against(self) -> None:
        """Tell what proposed thresholds would have caught and missed of the incidents that were typed."""
        state, (group,) = self._state, self._state.deciding()
        try:
            zone = str(state.documents[group.kind, group.id]["time_zone"])
            known = thresholds.known(state.incidents, zone)
        except InputError as error:
            state.wrong_incidents = f"{error.message} {error.hint}"
            return
        state.past = self._past(group, known)
        state.told = TEXT["tried"]

    def _past(self, group: Group, known: Sequence[Incident] = ()) -> str:
        """Return what proposed thresholds would have done; nothing where none are, or that cannot be told."""
        try:
            flow = self._wb.flow(group.id)
            asked = thresholds.proposed(group)
            tests = [flow.backtest(kpi, breach=high, warning=low, incidents=known) for kpi, high, low in asked]
            return thresholds.told(tests)
        except BosError as error:
            return say("past_unknown", reason=told(error))

    def _waive(self, decision: Literal["approve", "reject"]) -> None:
        state = self._state
        if decision == "reject" and not state.comment.strip():
            state.wrong_comment = TEXT["comment_missing"]
            return
        try:
            self._wb.waivers.decide(state.waiver, decision, comment=state.comment.strip())
        except BosError as error:
            self._try(self._read)
            state.wrong = say("gone", reason=told(error))
            return
        state.comment = state.waiver = ""
        self._try(self._read)
        state.told = say("agreed" if decision == "approve" else "refused", left=_rest(state))
        state.focus += 1

    def _decide(self, decision: Decision) -> None:
        state = self._state
        if decision != "approve" and not state.comment.strip():
            state.wrong_comment = TEXT["comment_missing"]
            return
        groups, done, live, reason = state.deciding(), 0, False, ""
        for group in groups:
            try:
                answer = self._wb.sign(group.group, decision, comment=state.comment.strip())
            except BosError as error:
                reason = told(error)
                break
            done += 1
            live = live or answer.state == "live"
        if done:
            state.comment = ""
        self._try(self._read)
        if reason:
            state.wrong = (
                say("gone", reason=reason) if not done else say("some", done=done, n=len(groups), reason=reason)
            )
            return
        state.chosen = ()
        what = "approved_live" if live and decision == "approve" else _DONE[decision]
        state.told = say(what, left=_rest(state))
        state.focus += 1

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log) or self._state.wrong
