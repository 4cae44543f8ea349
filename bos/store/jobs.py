"""Rows of long work, and the lease by which a runner holds one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, literal, or_, select, text, tuple_, update

from bos.model.scope import EVERYWHERE, Reach
from bos.store.locks import number
from bos.store.places import within
from bos.store.tables import batch, job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

LEASE = timedelta(seconds=20)
"""How long a runner that is not heard of keeps its job."""

UNFINISHED = ("queued", "running")

_ATTEMPTS = func.coalesce(job.c.arguments["attempts"].as_integer(), 0)
_HELD = text(
    "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Write a job that waits for a runner."""
    connection.execute(insert(job).values(state="queued", **values))


def find(connection: Connection, id_: str, *, locked: bool = False) -> Row[Any] | None:
    """Return a job, or nothing; ``locked`` keeps others from changing it until the transaction ends."""
    query = select(job).where(job.c.id == id_)
    return connection.execute(query.with_for_update() if locked else query).first()


def newest(
    connection: Connection,
    *,
    state: str | None = None,
    after: tuple[datetime, str] | None,
    limit: int,
    reach: Reach = EVERYWHERE,
) -> list[Row[Any]]:
    """Return jobs, all or those in one state, newest first; of those, what ``reach`` lets see."""
    order = (job.c.created_at, job.c.id)
    query = select(job).order_by(*(part.desc() for part in order)).limit(limit)
    if state is not None:
        query = query.where(job.c.state == state)
    if not reach.everywhere:
        query = query.where(within(job.c.arguments["flow"].astext, reach))
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*(literal(part) for part in after)))
    return list(connection.execute(query))


def unfinished(connection: Connection, *, limit: int) -> Sequence[Row[Any]]:
    """Return jobs that are neither done nor given up, oldest first."""
    query = select(job).where(job.c.state.in_(UNFINISHED)).order_by(job.c.created_at, job.c.id).limit(limit)
    return connection.execute(query).all()


def waiting(connection: Connection, *, limit: int, state: str | None = None) -> list[Row[Any]]:
    """Return unfinished jobs (``state``: only those in it) that no living runner holds, oldest first."""
    held = set(connection.execute(_HELD).scalars())
    rows = unfinished(connection, limit=limit)
    return [row for row in rows if number("job", row.id) not in held and state in {None, row.state}]


def counts(connection: Connection) -> dict[str, int]:
    """Return how many jobs are in each state."""
    found = connection.execute(select(job.c.state, func.count().label("jobs")).group_by(job.c.state))
    return {row.state: row.jobs for row in found}


def under_way(connection: Connection, task: str, flow: str) -> list[Row[Any]]:
    """Return the jobs of a task of a flow that are neither done nor given up."""
    of_it = (job.c.task == task, job.c.arguments["flow"].astext == flow, job.c.state.in_(UNFINISHED))
    return list(connection.execute(select(job).where(*of_it)))


def newest_done(connection: Connection, task: str, flow: str, over: str) -> Row[Any] | None:
    """Return the newest job of a task of a flow over a connection that was done, where it is kept."""
    of_it = (job.c.task == task, job.c.arguments["flow"].astext == flow, job.c.state == "done")
    query = select(job).where(*of_it, job.c.arguments["connection"].astext == over)
    return connection.execute(query.order_by(job.c.created_at.desc(), job.c.id.desc()).limit(1)).first()


def names_batch(connection: Connection, flow: str, name: str) -> bool:
    """Return whether an import of a flow was asked for under the id of a batch."""
    of_it = (job.c.arguments["flow"].astext == flow, job.c.arguments["batch"].astext == name)
    return connection.execute(select(job.c.id).where(*of_it).limit(1)).first() is not None


