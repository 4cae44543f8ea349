"""Blueprints: starting points for templates, shipped as YAML."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from bos.actions.rights import permit
from bos.actions.submission import Wish, submit
from bos.actions.unit import Unit, rationale_of, write
from bos.auth.policy import allow
from bos.errors import Conflict, Internal, NotFound
from bos.model.answers.documents import Blueprint, Created
from bos.model.kinds import model_of, noun
from bos.model.version import digest
from bos.resources import share
from bos.store import blueprints as store
from bos.store import documents, policies

if TYPE_CHECKING:
    from pathlib import Path

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.answers.changes import Submitted


def listing(ctx: Context, actor: Actor) -> tuple[Blueprint, ...]:
    """Return every blueprint, by name."""
    del ctx
    allow(actor, "blueprint.read")
    return _every()


def _every() -> tuple[Blueprint, ...]:
    return tuple(_read(path) for path in sorted((share("data") / "blueprints").glob("*.yaml")))


def show(ctx: Context, actor: Actor, name: str) -> Blueprint:
    """Return a blueprint.

    Raises:
        NotFound: there is none of this name.
    """
    del ctx
    allow(actor, "blueprint.read")
    return named(name)


def named(name: str) -> Blueprint:
    """Return a blueprint. Raises NotFound: there is none of this name."""
    found = {blueprint.name: blueprint for blueprint in _every()}
    if name not in found:
        raise NotFound(
            f"There is no blueprint {name!r}.", where=name, hint=f"Blueprints are {', '.join(found) or 'none'}."
        )
    return found[name]


@cache
def _read(path: Path) -> Blueprint:
    try:
        return Blueprint.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValueError) as error:
        raise Internal(f"The blueprint {path.stem} cannot be read.", hint="Install BOS again.") from error


def create(
    ctx: Context,
    actor: Actor,
    name: str,
    *,
    id: str | None = None,  # noqa: A002 - the name of the option, everywhere
    title: str | None = None,
    rationale: str | None = None,
) -> Created:
    """Make a template from a blueprint, with the signals and calendars it needs that are not there yet; all or nothing.

    Raises:
        NotFound: there is no such blueprint.
        Conflict: the template exists, or a document it needs is retired.
        Invalid: ``id`` or ``title`` cannot be used.
    """
    allow(actor, "template.write")
    blueprint = named(name)
    why = rationale_of(actor, rationale, written=f"Created from the blueprint {name}.")
    request = {"name": name, "id": id, "title": title, "why": why}
    return write(
        ctx,
        actor,
        "blueprint.create",
        request,
        Created,
        lambda unit: _create(unit, blueprint, id or name, title),
        rationale=why,
    )


def _create(unit: Unit, blueprint: Blueprint, id_: str, title: str | None) -> Created:
    permit(unit.connection, unit.actor, "template.write", "template", id_, blueprint.template)
    policies.hold(unit.connection, "template", id_)
    if documents.head(unit.connection, "template", id_):
        raise Conflict(
            f"The template {id_} exists already.", where=f"template/{id_}", hint="Choose another id.", code="exists"
        )
    others = need_all(unit, blueprint)
    remember(unit, blueprint)
    content = {**blueprint.template, "id": id_, "blueprint": origin_of(blueprint)} | ({"title": title} if title else {})
    template = submit(unit, "template", id_, Wish(base_version=None, document=content))
    return Created(template=template, others=others)


def need_all(unit: Unit, blueprint: Blueprint) -> tuple[Submitted, ...]:
    """Make the signals and calendars a blueprint needs that are not there; return what was made."""
    needed = [(kind, content) for kind, contents in brought(blueprint).items() for content in contents]
    made = [_need(unit, kind, content) for kind, content in sorted(needed, key=lambda pair: (pair[0], pair[1]["id"]))]
    return tuple(one for one in made if one is not None)


def brought(blueprint: Blueprint) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return the documents a blueprint brings along, by kind."""
    return {"signal": blueprint.signals, "calendar": blueprint.calendars, "cost_rule": blueprint.cost_rules}


def whole(blueprint: Blueprint) -> dict[str, Any]:
    """Return the template of a blueprint, every field present."""
    return model_of("template").model_validate(blueprint.template).data()


def origin_of(blueprint: Blueprint) -> dict[str, Any]:
    """Return what a flow remembers of the blueprint it is made from."""
    return {"name": blueprint.name, "version": blueprint.version, "sha256": digest(whole(blueprint))}


def remember(unit: Unit, blueprint: Blueprint) -> None:
    """Keep a blueprint as it is now, so that a later upgrade can tell what was changed in a flow since."""
    origin = origin_of(blueprint)
    store.keep(
        unit.connection,
        blueprint.name,
        version=blueprint.version,
        sha256=origin["sha256"],
        template=whole(blueprint),
        at=unit.now,
    )


def _need(unit: Unit, kind: str, content: dict[str, Any]) -> Submitted | None:
    """Make a document unless it is there; one that is there is shared as it is."""
    id_ = content["id"]
    policies.hold(unit.connection, kind, id_)
    found = documents.head(unit.connection, kind, id_)
    if found is None:
        return submit(unit, kind, id_, Wish(base_version=None, document=content, right="template.write"))
    if found.retired:
        raise Conflict(
            f"The blueprint needs the {noun(kind)} {id_}, which is retired.",
            where=f"{kind}/{id_}",
            hint="Restore it first.",
            code="retired",
        )
    return None
