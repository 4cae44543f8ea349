"""Reads of restricted data leave an entry in the journal before the first byte of it leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions.unit import write
from bos.model.answers.page import Done
from bos.store.tags import Tag

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor


def note_read(ctx: Context, actor: Actor, flow: str, what: dict[str, Any]) -> None:
    """Write that somebody reads single rows of a flow: ``what`` says which."""

    def work(unit: Unit) -> Done:
        unit.note(Tag.DATA_READ, kind="template", id=flow, after=what)
        return Done()

    request = {"flow": flow, "what": what, "at": datetime.now(UTC).isoformat()}
    write(ctx, actor, "data.read", request, Done, work, rationale="(written by BOS) Single rows were read.")
