"""Such a page at work: asks BOS, shows the view, saves what a person wrote."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Generic

from bos.errors import Forbidden, NotFound, Stale
from bos.model.roles import ROLES
from bos.model.version import digest
from bos.model.wording import label_of
from widgets.shelf.state import FormT, State
from widgets.surface import Surface
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bos.client.workbench import Workbench
    from bos.model.answers.changes import GroupMark, Submitted
    from bos.model.answers.documents import DocumentAnswer

_log = logging.getLogger("widgets.shelf")
_NOT_OF_NAMES = re.compile(r"[^a-z0-9]+")


class Shelf(Generic[FormT]):
    """The documents of one kind that flows share. ``surface`` is the widget to show.

    A page of a kind names the ``kind`` and says how it looks (``look``), what a form shows (``fill``), what uses a
    document (``use``) and what a document says (``says``). ``texts`` are its own of what was done.
    """

    kind: str
    texts: Mapping[str, str]

    def __init__(self, wb: Workbench, id_: str = "") -> None:
        self.wb = wb
        self.state: State[FormT] = State(self.kind)
        self.attempt(self.read)
        self._open(id_)
        self.surface = Surface(self.look(), self._receive)

    def look(self) -> dict[str, Any]:
        """Return the page."""
        raise NotImplementedError

    def fill(self, base: DocumentAnswer | None) -> FormT:
        """Return a form that shows what is live; of a new document where there is none."""
        raise NotImplementedError

    def use(self, path: str, flow: Mapping[str, Any]) -> str:
        """Return what in a flow refers to a document, in words; nothing where such a path is no use of it."""
        raise NotImplementedError

    def says(self, document: Mapping[str, Any]) -> str:
        """Return what a document says, in words."""
        raise NotImplementedError

    def act(self, form: FormT, action: str, value: str) -> None:
        """Do what only this kind of form can be asked."""

    def read(self) -> None:
        """Read the documents, and what uses them."""
        state, documents = self.state, self.wb.documents(self.kind)
        state.session = self.wb.session()
        state.documents = tuple(documents.get(row.id) for row in documents.list())
        flows: dict[str, dict[str, Any]] = {}
        used: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for one in state.documents:
            for tie in documents.relations(one.id):
                if (tie.target_kind, tie.target) != (self.kind, one.id) or tie.kind != "template":
                    continue
                if tie.id not in flows:
                    flows[tie.id] = self._flow(tie.id)
                words = self.use(tie.path, flows[tie.id])
                used[one.id] |= {words: None} if words else {}
        state.used = {id_: list(words) for id_, words in used.items()}

    def _flow(self, id_: str) -> dict[str, Any]:
        """Return the template of a flow; an empty one where the person may not see it."""
        try:
            return self.wb.templates.get(id_).document
        except (Forbidden, NotFound):
            return {}

    def _receive(self, message: dict[str, Any]) -> None:
        state = self.state
        state.told, state.wrong = (), ""
        if state.form is not None:
            state.form.said = ""
        if message.get("type") == "field" and state.form is not None:
            state.ack = int(message.get("rev") or 0)
            self._type(state.form, str(message.get("field")), message.get("value"))
        elif message.get("type") == "action":
            self._act(str(message.get("action")), str(message.get("value") or ""))
        self.surface.view = self.look()

    @staticmethod
    def _type(form: FormT, field: str, typed: Any) -> None:
        name = field.removeprefix(form.prefix)
        if name != field and form.take(name, typed):
            form.errors.pop(name, None)

    def _act(self, action: str, value: str) -> None:
        state, form = self.state, self.state.form
        if action == "new" and state.may_edit:
            self._show(self.fill(None))
        elif action == "change":
            self._open(value)
        elif action == "cancel":
            self._show(None)
        elif form is not None and action == "save":
            state.focus += 1
            if form.check():
                self.attempt(lambda: self._save(form))
        elif form is not None:
            self.act(form, action, value)

    def _open(self, id_: str) -> None:
        found = self.state.of(id_)
        if found is not None and self.state.may_edit:
            self._show(self.fill(found))

    def _show(self, form: FormT | None) -> None:
        self.state.form, self.state.moved = form, ""
        self.state.focus += 1

    def _save(self, form: FormT) -> None:
        state, documents, base = self.state, self.wb.documents(self.kind), form.base
        name = base.id if base else self._name(form.value("title"))
        version = base.version if base else None
        document, why = form.document(), form.value("why")
        key = digest([form.key, name, version, document, why])
        try:
            done = documents.put(name, document, rationale=why, base_version=version, key=key)
        except Stale:
            self.read()
            if base is not None and (live := state.of(name)) is not None:
                form.rebase(self.fill(base), self.fill(live))
            state.moved = self.says(form.base.document) if form.base else ""
            return
        state.form, state.moved = None, ""
        self.read()
        state.told = tuple(self._told(done, document))

    def _name(self, title: str) -> str:
        """Return an id for a new document that no other has."""
        base = _NOT_OF_NAMES.sub("-", title.lower()).strip("-")[:50] or self.kind.replace("_", "-")
        taken = {row.id for row in self.wb.documents(self.kind).list(retired=True)}
        return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}-{n}") not in taken)

    def attempt(self, work: Callable[[], None]) -> None:
        """Do something; what fails is told on the page."""
        self.state.wrong = attempt(work, _log) or self.state.wrong

    def _told(self, done: Submitted, document: dict[str, Any]) -> list[str]:
        """Return what saving did: what is live, and what waits for whom."""
        live = done.live or not done.held
        said = [self.texts["saved" if live else "proposed"].format(version=done.version, title=document["title"])]
        for fields, roles in self._marks(done.provisional, document):
            said.append(self.texts["unsigned"].format(fields=fields, roles=roles))
        return said + [self.texts["held"].format(fields=fields) for fields, _ in self._marks(done.held, document)]

    def _marks(self, marks: Iterable[GroupMark], document: dict[str, Any]) -> Iterable[tuple[str, str]]:
        for mark in marks:
            roles = ", ".join(ROLES.get(one.role, one.role) for one in mark.waiting_for)
            yield ", ".join(label_of(self.kind, path, document) for path in mark.paths), roles
