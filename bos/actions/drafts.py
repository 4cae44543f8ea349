"""Drafts: a person's unfinished edit of a document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions import present
from bos.actions.rights import permit_draft
from bos.actions.unit import Unit, one_problem, storable, write
from bos.auth.policy import allow
from bos.errors import NotFound, Stale, UsageError
from bos.model.answers.documents import Conflict, Draft
from bos.model.answers.page import Answer, Page
from bos.model.diff import diff, same
from bos.model.kinds import model_of
from bos.model.paths import get, within
from bos.store import books, changes, documents, drafts
from bos.store.engine import reading
from bos.store.locks import lock
from bos.store.paging import MOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.answers.changes import Group
    from bos.store.documents import Version


class _Done(Answer):
    """Nothing but that it was done."""


def open_draft(ctx: Context, actor: Actor, kind: str, id: str) -> Draft:  # noqa: A002 - the name of the option
    """Return the actor's draft of a document; where there is none, a fresh one from live, of revision 0, not kept yet.

    ``conflicts`` are fields that the draft and somebody else have changed since, ``proposals`` what waits.

    Raises:
        NotFound: there is no such kind.
    """
    _check(kind, id)
    allow(actor, f"{kind}.read")
    with reading(ctx.engine) as connection:
        permit_draft(connection, actor, f"{kind}.read", kind, id, own(connection, actor, kind, id))
        return _opened(connection, actor, kind, id)


def own(connection: Connection, actor: Actor, kind: str, id_: str) -> dict[str, Any]:
    """Return what the actor's draft of a document says; nothing where there is none."""
    row = drafts.find(connection, kind, id_, actor.person)
    return dict(row.doc) if row is not None else {}


def _check(kind: str, id_: str) -> None:
    model_of(kind)
    if not id_ or "\x00" in id_ or len(id_) > 63:  # noqa: PLR2004 - as the model's ids
        raise UsageError(f"{id_!r} is no id.", where="id", hint="Ids have lower case letters, digits, dots, hyphens.")


def _opened(connection: Connection, actor: Actor, kind: str, id_: str) -> Draft:
    live = documents.head(connection, kind, id_)
    row = drafts.find(connection, kind, id_, actor.person)
    if row is None:
        content, version = (live.doc, live.version) if live else ({"id": id_}, 0)
        at = live.at if live else datetime.now(UTC)
        found = _draft(kind, id_, actor, 0, version, content, at)
    else:
        found = _draft(kind, id_, actor, row.revision, row.base_version, row.doc, row.at)
    return found.model_copy(update=_beside(connection, found, live)) if live else found


def _draft(
    kind: str, id_: str, actor: Actor, revision: int, base_version: int, document: dict[str, Any], at: datetime
) -> Draft:
    return Draft(
        kind=kind, id=id_, revision=revision, base_version=base_version, document=document, author=actor.person, at=at
    )


def _beside(connection: Connection, found: Draft, live: Version) -> dict[str, Any]:
    """Return what stands beside a draft: conflicts with live, and what waits."""
    groups = changes.waiting_groups(connection, found.kind, found.id)
    proposals: tuple[Group, ...] = ()
    if groups:
        book = books.book(connection, found.kind, found.id, live.doc)
        proposals = tuple(present.group_answer(group, book) for group in groups)
    if found.base_version == live.version:
        return {"proposals": proposals}
    base = documents.numbered(connection, found.kind, found.id, found.base_version)
    before = base.doc if base else {"id": found.id}
    return {"proposals": proposals, "conflicts": tuple(_conflicts(found, before, live.doc))}


def _conflicts(found: Draft, base: dict[str, Any], live: dict[str, Any]) -> Iterator[Conflict]:
    mine, theirs = diff(found.kind, base, found.document), diff(found.kind, base, live)
    paths = {
        change.path
        for change in mine
        for other in theirs
        if within(change.path, other.path) or within(other.path, change.path)
    }
    for path in sorted(paths):
        values = [_value(document, path) for document in (base, found.document, live)]
        if not same(values[1], values[2]):
            yield Conflict(path=path, base=values[0], draft=values[1], live=values[2])


def _value(document: dict[str, Any], path: str) -> Any:
    try:
        return get(document, path)
    except (KeyError, TypeError):
        return None


