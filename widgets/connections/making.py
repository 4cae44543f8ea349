"""Making and changing a connection on the page: the form is opened, filled, saved, and nothing typed is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bos.errors import Conflict, Invalid, NotFound
from bos.model.diff import diff
from bos.model.wording import describe, label_of, words
from widgets.connections.form import PARTS, ConnectionForm, absent, filled, instead
from widgets.connections.messages import TEXT, say
from widgets.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bos.errors import Problem
    from bos.model.answers.documents import DocumentAnswer, ProblemAnswer
    from widgets.connections.state import State

_LEFT = re.compile(r"connection\[([^\]]*)\]\..+")


class Making(Shelf[ConnectionForm]):
    """What the page does for its form."""

    kind = "connection"
    state: State

    def find(self, id_: str) -> DocumentAnswer | None:
        """Return a connection, where there is one that is not retired."""
        try:
            found = self.wb.connections.get(id_)
        except NotFound:
            return None
        return None if found.state == "retired" else found

    def overtaken(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
        """Return what somebody else changed, a line for each field."""
        old, new = dict(before), dict(now)
        changes = describe(self.kind, diff(self.kind, old, new), new, old)
        return "\n".join(" ".join(line.split()) for line in changes)

    def fill(self, base: DocumentAnswer | None) -> ConnectionForm:
        """Return a form of a connection; of a new one, which asks for its system first."""
        if base is None:
            return filled(None, None)
        name = base.document["connector"]
        form = self._known(filled(base, self.state.connectors.get(name) or absent(name)))
        form.given = {row.name: row for row in self.wb.connections.secrets(base.id)}
        return form

    def _known(self, form: ConnectionForm) -> ConnectionForm:
        """Return a form that knows the flows and the ids there are."""
        form.flows = {row.id: row.title for row in self.wb.templates.list()}
        if form.base is None:
            form.taken = frozenset(row.id for row in self.wb.connections.list(retired=True))
        return form

    def show(self, form: ConnectionForm | None) -> None:
        """Show a form, or the list again; what was typed elsewhere is forgotten."""
        self.close()
        super().show(form)

    def close(self) -> None:
        """Close what is open beside the form, and forget what was typed."""
        state = self.state
        state.found, state.reception, state.giving, state.saved = None, None, "", ""
        state.deciding, state.restoring, state.rereading, state.why, state.secret = ("", 0), "", "", "", ""
        state.forgot += 1

    def left(self, entries: list[dict[str, Any]]) -> None:
        """Open the form again that an earlier page left, with all that was typed but secrets."""
        state = self.state
        places = [found[1] for one in entries if (found := _LEFT.fullmatch(str(one.get("field"))))]
        if places and state.may_edit:
            self.attempt(lambda: self._restore(places[0], entries))
        if state.form is None:
            self.close()  # what an earlier page left belongs to a form that is not open any more

    def _restore(self, place: str, entries: Iterable[dict[str, Any]]) -> None:
        state = self.state
        connector = state.connectors.get(place.removeprefix("+")) if place.startswith("+") else None
        base = None if place.startswith("+") else self.find(place)
        if connector is None and base is None:
            return
        form = self.fill(base) if base is not None else self._known(filled(None, connector))
        typed = {str(one["field"]).removeprefix(form.prefix): one for one in entries}
        moved = []
        for name, one in typed.items():
            now, was = form.shown(name), one.get("base")
            if now is None and name.startswith("tells."):
                form.tell(name.removeprefix("tells."))
            taken = form.take(name, one.get("value"))
            if taken and base is not None and now is not None and now not in (was, form.shown(name)):
                label = label_of(self.kind, name.partition(".")[0], base.document)
                moved.append(f"{label}: {words(was)} → {words(now)}")
        state.form, state.focus = form, state.focus + 1
        state.moved = "\n".join(" ".join(line.split()) for line in moved)
        form.said = TEXT["restored"]

    def act(self, form: ConnectionForm, action: str, value: str) -> None:
        """Choose the system, add or drop a flow that it hears of, or retire the connection."""
        if action == "choose" and form.base is None and (connector := self.state.connectors.get(value)) is not None:
            self.attempt(lambda: self.show(self._known(instead(form, connector))))
        elif action == "other" and form.base is None:
            self.show(instead(form, None))
        elif action == "tell":
            form.tell(form.value("flow"))
        elif action == "untell":
            form.untell(value)
        elif action == "retire" and form.base is not None:
            self._retire(form, form.base)

    def _retire(self, form: ConnectionForm, base: DocumentAnswer) -> None:
        self.state.focus += 1
        form.errors = {} if form.value("why") else {"why": TEXT["why_missing"]}
        if not form.errors:
            self.attempt(lambda: self._end(form, base))

    def _end(self, form: ConnectionForm, base: DocumentAnswer) -> None:
        done = self.wb.connections.delete(base.id, rationale=form.value("why"), base_version=base.version)
        self.show(None)
        words = "retirement_held" if done.held else "retired"
        self.state.told = (say(words, title=base.document["title"]),)
        self.read()

    def unready(self, form: ConnectionForm) -> None:
        """Note what the server finds wrong beside what the form does, so that all is told at once."""
        if form.connector is not None:
            self._checked(form, self._named(form))

    def save(self, form: ConnectionForm) -> None:
        """Save the connection, then give the secrets that were typed; show how to go on."""
        state, document, name = self.state, form.document(), self._named(form)
        if not self._checked(form, name):
            return
        said: list[str] = []
        if form.base is None or diff(self.kind, form.base.document, document):
            done = self._put(form, name, document)
            if done is None:
                return
            said += done
        if not self._give_all(form, name):
            return
        given = form.giving()
        if given:
            said.append(say("gave_all", names=", ".join(given), origin=form.origin))
        self.show(None)
        state.told, state.saved = tuple(said), name
        self.read()
        if "receive" in form.spoken.ways:
            state.reception = self.wb.connections.reception(name)

    def _named(self, form: ConnectionForm) -> str:
        """Return the id of the connection of a form."""
        return form.base.id if form.base else form.value("id") or self.name(form.value("title"))

    def _checked(self, form: ConnectionForm, name: str) -> bool:
        """Return whether the server finds nothing that keeps a connection from being saved; else note it."""
        return not self._refused(form, self.wb.connections.check({**form.document(), "id": name}, giving=form.giving()))

    def _put(self, form: ConnectionForm, name: str, document: dict[str, Any]) -> list[str] | None:
        """Save the document; return what to tell of it, or nothing where it was refused."""
        try:
            done = self.put(form, name, document)
        except Conflict as error:
            if error.code != "exists":
                raise
            form.taken |= {name}
            form.errors = {"id": say("id_taken", id=name)}
            return None
        except Invalid as error:
            if not self._refused(form, error.problems):
                raise
            return None
        return None if done is None else self.told(done, document)

    def _give_all(self, form: ConnectionForm, name: str) -> bool:
        """Give the secrets that were typed; return whether all were. Saving again gives them again."""
        form.base = self.find(name)
        for one in form.giving():
            try:
                self.wb.connections.give_secret(name, one, form.secrets[one], rationale=form.value("why"))
            except Invalid as error:
                form.errors = {f"secrets.{one}": say("secret_refused", reason=f"{error.message} {error.hint}")}
                return False
        return True

    def _refused(self, form: ConnectionForm, problems: Iterable[Problem | ProblemAnswer]) -> bool:
        """Note at the fields what the server finds wrong; return whether that keeps it from being saved."""
        found = [one for one in problems if _keeps(form, one)]
        for one in found:
            words, name = f"{one.message} {one.hint}".strip(), _field_of(form, one.path)
            if one.severity == "attention" and one.path == "address":
                words = say("way_closed", words=words)
            if name:
                form.errors.setdefault(name, words)
            else:
                self.state.wrong = f"{self.state.wrong} {words}".strip()
        form.arrange()
        return bool(found)


def _keeps(form: ConnectionForm, one: Problem | ProblemAnswer) -> bool:
    """Return whether a problem keeps a connection from being saved: one of use only where it would be used anew."""
    if one.severity == "attention":
        return form.reaches and (one.path == "address" or one.path.startswith("secrets."))
    return form.enabled or one.path != "connector"


def _field_of(form: ConnectionForm, path: str) -> str:
    """Return the field of the form that a path of the document is typed into; empty where there is none."""
    settings = {f"settings.{want.name}" for want in form.settings}
    if path == "tells" or path.startswith("tells."):
        return f"tells.{next(iter(form.told), '')}"
    return path if path in settings or path.startswith("secrets.") or path in PARTS else ""
