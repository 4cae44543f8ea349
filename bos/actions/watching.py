"""Watched KPIs: looks of the worker, states that change once, who hears of it, who looks after it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from bos.actions.dashboard_sources import sources_of
from bos.actions.definitions import Definitions, live_definitions
from bos.actions.hearing import is_heard
from bos.actions.holding import Holding
from bos.actions.looking import Look, look, unseen
from bos.actions.pictured import trends
from bos.actions.rights import permit_flow
from bos.actions.unit import Unit, rationale_of, write
from bos.auth.actor import SYSTEM
from bos.errors import BosError, Conflict, NotFound
from bos.kpi.definitions import seconds_of
from bos.kpi.watching import Held, Patience, slot, step
from bos.model.answers.page import Page
from bos.model.answers.watching import Acknowledgement, Subscription, Watched
from bos.model.moments import instant
from bos.model.ownership import accountable
from bos.store import places
from bos.store import watching as stored
from bos.store.engine import reading, transaction
from bos.store.locks import lock
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor

CHANGED = "kpi.state"
"""Topic of the outbox: the state of a KPI changed."""
_WHY = "(written by BOS) A look at the watched KPIs."
_log = logging.getLogger(__name__)


class _Done(BaseModel):
    changes: int = 0


def tick(ctx: Context, now: datetime | None = None) -> int:
    """Look at every watched KPI that is due; return how many states changed.

    A KPI is due once in each span of its ``every``, counted from 1970 (UTC). A change of state is written, told and put
    into the journal in one transaction, once, however many workers look.

    Raises:
        Unavailable: the database does not answer.
    """
    at = now or datetime.now(UTC)
    with reading(ctx.engine) as connection:
        flows = stored.flows(connection)
        left = stored.held_of(connection) - set(flows)
    if left:
        with transaction(ctx.engine) as connection:
            for flow in left:
                stored.forget(connection, flow)
    changes = 0
    for flow in flows:
        try:
            changes += _flow(ctx, flow, at)
        except BosError as error:
            _log.warning("the KPIs of %s were not looked at: %s", flow, error)
    return changes


def _flow(ctx: Context, flow: str, at: datetime) -> int:
    with reading(ctx.engine) as connection:
        found = live_definitions(connection, flow)
        held = stored.states(connection, flow)
        heard = is_heard(connection, flow, CHANGED)
    watched = _watched(found)
    due = [name for name, one in watched.items() if name not in held or held[name].slot < _slot(one, at)]
    gone = set(held) - set(watched)
    if not due and not gone:
        return 0
    trend: dict[str, dict[str, Any]] = {}
    try:
        sources = sources_of(ctx, found)
        seen = look(sources, due, at)
        if heard:
            other = [name for name in due if _is_new(held.get(name), _next(watched[name], held.get(name), seen[name]))]
            trend = trends(sources, other, at)
    except BosError as error:  # the lake cannot be read at all
        seen = unseen(due, error)

    def work(unit: Unit) -> _Done:
        lock(unit.connection, ("watch", flow))
        before = stored.states(unit.connection, flow, held=True)
        stored.forget(unit.connection, flow, gone)
        told = _People(unit.connection, found, unit.now)
        changed = [
            _took(unit, told, name, seen[name], before.get(name), at, trend.get(name))
            for name in due
            if name not in before or before[name].slot < _slot(watched[name], at)
        ]
        return _Done(changes=sum(changed))

    return write(ctx, SYSTEM, "watch.look", {"flow": flow}, _Done, work, rationale=_WHY).changes


def _watched(found: Definitions) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in found.doc["outcomes"] if one.get("watch")}


def _slot(outcome: Mapping[str, Any], at: datetime) -> int:
    return slot(at, timedelta(seconds=seconds_of(outcome["watch"]["every"])))


class _People:
    """Who answers for the KPIs of a flow, and who wants to hear of them."""

    def __init__(self, connection: Connection, found: Definitions, now: datetime) -> None:
        self.found = found
        flow = found.template.id
        self._place = places.of_document(connection, "template", flow)
        self._holding = Holding.at(connection, now, places=[self._place])
        self._subscribers = stored.subscribers(connection, flow)

    def owner(self, kpi: str) -> str:
        """Return the role that answers for a KPI."""
        doc = self.found.doc
        return accountable(doc, f"outcomes[{kpi}].measure") or str(doc["owner"])

    def owners(self, kpi: str) -> tuple[str, ...]:
        """Return who holds that role."""
        return tuple(sorted(self._holding.of(self.owner(kpi), self._place)))

    def subscribers(self, kpi: str) -> tuple[str, ...]:
        """Return who wants to hear of a KPI."""
        return tuple(sorted({*self._subscribers.get(stored.EVERY, ()), *self._subscribers.get(kpi, ())}))


def _next(outcome: Mapping[str, Any], row: Row[Any] | None, seen: Look) -> Held:
    """Return what counts after a look."""
    before = Held(row.state, row.course, row.seen, row.times) if row is not None else None
    return step(before, seen.state, Patience(outcome["watch"]["worse_after"], outcome["watch"]["better_after"]))


def _is_new(row: Row[Any] | None, now: Held) -> bool:
    """Return whether others are told of the state that counts: not of a first one that is as it should be."""
    return now.state != "ok" if row is None else now.state != row.state


def _took(
    unit: Unit, told: _People, kpi: str, seen: Look, row: Row[Any] | None, at: datetime, trend: dict[str, Any] | None
) -> bool:
    """Take over a look; return whether the state is another one now, of which others are told, with its trend."""
    outcome = _watched(told.found)[kpi]
    now = _next(outcome, row, seen)
    new = row is None or now.state != row.state
    flow, number = told.found.template.id, (row.changes if row is not None else 0) + (1 if new else 0)
    values = {
        "state": now.state,
        "since": at if new or row is None else row.since,
        "course": now.course,
        "seen": now.seen,
        "times": now.times,
        "changes": number,
        "slot": _slot(outcome, at),
        "looked_at": at,
        "told": dict(seen.told),
    }
    if new:
        values |= {"acknowledged_by": None, "acknowledged_at": None, "acknowledgement": None}
    stored.write(unit.connection, flow, kpi, values)
    if not _is_new(row, now):
        return False
    was = row.state if row is not None else None
    after = {
        "state": now.state,
        "change": number,
        **{part: seen.told.get(part) for part in ("value", "words", "money")},
    }
    unit.note(Tag.KPI_STATE, kind="template", id=flow, path=f"outcomes[{kpi}]", before={"state": was}, after=after)
    people = tuple(sorted({*told.owners(kpi), *told.subscribers(kpi)}))
    message = {"flow": flow, "kpi": kpi, "title": outcome["title"], "before": was, "since": at.isoformat()}
    answering = {"owner": told.owner(kpi), "owners": told.owners(kpi), "people": people}
    unit.tell(CHANGED, {**seen.told, **message, **after, **answering, "trend": trend})
    return True


def listing(ctx: Context, actor: Actor, flow: str) -> Page[Watched]:
    """Return how the watched KPIs of a flow stand, in the order of the template.

    Raises:
        NotFound: there is no such flow.
    """
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.read", flow)
        found = live_definitions(connection, flow)
        told = _People(connection, found, datetime.now(UTC))
        held = stored.states(connection, flow)
    return Page(items=tuple(_answers(told, held, actor, _watched(found).values())))


def _answers(
    told: _People, held: Mapping[str, Row[Any]], actor: Actor, outcomes: Iterable[Mapping[str, Any]]
) -> Iterator[Watched]:
    for outcome in outcomes:
        kpi, row, watch = outcome["id"], held.get(outcome["id"]), outcome["watch"]
        seen = {} if row is None else _seen(row)
        yield Watched(
            flow=told.found.template.id,
            kpi=kpi,
            title=outcome["title"],
            every=watch["every"],
            over=watch["over"] or outcome["measure"]["window"] or "",
            time_zone=outcome["measure"]["time_zone"] or told.found.doc["time_zone"],
            owner=told.owner(kpi),
            owners=told.owners(kpi),
            subscribed=actor.person in told.subscribers(kpi),
            **seen,
        )


def _seen(row: Row[Any]) -> dict[str, Any]:
    found = {part: row.told.get(part) for part in Watched.model_fields if part in row.told}
    if row.acknowledged_by is not None:
        found["acknowledged"] = Acknowledgement(by=row.acknowledged_by, at=row.acknowledged_at, why=row.acknowledgement)
    same = {"state": row.state, "since": row.since, "looked_at": row.looked_at, "changes": row.changes}
    return {**found, **same, "coming": row.seen, "times": row.times}


def _known(connection: Connection, flow: str, kpi: str) -> Definitions:
    """Return the definitions of a flow whose KPI is watched. Raises NotFound where it is not."""
    found = live_definitions(connection, flow)
    watched = _watched(found)
    if kpi not in watched:
        raise NotFound(
            f"The KPI {kpi!r} of the flow {flow} is not watched.",
            where=f"template/{flow}",
            hint=f"Watched are {', '.join(watched)}." if watched else "None of its KPIs is watched.",
        )
    return found


def acknowledge(ctx: Context, actor: Actor, flow: str, kpi: str, *, rationale: str, instead_of: str = "") -> Watched:
    """Say that one looks after a KPI that is not as it should be; it holds until its state changes.

    ``instead_of`` is the person one takes over from, where somebody else looks after it.

    Raises:
        NotFound: there is no such flow, or the KPI is not watched.
        Conflict: the KPI is as it should be, or was not looked at yet, or somebody else than told looks after it.
        Invalid: the rationale is missing.
    """
    why = rationale_of(actor, rationale)

    def work(unit: Unit) -> Watched:
        permit_flow(unit.connection, actor, "kpi.acknowledge", flow)
        found = _known(unit.connection, flow, kpi)
        lock(unit.connection, ("watch", flow))
        row = stored.states(unit.connection, flow, held=True).get(kpi)
        if row is None or row.state == "ok":
            raise Conflict(
                f"The KPI {kpi} is as it should be." if row else f"The KPI {kpi} was not looked at yet.",
                where=kpi,
                hint="There is nothing to look after.",
            )
        _refuse_taken(row, kpi, actor.person, instead_of)
        stored.acknowledge(unit.connection, flow, kpi, by=actor.person, why=why, at=unit.now)
        before = {"by": row.acknowledged_by} if row.acknowledged_by else None
        after = {"state": row.state, "change": row.changes}
        path = f"outcomes[{kpi}]"
        unit.note(Tag.KPI_ACKNOWLEDGED, kind="template", id=flow, path=path, before=before, after=after)
        return _one(unit, found, actor, kpi)

    asked = {"flow": flow, "kpi": kpi, "rationale": why, "instead_of": instead_of}
    return write(ctx, actor, "kpi.acknowledge", asked, Watched, work, rationale=why)


def _refuse_taken(row: Row[Any], kpi: str, person: str, instead_of: str) -> None:
    """Raise Conflict where somebody else looks after a KPI than whoever one takes over from."""
    now = row.acknowledged_by
    if now in {None, person, instead_of}:
        return
    raise Conflict(
        f"{now} looks after the KPI {kpi} since {instant(row.acknowledged_at, 'UTC')} UTC: {row.acknowledgement}",
        where=kpi,
        hint=f"Talk to {now}; to take it over, say that it is instead of {now}.",
        code="taken",
        details={"by": now},
    )


def _one(unit: Unit, found: Definitions, actor: Actor, kpi: str) -> Watched:
    told = _People(unit.connection, found, unit.now)
    held = stored.states(unit.connection, found.template.id)
    (answer,) = _answers(told, held, actor, [_watched(found)[kpi]])
    return answer


def subscribe(ctx: Context, actor: Actor, flow: str, *, kpi: str = "", on: bool = True) -> Subscription:
    """Let the person hear of the changes of a KPI, or of every one of the flow; or let them hear no more.

    Raises:
        NotFound: there is no such flow, or the KPI is not watched.
        Conflict: they hear of every KPI of the flow, so not of one of them no more.
    """

    def work(unit: Unit) -> Subscription:
        permit_flow(unit.connection, actor, "kpi.subscribe", flow)
        if on and kpi:
            _known(unit.connection, flow, kpi)
        else:
            live_definitions(unit.connection, flow)
        if on:
            stored.subscribe(unit.connection, flow, kpi, actor.person, unit.now)
        elif not stored.unsubscribe(unit.connection, flow, kpi, actor.person) and kpi:
            _refuse_one_of_all(unit.connection, flow, kpi, actor.person)
        return Subscription(flow=flow, kpi=kpi, person=actor.person, subscribed=on)

    return write(ctx, actor, "kpi.subscribe", {"flow": flow, "kpi": kpi, "on": on}, Subscription, work)


def _refuse_one_of_all(connection: Connection, flow: str, kpi: str, person: str) -> None:
    """Raise Conflict where a person hears of a KPI since they hear of every one of the flow."""
    if person in stored.subscribers(connection, flow).get(stored.EVERY, ()):
        raise Conflict(
            f"You hear of every watched KPI of {flow}, so of {kpi}, too.",
            where=kpi,
            hint="End that, and ask to hear of those you want.",
        )
