"""Validation against what is live: of a document, and of every document that refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Invalid, Problem
from bos.model.diff import same
from bos.model.kinds import model_of, read
from bos.store import documents, relations
from bos.validate import immutable, validate

if TYPE_CHECKING:
    from sqlalchemy import Connection

_READ_BY_OTHERS = {"signal": ("type", "binding"), "calendar": ("clock",), "cost_rule": ("charge",)}
"""The fields of a kind that documents referring to it are validated by."""

Name = tuple[str, str]


class Validator:
    """Validates contents of one document; what it reads of others is read once."""

    def __init__(self, connection: Connection, kind: str, id_: str, live: dict[str, Any] | None) -> None:
        self._connection = connection
        self._name: Name = (kind, id_)
        self._live = live
        self._read: dict[Name, dict[str, Any] | None] = {}
        self._users: list[documents.Version] | None = None

    def __call__(self, content: dict[str, Any]) -> tuple[Problem, ...]:
        """Return every problem the content has, or would give documents that refer to it."""
        kind, _ = self._name
        own = validate(kind, content, self._resolver(kind, content))
        if any(problem.severity == "error" for problem in own):
            return own
        return (*own, *self._others(content))

    def _resolver(self, kind: str, content: dict[str, Any]) -> Any:
        """Return what resolves the references of a content, all read at once."""
        found, _ = read(kind, content)
        names = relations.documents_of(kind, found.data()) if found else set()
        self._load(names)
        return lambda kind_, id_: self._get((kind_, id_))

    def _load(self, names: set[Name]) -> None:
        missing = names - self._read.keys()
        live = documents.live(self._connection, missing)
        self._read.update({name: live[name].doc if name in live else None for name in missing})

    def _get(self, name: Name) -> dict[str, Any] | None:
        self._load({name})
        return self._read[name]

    def _others(self, content: dict[str, Any]) -> tuple[Problem, ...]:
        kind, id_ = self._name
        fields = _READ_BY_OTHERS.get(kind, ())
        if self._live is None or all(same(self._live[field], content[field]) for field in fields):
            return ()
        if self._users is None:
            names = [name for name in relations.users(self._connection, kind, id_) if name != self._name]
            self._users = list(documents.live(self._connection, names).values())
        return tuple(problem for user in self._users for problem in self._problems_of(user, content))

    def _problems_of(self, user: documents.Version, content: dict[str, Any]) -> list[Problem]:
        before = self._read.get(self._name)
        resolve = self._resolver(user.kind, user.doc)
        self._read[self._name] = content
        try:
            problems = validate(user.kind, user.doc, resolve)
        finally:
            self._read[self._name] = before
        return [
            Problem(
                "",
                f"The {user.kind} {user.id} uses this: {problem.message}",
                f"Change {problem.path} of {user.id} first. {problem.hint}".strip(),
                "used",
            )
            for problem in problems
            if problem.severity == "error"
        ]


def shaped(kind: str, id_: str, document: Any) -> dict[str, Any]:
    """Return a document with every field present, once its shape is right and its id is that of its address.

    Raises:
        NotFound: there is no such kind.
        Invalid: the shape is wrong; with every problem.
    """
    model_of(kind)
    if isinstance(document, dict):
        document = {"id": id_, **document}
    found, problems = read(kind, document)
    problems = (*immutable(id_, document), *problems)
    if found is None or problems:
        first = problems[0]
        raise Invalid(first.message, where=first.path, hint=first.hint, problems=problems)
    return found.data()


def users_of(connection: Connection, kind: str, id_: str) -> list[str]:
    """Return the ids of the live documents that refer to one, with their kind."""
    return [f"{user_kind} {user}" for user_kind, user in relations.users(connection, kind, id_) if user != id_]
