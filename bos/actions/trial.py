"""Validation = do it and throw the result away, so that the two cannot drift apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.actions.holding import Holding, covers_of, unowned
from bos.actions.present import problem_answer
from bos.actions.submission import Wish, submit
from bos.actions.unit import Unit
from bos.actions.validation import Validator
from bos.errors import Conflict, Invalid, Problem
from bos.model.answers.documents import Validation
from bos.model.kinds import read
from bos.store import changes, documents, places
from bos.store.engine import trying

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.answers.changes import Submitted


def trial(ctx: Context, actor: Actor, kind: str, id_: str, document: Any) -> Validation:
    """Return what submitting a document would do, or why it would be refused."""
    would: Submitted | None = None
    found: tuple[Problem, ...] = ()
    try:
        with trying(ctx.engine) as connection:
            unit = Unit.begin(connection, ctx, actor)
            found = _attentions(unit, kind, id_, document)
            would = _submit(unit, kind, id_, document)
    except Invalid as error:
        found = (*error.problems, *found)
    except Conflict as error:
        found = (Problem("", error.message, error.hint, error.code),)
    return Validation(valid=would is not None, problems=tuple(problem_answer(one) for one in found), would=would)


def _attentions(unit: Unit, kind: str, id_: str, document: Any) -> tuple[Problem, ...]:
    model, _ = read(kind, document)
    if model is None:
        return ()
    validator, content = Validator(unit.connection, kind, id_, None), model.data()
    place = places.of_document(unit.connection, kind, id_, content if kind == "template" else None)
    covers = covers_of(content)
    missing = Holding.at(unit.connection, unit.now).missing((content["owner"], *covers), place)
    found = tuple(problem for problem in validator(content) if problem.severity == "attention")
    return (*found, *unowned(missing, covers))


def _submit(unit: Unit, kind: str, id_: str, document: Any) -> Submitted:
    live = documents.head(unit.connection, kind, id_) if "\x00" not in id_ else None
    groups = changes.open_groups(unit.connection, kind, id_) if live else []
    wish = Wish(
        base_version=live.version if live else None,
        document=document,
        saw=frozenset(group.group for group in groups),
        right=f"{kind}.read",
    )
    return submit(unit, kind, id_, wish)
