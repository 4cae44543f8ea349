"""Search: documents and KPIs by words, tag, owner, role, state, relation, step, system and regulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.auth.policy import allow, reach
from bos.errors import UsageError
from bos.model.answers.documents import Hit, SearchFilter
from bos.model.answers.page import Page
from bos.model.kinds import FOUND, model_of
from bos.model.roles import ROLES
from bos.store import facets, search
from bos.store.engine import reading
from bos.store.paging import cursor as cursor_of
from bos.store.paging import place, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor

LONGEST = 1000
"""Characters a search may have."""


def find(
    ctx: Context,
    actor: Actor,
    text: str,
    *,
    kinds: Sequence[str] = (),
    tag: str | None = None,
    owner: str | None = None,
    role: str | None = None,
    state: str | None = None,
    uses: str | None = None,
    step: str | None = None,
    system: str | None = None,
    regulation: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Hit]:
    """Return the documents and KPIs that fit, best first; an empty ``text`` gives all that pass the filters, in order.

    Words are joined by and; ``"in quotes"`` stands for a phrase, ``or`` and ``-without`` work; the last word may be
    unfinished. ``kinds`` are those of documents, and ``kpi``. ``owner`` is the role it belongs to, ``role`` one that
    answers for any of its fields. ``uses`` is ``kind/id`` (or the id of a signal) of a document that must be referred
    to. ``step`` and ``system`` are ids, ``regulation`` is the text of a KPI's without regard to capitals: a flow is
    tied to what it is made of, a signal to where it is emitted, what it can break and what reads it, a KPI to where its
    signals are emitted and to the systems that can break these steps, and what is of a flow to all of that flow's. Of
    a question that fits more than a thousand documents of a kind, a thousand are ranked.

    Raises:
        NotFound: there is no such kind.
        UsageError: cursor, limit or text is wrong.
    """
    allow(actor, "search.read")
    wanted = [kind if kind in FOUND else model_of(kind).kind for kind in kinds] or list(FOUND)
    words = "".join(char if char.isprintable() else " " for char in text).strip()
    if len(words) > LONGEST:
        raise UsageError(f"A search has at most {LONGEST} characters.", where="text", hint="Use fewer words.")
    tied = {"step": step, "system": system, "regulation": regulation}
    mine = reach(actor, "search.read")
    narrow = search.Filters(
        tag=tag, owner=owner, roles=None if role is None else (role,), state=state, uses=_uses(uses), reach=mine,
        facets=tuple((name, value) for name, value in tied.items() if value is not None),
    )  # fmt: skip
    after = place(cursor, float, str, str) if cursor else None
    rows = size(limit)
    with reading(ctx.engine) as connection:
        found = search.find(connection, words, narrow, wanted, after=after, limit=rows + 1)
    items = tuple(_hit(row) for row in found[:rows])
    last = items[-1] if len(found) > rows else None
    return Page(items=items, next=cursor_of(-float(last.rank), last.kind, last.id) if last else None)


def _hit(row: Row[Any]) -> Hit:
    return Hit(
        kind=row.kind,
        id=row.id,
        flow=row.flow,
        title=row.title,
        snippet=row.snippet,
        rank=row.rank,
        owner=row.owner,
        tags=tuple(row.tags),
        state=row.state,
    )


def filters(ctx: Context, actor: Actor) -> Page[SearchFilter]:
    """Return what searches can be narrowed by, filter by filter: at most 200 values of each, the most frequent first.

    Only what the actor may find counts, and nothing that is retired except as a state.
    """
    allow(actor, "search.read")
    mine = reach(actor, "search.read")
    with reading(ctx.engine) as connection:
        found = [
            SearchFilter(filter=name, value=row.value, label=_label(name, row), count=row.count)
            for name, rows in (
                *((name, search.values(connection, name, mine)) for name in search.COLUMNS),
                *((name, facets.listed(connection, name, mine)) for name in facets.NAMES),
            )
            for row in rows
        ]
    return Page(items=tuple(found))


def _label(name: str, row: Row[Any]) -> str:
    return ROLES.get(row.value, row.value) if name in {"owner", "role"} else str(row.label)


def _uses(uses: str | None) -> tuple[str, str] | None:
    if uses is None:
        return None
    kind, slash, id_ = uses.partition("/")
    return (kind, id_) if slash else ("signal", uses)
