"""Runs a job: takes it, keeps its lease, tells how far it is, and writes how it ended in one transaction.

Who runs a job holds a lock of the database for as long as the run lasts: a connection of its own. PostgreSQL drops
it when the process ends, however it ends, so the next runner knows at once that the one before is dead.
"""

from __future__ import annotations

import logging
import os
import time
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from bos.actions import jobs as job_actions
from bos.actions.failure import document_of, readable
from bos.actions.tasks import TASKS
from bos.actions.unit import write
from bos.auth.actor import Actor
from bos.errors import BosError, Cancelled, Internal, Unavailable
from bos.model.answers.jobs import Job
from bos.store import engine, jobs, outbox
from bos.store.locks import seize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.actions.tasks import Finish
    from bos.actions.unit import Unit

TELL_SECONDS = 0.5
MOST_ATTEMPTS = 4
"""How often a job may end the process that runs it; it is given up before it ends the service."""
THREADS = 2
"""How many jobs a process without a worker runs at a time."""
_RETRY_SECONDS = 0.5
_MOST_JOBS = 1000
_log = logging.getLogger(__name__)


class _Stopping(BaseException):
    """This process stops; the job goes to another. What a task catches of its own errors is not this."""


class _Lost(BaseException):
    """The lease is lost: another runner has the job. No error of a task, as :class:`_Stopping` is none."""


def start(ctx: Context) -> None:
    """Run the jobs that no living runner holds in threads of this process, two at a time."""
    if ctx.runner.running() < THREADS and _free(ctx):
        ctx.runner.start(lambda: _drain(ctx), name="jobs")


def _free(ctx: Context) -> list[str]:
    with engine.reading(ctx.engine) as connection:
        return [row.id for row in jobs.waiting(connection, limit=_MOST_JOBS)]


def _drain(ctx: Context) -> None:
    """Run jobs until none waits; one that could not be had is not tried again."""
    tried: set[str] = set()
    try:
        while not ctx.runner.stopping.is_set():
            free = [id_ for id_ in _free(ctx) if id_ not in tried]
            if not free:
                return
            tried.add(free[0])
            run_job(ctx, free[0], f"thread-{os.getpid()}")
    except BosError as error:
        _log.warning("jobs are left to whoever asks next: %s", error)


def run_job(ctx: Context, id_: str, runner: str) -> bool:
    """Run a job to its end; return whether it was this call that ended it.

    A job that another runner holds, or that has ended, is left alone. When the process is told to stop, the job is
    given back.

    Raises:
        Unavailable: the database does not answer for as long as a lease lasts. The job is left to the next runner.
    """
    with _seized(ctx, id_) as free:
        row = _claim(ctx, id_, f"{runner}-{uuid.uuid4().hex[:8]}") if free else None
        return row is not None and _Run(ctx, row).run()


@contextmanager
def _seized(ctx: Context, id_: str) -> Iterator[bool]:
    """Hold the lock of a job on a connection that no one else gets, which is closed at the end."""
    with engine.alone(ctx.engine) as connection:
        try:
            free = seize(connection, "job", id_)
        except SQLAlchemyError as error:
            raise engine.readable(error) from None
        yield free


def _claim(ctx: Context, id_: str, runner: str) -> Row[Any] | None:
    with engine.transaction(ctx.engine) as connection:
        found = jobs.find(connection, id_)
        return jobs.claim(connection, id_, runner, dead=found.runner) if found is not None else None


def _crashed() -> Internal:
    return Internal(
        f"The process that ran the job ended {MOST_ATTEMPTS} times before the job did.",
        hint="The log of the worker and of the system say why; most often memory did not suffice.",
        code="crashed",
    )


