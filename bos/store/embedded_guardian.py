"""The guardian of one embedded PostgreSQL: starts it, restarts it, and stops it when its last user has gone.

Run as a script, by path, with a plan (JSON) as its only argument; it uses the standard library alone, so that it
starts in milliseconds and does not depend on how the process that asked for it found its packages.

Every process that uses the database holds a shared lock on one file. The guardian tries that lock exclusively: when
it succeeds, nobody is left, however the last user ended, because the kernel drops the locks of the dead. Should the
guardian itself be killed, the kernel tells PostgreSQL to stop (``PR_SET_PDEATHSIG``).
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POLL_SECONDS = 0.1  # how soon a guardian notices that its last user has gone
FAST_STOP_SECONDS = 60.0  # a fast stop writes a checkpoint; a slow disk may need this long
ABRUPT_STOP_SECONDS = 5.0
RESTARTS = 5  # restarts in a row, each without RESTART_CALM_SECONDS of service, before giving up
RESTART_CALM_SECONDS = 30.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h
READY_LINE = 7  # of postmaster.pid, counted from 0; "ready" once connections are accepted

_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})


class Refusal(Exception):
    """PostgreSQL cannot be started; carries what is wrong and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Guardian:
    """Keeps one PostgreSQL running for as long as somebody uses it."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.data = Path(plan["data"])
        self.sockets = Path(plan["sockets"])
        self.programs = Path(plan["programs"])
        self.options: list[str] = plan["options"]
        self.owner: tuple[int, int] | None = tuple(plan["owner"]) if plan["owner"] else None
        self.users = int(plan["users"])
        self.server: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Leave a data folder of the right version that no process uses.

        Raises:
            Refusal: the folder is of another version or is no database.
        """
        self._end_leftovers()
        for left in self.data.parent.glob(f"{self.data.name}.new*"):
            shutil.rmtree(left, ignore_errors=True)
        mark = self.data / "PG_VERSION"
        if not mark.exists():
            self._initialise(self.data.with_name(f"{self.data.name}.new.{os.getpid()}"))
            return
        found = mark.read_text(encoding="ascii").strip()
        if found != self._version():
            raise Refusal(
                f"The database of this home was made by PostgreSQL {found}; this BOS carries PostgreSQL "
                f"{self._version()}.",
                "Start it with the BOS that made it, dump it with pg_dump, and load the dump into a new home.",
            )

    def serve(self, report: Callable[[dict[str, str]], None]) -> None:
        """Run PostgreSQL until nobody uses it or a signal asks to stop; ``report`` hears when it is ready.

        Raises:
            Refusal: PostgreSQL ends again and again.
        """
        told, failures = False, 0
        self._start()
        started = time.monotonic()
        while not self._asked_to_stop():
            if not told and self._ready():
                report({"ready": "yes"})
                told = True
            if self.server is not None and self.server.poll() is not None:
                failures = 1 if time.monotonic() - started > RESTART_CALM_SECONDS else failures + 1
                if failures > RESTARTS or (not told and failures > 1):
                    raise Refusal("PostgreSQL ends as soon as it is started.", "Its log says why.")
                self._end_leftovers()
                self._start()
                started = time.monotonic()

    def stop(self) -> None:
        """Stop PostgreSQL: fast, then abruptly, then by force; leave no process of it."""
        steps = ((signal.SIGINT, FAST_STOP_SECONDS), (signal.SIGQUIT, ABRUPT_STOP_SECONDS), (signal.SIGKILL, 1.0))
        for number, patience in steps:
            if self.server is None or self.server.poll() is not None:
                break
            self.server.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(patience)
        self._end_leftovers()
        if self.sockets.parent != self.data.parent:
            with suppress(OSError):
                self.sockets.rmdir()  # leave nothing in a folder that all share

    def _asked_to_stop(self) -> bool:
        caught = signal.sigtimedwait(_SIGNALS, POLL_SECONDS)
        if caught is not None and caught.si_signo in {signal.SIGTERM, signal.SIGINT}:
            return True
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return False
        mine = self.server is not None and lines[:1] == [str(self.server.pid)]
        return mine and len(lines) > READY_LINE and lines[READY_LINE].strip() == "ready"

    def _start(self) -> None:
        self._forget_the_dead()
        arguments = [str(self.programs / "postgres"), "-D", str(self.data), *self.options]
        self.server = self._popen(arguments, dying_wish=signal.SIGINT)

    def _forget_the_dead(self) -> None:
        """Remove marks of a dead server that would keep the next from starting.

        Its number may now belong to another program, or to nobody who has been told of its end (a container whose
        first process does not look after orphans). The socket's folder is this server's alone. ``postmaster.pid`` of
        a dead number stays: PostgreSQL reads it to make sure that nobody uses the old shared memory.
        """
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.sockets / name).unlink(missing_ok=True)
        mark = self.data / "postmaster.pid"
        try:
            pid = int(mark.read_text(encoding="utf-8", errors="replace").split()[0])
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError):
            return
        except (ValueError, IndexError, PermissionError):
            pass
        mark.unlink(missing_ok=True)

    def _initialise(self, fresh: Path) -> None:
        """Make the data folder beside its place, then put it there in one step.

        ``fresh`` has a name of its own: what a killed forerunner started may still write into its own for an instant.
        """
        if self.data.exists() and any(self.data.iterdir()):
            raise Refusal(f"{self.data} is not empty and is no database.", "Move the folder away.")
        fresh.mkdir(mode=0o700)
        if self.owner is not None:
            os.chown(fresh, *self.owner)
        self._run(
            "initdb", "-D", str(fresh), "--username=bos", "--auth-local=trust", "--auth-host=reject",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        self._run("postgres", "--single", "-D", str(fresh), "postgres", text="CREATE DATABASE bos\n")
        with suppress(FileNotFoundError):
            self.data.rmdir()
        fresh.rename(self.data)

    def _version(self) -> str:
        """Return the major version of the programs, such as ``18``."""
        return self._run("postgres", "--version").split()[2].split(".")[0]

    def _run(self, program: str, *arguments: str, text: str = "") -> str:
        command = [str(self.programs / program), *arguments]
        with self._popen(command, dying_wish=signal.SIGKILL, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            output, _ = process.communicate(text.encode())
        if process.returncode != 0:
            raise Refusal(f"{program} failed (exit {process.returncode}).", "The log of the database says why.")
        return output.decode(errors="replace")

    def _popen(self, command: Sequence[str], *, dying_wish: signal.Signals, **pipes: int) -> subprocess.Popen[bytes]:
        parent = os.getpid()

        def bind_to_parent() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(dying_wish))
            if os.getppid() != parent:
                os._exit(1)

        drop: dict[str, Any] = {}
        if self.owner is not None:
            drop = {"user": self.owner[0], "group": self.owner[1], "extra_groups": []}
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": sys.stderr, **pipes}
        try:
            return subprocess.Popen(  # noqa: S603 - the programs of the wheel, with arguments of our own
                command,
                preexec_fn=bind_to_parent,  # noqa: PLW1509 - this process has one thread
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                cwd="/",
                umask=0o077,
                **streams,
                **drop,
            )
        except OSError as error:
            raise Refusal(f"{Path(command[0]).name} cannot be started: {error.strerror}.") from error

    def _end_leftovers(self) -> None:
        """End every process that still works in the data folder, which only one this guardian's forerunner left can."""
        for number, patience in ((signal.SIGINT, 5.0), (signal.SIGQUIT, ABRUPT_STOP_SECONDS), (signal.SIGKILL, 5.0)):
            deadline = time.monotonic() + patience
            pids = processes_in(self.data)
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            while pids and time.monotonic() < deadline:
                time.sleep(0.02)
                pids = processes_in(self.data)
            if not pids:
                return


def processes_in(folder: Path) -> list[int]:
    """Return the ids of the PostgreSQL processes that work in ``folder``; each has it as its working folder."""
    try:
        wanted = folder.stat()
    except FileNotFoundError:
        return []
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                cwd = (entry / "cwd").stat()
                same = (cwd.st_dev, cwd.st_ino) == (wanted.st_dev, wanted.st_ino)
                if same and (entry / "comm").read_text(encoding="utf-8").strip() == "postgres":
                    found.append(int(entry.name))
    return found


def _report(message: dict[str, str]) -> None:
    """Tell the process that asked for the guardian, if it still listens, and say no more."""
    with suppress(OSError):
        os.write(1, json.dumps(message).encode() + b"\n")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.close(quiet)


def main() -> int:
    """Guard; return the exit status."""
    if os.fork():
        return 0  # the guardian is nobody's child, so it outlives the process that asked for it
    os.setsid()
    plan = json.loads(sys.argv[1])
    lock = int(plan["lock"])
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    guardian = Guardian(plan)
    try:
        guardian.prepare()
        guardian.serve(_report)
    except Refusal as refusal:
        _report({"error": str(refusal), "hint": refusal.hint})
        return 1
    finally:
        guardian.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
