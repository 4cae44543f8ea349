"""Who owns what: the role that answers for each field of a document, and who holds it there."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions.documents import head_of, may_read
from bos.actions.holding import Holding
from bos.auth.policy import allow, reach
from bos.model.answers.owners import Holder, Owned, OwnedPart
from bos.model.answers.page import Page
from bos.model.kinds import model_of, ordered
from bos.model.ownership import owner_of
from bos.model.paths import flatten
from bos.model.roles import ROLES
from bos.model.wording import label_of, part_of
from bos.store import places, policies, search
from bos.store.approval.critical import critical_values
from bos.store.approval.need import Approvers
from bos.store.engine import reading
from bos.store.paging import cursor as cursor_of
from bos.store.paging import place, size

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.scope import Place

_AT_ONCE = 200


def listing(
    ctx: Context,
    actor: Actor,
    kind: str = "template",
    *,
    role: str | None = None,
    person: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Owned]:
    """Return the documents of a kind by id, with the roles that answer for their fields and who holds these.

    With ``role`` or ``person`` only what that role, or a role that person holds there, answers for; only those roles
    are told then. Retired documents are left out.

    Raises:
        NotFound: there is no such kind.
        UsageError: the cursor or the limit is wrong.
    """
    model_of(kind)
    allow(actor, "people.read")
    rows = size(limit)
    after = place(cursor, str)[0] if cursor else None
    with reading(ctx.engine) as connection:
        holding = Holding.at(connection, datetime.now(UTC))
        wanted = _wanted(holding, role, person)
        filters = search.Filters(roles=wanted, reach=reach(actor, f"{kind}.read"))
        items: list[Owned] = []
        while len(items) <= rows:
            found = search.listing(connection, kind, filters, words=None, after=after, limit=_AT_ONCE)
            items += [one for row in found if (one := _owned(connection, holding, row, wanted, person)).holders]
            if len(found) < _AT_ONCE:
                break
            after = found[-1].id
    return Page(items=tuple(items[:rows]), next=cursor_of(items[rows - 1].id) if len(items) > rows else None)


def of_document(ctx: Context, actor: Actor, kind: str, id: str) -> Page[OwnedPart]:  # noqa: A002
    """Return, part by part and role by role, who answers for which fields of a live document.

    Raises as :func:`bos.actions.documents.show`.
    """
    allow(actor, "people.read")
    with reading(ctx.engine) as connection:
        may_read(connection, actor, kind, id)
        content = ordered(kind, head_of(connection, kind, id).doc)
        where = places.of_document(connection, kind, id)
        holding = Holding.at(connection, datetime.now(UTC), places=[where])
        approvers = Approvers(kind, id, policies.rules(connection))
    parts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    critical = critical_values(approvers, content)
    for path in dict.fromkeys((*flatten(kind, content), *critical)):
        parts[part_of(kind, path, content), owner_of(kind, content, path)].append(path)
    items = tuple(
        OwnedPart(
            what=what,
            fields=tuple(label_of(kind, path, content) for path in paths),
            paths=tuple(paths),
            critical=tuple(path for path in paths if path in critical),
            **_holder(holding, role, where).model_dump(),
        )
        for (what, role), paths in parts.items()
    )
    return Page(items=items)


def _wanted(holding: Holding, role: str | None, person: str | None) -> tuple[str, ...] | None:
    """Return the roles that are asked for, or nothing where all are."""
    if role is None and person is None:
        return None
    mine = {name for name, held in holding.held.items() if person is None or any(who == person for who, _ in held)}
    return tuple(sorted(mine if role is None else mine & {role}))


def _owned(
    connection: Connection, holding: Holding, row: Row[Any], wanted: tuple[str, ...] | None, person: str | None
) -> Owned:
    where = places.of_row(connection, row)
    named = (role for role in ROLES if role in row.roles and (wanted is None or role in wanted))
    holders = (_holder(holding, role, where) for role in named)
    kept = tuple(one for one in holders if person is None or person in one.people)
    return Owned(kind=row.kind, id=row.id, title=row.title, state=row.state, holders=kept)


def _holder(holding: Holding, role: str, where: Place) -> Holder:
    return Holder(role=role, role_title=ROLES.get(role, role), people=tuple(sorted(holding.of(role, where))))
