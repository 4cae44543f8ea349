"""Jobs: long work that is asked for, looked at and cancelled. ``bos.actions.work`` runs it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bos.actions.declared import declared
from bos.actions.rights import UNTOLD, WITHHELD, hears_systems, may_read_rows, permit_flow
from bos.actions.unit import write
from bos.actions.uploads import discard
from bos.auth.policy import allow, reach
from bos.errors import Conflict, NotFound
from bos.model.answers.jobs import Job
from bos.model.answers.page import Page
from bos.store import jobs
from bos.store.engine import reading
from bos.store.locks import lock
from bos.store.paging import cursor as cursor_of
from bos.store.paging import moment_place, size
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.errors import BosError
    from bos.model.answers.jobs import JobState

_INSTEAD = {"rows": WITHHELD, "system": UNTOLD, "": ""}
"""What stands where the words of a failure are not told, by what they may quote."""


def listing(
    ctx: Context,
    actor: Actor,
    *,
    state: JobState | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Job]:
    """Return jobs, newest first.

    Raises:
        UsageError: the cursor or the limit is wrong.
    """
    allow(actor, "job.read")
    count = size(limit)
    after = moment_place(cursor) if cursor else None
    with reading(ctx.engine) as connection:
        mine = reach(actor, "job.read")
        rows = jobs.newest(connection, state=state, after=after, limit=count + 1, reach=mine)
        told = tuple(_told(connection, row, actor) for row in rows[:count])
    _go_on(ctx, *rows[:count])
    last = rows[count - 1] if len(rows) > count else None
    return Page(
        items=told,
        next=cursor_of(last.created_at.isoformat(), last.id) if last is not None else None,
    )


def show(ctx: Context, actor: Actor, id: str) -> Job:  # noqa: A002 - the name of the column
    """Return a job: its state, how far it is, its result or its problem.

    Raises:
        NotFound: there is no such job.
    """
    allow(actor, "job.read")
    with reading(ctx.engine) as connection:
        row = jobs.find(connection, id) if "\x00" not in id else None
        if row is None:
            raise _missing(id)
        permit_flow(connection, actor, "job.read", row.arguments["flow"])
        told = _told(connection, row, actor)
    _go_on(ctx, row)
    return told


def counts(ctx: Context) -> dict[str, int]:
    """Return how many jobs are in each state."""
    with reading(ctx.engine) as connection:
        return jobs.counts(connection)


def cancel(ctx: Context, actor: Actor, id: str) -> Job:  # noqa: A002 - the name of the column
    """Cancel a job: at once when it waits; one that runs stops soon and leaves nothing half done.

    Raises:
        NotFound: there is no such job.
        Conflict: it is done, or failed.
    """
    allow(actor, "job.cancel")

    def work(unit: Unit) -> Job:
        row = jobs.find(unit.connection, id, locked=True) if "\x00" not in id else None
        if row is None:
            raise _missing(id)
        permit_flow(unit.connection, actor, "job.cancel", row.arguments["flow"])
        if row.state in {"done", "failed"}:
            raise Conflict(f"The job {id} is {row.state} and cannot be cancelled.", where=f"job/{id}", code="finished")
        if row.state == "queued":
            end(unit, row, "cancelled")
        elif row.state == "running":
            jobs.ask_cancel(unit.connection, id, actor.person)
        return now(unit, id)

    return write(ctx, actor, "job.cancel", {"id": id}, Job, work, rationale="(written by BOS) Somebody cancelled it.")


@dataclass(frozen=True, slots=True)
class Failed:
    """How a job ends of which only a part could be done: what that wrote stays, and the error is told."""

    error: BosError


def queue(unit: Unit, task: str, arguments: Mapping[str, Any], *, id_: str | None = None) -> Job:
    """Write a job that waits for a runner; it begins once the unit is committed."""
    id_ = id_ or uuid.uuid4().hex
    jobs.add(
        unit.connection,
        {
            "id": id_,
            "task": task,
            "arguments": {**arguments, "rationale": unit.rationale},
            "author": unit.actor.person,
            "on_behalf_of": unit.actor.on_behalf_of,
            "origin": unit.ctx.origin,
            "request_id": unit.ctx.request_id,
            "created_at": unit.now,
        },
    )
    told = {name: value for name, value in arguments.items() if name != "upload"}
    unit.note(Tag.JOB_QUEUED, kind="job", id=id_, after={"task": task, **told})
    unit.tell("job", {"id": id_})
    job = now(unit, id_)
    unit.afterwards.append(lambda: _go_on(unit.ctx, job))
    return job


def queue_once(unit: Unit, task: str, arguments: Mapping[str, Any], *, id_: str) -> Job:
    """Write a job as :func:`queue` does; where there is one of this id, since another worker was first, return that."""
    lock(unit.connection, ("queue", id_))
    if jobs.find(unit.connection, id_) is not None:
        return now(unit, id_)
    return queue(unit, task, arguments, id_=id_)


def end(unit: Unit, row: Row[Any], state: JobState, **values: Any) -> None:
    """Write how a job ended; what was uploaded for it goes once that is committed."""
    jobs.finish(unit.connection, row.id, state=state, finished_at=unit.now, **values)
    if state == "cancelled":
        by = row.arguments.get("cancelled_by", unit.actor.person)
        unit.note(Tag.JOB_CANCELLED, kind="job", id=row.id, after={"task": row.task, "by": by})
    if state == "failed":
        error = values["error"]
        unit.note(Tag.JOB_FAILED, kind="job", id=row.id, after=_kept(row.task, error))
    if upload := row.arguments.get("upload"):
        path = unit.ctx.staging / Path(upload)
        unit.afterwards.append(lambda: discard(path))


def answer_of(row: Row[Any]) -> Job:
    """Return a job as people see it."""
    return Job(
        id=row.id,
        task=row.task,
        state=row.state,
        done=row.done,
        total=row.total,
        message=row.message,
        result=row.result,
        error=row.error,
        author=row.author,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _told(connection: Connection, row: Row[Any], actor: Actor) -> Job:
    """Return a job as the actor sees it.

    What a system said is for whom asked it, and for who may test connections; what may quote a row for who may read
    single rows of the flow, and for whom sent the file of an import.
    """
    job, task = answer_of(row), declared(row.task)
    mine = row.author == actor.person
    error = job.error
    if task.words == "system" and error is not None and not mine and not hears_systems(actor):
        error = _without_words(error, UNTOLD)
    quotes = task.lists and not (mine and task.sent) and (error is not None or job.result)
    if not quotes or may_read_rows(connection, actor, row.arguments["flow"]):
        return job.model_copy(update={"error": error})
    if error is not None and task.words == "rows":
        error = _without_words(error, WITHHELD)
    elif error is not None:
        error = {**error, "details": _without_quotes(error.get("details", {}))}
    return job.model_copy(update={"error": error, "result": _without_quotes(job.result)})


def _kept(task: str, error: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the journal has of an error: of one that may quote rows or what a system said, its kind alone."""
    instead = _INSTEAD[declared(task).words]
    return _without_words(error, instead) if instead else error


