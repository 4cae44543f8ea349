"""Search: documents by words, tag, owner, state and relation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.auth.policy import allow, reach
from bos.errors import UsageError
from bos.model.answers.documents import Hit
from bos.model.answers.page import Page
from bos.model.kinds import KINDS, model_of
from bos.store import search
from bos.store.engine import reading
from bos.store.paging import cursor as cursor_of
from bos.store.paging import place, size

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    state: str | None = None,
    uses: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Hit]:
    """Return the documents that fit, best first; an empty ``text`` gives all that pass the filters, by kind and id.

    Words are joined by and; ``"in quotes"`` stands for a phrase, ``or`` and ``-without`` work; the last word may be
    unfinished. ``uses`` is ``kind/id`` (or the id of a signal) of a document that must be referred to. Of a question
    that fits more than a thousand documents of a kind, a thousand are ranked.

    Raises:
        NotFound: there is no such kind.
        UsageError: cursor, limit or text is wrong.
    """
    allow(actor, "search.read")
    wanted = [model_of(kind).kind for kind in kinds] or list(KINDS)
    words = "".join(char if char.isprintable() else " " for char in text).strip()
    if len(words) > LONGEST:
        raise UsageError(f"A search has at most {LONGEST} characters.", where="text", hint="Use fewer words.")
    filters = search.Filters(tag=tag, owner=owner, state=state, uses=_uses(uses), reach=reach(actor, "search.read"))
    after = place(cursor, float, str, str) if cursor else None
    rows = size(limit)
    with reading(ctx.engine) as connection:
        found = search.find(connection, words, filters, wanted, after=after, limit=rows + 1)
    items = tuple(
        Hit(
            kind=row.kind,
            id=row.id,
            title=row.title,
            snippet=row.snippet,
            rank=row.rank,
            owner=row.owner,
            tags=tuple(row.tags),
            state=row.state,
        )
        for row in found[:rows]
    )
    last = items[-1] if len(found) > rows else None
    return Page(items=items, next=cursor_of(-float(last.rank), last.kind, last.id) if last else None)


def _uses(uses: str | None) -> tuple[str, str] | None:
    if uses is None:
        return None
    kind, slash, id_ = uses.partition("/")
    return (kind, id_) if slash else ("signal", uses)
