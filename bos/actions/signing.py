"""Signatures and withdrawals. These run inside a write; the actions open it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.actions import enforcement, lifecycle, notices, record
from bos.actions.present import OPEN_TO_SIGN, waiting
from bos.actions.record import fresh
from bos.actions.rights import permit
from bos.actions.unit import one_problem
from bos.actions.validation import Validator, users_of
from bos.auth.policy import allow, reach
from bos.errors import Conflict, Forbidden, NotFound, UsageError
from bos.model.answers.changes import Decided
from bos.model.roles import ROLES, SIGNING_ROLES
from bos.store import changes, places, policies, relations, search
from bos.store.approval.aftermath import problems_with
from bos.store.approval.book import RETIREMENT, Closing, Plan
from bos.store.approval.critical import critical_paths_of, need_of, state_of
from bos.store.approval.decide import approve_value, go_live, refuse_group
from bos.store.approval.need import Approvers, Tally
from bos.store.locks import share
from bos.store.tables import held_group
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.errors import Problem
    from bos.model.answers.changes import Decision
    from bos.model.scope import Place
    from bos.store.approval.book import Book
    from bos.store.changes import StoredGroup
    from bos.store.documents import Version

_TAGS = {
    "approve": Tag.SIGNATURE_APPROVED,
    "reject": Tag.SIGNATURE_REJECTED,
    "rework": Tag.SIGNATURE_REWORK,
}


def sign(unit: Unit, name: str, decision: Decision, comment: str, items: Sequence[str] | None) -> Decided:
    """Sign a group, and do what its last signature does. Raises as ``bos.actions.changes.sign``."""
    group, live, book = _locked(unit, name)
    tally = Tally(need_of(book, group.changes), group.votes())
    roles = _may_sign(unit, group, tally)
    if items is not None and set(items) != {change.path for change in group.changes}:
        raise UsageError(
            "These changes go live together or not at all.", where="items", hint="Name all paths of the group, or none."
        )
    if decision != "approve" and not comment:
        raise one_problem("comment", "The comment is missing.", "Say what has to be different.", "comment.missing")
    changes.add_signatures(
        unit.connection,
        name,
        roles,
        by=unit.actor.person,
        on_behalf_of=unit.actor.on_behalf_of,
        decision=decision,
        comment=comment,
        at=unit.now,
    )
    for change in group.changes:
        told = {"group": name, "roles": list(roles), "value": change.new}
        unit.note(_TAGS[decision], kind=group.kind, id=group.id, path=change.path or None, after=told)
    if decision != "approve":
        return _refused(unit, group, live, book, decision, comment)
    after = tally.with_votes(roles, frozenset(unit.actor.people))
    if not after.complete:
        notices.next_turn(unit, group, tally, after)
        return Decided(group=name, state=group.state, waiting_for=waiting(after))
    return _signed(unit, group, live, book)


def _locked(unit: Unit, name: str) -> tuple[StoredGroup, Version, Book]:
    """Return a group, its document and all that is known of that, with the document locked."""
    group = _find(unit, name)
    policies.hold(unit.connection, group.kind, group.id)
    live = lifecycle.head_of(unit, group.kind, group.id)
    share(unit.connection, [("document", *other) for other in _documents_of(group, live)])
    book = enforcement.book_of(unit, live)
    return _find(unit, name), live, book


def _documents_of(group: StoredGroup, live: Version) -> set[tuple[str, str]]:
    """Return what a document refers to, and what it will refer to once the group is live."""
    mine = changes.as_open(group)
    content = live.doc if mine.paths == (RETIREMENT,) else problems_with(group.kind, live.doc, mine.changes, _any)[0]
    return relations.documents_of(live.kind, live.doc) | relations.documents_of(live.kind, content)


def _any(content: dict[str, Any]) -> tuple[Problem, ...]:
    """Find nothing wrong with a content."""
    del content
    return ()


def _find(unit: Unit, name: str) -> StoredGroup:
    found = changes.groups(unit.connection, held_group.c.held_group == name) if "\x00" not in name else []
    if not found:
        raise NotFound(f"There is no group {name!r}.", where=name, hint="List the changes that wait.")
    return found[0]


def _may_sign(unit: Unit, group: StoredGroup, tally: Tally) -> tuple[str, ...]:
    """Return the roles the actor signs for (rule 8): four eyes first, then the role, then whether it is open."""
    actor = unit.actor
    if actor.kind != "person":
        raise Forbidden(
            "Only a person can sign.",
            where=group.group,
            hint="Sign in as the person who decides.",
            details=_about(group),
        )
    authors = [person for person in actor.people if person in group.authors]
    if authors:
        raise _four_eyes(unit, group, authors)
    place = places.of_document(unit.connection, group.kind, group.id)
    try:
        allow(actor, "change.sign", place)
    except Forbidden as error:
        error.details.update(_about(group))
        raise
    wanted, held = tally.need.roles, actor.roles_on(place)
    mine = tuple(role for role in wanted if role in held)
    if not mine and (wanted or not held):
        raise Forbidden(
            f"This waits for {_named(wanted) or 'nobody'}, which {actor.display or actor.person} does not hold here.",
            where=group.group,
            hint="Ask somebody who holds the role.",
            details=_about(group),
        )
    _refuse_ended(group)
    open_ = tally.open_to(frozenset(actor.people), mine)
    if mine and not open_:
        raise _not_now(group, tally, mine)
    return open_ or tuple(sorted(held & SIGNING_ROLES))[:1]


def could_sign(actor: Actor, group: StoredGroup, tally: Tally, place: Place) -> bool:
    """Return whether a signature of the actor would count for a group now; where not, :func:`sign` says why."""
    if actor.kind != "person" or set(actor.people) & set(group.authors) or group.state not in OPEN_TO_SIGN:
        return False
    if not reach(actor, "change.sign").covers(place):
        return False
    wanted, held = tally.need.roles, actor.roles_on(place)
    mine = tuple(role for role in wanted if role in held)
    if not mine:
        return not wanted and bool(held & SIGNING_ROLES)
    return bool(tally.open_to(frozenset(actor.people), mine))


def _not_now(group: StoredGroup, tally: Tally, mine: Sequence[str]) -> Conflict:
    """Return why roles cannot sign now: they have, or others come first."""
    first = dict.fromkeys(role for one in mine if one in tally.left() for role in tally.earlier(one))
    if first:
        message = f"This waits for {_named(tuple(first))} first."
        return Conflict(message, where=group.group, hint="Sign once they have.", code="order")
    return Conflict(
        f"{_named(mine)} has signed already.", where=group.group, hint="It waits for others.", code="decided"
    )


def _four_eyes(unit: Unit, group: StoredGroup, authors: list[str]) -> Forbidden:
    approvers = Approvers(group.kind, group.id, policies.rules(unit.connection))
    paths = [path for change in group.changes for path in critical_paths_of(approvers, change) or (change.path,)]
    how = changes.how_author(unit.connection, group.kind, group.id, paths, authors) or "proposed this"
    who = "You are" if authors[0] == unit.actor.person else f"{authors[0]}, for whom you act, is"
    return Forbidden(
        f"{who} an author of this change ({how}), and no author may sign it.",
        where=group.group,
        hint="Ask somebody else who holds the role.",
        code="four-eyes",
        details={**_about(group), "authors": sorted(group.authors)},
    )


def _about(group: StoredGroup) -> dict[str, Any]:
    """Return which document a refusal is about."""
    return {"kind": group.kind, "id": group.id}


def _named(roles: Sequence[str]) -> str:
    return " and ".join(ROLES.get(role, role) for role in roles)


def _refuse_ended(group: StoredGroup) -> None:
    if group.state in OPEN_TO_SIGN:
        return
    code = "superseded" if group.state == "superseded" else "decided"
    raise Conflict(
        f"This is {group.state} already. {group.reason}".strip(),
        where=group.group,
        hint="Read the document again to see what holds.",
        code=code,
        details={"state": group.state},
    )


def _signed(unit: Unit, group: StoredGroup, live: Version, book: Book) -> Decided:
    """Do what the last signature of a group does."""
    mine = changes.as_open(group)
    signed_by = _signers(unit, group)
    if mine.paths == (RETIREMENT,):
        return _retired(unit, group, live, book)
    if group.state == "unsigned":
        plan = approve_value(book, mine)
    else:
        validate = Validator(unit.connection, group.kind, group.id, live.doc)
        plan = go_live(book, mine, validate=validate, fresh=fresh)
    ended = next(closing for closing in plan.closings if closing.group == group.group)
    version = _write(unit, group, live, book, plan)
    if group.kind == "policy" and version is not None:
        enforcement.apply_later(unit, _ruled(live.doc, plan.live))
    changes.approve(
        unit.connection,
        group.kind,
        group.id,
        plan.approved,
        signed_by=signed_by,
        group=group.group,
        at=unit.now,
    )
    for path in plan.approved:
        told = {"group": group.group, "signed_by": signed_by}
        unit.note(Tag.VALUE_APPROVED, kind=group.kind, id=group.id, path=path, after=told)
    return Decided(group=group.group, state=ended.state, version=version)


def _ruled(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Return the kinds that a rule of the policy is about which is new, another or gone."""
    rules = [*before["rules"], *after["rules"]]
    return {rule["covers"] for rule in rules if not (rule in before["rules"] and rule in after["rules"])}