def claim(connection: Connection, id_: str, runner: str, *, dead: str | None) -> Row[Any] | None:
    """Give a job to a runner, unless it is finished or another holds it; return the job as it is now, or nothing.

    ``dead`` is a runner known to have ended: its lease counts no more. ``attempts`` among the arguments counts claims.
    """
    free = or_(job.c.state == "queued", job.c.lease_until < func.now(), job.c.runner == dead)
    mine = and_(job.c.id == id_, job.c.state.in_(UNFINISHED), free)
    attempt = func.jsonb_build_object("attempts", _ATTEMPTS + 1)
    arguments = job.c.arguments.op("||")(attempt)
    values = {"state": "running", "runner": runner, "lease_until": func.now() + LEASE, "arguments": arguments}
    return connection.execute(update(job).where(mine).values(**values).returning(job)).first()


def renew(connection: Connection, id_: str, runner: str, **progress: Any) -> bool | None:
    """Renew the lease and write progress; return whether a person cancelled, or ``None`` when the lease is lost."""
    mine = and_(job.c.id == id_, job.c.runner == runner, job.c.state == "running")
    statement = update(job).where(mine).values(lease_until=func.now() + LEASE, **progress).returning(job.c.cancel)
    return connection.execute(statement).scalar()


def give_back(connection: Connection, id_: str, runner: str) -> None:
    """Let another runner have a job that this one cannot finish; it does not count as an attempt."""
    mine = and_(job.c.id == id_, job.c.runner == runner, job.c.state == "running")
    arguments = job.c.arguments.op("||")(func.jsonb_build_object("attempts", _ATTEMPTS - 1))
    connection.execute(
        update(job).where(mine).values(state="queued", runner=None, lease_until=None, arguments=arguments)
    )


def finish(connection: Connection, id_: str, **values: Any) -> None:
    """Write how a job ended."""
    connection.execute(update(job).where(job.c.id == id_).values(runner=None, lease_until=None, **values))


def ask_cancel(connection: Connection, id_: str, person: str) -> None:
    """Note that a person wants a running job to end; ``cancelled_by`` among the arguments is the first who does."""
    first = and_(job.c.id == id_, job.c.cancel.is_(False))
    arguments = job.c.arguments.op("||")(func.jsonb_build_object("cancelled_by", person))
    connection.execute(update(job).where(first).values(cancel=True, arguments=arguments))


def add_batch(connection: Connection, values: dict[str, Any]) -> None:
    """Write what an import added to the lake."""
    connection.execute(insert(batch).values(**values))


def find_batch(connection: Connection, flow: str, name: str) -> Row[Any] | None:
    """Return what is kept of an import, or nothing."""
    return connection.execute(select(batch).where(batch.c.flow == flow, batch.c.batch == name)).first()


def far_ahead(connection: Connection, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return of the imports called so that brought rows of the future how many (``ahead``), and the ``farthest``."""
    told = [batch.c.report[name].label(name) for name in ("ahead", "farthest")]
    wanted = select(batch.c.batch, *told).where(batch.c.batch.in_(names), batch.c.report["ahead"].astext != "0")
    return {row.batch: {"ahead": row.ahead, "farthest": row.farthest} for row in connection.execute(wanted)}


def newest_reading(connection: Connection, flow: str, name: str) -> str:
    """Return the newest batch that is an import called so, or one of the same read again: ``NAME-…``; else nothing."""
    same = or_(batch.c.batch == name, batch.c.batch.startswith(f"{name}-", autoescape=True))
    wanted = select(batch.c.batch).where(batch.c.flow == flow, same).order_by(batch.c.at.desc(), batch.c.batch)
    return connection.execute(wanted.limit(1)).scalar() or ""


def has_generated(connection: Connection, flow: str) -> bool:
    """Return whether any import of a flow was of generated telemetry."""
    return True in _origins(connection, flow)


def has_recorded(connection: Connection, flow: str) -> bool:
    """Return whether any import of a flow was of telemetry that was not generated."""
    return False in _origins(connection, flow)


def _origins(connection: Connection, flow: str) -> set[bool]:
    return set(connection.execute(select(batch.c.generated).where(batch.c.flow == flow).distinct()).scalars())
