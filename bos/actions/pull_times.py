"""Pulls by themselves: what is bound to a connection, and what arrives there, is read once in each span."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from bos.actions import jobs as job_actions
from bos.actions import pulled_signals, pulling, taking
from bos.actions.pieces import breaker_of
from bos.actions.unit import write
from bos.auth.actor import SYSTEM
from bos.errors import BosError
from bos.kpi.definitions import seconds_of
from bos.kpi.watching import slot
from bos.model.connection import Connection as Document
from bos.outgoing.connectors import installed
from bos.store import connection_states, documents, jobs, relations
from bos.store.engine import reading
from bos.store.locks import lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.actions.unit import Unit

_log = logging.getLogger(__name__)


class _Queued(BaseModel):
    job: str = ""


@dataclass(frozen=True, slots=True)
class _Due:
    """A job that is due: of which task, over which connection, for which signals of a flow; all files without any."""

    id: str
    task: str
    flow: str
    connection: str
    signals: tuple[str, ...] = ()

    def asked(self, now: datetime) -> dict[str, Any]:
        """Return what the job is asked to do."""
        if self.task == taking.TASK:
            return {"flow": self.flow, "connection": self.connection}
        return {"flow": self.flow, "signals": list(self.signals), "since": None, "now": now.isoformat()}

    def meets(self, under_way: Mapping[str, Any]) -> bool:
        """Return whether a job of the same task and flow does some of it already."""
        if self.task == taking.TASK:
            return bool(under_way["connection"] == self.connection)
        return bool(set(self.signals) & set(under_way["signals"]))


def tick(ctx: Context, now: datetime | None = None) -> int:
    """Queue the pulls and takings that are due; return how many.

    What is bound to a connection is due once in each span of its binding's ``every``, else of the connection's
    ``pull_every``, counted from 1970 (UTC): one job for each flow and span, however many workers look. So are the files
    of a folder that go into a flow (``settings.flow``). What is under way is not begun again before it is done; a
    connection that is left alone waits until it is tried again.

    Raises:
        Unavailable: the database does not answer.
    """
    at = now or datetime.now(UTC)
    queued = 0
    with reading(ctx.engine) as session:
        due = list(_due(session, at))
    for one in due:
        try:
            queued += _queue(ctx, one)
        except BosError as error:
            _log.warning("%s of %s over %s was not queued: %s", one.task, one.flow, one.connection, error)
    return queued


def _due(session: Connection, at: datetime) -> Iterator[_Due]:
    """Yield each pull and taking that is due and has no job."""
    names = [("connection", name) for name in documents.ids(session, "connection")]
    found = [Document.model_validate(one.doc) for one in documents.live(session, names).values()]
    enabled = [one for one in found if one.enabled]
    states = connection_states.every(session) if enabled else {}
    for one in enabled:
        if breaker_of(states.get(one.id)).state(at) == "open":
            continue
        for (flow, every), signals in _pulled(session, one).items():
            yield from _fresh(session, at, every, _Due("pull", pulling.TASK, flow, one.id, tuple(signals)))
        if one.pull_every and (flow := _filled(session, one)):
            yield from _fresh(session, at, one.pull_every, _Due("take", taking.TASK, flow, one.id))


def _fresh(session: Connection, at: datetime, every: str, due: _Due) -> Iterator[_Due]:
    """Yield what is due with the id of its job in this span, unless there is one."""
    what = f"{due.flow}\n{due.connection}\n{every}\n{slot(at, timedelta(seconds=seconds_of(every)))}"
    name = f"{due.id}-{hashlib.sha256(what.encode()).hexdigest()[:32]}"
    if jobs.find(session, name) is None:
        yield replace(due, id=name)


def _pulled(session: Connection, connection: Document) -> dict[tuple[str, str], list[str]]:
    """Return flow and span → signals that are pulled so often over a connection."""
    signals = [id_ for kind, id_ in relations.users(session, "connection", connection.id) if kind == "signal"]
    users = {user for signal in signals for user in relations.users(session, "signal", signal) if user[0] == "template"}
    told: dict[tuple[str, str], list[str]] = {}
    for (_, flow), found in documents.live(session, users).items():
        for name, one in pulled_signals.bound(session, found.doc).items():
            every = pulled_signals.every_of(one, connection.model_dump())
            if one["connection"] == connection.id and every:
                told.setdefault((flow, every), []).append(name)
    return told


def _filled(session: Connection, connection: Document) -> str:
    """Return the flow that the files of a connection go into by themselves; nothing where none do."""
    connector, flow = installed().get(connection.connector), connection.settings.get("flow", "")
    arrives = connector is not None and hasattr(connector, "arrivals")
    return flow if arrives and documents.live(session, [("template", flow)]) else ""


def _queue(ctx: Context, due: _Due) -> bool:
    def work(unit: Unit) -> _Queued:
        lock(unit.connection, ("pulls", due.flow))
        if jobs.find(unit.connection, due.id) is not None:  # another worker was first
            return _Queued()
        if any(due.meets(row.arguments) for row in jobs.under_way(unit.connection, due.task, due.flow)):
            return _Queued()
        return _Queued(job=job_actions.queue(unit, due.task, due.asked(unit.now), id_=due.id).id)

    why = f"(written by BOS) The connection {due.connection} is read regularly."
    return bool(write(ctx, SYSTEM, "pull.tick", {"job": due.id}, _Queued, work, rationale=why).job)
