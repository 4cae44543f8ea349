"""Batches: several documents changed in one act, and decided together by each role."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from bos.actions import signing
from bos.actions.changes import answers
from bos.actions.submission import Wish, submit
from bos.actions.unit import rationale_of, storable, wording, write
from bos.auth.policy import allow, reach
from bos.errors import BosError, Conflict, Forbidden, Invalid, NotFound, Problem, Stale, UsageError
from bos.model.answers.changes import Batch, BatchDecided, BatchSubmitted, Decided, Decision, Submitted
from bos.model.kinds import model_of
from bos.store import batches, changes, policies
from bos.store.engine import reading
from bos.store.tables import held_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.model.diff import Change

MOST = 1000
"""How many documents one act may change."""

_ORDER = ("policy", "dashboard", "schedule", "feedback", "template", "signal", "calendar", "cost_rule", "connection")
"""What refers comes before what it refers to, as in every change of one document (``bos.store.locks``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a batch asks for of one document: ``changes`` to a version, or the whole of it."""

    kind: str
    id: str
    base_version: int | None
    changes: Sequence[Change] | None = None
    document: Any = None
    saw: frozenset[str] = frozenset()

    def as_request(self) -> dict[str, Any]:
        """Return it as plain data."""
        changes = None if self.changes is None else [change.model_dump(mode="json") for change in self.changes]
        told = {"kind": self.kind, "id": self.id, "base": self.base_version, "changes": changes}
        return {**told, "document": self.document, "saw": sorted(self.saw)}


def submit_many(
    ctx: Context,
    actor: Actor,
    parts: Sequence[Part],
    *,
    rationale: str,
    origin: dict[str, Any] | None = None,
) -> BatchSubmitted:
    """Submit changes of several documents in one act: all of them, or none.

    What is held of a document is one group, and all groups are decided together by each role.

    Raises:
        UsageError: no document is named, too many are, one is named twice or has neither changes nor a document.
        NotFound: there is no such kind.
        Forbidden: the actor may not change one of them.
        Invalid: one or more are refused (``batch``); ``details.refused`` says of each which and why.
    """
    _check(parts)
    for kind in {part.kind for part in parts}:
        model_of(kind)
        allow(actor, f"{kind}.write")
    why = rationale_of(actor, rationale)
    storable("origin", origin)
    request = {"parts": [part.as_request() for part in parts], "origin": origin, "why": why}
    return write(
        ctx, actor, "batch.submit", request, BatchSubmitted, lambda unit: submit_in(unit, parts, origin), rationale=why
    )


def _check(parts: Sequence[Part]) -> None:
    if not 0 < len(parts) <= MOST:
        raise UsageError(f"A batch changes 1 to {MOST} documents.", where="submissions", hint="Send fewer at a time.")
    names = [(part.kind, part.id) for part in parts]
    for n, part in enumerate(parts):
        where = f"submissions[{n}]"
        if names.index((part.kind, part.id)) != n:
            raise UsageError(f"The {part.kind} {part.id} is named twice.", where=where, hint="Name it once.")
        if (part.changes is None) == (part.document is None):
            raise UsageError("Give either changes or a document.", where=where)


def submit_in(unit: Unit, parts: Sequence[Part], origin: dict[str, Any] | None) -> BatchSubmitted:
    """Return what a batch did, inside a write. Raises as :func:`submit_many`."""
    name = uuid.uuid4().hex
    _hold(unit.connection, ((part.kind, part.id) for part in parts))
    batches.add(unit.connection, name, author=unit.actor.person, rationale=unit.rationale, at=unit.now)
    done, refused = list[Submitted](), list[tuple[Part, BosError]]()
    for part in parts:
        wish = Wish(
            base_version=part.base_version,
            changes=part.changes,
            document=part.document,
            saw=part.saw,
            origin=origin,
            batch=name,
        )
        try:
            done.append(submit(unit, part.kind, part.id, wish))
        except (Conflict, Invalid, NotFound, Stale) as error:
            refused.append((part, error))
    if refused:
        raise _refused(refused, len(parts))
    return BatchSubmitted(batch=name, submissions=tuple(done))


def _hold(connection: Connection, names: Iterable[tuple[str, str]]) -> None:
    """Lock all documents first, in one settled order, so that two batches never wait for one another."""
    for kind, id_ in sorted(set(names), key=lambda name: (_ORDER.index(name[0]), name[1])):
        policies.hold(connection, kind, id_)


def _refused(refused: Sequence[tuple[Part, BosError]], of: int) -> Invalid:
    problems = tuple(
        Problem(f"{part.kind}/{part.id}", one.message, one.hint, one.code)
        for part, error in refused
        for one in getattr(error, "problems", ()) or (Problem("", error.message, error.hint, error.code),)
    )
    told = [
        {"kind": part.kind, "id": part.id, "code": error.code, "message": error.message, "details": error.details}
        for part, error in refused
    ]
    return Invalid(
        f"{len(refused)} of {of} documents cannot be changed so; none was.",
        hint="Mend or leave out those, and send all again.",
        code="batch",
        problems=problems,
        details={"refused": told},
    )


def show(ctx: Context, actor: Actor, batch: str) -> Batch:
    """Return a batch with its groups, as far as the actor may see their documents.

    Raises:
        NotFound: there is no such batch.
    """
    allow(actor, "change.read")
    where = [held_group.c.batch == batch]
    if not (mine := reach(actor, "change.read")).everywhere:
        where.append(changes.of_documents_within(mine))
    with reading(ctx.engine) as connection:
        row = _found(connection, batch)
        groups = answers(connection, changes.groups(connection, *where))
    return Batch(batch=batch, author=row.author, rationale=row.rationale, at=row.at, groups=groups)


def _found(connection: Connection, batch: str) -> Row[Any]:
    row = batches.find(connection, batch) if "\x00" not in batch else None
    if row is None:
        raise NotFound(f"There is no batch {batch!r}.", where=batch, hint="List the changes that wait.")
    return row


def sign(
    ctx: Context,
    actor: Actor,
    batch: str,
    *,
    decision: Decision,
    comment: str = "",
    items: Sequence[str] | None = None,
) -> BatchDecided:
    """Decide, in one act, every group of a batch that waits for a role of the actor; ``items`` names some by id.

    A document whose change no longer fits goes to rework, the others go live.

    Raises:
        NotFound: there is no such batch, or an item is not of it.
        Forbidden: the actor is an author of one of them (``four-eyes``), or holds no role they wait for (``role``).
        Conflict: none of them waits for the actor any more (``decided``).
        Invalid: a rejection or call for rework has no comment.
    """
    if decision not in get_args(Decision):
        raise UsageError(f"There is no decision called {decision!r}.", where="decision")
    said = wording("comment", comment).strip()
    request = {"batch": batch, "decision": decision, "comment": said, "items": sorted(items or ())}

    def work(unit: Unit) -> BatchDecided:
        return _sign(unit, batch, decision, said, items)

    return write(ctx, actor, "batch.sign", request, BatchDecided, work, rationale=said)


def _sign(unit: Unit, batch: str, decision: Decision, comment: str, items: Sequence[str] | None) -> BatchDecided:
    _found(unit.connection, batch)
    every = {group.group: group for group in changes.groups(unit.connection, held_group.c.batch == batch)}
    if missing := [item for item in items or () if item not in every]:
        raise NotFound(f"The batch has no group {missing[0]!r}.", where="items", hint="Read the batch.")
    wanted = (
        [every[item] for item in items] if items else [group for group in every.values() if group.state == "waiting"]
    )
    _hold(unit.connection, ((group.kind, group.id) for group in wanted))
    done, others = list[Decided](), list[BosError]()
    for group in wanted:
        try:
            done.append(signing.sign(unit, group.group, decision, comment, None))
        except (Forbidden, Conflict) as error:
            if items or error.code == "four-eyes":
                raise
            others.append(error)
    if not done:
        raise others[0] if others else Conflict("Nothing of this batch waits any more.", where=batch, code="decided")
    return BatchDecided(batch=batch, groups=tuple(done), others=len(others))
