"""Retirement and return of documents. These run inside a write; the actions open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions import enforcement, notices, record
from bos.actions.present import mark
from bos.actions.record import fresh
from bos.actions.rights import permit
from bos.actions.submission import missing, refuse_retired
from bos.actions.validation import Validator, users_of
from bos.errors import Conflict, Invalid, Problem, Stale
from bos.model.answers.changes import Submitted
from bos.model.kinds import noun
from bos.store import books, changes, documents, policies, relations, search
from bos.store.approval.book import RETIREMENT, Book, Plan
from bos.store.approval.critical import state_of
from bos.store.approval.decide import ask_retirement, come_back, retire
from bos.store.approval.joining import refuse
from bos.store.locks import share
from bos.store.tags import Tag

if TYPE_CHECKING:
    from bos.actions.unit import Unit
    from bos.store.approval.book import OpenGroup
    from bos.store.documents import Version


def retire_document(unit: Unit, kind: str, id_: str, base_version: int | None) -> Submitted:
    """Retire a document, or hold that until it is signed where it has an approved critical value (rule 1).

    Raises:
        NotFound: it is not there.
        Conflict: it is retired already.
        Stale: it has changed since ``base_version``.
        Invalid: live documents refer to it; with one problem each (``used``).
    """
    policies.hold(unit.connection, kind, id_)
    permit(unit.connection, unit.actor, f"{kind}.write", kind, id_)
    live = head_of(unit, kind, id_)
    refuse_retired(live)
    _refuse_policy(kind)
    if base_version is not None and base_version != live.version:
        raise Stale(
            f"The {noun(kind)} {id_} has changed since version {base_version}.",
            where=f"{kind}/{id_}",
            hint=f"Version {live.version} is live. Read it, then decide again.",
            details={"base_version": base_version, "version": live.version},
        )
    refuse_used(unit, kind, id_)
    book = enforcement.book_of(unit, live)
    if any(group.paths == (RETIREMENT,) for group in book.waiting()):
        return Submitted(kind=kind, id=id_, version=live.version)
    group = ask_retirement(book, people=frozenset(unit.actor.people), fresh=fresh)
    if group is None:
        return Submitted(kind=kind, id=id_, version=end(unit, live, book, None, author=unit.actor.person))
    plan = Plan(live=live.doc, held=(group,))
    changes.note_authors(
        unit.connection, kind, id_, [RETIREMENT], unit.actor.people, how="proposed to retire it", at=unit.now
    )
    record.keep(unit, kind, id_, plan, base_version=live.version)
    after = record.book_after(book, plan)
    search.write_state(unit.connection, kind, id_, state_of(after, retired=False))
    unit.note(Tag.RETIREMENT_HELD, kind=kind, id=id_, after={"group": group.group})
    held = mark(group, after)
    notices.waits(unit, kind, id_, [(held, group.authors)])
    return Submitted(kind=kind, id=id_, version=live.version, held=(held,))


def head_of(unit: Unit, kind: str, id_: str) -> Version:
    """Return the live version of a document.

    Raises:
        NotFound: it is not there.
    """
    live = documents.head(unit.connection, kind, id_)
    if live is None:
        raise missing(kind, id_)
    return live


def _refuse_policy(kind: str) -> None:
    if kind == "policy":
        raise Conflict(
            "The approval policy cannot be retired.", where="policy", hint="Take its rules out.", code="policy"
        )


def refuse_used(unit: Unit, kind: str, id_: str) -> None:
    """Raise when live documents refer to a document (rule 11); the message names them all."""
    users = users_of(unit.connection, kind, id_)
    if not users:
        return
    problems = tuple(
        Problem("", f"The {user} uses this {noun(kind)}.", "Take the reference out first.", "used") for user in users
    )
    raise Invalid(
        f"The {noun(kind)} {id_} cannot be retired: it is used by the {', the '.join(users)}.",
        where=f"{kind}/{id_}",
        hint="Take the references out first.",
        code="used",
        problems=problems,
    )


def end(
    unit: Unit, live: Version, book: Book, group: OpenGroup | None, *, author: str, rationale: str | None = None
) -> int:
    """Write a retirement that goes live, now; return the version it made."""
    plan = retire(book, group)
    after = record.book_after(book, plan)
    n = record.new_version(
        unit, plan, after, id_=live.id, old=live, author=author, cause="retire", rationale=rationale
    )  # fmt: skip
    record.keep(unit, live.kind, live.id, plan, base_version=n)
    changes.forget_authors(unit.connection, live.kind, live.id, [RETIREMENT])
    unit.note(Tag.DOCUMENT_RETIRED, kind=live.kind, id=live.id, after={"version": n}, rationale=rationale)
    record.note_live(unit, live.kind, live.id, plan, after)
    return n


def restore_document(unit: Unit, kind: str, id_: str) -> Submitted:
    """Bring a retired document back: content and approvals, not groups (rule 10).

    Raises:
        NotFound: it is not there.
        Conflict: it is not retired.
        Invalid: it no longer fits what is live; with every problem.
    """
    policies.hold(unit.connection, kind, id_)
    permit(unit.connection, unit.actor, f"{kind}.write", kind, id_)
    live = head_of(unit, kind, id_)
    if not live.retired:
        raise Conflict(f"The {kind} {id_} is not retired.", where=f"{kind}/{id_}", code="not-retired")
    share(unit.connection, [("document", *name) for name in relations.documents_of(kind, live.doc)])
    book = books.book(unit.connection, kind, id_, live.doc)
    validate = Validator(unit.connection, kind, id_, live.doc)
    problems = [problem for problem in validate(live.doc) if problem.severity == "error"]
    if problems:
        refuse(problems)
    people = frozenset(unit.actor.people)
    plan = come_back(book, people=people, validate=validate, fresh=fresh)
    after = record.book_after(book, plan)
    n = record.new_version(unit, plan, after, id_=id_, old=live, author=unit.actor.person, cause="restore")
    record.keep(unit, kind, id_, plan, base_version=n)
    unit.note(Tag.DOCUMENT_RESTORED, kind=kind, id=id_, after={"version": n, "sha256": live.sha256})
    marks = tuple(mark(group, after) for group in plan.unsigned)
    notices.waits(unit, kind, id_, zip(marks, (group.authors for group in plan.unsigned), strict=True))
    return Submitted(kind=kind, id=id_, version=n, provisional=marks)
