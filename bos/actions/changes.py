"""Changes: submit them, see what waits, sign, withdraw."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, get_args

from bos.actions import present, signing
from bos.actions.rights import permit
from bos.actions.submission import Wish
from bos.actions.submission import submit as submit_in
from bos.actions.unit import rationale_of, storable, wording, write
from bos.auth.policy import allow, reach
from bos.errors import NotFound, UsageError
from bos.model.answers.changes import Decided, Decision, Group, GroupState, Submitted
from bos.model.answers.page import Page
from bos.model.kinds import model_of
from bos.store import books, changes, documents, places, policies
from bos.store.approval.critical import need_of
from bos.store.approval.need import Tally
from bos.store.engine import reading
from bos.store.paging import cursor as cursor_of
from bos.store.paging import moment_place, size
from bos.store.places import SHARED
from bos.store.tables import held_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.diff import Change
    from bos.model.scope import Place
    from bos.store.approval.book import Book
    from bos.store.changes import StoredGroup


_PART = 200
"""Groups that are read at a time to find those that wait for somebody."""


def submit(
    ctx: Context,
    actor: Actor,
    kind: str,
    id: str,  # noqa: A002 - the name of the option, everywhere
    *,
    base_version: int | None,
    changes: Sequence[Change] | None = None,
    document: Any = None,
    rationale: str,
    saw: Iterable[str] = (),
    origin: dict[str, Any] | None = None,
) -> Submitted:
    """Submit ``changes`` to a version, or a whole ``document``; see ``docs/store.md`` for what becomes of them.

    Raises:
        NotFound: there is no such document to change.
        Conflict: it exists, is retired, or a waiting proposal was not seen (``proposal``, with it in ``details``).
        Stale: a field was changed since ``base_version`` that this changes too; with both values.
        Invalid: the content would break rules; with every problem. Nothing was written.
        UsageError: both or neither of ``changes`` and ``document`` are given.
    """
    model_of(kind)
    allow(actor, f"{kind}.write")
    if (changes is None) == (document is None):
        raise UsageError("Give either changes or a document.", where="changes, document")
    why = rationale_of(actor, rationale)
    storable("origin", origin)
    wish = Wish(base_version=base_version, changes=changes, document=document, saw=frozenset(saw), origin=origin)
    request = {
        "kind": kind,
        "id": id,
        "base": base_version,
        "changes": None if changes is None else [change.model_dump(mode="json") for change in changes],
        "document": document,
        "saw": sorted(wish.saw),
        "origin": origin,
        "why": why,
    }
    return write(
        ctx, actor, "submit", request, Submitted, lambda unit: submit_in(unit, kind, id, wish), rationale=why
    )  # fmt: skip


def groups(
    ctx: Context,
    actor: Actor,
    *,
    kind: str | None = None,
    id: str | None = None,  # noqa: A002 - as above
    state: GroupState | None = None,
    mine: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Group]:
    """Return groups, newest first; those of a document, a kind or in a state where these are given.

    With ``mine``, only those for which a signature of the actor would count now.

    Raises:
        UsageError: there is no such state, or the cursor is wrong.
    """
    allow(actor, "change.read")
    if state is not None and state not in get_args(GroupState):
        states = ", ".join(get_args(GroupState))
        raise UsageError(f"There is no state called {state!r}.", where="state", hint=f"States are {states}.")
    where = [
        column == value
        for column, value in ((held_group.c.kind, kind), (held_group.c.id, id), (held_group.c.state, state))
        if value is not None
    ]
    if cursor:
        where.append(changes.after(*moment_place(cursor)))
    if not (seen := reach(actor, "change.read")).everywhere:
        where.append(changes.of_documents_within(seen))
    rows = size(limit)
    with reading(ctx.engine) as connection:
        found = (
            list(islice(_waiting_for(connection, actor, where), rows + 1))
            if mine
            else changes.groups(connection, *where, limit=rows + 1, newest=True)
        )
        items = answers(connection, found[:rows])
    following = cursor_of(found[rows - 1].at.isoformat(), found[rows - 1].group) if len(found) > rows else None
    return Page(items=items, next=following)


def _waiting_for(connection: Connection, actor: Actor, where: Sequence[ColumnElement[bool]]) -> Iterator[StoredGroup]:
    """Yield the groups that wait for somebody, newest first, read a part at a time."""
    read, where = _Books(connection), [*where, held_group.c.state.in_(sorted(present.OPEN_TO_SIGN))]
    found = changes.groups(connection, *where, limit=_PART, newest=True)
    while found:
        for one in found:
            tally = Tally(need_of(read.book(one), one.changes), one.votes())
            if signing.could_sign(actor, one, tally, read.place(one)):
                yield one
        last = found[-1]
        following = (*where, changes.after(last.at, last.group))
        found = changes.groups(connection, *following, limit=_PART, newest=True) if len(found) == _PART else []


class _Books:
    """What is known of the documents of groups: each is read once, and the policy once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rules = policies.rules(connection)
        self._books: dict[tuple[str, str], Book] = {}
        self._places: dict[tuple[str, str], Place] = {}

    def book(self, group: StoredGroup) -> Book:
        """Return the book of a group's document."""
        name = (group.kind, group.id)
        if name not in self._books:
            head = documents.head(self._connection, *name)
            content = head.doc if head else None
            self._books[name] = books.book(self._connection, *name, content, rules=self._rules)
        return self._books[name]

    def place(self, group: StoredGroup) -> Place:
        """Return on which flows a group's document is used."""
        name = (group.kind, group.id)
        if name not in self._places:
            self._places[name] = places.of_document(self._connection, *name)
        return self._places[name]


