"""Runs long work in threads of this process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Runner:
    """Threads that run long work, and the word that tells them to stop."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[[], object], *, name: str) -> None:
        """Run ``work`` in a thread of its own; after :meth:`close` nothing starts any more."""
        if self.stopping.is_set():
            return
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, name=name)
        self._threads.append(thread)
        thread.start()

    def running(self) -> int:
        """Return how many threads run."""
        return sum(thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        """Tell running work to stop, and wait until it has."""
        self.stopping.set()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        self._threads = []
