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
    state: State[FormT]

    def __init__(self, wb: Workbench, id_: str = "") -> None:
        self.wb = wb
        self.state = self.begin()
        self.attempt(self.read)
        self.attempt(lambda: self._open(id_))
        self.surface = Surface(self.look(), self._receive)

    def begin(self) -> State[FormT]:
        """Return what the page is made of, before anything is read."""
        return State(self.kind)

    def look(self) -> dict[str, Any]:
        """Return the page."""
        raise NotImplementedError

    def find(self, id_: str) -> DocumentAnswer | None:
        """Return a document that is live, where the person sees it."""
        return self.state.of(id_)

    def fill(self, base: DocumentAnswer | None) -> FormT:
        """Return a form that shows what is live; of a new document where there is none."""
        raise NotImplementedError

    def use(self, path: str, flow: Mapping[str, Any]) -> str:
        """Return what in a flow refers to a document, in words; nothing where such a path is no use of it."""
        raise NotImplementedError

    def says(self, document: Mapping[str, Any]) -> str:
        """Return what a document says, in words."""
        raise NotImplementedError

    def overtaken(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
        """Return what to tell of a document that somebody changed while its form was filled."""
        del before
        return self.says(now)

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
        if message.get("type") == "field":
            state.ack = int(message.get("rev") or 0)
            self.typed(str(message.get("field")), message.get("value"))
        elif message.get("type") == "replay":
            self.left(message.get("entries") or [])
        elif message.get("type") == "action":
            self._act(str(message.get("action")), str(message.get("value") or ""))
        self.surface.view = self.look()

    def typed(self, field: str, value: Any) -> None:
        """Take what was typed into a field."""
        form = self.state.form
        name = field.removeprefix(form.prefix) if form is not None else field
        if form is not None and name != field and form.take(name, value):
            form.errors.pop(name, None)

    def left(self, entries: list[dict[str, Any]]) -> None:
        """Take what an earlier page left; most pages have no form open that it belongs to."""

    def _act(self, action: str, value: str) -> None:
        state, form = self.state, self.state.form
        if action == "new" and state.may_edit:
            self.attempt(lambda: self.show(self.fill(None)))
        elif action == "change":
            self.attempt(lambda: self._open(value))
        elif action == "cancel":
            self.show(None)
        elif form is not None and action == "save":
            state.focus += 1
            self.attempt(lambda: self.save(form) if form.check() else self.unready(form))
        elif form is not None:
            self.act(form, action, value)

    def _open(self, id_: str) -> None:
        found = self.find(id_) if self.state.may_edit and id_ else None
        if found is not None:
            self.show(self.fill(found))

    def show(self, form: FormT | None) -> None:
        """Show a form, or the list again."""
        self.state.form, self.state.moved = form, ""
        self.state.focus += 1

    def save(self, form: FormT) -> None:
        """Save what a form says, and show the list."""
        document = form.document()
        done = self.put(form, self.name(form.value("title")) if form.base is None else form.base.id, document)
        if done is not None:
            self.state.form, self.state.moved = None, ""
            self.read()
            self.state.told = tuple(self.told(done, document))

    def unready(self, form: FormT) -> None:
        """Note what else is wrong with a form that cannot be saved; most pages find it all by themselves."""

    def put(self, form: FormT, name: str, document: dict[str, Any]) -> Submitted | None:
        """Save a document; where somebody changed meanwhile what this changes, say so and save nothing."""
        state, documents, base = self.state, self.wb.documents(self.kind), form.base
        version, why = base.version if base else None, form.value("why")
        key = digest([form.key, name, version, document, why])
        try:
            return documents.put(name, document, rationale=why, base_version=version, key=key)
        except Stale:
            self.read()
            if base is not None and (live := self.find(name)) is not None:
                form.rebase(self.fill(base), self.fill(live))
                state.moved = self.overtaken(base.document, live.document)
            return None

    def name(self, title: str) -> str:
        """Return an id for a new document that no other has."""
        base = _NOT_OF_NAMES.sub("-", title.lower()).strip("-")[:50] or self.kind.replace("_", "-")
        taken = {row.id for row in self.wb.documents(self.kind).list(retired=True)}
        return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}-{n}") not in taken)

    def attempt(self, work: Callable[[], None]) -> None:
        """Do something; what fails is told on the page."""
        self.state.wrong = attempt(work, _log) or self.state.wrong

    def told(self, done: Submitted, document: dict[str, Any]) -> list[str]:
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
