"""What such a page is made of, and the form of one document."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from bos.model.diff import diff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.model.answers.documents import DocumentAnswer
    from bos.model.answers.people import SessionAnswer


@dataclass
class Form:
    """A document that is made or changed; ``base`` is what is live, nothing where there is none yet.

    ``kind`` is that of the document, ``unchanged`` what is told where there is nothing to save, ``said`` what was done
    in the form last, and ``key`` names the act of saving.
    """

    base: DocumentAnswer | None
    kind: str
    unchanged: str
    said: str = ""
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def prefix(self) -> str:
        """How the names of the fields begin: what is typed for one document is not shown for another."""
        return f"{self.kind}[{self.base.id if self.base else ''}]."

    def value(self, name: str) -> str:
        """Return what stands in a field, without space around it."""
        return self.values.get(name, "").strip()

    def take(self, name: str, typed: Any) -> bool:
        """Take what was typed into a field; return whether the form has such a field."""
        raise NotImplementedError

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Yield field and words of everything that is wrong, in the order of the page."""
        raise NotImplementedError

    def rebase(self, before: Self, now: Self) -> None:
        """Stand on what is live now: what was not typed, and so is as it was ``before``, becomes what it is ``now``."""
        for name in {*before.values, *now.values}:
            if self.values.get(name, "") == before.values.get(name, ""):
                self.values[name] = now.values.get(name, "")
        self.base = now.base

    def document(self) -> dict[str, Any]:
        """Return the document as the form has it; what the form does not show stays as it was."""
        raise NotImplementedError

    def check(self) -> bool:
        """Note everything that is wrong; return whether nothing is."""
        self.errors = dict(self.wrong())
        if not self.errors and self.base is not None and not diff(self.kind, self.base.document, self.document()):
            self.errors = {"why": self.unchanged}
        return not self.errors


FormT = TypeVar("FormT", bound=Form)


@dataclass
class State(Generic[FormT]):
    """All that the page is made of; ``focus`` counts up when the page takes the focus to its heading.

    ``used`` are by the id of a document what uses it, in words; ``moved`` is what a document says that was changed
    while its form was filled; ``told`` are points of what was done.
    """

    kind: str
    documents: tuple[DocumentAnswer, ...] = ()
    used: dict[str, list[str]] = field(default_factory=dict)
    session: SessionAnswer | None = None
    form: FormT | None = None
    moved: str = ""
    told: tuple[str, ...] = ()
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def may_edit(self) -> bool:
        """Return whether who is signed in may make and change such documents."""
        return self.session is not None and f"{self.kind}.write" in self.session.may

    def of(self, id_: str) -> DocumentAnswer | None:
        """Return a document by its id."""
        return next((one for one in self.documents if one.id == id_), None)
