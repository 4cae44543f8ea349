"""The page of an upgrade: asks BOS, shows the view, takes what a person chose."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from widgets.surface import Surface
from widgets.surface.attempt import REFUSED, attempt
from widgets.upgrade.messages import TEXT, count, say
from widgets.upgrade.view import FLOWS, MODE, PICK, WHY, WHY_ALL, State, view

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.upgrade")
_MISSING = {PICK: "none_chosen", FLOWS: "flows_missing", WHY: "why_missing", WHY_ALL: "why_missing"}


class UpgradePage:
    """What a newer blueprint brings to a flow, and to the others made from it. ``surface`` is the widget to show.

    ``blueprint`` names it where the flow does not.
    """

    def __init__(self, wb: Workbench, flow: str, blueprint: str | None = None) -> None:
        self._wb = wb
        self._blueprint = blueprint
        self._state = State(flow)
        self._try(self._read, refused=TEXT["absent"])
        self.surface = Surface(view(self._state), self._receive)

    def _read(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        state.live = wb.templates.get(state.flow)
        state.found = wb.templates.upgrade(state.flow, blueprint=self._blueprint)
        state.shipped = wb.blueprint(state.found.blueprint)
        state.pick = state.safe()
        every = wb.templates.of_blueprint(state.found.blueprint)
        state.others = tuple(one for one in every if one.behind and one.id != state.flow)

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.told = state.wrong = ""
        if message.get("type") == "field":
            state.ack = int(message.get("rev") or 0)
            self._take_field(str(message.get("field")), message.get("value"))
        elif message.get("type") == "action":
            self._act(str(message.get("action")), message.get("value"))
        self.surface.view = view(state)

    def _take_field(self, name: str, value: Any) -> None:
        state = self._state
        state.errors.pop(name, None)
        if name in {WHY, WHY_ALL}:
            setattr(state, name, str(value or ""))
        elif name == MODE and value in {"unchanged", "all"}:
            state.mode = value
        elif name in {PICK, FLOWS} and isinstance(value, list):
            setattr(state, name, [str(one) for one in value])

    def _act(self, action: str, value: Any) -> None:
        state = self._state
        if action == "mark" and state.found is not None:
            every = [one.change.path for one in state.found.changes]
            state.pick = {"all": every, "none": [], "safe": state.safe()}.get(str(value), state.pick)
        elif action == "take" and self._complete(PICK, WHY):
            self._try(self._take)
        elif action == "take_all" and self._complete(FLOWS, WHY_ALL):
            self._try(self._take_all)

    def _complete(self, chosen: str, why: str) -> bool:
        """Note what is missing; return whether nothing is."""
        state = self._state
        state.errors = {} if getattr(state, chosen) else {chosen: TEXT[_MISSING[chosen]]}
        if not getattr(state, why).strip():
            state.errors[why] = TEXT[_MISSING[why]]
        return not state.errors

    def _take(self) -> None:
        state = self._state
        if state.live is None or state.found is None:
            return
        taken = set(state.pick)
        saw = [one.group for one in state.found.changes if one.group and one.change.path in taken]
        saw += [group.group for group in state.live.open_groups]
        done = self._wb.templates.apply_upgrade(
            state.flow, "pick", pick=state.pick, blueprint=self._blueprint, rationale=state.why.strip(),
            base_version=state.live.version, saw=sorted(set(saw)),
        )  # fmt: skip
        version = done.template.version
        said = [say("taken", version=version) if version != state.live.version else TEXT["not_yet"]]
        held = sum(len(group.paths) for group in done.template.held)
        said += [count("held", held)] if held else []
        said += [count("left", len(done.skipped))] if done.skipped else []
        said += [say("made", names=", ".join(one.id for one in done.others))] if done.others else []
        state.told, state.why = " ".join(said), ""
        state.focus += 1
        self._read()

    def _take_all(self) -> None:
        state = self._state
        if state.found is None:
            return
        done = self._wb.templates.upgrade_all(
            state.found.blueprint, state.mode, only=state.flows, rationale=state.why_all.strip()
        )
        held = sum(len(group.paths) for one in done.submissions for group in one.held)
        said = [count("upgraded", len(done.submissions)), *([count("held", held)] if held else [])]
        state.told, state.flows, state.why_all = " ".join(said), [], ""
        state.focus += 1
        self._read()

    def _try(self, work: Callable[[], None], *, refused: str = REFUSED) -> None:
        self._state.wrong = attempt(work, _log, refused=refused) or self._state.wrong