def _without_words(error: Mapping[str, Any], instead: str) -> dict[str, Any]:
    return {**error, "detail": instead, "hint": "", "problems": [], "details": {}}


def _without_quotes(result: Any) -> Any:
    """Return the result of a task that reads rows without what is wrong with them, wherever in it that stands."""
    if isinstance(result, dict):
        told = {"problem": WITHHELD, "reasons": {}, "reject_sample": []}
        return {name: told[name] if name in told and v else _without_quotes(v) for name, v in result.items()}
    return [_without_quotes(one) for one in result] if isinstance(result, list) else result


def now(unit: Unit, id_: str) -> Job:
    """Return a job as it stands in this unit."""
    row = jobs.find(unit.connection, id_)
    if row is None:
        raise _missing(id_)
    return answer_of(row)


def _missing(id_: str) -> NotFound:
    return NotFound(f"There is no job {id_!r}.", where=f"job/{id_}", hint="List the jobs.")


def _go_on(ctx: Context, *rows: Row[Any] | Job) -> None:
    """Where this process runs jobs itself, run those that nobody runs: new ones, and those of a process that died."""
    if not ctx.inline_jobs or not any(row.state in jobs.UNFINISHED for row in rows):
        return
    from bos.actions.work import start  # noqa: PLC0415 - it knows the tasks, which ask for jobs through this module

    start(ctx)
