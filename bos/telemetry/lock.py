"""One writer at a time: a lock between threads and processes that ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bos.ports import silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bos.ports import Progress

POLL_SECONDS = 0.1


@contextmanager
def hold(file: Path, *, progress: Progress = silent) -> Iterator[None]:
    """Hold the lock on ``file`` (made where missing), waiting for whoever holds it.

    While it waits it tells ``progress``, which may raise :class:`bos.errors.Cancelled` to stop the wait.
    The kernel drops the lock of a process that ends, however it ends.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        while not _take(descriptor):
            progress(0, None, "Waiting for another writer of this flow to finish")
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def is_free(file: Path) -> bool:
    """Return whether nobody holds the lock on ``file``; a file that does not exist is free."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return True
    try:
        return _take(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