def answers(connection: Connection, found: Sequence[StoredGroup]) -> tuple[Group, ...]:
    """Return stored groups as people see them; each document and the policy are read once."""
    read = _Books(connection)
    return tuple(present.group_answer(group, read.book(group)) for group in found)


def group(ctx: Context, actor: Actor, group: str) -> Group:
    """Return one group, ended ones too.

    Raises:
        NotFound: there is no such group.
    """
    allow(actor, "change.read")
    with reading(ctx.engine) as connection:
        found = changes.groups(connection, held_group.c.held_group == group) if "\x00" not in group else []
        if not found:
            raise missing(group)
        if found[0].kind not in SHARED:
            permit(connection, actor, "change.read", found[0].kind, found[0].id)
        return answers(connection, found)[0]


def missing(group: str) -> NotFound:
    """Return the error for a group that is not there."""
    return NotFound(f"There is no group {group!r}.", where=group, hint="List the changes that wait.")


def sign(
    ctx: Context,
    actor: Actor,
    group: str,
    *,
    decision: Decision,
    comment: str = "",
    items: Sequence[str] | None = None,
) -> Decided:
    """Sign a group for every role of the actor that it waits for; the last signature makes it live.

    ``items`` may name the paths signed for; a group goes live together or not at all, so it must name all of them.

    Raises:
        Forbidden: the actor is an author (``four-eyes``, tested first), or holds no role it waits for (``role``).
        Conflict: it gave way to another (``superseded``) or is decided already (``decided``).
        Invalid: a rejection or call for rework has no comment.
        NotFound: there is no such group.
    """
    if decision not in get_args(Decision):
        raise UsageError(f"There is no decision called {decision!r}.", where="decision")
    said = wording("comment", comment).strip()
    request = {"group": group, "decision": decision, "comment": said, "items": sorted(items or ())}
    return write(
        ctx,
        actor,
        "sign",
        request,
        Decided,
        lambda unit: signing.sign(unit, group, decision, said, items),
        rationale=said,
    )


def withdraw(ctx: Context, actor: Actor, group: str, *, comment: str = "") -> Decided:
    """Take a waiting group back; only an author can.

    Raises:
        Forbidden: the actor is no author of it (``author``).
        Conflict: it has ended.
        NotFound: there is no such group.
    """
    allow(actor, "change.withdraw")
    said = wording("comment", comment).strip()
    request = {"group": group, "comment": said}
    return write(
        ctx, actor, "withdraw", request, Decided, lambda unit: signing.withdraw(unit, group, said), rationale=said
    )