class _Run:
    """One attempt at a job."""

    def __init__(self, ctx: Context, row: Row[Any]) -> None:
        self._ctx = replace(ctx, request_id=row.request_id, origin=row.origin, idempotency_key=None)
        self._row = row
        self._told = self._heard = time.monotonic()
        self._message = ""
        self._bar: dict[str, int | None] = {"done": 0, "total": None}

    def run(self) -> bool:
        """Do the work and write its end; return whether it ended here."""
        try:
            end = self._work()
        except _Stopping:
            self._give_back()
            return False
        except _Lost:
            _log.warning("job %s went to another runner", self._row.id)
            return False
        return self._end(end)

    def _work(self) -> Callable[[Unit], object]:
        """Do the work; return what writes its end. A word to cancel counts once the work asks for it, not before."""
        row = self._row
        try:
            self._renew()
            if row.arguments["attempts"] > MOST_ATTEMPTS:
                return self._failure(_crashed())
            finish = TASKS[row.task](self._ctx, row.id, row.arguments, self._progress)
        except (_Stopping, _Lost):
            raise
        except Cancelled:
            return lambda unit: job_actions.end(unit, self._row, "cancelled", message="Cancelled")
        except Exception as error:  # noqa: BLE001 - whatever a job fails by is its result
            return self._failure(error)
        return lambda unit: self._done(unit, finish)

    def _failure(self, error: Exception) -> Callable[[Unit], object]:
        problem = document_of(readable(error), request_id=self._row.request_id)
        return lambda unit: job_actions.end(unit, self._row, "failed", error=problem, message="Failed")

    def _done(self, unit: Unit, finish: Finish) -> None:
        result = finish(unit)
        if isinstance(result, job_actions.Failed):
            self._failure(result.error)(unit)
            return
        total = self._bar["total"]
        job_actions.end(unit, self._row, "done", result=result, message="Done", done=total or 0, total=total)

    def _progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Keep the lease and tell how far the work is, at most twice a second."""
        if self._ctx.runner.stopping.is_set():
            raise _Stopping
        if total is not None or done:
            self._bar = {"done": done, "total": total}
        if time.monotonic() - self._told < TELL_SECONDS and message == self._message:
            return
        self._message = message
        if self._renew():
            raise Cancelled("The job was cancelled.", where=f"job/{self._row.id}")

    def _renew(self) -> bool:
        """Renew the lease and write progress; return whether somebody cancelled the job."""
        self._told = time.monotonic()
        try:
            with engine.transaction(self._ctx.engine) as connection:
                asked = jobs.renew(connection, self._row.id, self._row.runner, message=self._message, **self._bar)
        except Unavailable:
            if self._told - self._heard > jobs.LEASE.total_seconds():
                raise _Lost from None
            return False
        self._heard = self._told
        if asked is None:
            raise _Lost
        return asked

    def _end(self, work: Callable[[Unit], object]) -> bool:
        """Write the end, unless the job went to another runner; a database that is away for a moment is waited for."""
        deadline = time.monotonic() + jobs.LEASE.total_seconds()
        while True:
            try:
                self._write(work)
            except _Lost:
                _log.warning("job %s went to another runner", self._row.id)
                return False
            except Unavailable:
                if time.monotonic() > deadline or self._ctx.runner.stopping.is_set():
                    raise
                time.sleep(_RETRY_SECONDS)
            except BosError as error:
                self._write(self._failure(error))
                return True
            else:
                return True

    def _write(self, work: Callable[[Unit], object]) -> None:
        row = self._row
        author = Actor(row.author, kind="system", on_behalf_of=row.on_behalf_of)

        def ended(unit: Unit) -> Job:
            now = jobs.find(unit.connection, row.id, locked=True)
            if now is None or now.runner != row.runner or now.state != "running":
                raise _Lost
            self._row = now
            work(unit)
            return job_actions.now(unit, row.id)

        write(self._ctx, author, "job.end", {"id": row.id}, Job, ended, rationale=row.arguments.get("rationale", ""))

    def _give_back(self) -> None:
        """Let another runner have the job, and say that it waits."""
        with engine.transaction(self._ctx.engine) as connection:
            jobs.give_back(connection, self._row.id, self._row.runner)
            outbox.add(connection, [("job", {"id": self._row.id})], datetime.now(UTC))
