"""Answers about who owns what."""

from __future__ import annotations

from bos.model.answers.documents import State
from bos.model.answers.page import Answer


class Holder(Answer):
    """A role that answers for fields of a document, and who holds it there now: nobody, or one or more people."""

    role: str
    role_title: str
    people: tuple[str, ...] = ()


class Owned(Answer):
    """A document with every role that answers for fields of it."""

    kind: str
    id: str
    title: str
    state: State
    holders: tuple[Holder, ...]


class OwnedPart(Answer):
    """What one role answers for in one part of a document, with who holds it.

    ``what`` names the part in words, ``fields`` its fields as people call them, in the order of ``paths``; ``critical``
    are those of ``paths`` that need signatures.
    """

    what: str
    fields: tuple[str, ...]
    paths: tuple[str, ...]
    critical: tuple[str, ...] = ()
    role: str
    role_title: str
    people: tuple[str, ...] = ()
