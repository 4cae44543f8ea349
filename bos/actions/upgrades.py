"""Upgrades: what a newer blueprint brings to the flows that were made from it. An upgrade is a submission (rule 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from bos.actions import batches, blueprints
from bos.actions.documents import head_of, may_read
from bos.actions.rights import permit
from bos.actions.submission import Wish, refuse_retired, submit
from bos.actions.unit import rationale_of, write
from bos.auth.policy import allow, reach
from bos.errors import Conflict, NotFound, UsageError
from bos.model.answers.changes import BatchSubmitted
from bos.model.answers.documents import Instance, Upgrade, UpgradeChange, Upgraded
from bos.model.diff import same
from bos.model.kinds import read
from bos.model.paths import within
from bos.model.upgrade import candidates, chosen, upgraded
from bos.model.ways import WAYS, draws
from bos.model.wording import describe
from bos.store import blueprints as store
from bos.store import books, documents, policies, search
from bos.store.approval.critical import critical_in
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.model.answers.documents import Blueprint
    from bos.model.upgrade import Candidate
    from bos.store.approval.book import Book
    from bos.store.documents import Version

Mode = Literal["all", "unchanged", "pick"]


class _New:
    """A blueprint as it is shipped now, with all that is worked out from it once."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.template = blueprints.whole(blueprint)
        self.origin = blueprints.origin_of(blueprint)


