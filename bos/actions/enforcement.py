"""Brings documents under the approval policy that holds now: values it made critical get something to sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions import declared, notices, record
from bos.actions import jobs as job_actions
from bos.actions.present import mark
from bos.actions.unit import write
from bos.auth.actor import SYSTEM
from bos.model.answers.page import Answer
from bos.model.diff import same
from bos.model.version import digest
from bos.model.ways import values as values_of
from bos.store import books, changes, documents, policies, search
from bos.store.approval.aftermath import settle
from bos.store.approval.book import Plan
from bos.store.approval.critical import state_of
from bos.store.engine import reading
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.ports import Progress
    from bos.store.approval.book import Book
    from bos.store.documents import Version

TASK = declared.APPLY_POLICY.name
_WHY = "(written by BOS) The approval policy asks for signatures here."


class _Done(Answer):
    """Whether something of a document was brought under the policy."""

    changed: bool


def book_of(unit: Unit, live: Version) -> Book:
    """Return all that is known of a document, once every value that needs a signature has a group to sign.

    Whoever wrote such a value is its author, in whichever version that was.
    """
    book = books.book(unit.connection, live.kind, live.id, live.doc)
    loose = [] if live.retired else _loose(book)
    if live.retired or not (loose or _stray(book)):
        return book
    authors = _writers(unit.connection, live, loose)
    known = {path: book.authors.get(path, frozenset()) | authors[path] for path in loose}
    book = replace(book, authors={**book.authors, **known})
    after = settle(
        book, live.doc, approvals=book.approvals, people=frozenset(), validate=lambda _: (), fresh=record.fresh
    )
    plan = Plan(live=live.doc, unsigned=after.unsigned, closings=after.closings)
    settled = record.book_after(book, plan)
    record.keep(unit, live.kind, live.id, plan, base_version=live.version, rationale=_WHY)
    for path, people in known.items():
        changes.note_authors(unit.connection, live.kind, live.id, [path], people, how="wrote it", at=unit.now)
    search.write_state(unit.connection, live.kind, live.id, state_of(settled, retired=False))
    for group in plan.unsigned:
        told = {"group": group.group, "value": group.changes[0].new}
        unit.note(
            Tag.VALUE_PROVISIONAL, kind=live.kind, id=live.id, path=group.changes[0].path, after=told, rationale=_WHY
        )
    record.note_live(unit, live.kind, live.id, plan, settled)
    notices.waits(unit, live.kind, live.id, ((mark(group, settled), group.authors) for group in plan.unsigned))
    return settled


def _loose(book: Book) -> list[str]:
    """Return the unsigned critical values that no group stands for."""
    waiting = {group.changes[0].path: group.changes[0].new for group in book.groups if group.state == "unsigned"}
    return [
        path
        for path, value in book.critical.items()
        if book.approvals.get(path) != digest(value) and not (path in waiting and same(waiting[path], value))
    ]


def _stray(book: Book) -> bool:
    """Return whether a group stands for a value that needs no signature any more."""
    return any(group.state == "unsigned" and group.changes[0].path not in book.critical for group in book.groups)


def _writers(connection: Connection, live: Version, paths: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return by path who wrote each value it ever had."""
    found: dict[str, set[str]] = {path: set() for path in paths}
    before: dict[str, Any] = {}
    for version in documents.every_version(connection, live.kind, live.id):
        values = values_of(live.kind, version.doc)
        for path, people in found.items():
            if path in values and not (path in before and same(before[path], values[path])):
                people.update(version.authors)
        before = values
    return {path: frozenset(people) for path, people in found.items()}


def apply_later(unit: Unit, kinds: Iterable[str]) -> None:
    """Ask for all documents of some kinds to be brought under the policy, once this is written."""
    named = sorted(set(kinds))
    if named:
        job_actions.queue(unit, TASK, {"flow": "", "kinds": named})


def run(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], dict[str, Any]]:
    """Bring every live document of some kinds under the policy, each in a transaction of its own."""
    del job
    with reading(ctx.engine) as connection:
        names = [(kind, id_) for kind in arguments["kinds"] for id_ in documents.ids(connection, kind)]
    changed = 0
    for done, (kind, id_) in enumerate(names):
        progress(done, len(names), "Asking for signatures")
        changed += _apply(ctx, kind, id_).changed
    return lambda _: {"documents": len(names), "changed": changed}


def tidy(ctx: Context) -> None:
    """End the groups that stand for nothing: homes have them from when empty values asked for signatures, too."""
    with reading(ctx.engine) as connection:
        names = changes.documents_with_nothing_to_sign(connection)
    for kind, id_ in names:
        _apply(ctx, kind, id_)


def _apply(ctx: Context, kind: str, id_: str) -> _Done:
    def work(unit: Unit) -> _Done:
        policies.hold(unit.connection, kind, id_)
        live = documents.head(unit.connection, kind, id_)
        if live is not None:
            book_of(unit, live)
        return _Done(changed=bool(unit.notes))

    return write(
        ctx, SYSTEM, TASK, {"kind": kind, "id": id_, "at": datetime.now(UTC).isoformat()}, _Done, work, rationale=_WHY
    )