def save(
    ctx: Context,
    actor: Actor,
    kind: str,
    id: str,  # noqa: A002 - as above
    document: Any,
    *,
    revision: int,
    base_version: int | None = None,
) -> Draft:
    """Keep a draft, unfinished as it may be; ``revision`` is the one it was made from (0: there was none).

    ``base_version`` says that the draft now stands on that version of the document: what changed up to there is in it.
    Without it a draft goes on standing on the version it was begun from.

    Raises:
        UsageError: there is no such version.
        Stale: it was saved elsewhere since; ``details`` has both values of each field that differs.
        Invalid: it is no JSON object, an item has no id, or a text cannot be stored.
    """
    _check(kind, id)
    allow(actor, f"{kind}.write")
    _check_content(kind, id, document)
    request = {"kind": kind, "id": id, "document": document, "revision": revision, "base": base_version}

    def work(unit: Unit) -> Draft:
        permit_draft(unit.connection, actor, f"{kind}.write", kind, id, document)
        lock(unit.connection, ("draft", kind, id, actor.person))
        row = drafts.find(unit.connection, kind, id, actor.person)
        if (row.revision if row else 0) != revision:
            raise _stale(kind, row, document, revision)
        live = documents.head(unit.connection, kind, id)
        newest = live.version if live else 0
        base = base_version if base_version is not None else row.base_version if row else newest
        if not 0 <= base <= newest:
            raise UsageError(f"There is no version {base}.", where="base_version", hint=f"The newest is {newest}.")
        drafts.write(
            unit.connection,
            kind,
            id,
            actor.person,
            revision=revision + 1,
            base_version=base,
            doc=document,
            at=unit.now,
        )
        found = _draft(kind, id, actor, revision + 1, base, document, unit.now)
        return found.model_copy(update=_beside(unit.connection, found, live)) if live else found

    return write(ctx, actor, "draft.save", request, Draft, work)


def _check_content(kind: str, id_: str, document: Any) -> None:
    if not isinstance(document, dict):
        raise one_problem("", "A draft is a JSON object.", "Send the document.", "draft.shape")
    if document.get("id", id_) != id_:
        raise one_problem("id", f"The draft of {id_} names another id.", "Ids never change.", "id.immutable")
    storable("", document)
    try:
        diff(kind, {}, document)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise one_problem(
            "", "A list of the draft has an item without an id.", "Give each item an id of its own.", "draft.shape"
        ) from None


def _stale(kind: str, row: Any, document: dict[str, Any], revision: int) -> Stale:
    if row is None:
        return Stale("The draft is gone: it was discarded elsewhere.", where="revision", hint="Save with revision 0.")
    conflicts = [
        {"path": change.path, "saved": change.old, "yours": change.new} for change in diff(kind, row.doc, document)
    ]
    return Stale(
        f"The draft was saved elsewhere since revision {revision}; it is at {row.revision}.",
        where="revision",
        hint="Open it again and decide which values hold.",
        details={"revision": row.revision, "conflicts": conflicts},
    )


def discard(ctx: Context, actor: Actor, kind: str, id: str, *, revision: int) -> None:  # noqa: A002 - as above
    """Throw a draft away.

    Raises:
        NotFound: there is none.
        Stale: it was saved elsewhere since ``revision``.
    """
    _check(kind, id)
    allow(actor, f"{kind}.write")

    def work(unit: Unit) -> _Done:
        permit_draft(unit.connection, actor, f"{kind}.write", kind, id, own(unit.connection, actor, kind, id))
        lock(unit.connection, ("draft", kind, id, actor.person))
        row = drafts.find(unit.connection, kind, id, actor.person)
        if row is None:
            raise NotFound(f"There is no draft of the {kind} {id}.", where=f"{kind}/{id}")
        if row.revision != revision:
            raise _stale(kind, row, row.doc, revision)
        drafts.remove(unit.connection, kind, id, actor.person)
        return _Done()

    write(ctx, actor, "draft.discard", {"kind": kind, "id": id, "revision": revision}, _Done, work)


def spend(unit: Unit, kind: str, id_: str, revision: int) -> None:
    """Throw the draft away that was submitted.

    Raises:
        Stale: what was submitted is not what the draft says now.
    """
    lock(unit.connection, ("draft", kind, id_, unit.actor.person))
    row = drafts.find(unit.connection, kind, id_, unit.actor.person)
    if row is None or row.revision != revision:
        raise _stale(kind, row, row.doc if row else {}, revision)
    drafts.remove(unit.connection, kind, id_, unit.actor.person)


def mine(ctx: Context, actor: Actor) -> Page[Draft]:
    """Return the actor's drafts, newest first, with conflicts and what waits beside them."""
    allow(actor, "draft.read")
    with reading(ctx.engine) as connection:
        rows = drafts.of_person(connection, actor.person, limit=MOST)
        return Page(items=tuple(_opened(connection, actor, row.kind, row.id) for row in rows))