def _signers(unit: Unit, group: StoredGroup) -> list[str]:
    """Return everyone whose signature a group has; that of a delegate counts for both people."""
    given = [sign for sign in group.signatures if sign.decision == "approve" and not sign.void]
    before = [person for sign in given for person in (sign.person, sign.on_behalf_of) if person]
    return list(dict.fromkeys([*before, *unit.actor.people]))


def _write(unit: Unit, group: StoredGroup, live: Version, book: Book, plan: Plan) -> int | None:
    """Write a plan a decision led to; return the version it made, if it made one."""
    after = record.book_after(book, plan)
    version = None
    if plan.changes:
        version = record.new_version(
            unit,
            plan,
            after,
            id_=group.id,
            old=live,
            author=", ".join(group.authors),
            cause="decision",
            rationale=group.rationale,
        )
    else:
        search.write_state(unit.connection, group.kind, group.id, state_of(after, retired=False))
    record.keep(unit, group.kind, group.id, plan, base_version=version or live.version)
    record.note_live(unit, group.kind, group.id, plan, after)
    return version


def _retired(unit: Unit, group: StoredGroup, live: Version, book: Book) -> Decided:
    """Retire a document whose retirement has its last signature, unless it has come into use since."""
    users = users_of(unit.connection, group.kind, group.id)
    if users:
        reason = f"It is used by the {', the '.join(users)}."
        _write(unit, group, live, book, Plan(live=live.doc, closings=(Closing(group.group, "rework", reason),)))
        return Decided(group=group.group, state="rework")
    version = lifecycle.end(
        unit, live, book, changes.as_open(group), author=", ".join(group.authors), rationale=group.rationale
    )
    return Decided(group=group.group, state="live", version=version)


