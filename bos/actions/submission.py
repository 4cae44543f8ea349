"""Submissions: the one way content changes. These run inside a write; the actions open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.actions import enforcement, fitting, git, record
from bos.actions.rights import permit
from bos.actions.validation import Validator, shaped
from bos.errors import Conflict, Invalid, NotFound, Stale
from bos.kpi.suggest import choices
from bos.model.diff import apply, diff
from bos.model.kinds import noun
from bos.store import books, documents, policies, relations
from bos.store.approval.merge import merge
from bos.store.approval.plan import plan
from bos.store.locks import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.actions.unit import Unit
    from bos.model.answers.changes import Submitted
    from bos.model.diff import Change
    from bos.store.documents import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a submission asks for: a whole ``document``, or ``changes`` to the version it was made on.

    ``right`` is the action the actor must be allowed; empty: to write documents of the kind. ``batch`` names the act
    on several documents it is part of: what it holds of a document goes live together.
    """

    base_version: int | None
    changes: Sequence[Change] | None = None
    document: Any = None
    saw: frozenset[str] = frozenset()
    origin: dict[str, Any] | None = None
    right: str = ""
    batch: str | None = None


def submit(unit: Unit, kind: str, id_: str, wish: Wish) -> Submitted:
    """Return what a submission did.

    Raises:
        Forbidden: the actor may not, here or where the document is to lie.
        NotFound: changes are meant for a document that is not there.
        Conflict: the document exists already, is retired, or a waiting proposal was not seen.
        Stale: the same field was changed since the base.
        Invalid: the content would break rules; nothing was written.
    """
    policies.hold(unit.connection, kind, id_)
    live = documents.head(unit.connection, kind, id_)
    try:
        return _submit(unit, kind, id_, wish, live)
    except Invalid as error:
        if kind != fitting.KIND or not error.problems or not isinstance(wish.document, dict):
            raise
        raise fitting.with_the_rest(unit.connection, {"id": id_, **wish.document}, live, error) from None


def _submit(unit: Unit, kind: str, id_: str, wish: Wish, live: Version | None) -> Submitted:
    right = wish.right or f"{kind}.write"
    if live is not None or wish.document is None or wish.base_version:
        permit(unit.connection, unit.actor, right, kind, id_)
    wanted = _created(kind, id_, wish) if live is None else _merged(unit, live, wish)
    permit(unit.connection, unit.actor, right, kind, id_, wanted)
    names = relations.documents_of(kind, wanted) | (relations.documents_of(kind, live.doc) if live else set())
    share(unit.connection, [("document", *name) for name in names])
    book = enforcement.book_of(unit, live) if live else books.book(unit.connection, kind, id_, None)
    people = frozenset(unit.actor.people) | git.people_of(unit, wish.origin)
    planned = plan(
        book,
        wanted,
        people=people,
        saw=wish.saw,
        validate=Validator(unit.connection, kind, id_, book.live),
        fresh=record.fresh,
        together=wish.batch is not None,
    )
    if kind == fitting.KIND:
        fitting.refuse_worse(wanted, live.doc if live else None)
    return record.submitted(unit, kind, id_, live, book, planned, people=people, origin=wish.origin, batch=wish.batch)


def _created(kind: str, id_: str, wish: Wish) -> dict[str, Any]:
    if wish.document is None or wish.base_version:
        raise missing(kind, id_)
    return shaped(kind, id_, wish.document)


def missing(kind: str, id_: str, known: Sequence[str] = ()) -> NotFound:
    """Return the error for a document that is not there; ``known`` are those that whoever asked may know of."""
    hint = choices(id_, known, f"The {noun(kind)}s are") if known else f"List the {noun(kind)}s there are."
    return NotFound(f"There is no {noun(kind)} {id_!r}.", where=f"{kind}/{id_}", hint=hint)


def _merged(unit: Unit, live: Version, wish: Wish) -> dict[str, Any]:
    """Return the live content with what was asked for made in it (rule 9)."""
    kind, id_ = live.kind, live.id
    if not wish.base_version:
        raise Conflict(
            f"The {noun(kind)} {id_} exists already, at version {live.version}.",
            where=f"{kind}/{id_}",
            hint="Read it and name the version you change (If-Match), or choose another id.",
            code="exists",
            details={"version": live.version},
        )
    refuse_retired(live)
    base = base_of(unit, live, wish.base_version)
    if wish.changes is not None:
        target = shaped(kind, id_, apply(kind, base.doc, wish.changes))
    else:
        target = shaped(kind, id_, wish.document)
    if base.version == live.version:
        return target
    wanted = diff(kind, base.doc, target)
    return merge(kind, base.doc, live.doc, wanted, base_version=base.version, version=live.version)


def refuse_retired(live: Version) -> None:
    """Raise when a document is retired: it is served read-only."""
    if live.retired:
        raise Conflict(
            f"The {live.kind} {live.id} is retired and is read-only.",
            where=f"{live.kind}/{live.id}",
            hint="Restore it first.",
            code="retired",
        )


def base_of(unit: Unit, live: Version, base_version: int) -> Version:
    """Return the version a submission was made on.

    Raises:
        Stale: there is no such version yet.
    """
    if base_version == live.version:
        return live
    base = documents.numbered(unit.connection, live.kind, live.id, base_version)
    if base is None:
        raise Stale(
            f"The {live.kind} {live.id} has no version {base_version}; version {live.version} is live.",
            where=f"{live.kind}/{live.id}",
            hint="Read it again.",
            details={"base_version": base_version, "version": live.version},
        )
    return base
