"""The live version of a document as it is asked for most: as JSON, made anew only when something changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bos.actions.documents import may_read, shown
from bos.actions.shelf import Kept, horizon
from bos.store import audit
from bos.store.engine import reading

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.auth.actor import Actor


def live(ctx: Context, actor: Actor, kind: str, id: str) -> Kept:  # noqa: A002 - the name of the option, everywhere
    """Return what :func:`bos.actions.documents.show` says of the live version, as JSON.

    Raises:
        NotFound: there is no such document.
        Forbidden: the actor may not see it.
    """
    now = datetime.now(UTC)
    with reading(ctx.engine) as connection:
        may_read(connection, actor, kind, id)
        entry = audit.head(connection)
        kept = ctx.shelf.find(kind, id, entry, now)
        if kept is None:
            answer = shown(connection, kind, id)
            kept = Kept(answer.version, answer.model_dump_json().encode(), entry, now, horizon(connection, now))
            ctx.shelf.keep(kind, id, kept)
    return kept
