"""What ends a group: its last signature, a refusal, a retirement; and what a return begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.diff import Change, diff
from bos.model.version import digest
from bos.store.approval.aftermath import problems_with, settle, why_unfit
from bos.store.approval.book import RETIREMENT, Closing, NewGroup, Plan
from bos.store.approval.critical import critical_values, is_held, paths_to_sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.store.approval.book import Book, OpenGroup, Validate


def go_live(book: Book, group: OpenGroup, *, validate: Validate, fresh: Callable[[], str]) -> Plan:
    """Return what the last signature of a waiting group does: live, or to be reworked (rule 6)."""
    live = _live(book)
    reason = why_unfit(book.kind, live, group, validate)
    if reason:
        return Plan(live=live, closings=(Closing(group.group, "rework", reason),))
    content, _ = problems_with(book.kind, live, group.changes, validate)
    approved = _signed(book, group, content)
    after = settle(
        book,
        content,
        approvals={**book.approvals, **approved},
        people=group.authors,
        validate=validate,
        fresh=fresh,
        leave=(group.group,),
    )
    return Plan(
        live=content,
        changes=diff(book.kind, live, content),
        unsigned=after.unsigned,
        closings=(Closing(group.group, "live", ""), *after.closings),
        approved=approved,
        unapproved=after.unapproved,
    )


def approve_value(book: Book, group: OpenGroup) -> Plan:
    """Return what the last signature of a live, unsigned value does: it is approved; no version comes of it."""
    live = _live(book)
    return Plan(live=live, closings=(Closing(group.group, "live", ""),), approved=_signed(book, group, live))


def refuse_group(book: Book, group: OpenGroup, decision: str, comment: str, *, fresh: Callable[[], str]) -> Plan:
    """Return what a rejection or a call for rework does (rule 7).

    A waiting group ends. A live value stays provisional, and a new group with the comment stands for it, so that
    there is something to sign.
    """
    live = _live(book)
    if group.state != "unsigned":
        return Plan(
            live=live, closings=(Closing(group.group, "rejected" if decision == "reject" else "rework", comment),)
        )
    again = NewGroup(fresh(), "unsigned", group.changes, group.authors, (group.group,), comment)
    return Plan(live=live, unsigned=(again,), closings=(Closing(group.group, "rejected", comment),))


def retire(book: Book, group: OpenGroup | None) -> Plan:
    """Return what retiring a document does: every open group ends as withdrawn (rule 10), ``group`` as live."""
    ended = tuple(
        Closing(other.group, "withdrawn", "The document was retired.")
        for other in book.groups
        if group is None or other.group != group.group
    )
    mine = (Closing(group.group, "live", ""),) if group else ()
    return Plan(live=_live(book), closings=(*mine, *ended))


def ask_retirement(book: Book, *, people: frozenset[str], fresh: Callable[[], str]) -> NewGroup | None:
    """Return the group that retiring a document must wait in, or nothing where it is free (rule 1)."""
    live = _live(book)
    change = Change(op="remove", path=RETIREMENT, old={"title": live["title"]})
    held = is_held(book, change)
    authors = people | book.authors.get(RETIREMENT, frozenset())
    return NewGroup(fresh(), "waiting", (change,), authors) if held else None


def come_back(book: Book, *, people: frozenset[str], validate: Validate, fresh: Callable[[], str]) -> Plan:
    """Return what restoring a document does: its approvals hold again, its unsigned values wait again."""
    live = _live(book)
    after = settle(book, live, approvals=book.approvals, people=people, validate=validate, fresh=fresh)
    return Plan(live=live, unsigned=after.unsigned)


def _live(book: Book) -> dict[str, Any]:
    if book.live is None:
        raise ValueError("a document without a version has nothing to decide")
    return book.live


def _signed(book: Book, group: OpenGroup, content: dict[str, Any]) -> dict[str, str]:
    """Return path → hash of every critical value that the group gives ``content``.

    What was not critical before was not asked of its roles, and is left to be signed; so is what an added item leaves
    empty.
    """
    values = critical_values(book.approvers, content)
    paths = [path for change in group.changes for path in paths_to_sign(book.approvers, change) if path in values]
    asked = [path for path in paths if path in book.every or book.approvers.always(path)]
    return {path: digest(values[path]) for path in asked}
