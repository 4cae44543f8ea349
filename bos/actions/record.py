"""Writes a plan: version, groups, approvals, search row, ties, journal; and says what was done."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bos.actions import notices
from bos.actions.present import mark
from bos.model.answers.changes import Submitted
from bos.model.paths import flatten
from bos.model.version import digest
from bos.model.ways import values as values_of
from bos.model.wording import describe
from bos.store import changes, derived, documents, search, waivers
from bos.store.approval.book import Book, OpenGroup
from bos.store.approval.critical import critical_paths_of, state_of
from bos.store.documents import AUTHORS
from bos.store.tables_approval import waiver
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bos.actions.unit import Unit
    from bos.store.approval.book import Plan
    from bos.store.documents import Version

_CLOSED = {
    "superseded": Tag.CHANGE_REPLACED,
    "rework": Tag.CHANGE_REWORK,
    "withdrawn": Tag.CHANGE_CLOSED,
}


def submitted(
    unit: Unit,
    kind: str,
    id_: str,
    live: Version | None,
    book: Book,
    plan: Plan,
    *,
    people: frozenset[str],
    origin: dict[str, Any] | None = None,
    batch: str | None = None,
) -> Submitted:
    """Write the plan of a submission and return what it did."""
    version = live.version if live else 0
    if live is not None and plan.empty:
        return Submitted(kind=kind, id=id_, version=version)
    after = book_after(book, plan)
    if live is None or plan.changes:
        version = new_version(unit, plan, after, id_=id_, old=live, author=_named(unit, people), cause="submission")
    else:
        search.write_state(unit.connection, kind, id_, state_of(after, retired=False))
    how = "proposed it in git" if origin else "proposed a change to it"
    changes.note_authors(unit.connection, kind, id_, plan.proposed, people, how=how, at=unit.now)
    keep(unit, kind, id_, plan, base_version=version, origin=origin, batch=batch)
    _note_submission(unit, kind, id_, plan, after, created=live is None)
    _tell_replaced(unit, kind, id_, book, plan)
    marks = {group.group: mark(group, after) for group in (*plan.unsigned, *plan.held)}
    notices.waits(unit, kind, id_, ((marks[group.group], group.authors) for group in (*plan.unsigned, *plan.held)))
    return Submitted(
        kind=kind,
        id=id_,
        version=version,
        live=tuple(flatten(kind, plan.live)) if live is None else tuple(change.path for change in plan.changes),
        provisional=tuple(marks[group.group] for group in plan.unsigned),
        held=tuple(marks[group.group] for group in plan.held),
    )


def fresh() -> str:
    """Return an id for a group."""
    return uuid.uuid4().hex


def _named(unit: Unit, people: frozenset[str]) -> str:
    """Return all whose deed a version is, whoever acts first."""
    return AUTHORS.join((*unit.actor.people, *sorted(people - set(unit.actor.people))))


def book_after(book: Book, plan: Plan) -> Book:
    """Return what is known of the document once the plan is written."""
    closed = {closing.group: closing.state for closing in plan.closings}
    kept = tuple(group for group in book.groups if closed.get(group.group, "open") in {"open", "rework"})
    kept = tuple(replace(group, state="rework") if group.group in closed else group for group in kept)
    new = tuple(
        OpenGroup(group.group, group.state, group.changes, group.authors) for group in (*plan.held, *plan.unsigned)
    )
    approvals = {**book.approvals, **plan.approved}
    left = {path: value for path, value in approvals.items() if path not in plan.unapproved}
    return replace(book, live=plan.live, approvals=left, groups=(*kept, *new))


def new_version(
    unit: Unit,
    plan: Plan,
    after: Book,
    *,
    id_: str,
    old: Version | None,
    author: str,
    cause: str,
    rationale: str | None = None,
) -> int:
    """Write a version, and what lists, searches and validation read of it; return its number."""
    kind, retired = after.kind, cause == "retire"
    n = old.version + 1 if old else 1
    if old:
        unit.now = max(unit.now, old.at)  # a clock set back puts no version before the one it follows
    documents.add_version(
        unit.connection,
        kind,
        id_,
        plan.live,
        n=n,
        author=author,
        rationale=unit.rationale if rationale is None else rationale,
        at=unit.now,
        cause=cause,
        words=describe(kind, plan.changes, plan.live, old.doc if old else {}),
        retired=retired,
    )
    state = state_of(after, retired=retired)
    derived.write(unit.connection, kind, plan.live, version=n, state=state, author=author, at=unit.now)
    return n


def keep(
    unit: Unit,
    kind: str,
    id_: str,
    plan: Plan,
    *,
    base_version: int,
    origin: dict[str, Any] | None = None,
    batch: str | None = None,
    rationale: str | None = None,
) -> None:
    """Write the groups and approvals of a plan; a waiver ends with the value it was for."""
    changes.write_plan(
        unit.connection,
        kind,
        id_,
        plan,
        rationale=unit.rationale if rationale is None else rationale,
        base_version=base_version,
        origin=origin,
        batch=batch,
        at=unit.now,
    )
    _end_waivers(unit, kind, id_, plan)


def _end_waivers(unit: Unit, kind: str, id_: str, plan: Plan) -> None:
    open_ = waivers.found(unit.connection, waiver.c.kind == kind, waiver.c.id == id_, waivers.OPEN)
    values = values_of(kind, plan.live) if open_ else {}
    for row in open_:
        changed = row.path not in values or digest(values[row.path]) != row.value_hash
        if changed or row.path in plan.approved:
            reason = "The value was changed." if changed else "The value was signed."
            waivers.end(unit.connection, [row.waiver], by=unit.actor.person, reason=reason, at=unit.now)
            unit.note(
                Tag.WAIVER_ENDED, kind=kind, id=id_, path=row.path, after={"waiver": row.waiver}, rationale=reason
            )


def _note_submission(unit: Unit, kind: str, id_: str, plan: Plan, after: Book, *, created: bool) -> None:
    if created:
        told = {"version": 1, "sha256": digest(plan.live), "provisional": len(plan.unsigned)}
        unit.note(Tag.DOCUMENT_CREATED, kind=kind, id=id_, after=told)
        return
    note_live(unit, kind, id_, plan, after)
    for group in plan.held:
        for change in group.changes:
            told = {"group": group.group, "op": change.op, "value": change.new}
            unit.note(Tag.CHANGE_HELD, kind=kind, id=id_, path=change.path, before=change.old, after=told)


def note_live(unit: Unit, kind: str, id_: str, plan: Plan, after: Book) -> None:
    """Say in the journal what went live, and which groups ended by it."""
    unsigned = {group.changes[0].path for group in plan.unsigned}
    for change in plan.changes:
        mine = set(critical_paths_of(after.approvers, change))
        tag = Tag.CHANGE_PROVISIONAL if change.op != "remove" and mine & unsigned else Tag.CHANGE_LIVE
        unit.note(tag, kind=kind, id=id_, path=change.path, before=change.old, after=change.new)
    for closing in plan.closings:
        if closing.state in _CLOSED:
            told = {"group": closing.group}
            unit.note(_CLOSED[closing.state], kind=kind, id=id_, after=told, rationale=closing.reason)


def _tell_replaced(unit: Unit, kind: str, id_: str, book: Book, plan: Plan) -> None:
    """Tell the earlier authors that their proposal gave way (rule 5)."""
    replaced = {source: group.group for group in plan.held for source in group.replaces}
    for group in book.groups:
        others = _others(group.authors, unit.actor.people)
        if group.group in replaced and others:
            told = {
                "kind": kind,
                "id": id_,
                "group": group.group,
                "by": unit.actor.person,
                "new_group": replaced[group.group],
                "people": others,
            }
            unit.tell("proposal.replaced", told)


def _others(authors: Iterable[str], people: Iterable[str]) -> list[str]:
    return sorted(set(authors) - set(people))
