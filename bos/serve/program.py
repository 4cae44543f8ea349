"""One child process of ``bos up``: started, watched, started again after a crash, stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bos.errors import Unavailable
from bos.serve.child import GRACE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RESTARTS = 5  # in a row, each without CALM_SECONDS of service, before BOS gives up
CALM_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.2  # before a restart; doubles each time
LOG_BYTES = 20_000_000  # a longer log is copied aside as NAME.log.1 and emptied


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs: a module with its arguments, and the sockets it inherits."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    sockets: tuple[int, ...] = ()


class Child:
    """A running program, in a process group of its own: Ctrl-C in the terminal reaches the supervisor alone."""

    def __init__(self, program: Program, *, lifeline: int, log: Path, env: Mapping[str, str]) -> None:
        self.program = program
        self.log = log
        self._lifeline = lifeline
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None
        self._crashes = 0
        self._started = 0.0
        self._due = 0.0

    @property
    def pid(self) -> int | None:
        """The process id, while there is a process."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the program; its output is appended to the log."""
        command = [sys.executable, "-m", "bos.serve.child", str(self._lifeline), self.program.module]
        self._trim_log()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, a module of ours
                [*command, *self.program.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._lifeline, *self.program.sockets),
                env=dict(self._env),
                start_new_session=True,
            )
        self._started = time.monotonic()

    def tend(self, *, restarts: int = RESTARTS) -> None:
        """Start the program again when it has ended; to be called several times a second.

        Raises:
            Unavailable: it ends again and again; names the log.
        """
        if self._process is None:
            if time.monotonic() >= self._due:
                self.start()
            return
        status = self._process.poll()
        if status is None:
            self._trim_log()
            return
        calm = time.monotonic() - self._started > CALM_SECONDS
        self._crashes = 1 if calm else self._crashes + 1
        self._end_group(signal.SIGKILL)
        self._process = None
        if self._crashes > restarts:
            raise Unavailable(
                f"The {self.program.name} of BOS keeps ending ({_reason(status)}).",
                hint=f"Its log says why: {self.log}.",
            )
        self._due = time.monotonic() + FIRST_PAUSE_SECONDS * 2 ** (self._crashes - 1)

    def ask_to_stop(self) -> None:
        """Ask the program to stop; returns at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def end(self, *, within: float = GRACE_SECONDS) -> None:
        """Wait until the program has ended, at most ``within`` seconds; then end it and what it started by force."""
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within)
        self._end_group(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _end_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _trim_log(self) -> None:
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES:
                shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
                os.truncate(self.log, 0)


def _reason(status: int) -> str:
    return f"exit {status}" if status >= 0 else signal.Signals(-status).name
