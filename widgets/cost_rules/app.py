"""The page of cost rules: asks BOS, shows the view, saves what a person says a failure costs."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bos.errors import Forbidden, NotFound, Stale
from bos.model.roles import ROLES
from bos.model.version import digest
from bos.model.wording import label_of, words
from widgets.cost_rules.form import Form, filled
from widgets.cost_rules.messages import TEXT, say
from widgets.cost_rules.view import State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bos.client.workbench import Workbench
    from bos.model.answers.changes import GroupMark, Submitted

_log = logging.getLogger("widgets.cost_rules")
_NOT_OF_NAMES = re.compile(r"[^a-z0-9]+")
_USE = re.compile(r"outcomes\[([^\]]+)\]\.cost_rule")


class CostRules:
    """What failures cost: every rule, and a form for one. ``surface`` is the widget to show.

    ``asked`` is what the address of the page asks for: ``rule``, the id of one to change.
    """

    def __init__(self, wb: Workbench, asked: Mapping[str, str] | None = None) -> None:
        self._wb = wb
        self._state = State()
        self._try(self._read)
        self._open((asked or {}).get("rule", ""))
        self.surface = Surface(view(self._state), self._receive)

    def _read(self) -> None:
        wb, state = self._wb, self._state
        state.session = wb.session()
        state.rules = tuple(wb.cost_rules.get(row.id) for row in wb.cost_rules.list())
        flows: dict[str, dict[str, Any]] = {}
        used: defaultdict[str, list[str]] = defaultdict(list)
        for rule in state.rules:
            for tie in wb.cost_rules.relations(rule.id):
                found = _USE.fullmatch(tie.path) if tie.target == rule.id else None
                if found is not None:
                    flows.setdefault(tie.id, self._flow(tie.id))
                    used[rule.id].append(_kpi(flows[tie.id], found[1]))
        state.used = dict(used)

    def _flow(self, id_: str) -> dict[str, Any]:
        """Return the template of a flow; an empty one where the person may not see it."""
        try:
            return self._wb.templates.get(id_).document
        except (Forbidden, NotFound):
            return {}

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.told, state.wrong = (), ""
        if message.get("type") == "field" and state.form is not None:
            state.ack = int(message.get("rev") or 0)
            self._type(state.form, str(message.get("field")), str(message.get("value") or ""))
        elif message.get("type") == "action":
            self._act(str(message.get("action")), str(message.get("value") or ""))
        self.surface.view = view(state)

    @staticmethod
    def _type(form: Form, field: str, value: str) -> None:
        name = field.removeprefix(form.prefix)
        if name != field and form.holds(name):
            form.values[name] = value
            form.errors.pop(name, None)

    def _act(self, action: str, value: str) -> None:
        state, form = self._state, self._state.form
        if action == "new" and state.may_edit:
            state.form, state.moved = filled(None), ""
            state.focus += 1
        elif action == "change":
            self._open(value)
        elif action == "cancel":
            state.form, state.moved = None, ""
            state.focus += 1
        elif form is not None and action == "tier":
            form.add_tier()
        elif form is not None and action == "drop" and value.isdecimal():
            form.drop_tier(int(value))
        elif form is not None and action == "save":
            state.focus += 1
            if form.check():
                self._try(lambda: self._save(form))

    def _open(self, id_: str) -> None:
        state = self._state
        rule = next((one for one in state.rules if one.id == id_), None)
        if rule is not None and state.may_edit:
            state.form, state.moved = filled(rule), ""
            state.focus += 1

    def _save(self, form: Form) -> None:
        state = self._state
        name = form.base.id if form.base else self._name(form.value("title"))
        version = form.base.version if form.base else None
        saw = sorted(group.group for group in form.base.open_groups) if form.base else []
        document, why = form.document(), form.value("why")
        key = digest([form.key, name, version, saw, document, why])
        try:
            done = self._wb.cost_rules.put(name, document, rationale=why, base_version=version, saw=saw, key=key)
        except Stale:
            self._read()
            form.base = next((one for one in state.rules if one.id == name), form.base)
            state.moved = words(form.base.document["charge"], longest=1_000) if form.base else ""
            return
        state.form, state.moved = None, ""
        self._read()
        state.told = tuple(_told(done, document))

    def _name(self, title: str) -> str:
        """Return an id for a new rule that no other has."""
        base = _NOT_OF_NAMES.sub("-", title.lower()).strip("-")[:50] or "cost-rule"
        taken = {row.id for row in self._wb.cost_rules.list(retired=True)}
        return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}-{n}") not in taken)

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log) or self._state.wrong


def _kpi(flow: Mapping[str, Any], kpi: str) -> str:
    """Return what people call a KPI of a flow, which may be one they do not see."""
    title = next((one["title"] for one in flow.get("outcomes", ()) if one["id"] == kpi), "")
    return f"{title}, {flow['title']}" if title else TEXT["unseen"]


def _told(done: Submitted, document: dict[str, Any]) -> list[str]:
    """Return what saving did: what is live, and what waits for whom."""
    said = [say("saved", version=done.version, title=document["title"])]
    for fields, roles in _marks(done.provisional, document):
        said.append(say("unsigned", fields=fields, roles=roles))
    return said + [say("held", fields=fields) for fields, _ in _marks(done.held, document)]


def _marks(marks: Iterable[GroupMark], document: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for mark in marks:
        roles = ", ".join(ROLES.get(one.role, one.role) for one in mark.waiting_for)
        yield ", ".join(label_of("cost_rule", path, document) for path in mark.paths), roles
