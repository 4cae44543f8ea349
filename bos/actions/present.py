"""Turns what is stored into answers: approvals by path, groups, who has to sign, what somebody must see."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from bos.actions.holding import Holding, covers_of, unowned
from bos.model.answers.changes import Approval, Group, GroupMark, Signature, Waiting
from bos.model.answers.documents import ProblemAnswer
from bos.model.paths import outer_paths
from bos.model.roles import ROLES
from bos.model.ways import WAYS, as_one, draws
from bos.model.wording import before_and_after, describe
from bos.store.approval.book import RETIREMENT, Book
from bos.store.approval.critical import fills, need_of, need_of_group
from bos.store.approval.need import Need, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from bos.errors import Problem
    from bos.model.diff import Change
    from bos.model.scope import Place
    from bos.store.approval.book import NewGroup
    from bos.store.books import StoredApproval
    from bos.store.changes import StoredGroup

OPEN_TO_SIGN = frozenset({"waiting", "unsigned"})


def group_answer(group: StoredGroup, book: Book) -> Group:
    """Return a group as people see it; ``book`` is that of its document, as it is now."""
    return Group(
        group=group.group,
        kind=group.kind,
        id=group.id,
        state=group.state,
        changes=group.changes,
        text=words_of(group.kind, group.changes, book.live or {}),
        authors=group.authors,
        rationale=group.rationale,
        base_version=group.base_version,
        batch=group.batch,
        waiting_for=waiting_for(group, book),
        signatures=tuple(
            Signature(
                person=sign.person,
                role=sign.role,
                decision=sign.decision,
                comment=sign.comment,
                at=sign.at,
            )
            for sign in group.signatures
            if not sign.void
        ),
        reason=group.reason,
        at=group.at,
    )


def words_of(kind: str, made: Sequence[Change], live: dict[str, Any]) -> tuple[str, ...]:
    """Return changes in words; ``live`` gives the titles of items."""
    if [change.path for change in made] == [RETIREMENT]:
        return ("Retire the document",)
    return describe(kind, as_one(kind, made, live), *before_and_after(kind, made, live))


def waiting_for(group: StoredGroup, book: Book) -> tuple[Waiting, ...]:
    """Return who still has to sign a group: nobody, once it has ended."""
    if group.state not in OPEN_TO_SIGN:
        return ()
    return waiting(_tally(group, book))


def _tally(group: StoredGroup, book: Book) -> Tally:
    return Tally(need_of_group(book, group.group, group.changes), group.votes())


def waiting(tally: Tally) -> tuple[Waiting, ...]:
    """Return who still has to sign."""
    return tuple(Waiting(role=role, count=count, after=tally.earlier(role)) for role, count in tally.left().items())


def mark(group: NewGroup, book: Book) -> GroupMark:
    """Return a new group as a submission reports it."""
    paths = tuple(change.path for change in group.changes)
    return GroupMark(group=group.group, paths=paths, waiting_for=waiting(Tally(need_of(book, group.changes))))


def approvals(
    book: Book, signed: Mapping[str, StoredApproval], groups: Iterable[StoredGroup], paths: Iterable[str] | None = None
) -> dict[str, Approval]:
    """Return what is known about the approval of each critical value, or of those at ``paths``.

    Where nothing is and nothing was signed nothing is told, unless a value waits to be there.
    """
    values = book.critical
    listed: dict[tuple[str, str], tuple[int, StoredGroup]] = {}
    for number, group in enumerate(groups):
        for change in group.changes if group.state in OPEN_TO_SIGN else ():
            whole = WAYS if draws(group.kind, change.path) else change.path
            for path in (whole, change.path):
                listed.setdefault((group.state, path), (number, group))
    wanted = values if paths is None else [path for path in paths if path in values]
    filled = {path: group for (state, path), (_, group) in listed.items() if state == "waiting" and fills(book, path)}
    return {
        **{path: _approval(path, values[path], book, signed, listed) for path in wanted},
        **{path: _held(group, book) for path, group in filled.items() if paths is None or path in paths},
    }


def _held(group: StoredGroup, book: Book) -> Approval:
    """Return that a value waits to be where nothing is."""
    roles = tuple(waiting.role for waiting in waiting_for(group, book))
    return Approval(state="held", waiting_for=roles, since=group.at, group=group.group)


def _approval(
    path: str,
    value: Any,
    book: Book,
    signed: Mapping[str, StoredApproval],
    groups: Mapping[tuple[str, str], tuple[int, StoredGroup]],
) -> Approval:
    """Return what is known of one value; ``groups`` has by state and path of a change the first group and its place."""
    counts = path in book.settled
    state = "waiting" if counts else "unsigned"
    over = [groups[state, outer] for outer in outer_paths(path) if (state, outer) in groups]
    group = min(over, key=itemgetter(0))[1] if over else None
    roles = tuple(waiting.role for waiting in waiting_for(group, book)) if group else ()
    if not counts:
        roles = roles or (book.approvers.need(path) or Need()).roles
        name, since = (group.group, group.at) if group else (None, None)
        return Approval(state="provisional", waiting_for=roles, since=since, group=name)
    by = _counted(path, value, book, signed)
    return (
        by
        if group is None
        else by.model_copy(
            update={"state": "held", "held": True, "waiting_for": roles, "since": group.at, "group": group.group}
        )
    )


def _counted(path: str, value: Any, book: Book, signed: Mapping[str, StoredApproval]) -> Approval:
    """Return by whom a value is signed, or waived for now."""
    if book.approvals.get(path) == book.hash_of(path, value):
        by = signed[path]
        return Approval(state="approved", since=by.at, group=by.group, signed_by=by.signed_by)
    waived = book.waived[path]
    return Approval(
        state="waived", since=waived.since, until=waived.until, reason=waived.reason, signed_by=waived.people
    )


def attention(
    connection: Connection, book: Book, groups: Sequence[StoredGroup], place: Place
) -> tuple[ProblemAnswer, ...]:
    """Return what nobody serves: fields without a living owner, groups without one who may sign them (rule 14)."""
    holding = Holding.at(connection, datetime.now(UTC), places=[place])
    live = book.live or {}
    covers = covers_of(live)
    missing = holding.missing((live["owner"], *covers), place) if live else ()
    stuck = (one for group in groups if group.state in OPEN_TO_SIGN for one in _stuck(group, book, holding, place))
    return (*(problem_answer(one) for one in unowned(missing, covers)), *stuck)


def _stuck(group: StoredGroup, book: Book, holding: Holding, place: Place) -> Iterator[ProblemAnswer]:
    tally = _tally(group, book)
    for wait in waiting(tally):
        held = holding.of(wait.role, place)
        free = held - set(group.authors) - tally.voted(wait.role)
        if len(free) >= wait.count:
            continue
        name = ROLES.get(wait.role, wait.role)
        if free:
            code = "role.few"
            message = f"{wait.count} people of the role {name} have to sign this, and only {len(free)} can."
        elif held:
            code = "role.authors"
            message = f"Everyone who holds the role {name} proposed this, and no author may sign."
        else:
            code, message = "role.nobody", f"Nobody holds the role {name}, which has to sign this."
        for change in group.changes:
            yield ProblemAnswer(
                path=change.path,
                message=message,
                hint="Give the role to somebody else; until then the value stays as it is.",
                code=code,
                severity="attention",
            )


def problem_answer(problem: Problem) -> ProblemAnswer:
    """Return a problem as an answer."""
    return ProblemAnswer.model_validate(problem.as_dict())
