"""The page of people and roles: asks BOS, shows the view, does what an administrator decides."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from widgets.people.forms import FIELDS, Form
from widgets.people.messages import say
from widgets.people.view import State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.people")


class People:
    """People and roles, as far as whoever is signed in may see and change them. ``surface`` is the widget to show.

    ``asked`` is what the address of the page asks for: ``person``, the id of somebody to look at.
    """

    def __init__(self, wb: Workbench, asked: Mapping[str, str] | None = None) -> None:
        self._wb = wb
        self._state = State(chosen=(asked or {}).get("person", ""))
        self._try(self._read)
        self.surface = Surface(view(self._state), self._receive)

    def _read(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        if not state.may("people.read"):
            return
        state.people = tuple(wb.people.list())
        state.flows = {row.id: row.title for row in wb.templates.list()}
        state.delegations = tuple(wb.people.delegations()) if state.may("delegation.read") else ()
        state.departure = wb.people.departure(state.chosen) if state.person else None

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.told = state.wrong = ""
        if message.get("type") == "field" and state.form is not None:
            state.ack = int(message.get("rev") or 0)
            self._type(state.form, str(message.get("field")), str(message.get("value") or ""))
        elif message.get("type") == "action":
            self._act(str(message.get("action")), str(message.get("value") or ""))
        self.surface.view = view(state)

    @staticmethod
    def _type(form: Form, name: str, value: str) -> None:
        if name in FIELDS[form.name]:
            form.values[name] = value
            form.errors.pop(name, None)
            if name == "scope":
                form.values.pop("value", None)

    def _act(self, action: str, value: str) -> None:
        state = self._state
        if action == "look":
            state.chosen, state.form = value, None
            state.focus += 1
            self._try(self._read)
        elif action == "form":
            name, _, about = value.partition(" ")
            state.form = Form(name, about) if name in FIELDS else None
            state.focus += 1
        elif action == "cancel":
            state.form = None
        elif action == "do" and state.form is not None and state.form.check():
            self._try(lambda: self._do(state.form))

    def _do(self, form: Form | None) -> None:
        if form is None:
            return
        state = self._state
        state.told = _DO[form.name](self._wb, state, form)
        state.form = None
        state.focus += 1
        self._read()

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log) or self._state.wrong


def _add(wb: Workbench, state: State, form: Form) -> str:
    asked = {name: form.value(name) for name in ("display", "email")}
    done = wb.people.add(form.value("person"), **asked, rationale=form.value("why"))
    state.chosen = done.person
    return say("added", name=done.display)


def _give(wb: Workbench, state: State, form: Form) -> str:
    scope = form.value("scope")
    value = form.value("value") if scope != "all" else ""
    where: dict[str, Any] = {"scope": scope, "value": value, "ends": form.until()}
    wb.people.give(form.value("role"), person=state.chosen, rationale=form.value("why"), **where)
    return say("given", name=state.name(state.chosen))


def _take(wb: Workbench, state: State, form: Form) -> str:
    del state
    wb.people.end(form.about, rationale=form.value("why"))
    return say("taken")


def _disable(wb: Workbench, state: State, form: Form) -> str:
    done = wb.people.disable(state.chosen, rationale=form.value("why"))
    return say("out", name=state.name(state.chosen), n=len(done.told))


def _enable(wb: Workbench, state: State, form: Form) -> str:
    wb.people.enable(state.chosen, rationale=form.value("why"))
    return say("in", name=state.name(state.chosen))


def _erase(wb: Workbench, state: State, form: Form) -> str:
    done = wb.people.erase(state.chosen, rationale=form.value("why"))
    return say("gone", id=done.person)


def _delegate(wb: Workbench, state: State, form: Form) -> str:
    ends = form.until()
    if ends is not None:
        wb.people.delegate(form.value("delegate"), ends=ends, rationale=form.value("why"))
    return say("standing", name=state.name(form.value("delegate")))


def _end(wb: Workbench, state: State, form: Form) -> str:
    del state
    wb.people.end_delegation(form.about, rationale=form.value("why"))
    return say("ended")


_DO: dict[str, Callable[[Workbench, State, Form], str]] = {
    "add": _add,
    "give": _give,
    "take": _take,
    "disable": _disable,
    "enable": _enable,
    "erase": _erase,
    "delegate": _delegate,
    "end": _end,
}