class _Plan:
    """What an upgrade of one flow is made of."""

    def __init__(self, connection: Connection, live: Version, new: _New) -> None:
        self.live = live
        self.new = new
        blueprint = new.blueprint
        had = live.doc.get("blueprint")
        self.had = had if had and had["name"] == blueprint.name else None
        base = store.template(connection, blueprint.name, self.had["sha256"]) if self.had else None
        self.base = None if base is None else {**base, "id": live.id}
        self.book: Book = books.book(connection, "template", live.id, live.doc)
        self.found = candidates(self.base, {**new.template, "id": live.id}, live.doc)
        self.waiting = {path: group.group for group in self.book.waiting() for path in group.paths}
        for path, group in list(self.waiting.items()):
            if draws("template", path):
                self.waiting[WAYS] = group

    def document(self, mode: Mode, pick: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the content after the upgrade, and the paths of changes that were not taken.

        Raises:
            UsageError: a path that was picked is none the blueprint changes.
        """
        if unknown := set(pick) - {one.change.path for one in self.found}:
            name = min(unknown)
            raise UsageError(
                f"The blueprint changes nothing at {name!r}.", where="pick", hint="Read the upgrade first."
            )
        taken = chosen(self.found, mode, pick, self.waiting)
        skipped = tuple(one.change.path for one in self.found if one not in taken)
        return upgraded(self.live.doc, taken, self.new.origin), skipped


def preview(ctx: Context, actor: Actor, id: str, *, blueprint: str | None = None) -> Upgrade:  # noqa: A002 - as everywhere
    """Return what the blueprint of a flow would change in it now; ``blueprint`` names it where the flow does not.

    Raises:
        NotFound: there is no such flow or blueprint.
        UsageError: the flow names no blueprint, and none is named.
    """
    with reading(ctx.engine) as connection:
        may_read(connection, actor, "template", id)
        live = head_of(connection, "template", id)
        plan = _Plan(connection, live, _New(_blueprint_of(live, blueprint)))
        needs, differs = _others(connection, plan.new.blueprint)
        return Upgrade(
            id=id,
            version=live.version,
            blueprint=plan.new.blueprint.name,
            from_version=plan.had["version"] if plan.had and plan.base is not None else None,
            to_version=plan.new.blueprint.version,
            changes=tuple(_answer(plan, one) for one in plan.found),
            needs=needs,
            differs=differs,
        )


def instances(ctx: Context, actor: Actor, name: str) -> tuple[Instance, ...]:
    """Return the flows made from a blueprint that the actor may read, by id.

    Raises:
        NotFound: there is no such blueprint.
    """
    allow(actor, "template.read")
    newest = blueprints.origin_of(blueprints.named(name))
    with reading(ctx.engine) as connection:
        rows = search.of_blueprint(connection, name, reach(actor, "template.read"))
    return tuple(
        Instance(
            id=row.id,
            title=row.title or row.id,
            version=row.n,
            from_version=row.made_from,
            to_version=newest["version"],
            behind=row.sha256 != newest["sha256"],
        )
        for row in rows
    )


def _blueprint_of(live: Version, named: str | None) -> Blueprint:
    origin = live.doc.get("blueprint")
    name = named or (origin["name"] if origin else None)
    if name is None:
        raise UsageError(
            f"The flow {live.id} was made from no blueprint that BOS knows of.", where="blueprint", hint="Name one."
        )
    return blueprints.named(name)


def _answer(plan: _Plan, one: Candidate) -> UpgradeChange:
    path = one.change.path
    group = next((name for other, name in plan.waiting.items() if within(other, path) or within(path, other)), None)
    return UpgradeChange(
        change=one.change,
        text=describe("template", [one.change], plan.live.doc, plan.new.template)[0],
        critical=bool(critical_in(plan.book, one.change)),
        changed_here=one.changed_here or group is not None,
        group=group,
    )


def _others(connection: Connection, blueprint: Blueprint) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the documents a blueprint needs that are not there, and those that are there with another content."""
    needed = {(kind, one["id"]): one for kind, contents in blueprints.brought(blueprint).items() for one in contents}
    live = documents.live(connection, needed)
    missing = [f"{kind}/{id_}" for kind, id_ in needed if (kind, id_) not in live]
    differs = [
        f"{kind}/{id_}"
        for (kind, id_), content in needed.items()
        if (kind, id_) in live and (whole := read(kind, content)[0]) and not same(whole.data(), live[kind, id_].doc)
    ]
    return tuple(missing), tuple(differs)


def apply(
    ctx: Context,
    actor: Actor,
    id: str,  # noqa: A002 - as above
    *,
    mode: Mode = "unchanged",
    pick: Sequence[str] = (),
    blueprint: str | None = None,
    rationale: str,
    base_version: int | None = None,
    saw: Iterable[str] = (),
) -> Upgraded:
    """Upgrade a flow: take ``all`` the blueprint changes, those ``unchanged`` here, or only those ``pick`` names.

    What ``pick`` names is taken in every mode. What is free goes live, what is approved is held, as in any submission.
    Signals and calendars that are needed and not there are made.

    Raises:
        NotFound, UsageError: as :func:`preview`; there is no such mode, or a path that is picked is not changed.
        Conflict: the flow has all of it already (``up-to-date``), is retired, or a proposal was not seen.
        Stale: it was changed since ``base_version``, in a field the upgrade changes.
        Invalid: the content would break rules, or the rationale is missing.
    """
    if mode not in get_args(Mode):
        raise UsageError(f"There is no mode {mode!r}.", where="mode", hint=f"Modes are {', '.join(get_args(Mode))}.")
    allow(actor, "template.write")
    why = rationale_of(actor, rationale)
    seen = frozenset(saw)
    request = {"id": id, "mode": mode, "pick": sorted(pick), "blueprint": blueprint, "base": base_version}

    def work(unit: Unit) -> Upgraded:
        policies.hold(unit.connection, "template", id)
        permit(unit.connection, actor, "template.write", "template", id)
        live = head_of(unit.connection, "template", id)
        refuse_retired(live)
        plan = _Plan(unit.connection, live, _New(_blueprint_of(live, blueprint)))
        document, skipped = plan.document(mode, pick)
        _refuse_nothing(live, document)
        others = blueprints.need_all(unit, plan.new.blueprint)
        blueprints.remember(unit, plan.new.blueprint)
        wish = Wish(base_version=base_version or live.version, document=document, saw=seen)
        return Upgraded(template=submit(unit, "template", id, wish), others=others, skipped=skipped)

    return write(ctx, actor, "upgrade", {**request, "saw": sorted(seen), "why": why}, Upgraded, work, rationale=why)


def _refuse_nothing(live: Version, document: dict[str, Any]) -> None:
    if same(live.doc, document):
        raise Conflict(f"The flow {live.id} has all of its blueprint.", where=f"template/{live.id}", code="up-to-date")


def apply_many(
    ctx: Context,
    actor: Actor,
    name: str,
    *,
    mode: Mode = "unchanged",
    only: Sequence[str] | None = None,
    rationale: str,
) -> BatchSubmitted:
    """Upgrade every flow that was made from a blueprint, or those ``only`` names, as one batch: all of them, or none.

    Raises:
        NotFound: there is no such blueprint, or one of those named is no flow of it.
        UsageError: there is no such mode for many flows.
        Conflict: all have all of it already (``up-to-date``).
        Invalid: one or more are refused (``batch``), or the rationale is missing.
    """
    if mode not in {"all", "unchanged"}:
        raise UsageError("Several flows are upgraded with all, or with what is unchanged in each.", where="mode")
    allow(actor, "template.write")
    why = rationale_of(actor, rationale)
    blueprint = blueprints.named(name)

    def work(unit: Unit) -> BatchSubmitted:
        ids = _instances(unit, name, only)
        for id_ in ids:
            policies.hold(unit.connection, "template", id_)
        new = _New(blueprint)
        plans = [_Plan(unit.connection, head_of(unit.connection, "template", id_), new) for id_ in ids]
        wanted = [(plan.live, plan.document(mode, ())[0]) for plan in plans]
        parts = [
            batches.Part(kind="template", id=live.id, base_version=live.version, document=document)
            for live, document in wanted
            if not same(live.doc, document)
        ]
        if not parts:
            raise Conflict(f"Every flow has all of the blueprint {name}.", where=name, code="up-to-date")
        blueprints.need_all(unit, blueprint)
        blueprints.remember(unit, blueprint)
        return batches.submit_in(unit, parts, None)

    request = {"name": name, "mode": mode, "only": None if only is None else sorted(only), "why": why}
    return write(ctx, actor, "upgrade.many", request, BatchSubmitted, work, rationale=why)


def _instances(unit: Unit, name: str, only: Sequence[str] | None) -> list[str]:
    """Return the flows made from a blueprint that the actor may change, in a settled order."""
    mine = [row.id for row in search.of_blueprint(unit.connection, name, reach(unit.actor, "template.write"))]
    if only is None:
        return mine
    if strangers := sorted(set(only) - set(mine)):
        raise NotFound(f"{strangers[0]!r} is no flow of the blueprint {name}.", where="only", hint="List the flows.")
    return sorted(set(only))
