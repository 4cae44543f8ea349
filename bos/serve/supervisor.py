"""``bos up``: the database, the API, the worker and the apps of one home, started together and stopped together."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import webbrowser
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING

from bos.errors import Conflict, Unavailable
from bos.home import Home
from bos.kpi.engines import check_there
from bos.resources import share
from bos.serve.address import answers, url_of
from bos.serve.doors import Doors, check_open_to_others, open_doors
from bos.serve.program import Child, Program
from bos.store.embedded import Database, open_database

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

    from bos.settings import Settings

READY_SECONDS = 120.0
TEND_SECONDS = 0.2
KEPT_FROM = {"BOS_OIDC_CLIENT_SECRET": {"worker", "apps"}, "BOS_SECRET_KEY": {"apps"}}
"""What some processes need not know: it does not stand in their environment."""
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stop(BaseException):
    """Somebody asked BOS to stop while it was starting."""


class Supervisor:
    """Runs the programs of one home until a signal asks to stop; to be used from the main thread.

    ``programs`` names them, given the settings and the listening sockets; ``migrate`` brings the database up to date.

    Attributes:
        home: the home.
        url: the address of the API, once it is taken.
        apps_url: the address of the apps, once it is taken.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        programs: Callable[[Settings, Doors], Sequence[Program]],
        migrate: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self.home = Home(settings.home)
        self.url = ""
        self.apps_url = ""
        self._programs = programs
        self._migrate = migrate
        self._children: list[Child] = []
        self._asked = False  # no lock: a signal may come while this thread holds it
        self._starting = True

    def run(self, ready: Callable[[str], bool]) -> None:
        """Start everything, call ``ready`` with the address, and stay while it returns true; then stop everything.

        Raises:
            BosError: something cannot be started, or ends again and again; everything has been stopped.
        """
        with self._signals(), ExitStack() as undo:
            try:
                self._run(undo, ready)
            except _Stop:
                return
            finally:
                self._starting = False

    def _run(self, undo: ExitStack, ready: Callable[[str], bool]) -> None:
        self._take_home(undo)
        doors = open_doors(self.settings, undo)
        self.url, self.apps_url = url_of(doors.api), url_of(doors.apps)
        database = open_database(self.settings)
        undo.callback(database.close)
        self._migrate(database.url)
        self._start_children(undo, doors)
        self._wait_until_ready({doors.api: "/readyz", doors.apps: "/healthz"})
        self.home.note_running(self.url)
        undo.callback(self.home.note_stopped)
        stay = ready(self.url)
        self._starting = False
        while stay and not self._asked:
            self._tend(database)
            time.sleep(TEND_SECONDS)

    def _take_home(self, undo: ExitStack) -> None:
        check_open_to_others(self.settings)
        check_there(self.settings.engine)
        lock = self.home.make().serve()
        if lock is None:
            running = self.home.running()
            raise Conflict(
                f"BOS already runs on this home at {running.url}." if running else "BOS is starting on this home.",
                where=str(self.home.path),
                hint="Use that one, stop it with Ctrl-C in its terminal, or choose another home with --home.",
            )
        undo.callback(os.close, lock)
        self.home.refuse_restoring()
        self.home.note_stopped()
        self.home.token()
        self.home.session_key()
        self.home.new_start_key()
        undo.callback(self.home.forget_start_key)

    def _start_children(self, undo: ExitStack, doors: Doors) -> None:
        lifeline, holder = os.pipe()
        undo.callback(os.close, lifeline)
        undo.callback(os.close, holder)
        undo.callback(self._stop_children)
        logs = self.home.folder("logs")
        env = environment(self.settings, port=doors.port, apps_port=doors.apps_port)
        for program in self._programs(self.settings, doors):
            own = {name: value for name, value in env.items() if program.name not in KEPT_FROM.get(name, ())}
            child = Child(program, lifeline=lifeline, log=logs / f"{program.name}.log", env=own)
            self._children.append(child)
            child.start()

    def _wait_until_ready(self, asked: Mapping[socket.socket, str]) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not all(answers(listener, path) for listener, path in asked.items()):
            if time.monotonic() > deadline:
                logs = self.home.path / "logs"
                raise Unavailable("BOS does not become ready.", hint=f"The logs in {logs} say why.")
            for child in self._children:
                child.tend(restarts=1)
            time.sleep(TEND_SECONDS / 4)

    def _tend(self, database: Database) -> None:
        for child in self._children:
            child.tend()
        database.tend()

    def _stop_children(self) -> None:
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.end()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._on_signal) for number in STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        already, self._asked = self._asked, True
        if self._starting and not already:
            raise _Stop


