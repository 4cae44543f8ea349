"""One process's share in the embedded PostgreSQL of a home."""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

import psycopg

from bos.errors import Unavailable
from bos.store import embedded_guardian
from bos.store.embedded_place import Place, make_sockets, put_log_aside
from bos.store.embedded_programs import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 120.0  # recovery after a crash replays what the last checkpoint (at most 1 GB of log) left open
STOP_SECONDS = 70.0  # a little more than the guardian's own patience
_PAUSE = 0.02

OPTIONS = {
    "listen_addresses": "",  # no TCP: the private socket is the only door
    "port": "5432",  # names the socket file
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_connections": "100",
    "jit": "off",  # many short statements: compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements carry people's data, which does not belong in a log
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}


class EmbeddedServer:
    """Uses the embedded PostgreSQL of one place; starts it where it does not run.

    While an object is open, the server stays up; when the last one of all processes has gone, it stops.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._users: int | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database, over its private socket."""
        return f"postgresql+psycopg://bos@/bos?host={quote(str(self.place.sockets), safe='')}&port=5432"

    def start(self) -> None:
        """Return once the server answers.

        Raises:
            Unavailable: it cannot be started, or does not answer within ``START_SECONDS``.
        """
        deadline = time.monotonic() + START_SECONDS
        if self._users is None:
            self._users = self._join(deadline)
        try:
            self._run_until_answer(deadline)
        except BaseException:
            self.close(wait=False)
            raise

    def guarded(self) -> bool:
        """Return whether a guardian looks after the server; takes microseconds."""
        with _locked(self.place.guardian) as lock:
            return lock is None

    def close(self, *, wait: bool = True) -> None:
        """Give the share back; with ``wait``, return when the server has stopped or others are seen to use it."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            fcntl.flock(users, fcntl.LOCK_UN)
            if wait:
                self._wait_for_stop(users)
        finally:
            os.close(users)

    def _wait_for_stop(self, users: int) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with _locked(self.place.guardian) as lock:
                if lock is not None:
                    return
            if not _try_lock(users, fcntl.LOCK_EX) and _try_lock(users, fcntl.LOCK_SH):
                return  # not free, yet to be shared: others use the server
            fcntl.flock(users, fcntl.LOCK_UN)
            time.sleep(_PAUSE)

    def _join(self, deadline: float) -> int:
        """Become a user; waits only while a guardian stops the server."""
        users = _open(self.place.users)
        while not _try_lock(users, fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                os.close(users)
                raise Unavailable(
                    "The database is stopping and does not end.",
                    hint=f"Its log is {self.place.log}.",
                )
            time.sleep(_PAUSE)
        return users

    def _run_until_answer(self, deadline: float) -> None:
        trouble: psycopg.Error | None = None
        while time.monotonic() < deadline:
            with _locked(self.place.guardian) as lock:
                if lock is not None:
                    self._guard(lock, deadline)
            try:
                psycopg.connect(self.url.replace("+psycopg", "", 1), connect_timeout=10).close()
            except psycopg.OperationalError as error:
                trouble = error
                time.sleep(_PAUSE)
            else:
                return
        raise Unavailable(
            "The database does not answer.",
            hint=f"It may still be recovering; try again. Its log is {self.place.log}.",
        ) from trouble

    def _guard(self, lock: int, deadline: float) -> None:
        """Start a guardian, which inherits ``lock``, and wait until it says that the server is ready."""
        place = self.place
        make_sockets(place)
        options = {**OPTIONS, "unix_socket_directories": str(place.sockets)}
        plan: dict[str, object] = {
            "home": str(place.home),
            "data": str(place.data),
            "sockets": str(place.sockets),
            "programs": str(programs(place)),
            "options": [part for name, value in options.items() for part in ("-c", f"{name}={value}")],
            "owner": [place.account.uid, place.account.gid] if place.account else None,
            "lock": lock,
        }
        script = str(Path(embedded_guardian.__file__).absolute())
        put_log_aside(place.log)
        users = _open(place.users)
        plan["users"] = users
        try:
            with place.log.open("ab") as log:
                process = subprocess.Popen(  # noqa: S603 - this Python, our script
                    [sys.executable, "-I", "-S", script, json.dumps(plan)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    pass_fds=(users, lock),
                    cwd="/",
                )
        finally:
            os.close(users)
        with process:
            answer = _first_line(process.stdout, deadline)
        if answer.get("ready") != "yes":
            raise Unavailable(
                answer.get("error", "The database does not start."),
                hint=" ".join(filter(None, (answer.get("hint", ""), f"The log is {place.log}."))),
            )


def _first_line(stream: IO[bytes] | None, deadline: float) -> dict[str, str]:
    if stream is None:
        return {}
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            return {"error": "The database does not become ready.", "hint": "It may still be recovering; try again."}
    with suppress(ValueError):
        return dict(json.loads(stream.readline()))
    return {}


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(f"A lock of the database cannot be opened: {error.strerror}.", where=str(path)) from error


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[int | None]:
    """Yield the lock file, held exclusively, or nothing when another holds it; a child that inherits it keeps it."""
    descriptor = _open(path)
    try:
        yield descriptor if _try_lock(descriptor, fcntl.LOCK_EX) else None
    finally:
        os.close(descriptor)
