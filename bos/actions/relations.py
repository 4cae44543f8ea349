"""Relations: what a document is tied to, and what is tied to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions.documents import head_of, may_read
from bos.auth.policy import reach
from bos.model.answers.documents import Relation
from bos.store import places, relations
from bos.store.engine import reading

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.auth.actor import Actor


def around(ctx: Context, actor: Actor, kind: str, id: str) -> tuple[Relation, ...]:  # noqa: A002
    """Return what a document is tied to, and what is tied to it; flows the actor may not see are left out.

    Raises as :func:`show`.
    """
    with reading(ctx.engine) as connection:
        may_read(connection, actor, kind, id)
        head_of(connection, kind, id)
        found = relations.around(connection, kind, id)
        flows = {row.id for row in found if row.kind == "template"}
        seen = places.flows_within(connection, flows, reach(actor, "template.read"))
    return tuple(
        Relation(kind=row.kind, id=row.id, path=row.path, target_kind=row.target_kind, target=row.target)
        for row in found
        if row.kind != "template" or row.id in seen
    )
