"""Pulls by themselves: what is bound to a connection is pulled as often as that says, once in each span."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from bos.actions import jobs as job_actions
from bos.actions.pieces import breaker_of
from bos.actions.pulling import TASK, bound
from bos.actions.unit import write
from bos.auth.actor import SYSTEM
from bos.errors import BosError
from bos.kpi.definitions import seconds_of
from bos.kpi.watching import slot
from bos.model.connection import Connection as Document
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


def tick(ctx: Context, now: datetime | None = None) -> int:
    """Queue the pulls that are due; return how many.

    What is bound to a connection is due once in each span of its ``pull_every``, counted from 1970 (UTC): one job for
    each flow, however many workers look. A flow of which one of the signals is being pulled waits until that is done; a
    connection that is left alone, until it is tried again.

    Raises:
        Unavailable: the database does not answer.
    """
    at = now or datetime.now(UTC)
    queued = 0
    with reading(ctx.engine) as session:
        due = list(_due(session, at))
    for name, flow, signals, connection in due:
        try:
            queued += _queue(ctx, name, flow, signals, connection)
        except BosError as error:
            _log.warning("the pull of %s over %s was not queued: %s", flow, connection, error)
    return queued


def _due(session: Connection, at: datetime) -> Iterator[tuple[str, str, list[str], str]]:
    """Yield the id of the job, flow, signals and connection of each pull that is due and has no job."""
    names = [("connection", name) for name in documents.ids(session, "connection")]
    found = [Document.model_validate(one.doc) for one in documents.live(session, names).values()]
    timed = [one for one in found if one.enabled and one.pull_every]
    states = connection_states.every(session) if timed else {}
    for one in timed:
        if breaker_of(states.get(one.id)).state(at) == "open":
            continue
        span = slot(at, timedelta(seconds=seconds_of(one.pull_every or "")))
        for flow, signals in _flows(session, one.id).items():
            what = f"{flow}\n{one.id}\n{one.pull_every}\n{span}"
            name = f"pull-{hashlib.sha256(what.encode()).hexdigest()[:32]}"
            if jobs.find(session, name) is None:
                yield name, flow, signals, one.id


def _flows(session: Connection, connection: str) -> Mapping[str, list[str]]:
    """Return flow → its signals that are pulled over a connection."""
    signals = [id_ for kind, id_ in relations.users(session, "connection", connection) if kind == "signal"]
    users = {user for signal in signals for user in relations.users(session, "signal", signal) if user[0] == "template"}
    flows = documents.live(session, users)
    told = {
        flow: [name for name, one in bound(session, found.doc).items() if one["connection"] == connection]
        for (_, flow), found in flows.items()
    }
    return {flow: names for flow, names in told.items() if names}


def _queue(ctx: Context, name: str, flow: str, signals: list[str], connection: str) -> bool:
    def work(unit: Unit) -> _Queued:
        lock(unit.connection, ("pulls", flow))
        if jobs.find(unit.connection, name) is not None:  # another worker was first
            return _Queued()
        under_way = (row.arguments["signals"] for row in jobs.under_way(unit.connection, TASK, flow))
        if any(set(signals) & set(others) for others in under_way):
            return _Queued()
        asked: dict[str, Any] = {"flow": flow, "signals": signals, "since": None, "now": unit.now.isoformat()}
        return _Queued(job=job_actions.queue(unit, TASK, asked, id_=name).id)

    why = f"(written by BOS) The connection {connection} is pulled regularly."
    return bool(write(ctx, SYSTEM, "pull.tick", {"job": name}, _Queued, work, rationale=why).job)
