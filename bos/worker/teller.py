"""Sends what waits for connected systems, several at a time; a system that takes its time holds up no other."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from bos.actions import delivering
from bos.errors import BosError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from bos.actions.context import Context

THREADS = 4

_log = logging.getLogger("bos.worker")


class Teller:
    """Threads that send; each connection and flow is in the hands of one at a time."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="tell")
        self._under_way: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def tick(self) -> None:
        """Begin to send what is due and not under way here.

        Raises:
            Unavailable: the database does not answer.
        """
        for pair in delivering.due(self._ctx):
            with self._lock:
                if pair in self._under_way:
                    continue
                self._under_way.add(pair)
            self._pool.submit(self._deliver, pair).add_done_callback(partial(self._ended, pair))

    def _deliver(self, pair: tuple[str, str]) -> None:
        try:
            delivering.deliver(self._ctx, *pair)
        except BosError as error:
            _log.warning("%s was not told of %s: %s", *pair, error)

    def _ended(self, pair: tuple[str, str], done: Future[None]) -> None:
        with self._lock:
            self._under_way.discard(pair)
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.error("%s was not told of %s", *pair, exc_info=error)

    def close(self) -> None:
        """Begin nothing more; what is under way may end, or is sent again by another worker with the same key."""
        self._pool.shutdown(wait=False, cancel_futures=True)