def _refused(unit: Unit, group: StoredGroup, live: Version, book: Book, decision: Decision, comment: str) -> Decided:
    plan = refuse_group(book, changes.as_open(group), decision, comment, fresh=fresh)
    _write(unit, group, live, book, plan)
    return Decided(group=group.group, state=plan.closings[0].state)


def withdraw(unit: Unit, name: str, comment: str) -> Decided:
    """Take a group back. Raises as ``bos.actions.changes.withdraw``."""
    group, live, book = _locked(unit, name)
    permit(unit.connection, unit.actor, "change.withdraw", group.kind, group.id)
    if not set(unit.actor.people) & set(group.authors):
        raise Forbidden(
            "Only an author can withdraw a change.",
            where=name,
            hint="Somebody who signs can reject it.",
            code="author",
            details=_about(group),
        )
    if group.state == "unsigned":
        raise Conflict(
            "This value is live; there is nothing to take back.", where=name, hint="Change the value.", code="decided"
        )
    if group.state != "rework":
        _refuse_ended(group)
    plan = Plan(live=live.doc, closings=(Closing(name, "withdrawn", comment),))
    after = record.book_after(book, plan)
    record.keep(unit, group.kind, group.id, plan, base_version=live.version)
    search.write_state(unit.connection, group.kind, group.id, state_of(after, retired=live.retired))
    for change in group.changes:
        unit.note(Tag.CHANGE_WITHDRAWN, kind=group.kind, id=group.id, path=change.path or None, after={"group": name})
    return Decided(group=name, state="withdrawn")
