"""Erasing people whom BOS knew; those in telemetry are in ``subjects``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions.people import known, person_answer
from bos.actions.personal import destroy, was_erased
from bos.actions.unit import rationale_of, write
from bos.auth.policy import allow
from bos.errors import Conflict
from bos.model.answers.people import Person
from bos.model.scope import HOME
from bos.store.tags import Tag

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor


def erase(ctx: Context, actor: Actor, person: str, *, rationale: str) -> Person:
    """Erase name and addresses of somebody who is let in no more; what they did stays, under their id alone.

    Their key is destroyed, so that what the journal says of their name and addresses can be read no more; its chain
    stays whole. It cannot be undone.

    Raises:
        NotFound: BOS does not know them.
        Conflict: they are let in still (``not-disabled``), or were erased (``erased``).
        Invalid: the rationale is missing.
    """
    allow(actor, "subject.erase", HOME)
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> Person:
        row = known(unit.connection, person, held=True)
        if row.disabled_at is None:
            hint = "Let them in no more first: BOS says what only they serve."
            raise Conflict(f"{row.display} is let in.", where=f"person/{person}", hint=hint, code="not-disabled")
        if row.erased_at is not None:
            raise was_erased(person)
        destroy(unit, person)
        unit.note(Tag.PERSON_ERASED, kind="person", id=person)
        return person_answer(unit.connection, known(unit.connection, person))

    return write(ctx, actor, "people.erase", {"person": person, "why": why}, Person, work, rationale=why)
