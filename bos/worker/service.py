"""The worker's service: makes jobs of due schedules, runs jobs two at a time, takes over those of dead workers."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from bos.actions import audit, following, pull_times, schedules, upkeep, waivers, watching, work
from bos.actions.outbox import relay
from bos.errors import BosError
from bos.store import jobs
from bos.store.engine import reading
from bos.worker.queue import JOB, make_queue, prepare, put
from bos.worker.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Callable

    from procrastinate import App

    from bos.actions.context import Context

CONCURRENCY = 2
RELAY_SECONDS = 0.2
TELL_SECONDS = 0.5
TAKE_OVER_SECONDS = 2.0
LOOK_ROUND_SECONDS = 60.0
STOP_SECONDS = 3.0
INSIST_SECONDS = 4.0  # the supervisor waits five
_AGAIN_SECONDS = 0.5
_MOST_JOBS = 1000

_log = logging.getLogger("bos.worker")


class Worker:
    """Runs the jobs of a database until it is told to stop."""

    def __init__(self, ctx: Context, conninfo: str) -> None:
        self._ctx = ctx
        self._conninfo = conninfo
        self._name = f"{socket.gethostname()}-{os.getpid()}"
        self._stop = asyncio.Event()

    async def serve(self) -> None:
        """Work until SIGTERM or SIGINT; a database that is away for a moment is waited for."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ask_to_stop)
        tidying = asyncio.create_task(asyncio.to_thread(self._tidy))
        while not self._stop.is_set():
            try:
                await self._work()
            except (BosError, ConnectorException, psycopg.Error, OSError) as error:
                _log.warning("the database does not answer: %s", error)
                await self._pause(_AGAIN_SECONDS)
        await asyncio.wait([tidying], timeout=STOP_SECONDS)

    def _ask_to_stop(self) -> None:
        self._ctx.runner.stopping.set()
        self._stop.set()
        insist = threading.Timer(INSIST_SECONDS, os._exit, (0,))  # what is under way goes on in the next worker
        insist.daemon = True
        insist.start()

    async def _work(self) -> None:
        await asyncio.to_thread(prepare, self._conninfo)
        queue = make_queue(self._conninfo)
        self._tasks(queue)
        async with queue.open_async():
            running = asyncio.create_task(
                queue.run_worker_async(
                    name=self._name,
                    concurrency=CONCURRENCY,
                    fetch_job_polling_interval=1.0,
                    shutdown_graceful_timeout=STOP_SECONDS,
                    delete_jobs="always",
                    install_signal_handlers=False,
                )
            )
            feeding = asyncio.create_task(self._feed(queue))
            looking = asyncio.create_task(self._watch())
            telling = asyncio.create_task(self._tell())
            asking = asyncio.create_task(self._follow())
            stopped = asyncio.create_task(self._stop.wait())
            everything = (running, feeding, looking, telling, asking, stopped)
            try:
                await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _end(*everything)
            for task in (running, feeding, looking, telling, asking):
                if not task.cancelled():
                    task.result()

    def _tasks(self, queue: App) -> None:
        @queue.task(name=JOB)
        def run(id: str) -> None:  # noqa: A002 - the key of the outbox's message
            work.run_job(self._ctx, id, self._name)

        @queue.periodic(cron="17 * * * *")
        @queue.task(name="bos.tidy", queueing_lock="bos.tidy")
        def tidy(timestamp: int) -> None:
            del timestamp
            self._tidy()

    async def _watch(self) -> None:
        """Look at watched KPIs that are due; a look may take its time, so it holds up nothing else."""
        while not self._stop.is_set():
            try:
                await asyncio.to_thread(watching.tick, self._ctx)
            except (BosError, psycopg.Error) as error:
                _log.warning("no KPI is watched: %s", error)
            await self._pause(LOOK_ROUND_SECONDS)

    async def _follow(self) -> None:
        """Ask connected systems what became of what they were told; one that takes its time holds up nothing else."""
        while not self._stop.is_set():
            try:
                await asyncio.to_thread(following.tick, self._ctx)
            except (BosError, psycopg.Error) as error:
                _log.warning("no system is asked how far it is: %s", error)
            await self._pause(LOOK_ROUND_SECONDS)

    async def _tell(self) -> None:
        """Send what waits for connected systems."""
        teller = Teller(self._ctx)
        try:
            while not self._stop.is_set():
                try:
                    await asyncio.to_thread(teller.tick)
                except (BosError, psycopg.Error) as error:
                    _log.warning("no system is told: %s", error)
                await self._pause(TELL_SECONDS)
        finally:
            teller.close()

    async def _feed(self, queue: App) -> None:
        """Put into the queue what the outbox tells of, and what nobody works at any more."""
        loop = asyncio.get_running_loop()

        def send(topic: str, payload: dict[str, Any]) -> None:
            if topic == "job":
                asyncio.run_coroutine_threadsafe(put(queue, payload["id"]), loop).result(STOP_SECONDS)

        while True:
            try:
                await self._feed_on(queue, send)
            except (BosError, ConnectorException, psycopg.Error, TimeoutError) as error:
                _log.warning("the queue is not fed: %s", error)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _feed_on(self, queue: App, send: Callable[[str, dict[str, Any]], None]) -> None:
        clock = asyncio.get_running_loop().time
        take_over = look_round = 0.0
        while True:
            now = clock()
            if now >= look_round:
                await self._forget_stalled(queue)
                await asyncio.to_thread(schedules.tick, self._ctx)
                await asyncio.to_thread(pull_times.tick, self._ctx)
                await asyncio.to_thread(waivers.expire, self._ctx)
                await asyncio.to_thread(audit.sign_regularly, self._ctx)
                await self._put_waiting(queue, None)
                take_over, look_round = now + TAKE_OVER_SECONDS, now + LOOK_ROUND_SECONDS
            elif now >= take_over:
                await self._put_waiting(queue, "running")
                take_over = now + TAKE_OVER_SECONDS
            if not await asyncio.to_thread(relay, self._ctx, send):
                await asyncio.sleep(RELAY_SECONDS)

    async def _put_waiting(self, queue: App, state: str | None) -> None:
        """Put in the jobs that no living runner holds."""
        for id_ in await asyncio.to_thread(self._waiting, state):
            await put(queue, id_)

    def _waiting(self, state: str | None) -> list[str]:
        with reading(self._ctx.engine) as connection:
            return [row.id for row in jobs.waiting(connection, limit=_MOST_JOBS, state=state)]

    async def _forget_stalled(self, queue: App) -> None:
        """Remove what dead workers had taken out of the queue; their jobs are put in anew."""
        for stalled in await queue.job_manager.get_stalled_jobs():
            await queue.job_manager.finish_job(stalled, Status.FAILED, delete_job=True)

    def _tidy(self) -> None:
        try:
            upkeep.tidy(self._ctx)
        except BosError as error:
            _log.warning("nothing was cleared away: %s", error)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