def environment(settings: Settings, *, port: int, apps_port: int) -> Mapping[str, str]:
    """Return the environment of a child: this process's own, with every setting as it is in force."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    values |= {"port": port, "apps_port": apps_port}
    own = {f"BOS_{name.upper()}": str(value) for name, value in values.items() if value is not None}
    return {**os.environ, **own, "PYTHONUNBUFFERED": "1"}


def programs_of(settings: Settings, doors: Doors) -> tuple[Program, ...]:
    """Return the programs ``bos up`` runs beside the database."""
    home = ("--home", str(settings.home))
    return (
        _listening("api", "bos.serve.api", home, doors.api, doors.public_api),
        Program("worker", "bos.worker", home),
        _listening("apps", "bos.serve.apps", (*home, "--api", url_of(doors.api)), doors.apps, doors.public_apps),
    )


def _listening(
    name: str, module: str, asked: tuple[str, ...], own: socket.socket, public: socket.socket | None
) -> Program:
    """Return a program that serves on one socket or two."""
    if public is None:
        return Program(name, module, (*asked, "--socket", str(own.fileno())), (own.fileno(),))
    both = (own.fileno(), public.fileno())
    return Program(name, module, (*asked, "--socket", str(both[0]), "--public-socket", str(both[1])), both)


def up(
    settings: Settings,
    *,
    check: bool = False,
    open_browser: bool | None = None,
    prepare: Callable[[str], None] | None = None,
) -> int:
    """Run BOS on a home until Ctrl-C, SIGTERM or SIGHUP; return the exit status.

    Args:
        settings: of the home.
        check: probe every endpoint and every page, print what was found, and stop; the status is 1 when one fails.
        open_browser: open the address in a browser; ``None`` does so on a desktop when a person started it.
        prepare: called with the address once BOS answers, before people are told (``bos demo`` fills the home here).

    Raises:
        BosError: BOS cannot be started, or a part of it ends again and again; everything has been stopped.
    """
    found: list[bool] = []

    def ready(url: str) -> bool:
        if prepare is not None:
            prepare(url)
        if check:
            found.append(_checked(url, supervisor))
            return False
        address = settings.address if settings.sign_on else f"{url}/?key={supervisor.home.start_key()}"
        say(f"BOS is running at {address} — Ctrl-C stops it")
        if _wants_browser(open_browser):
            webbrowser.open(address)
        return True

    supervisor = Supervisor(settings, programs=programs_of, migrate=_migrate)
    supervisor.run(ready)
    return 0 if all(found) and (found or not check) else 1


def _checked(url: str, supervisor: Supervisor) -> bool:
    probe = importlib.import_module("bos.serve.probe")
    endpoints = probe.probe(url, supervisor.home.token(), say)
    folder = supervisor.settings.apps_folder or share("voila_apps")
    names = sorted(path.stem for path in folder.glob("*.ipynb"))
    address = None if supervisor.settings.sign_on else f"{url}/?key={supervisor.home.start_key()}"
    apps_url = f"{supervisor.apps_url}{supervisor.settings.apps_path.rstrip('/')}"
    pages = probe.probe_pages(address, apps_url, names, say)
    return bool(endpoints and pages)


def _migrate(url: str) -> None:
    importlib.import_module("bos.store.migrate").upgrade(url)


def say(line: str) -> None:
    """Tell the person at the terminal, if there still is one."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except (BrokenPipeError, OSError):
        return


def _wants_browser(asked: bool | None) -> bool:  # noqa: FBT001 - passed on as it came
    if asked is not None:
        return asked
    return sys.stdout.isatty() and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
