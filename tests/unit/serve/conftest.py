"""Real processes of real accounts: root where the tests run as root, and an ordinary user."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]


@dataclass
class Holder:
    """A process that holds the database open."""

    process: subprocess.Popen
    first: dict

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the program has ended; its first words were {self.first}"
        return json.loads(line)

    def kill(self):
        self.process.kill()
        self.end()

    def end(self):
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


@dataclass
class Person:
    """An account that runs BOS, with a folder of its own."""

    name: str
    uid: int
    gid: int
    python: str
    folder: Path
    state_dir: Path
    holders: list = field(default_factory=list)

    @property
    def root(self):
        return self.uid == 0

    def popen(self, *arguments, **options):
        drop = {} if self.uid == os.geteuid() else {"user": self.uid, "group": self.gid, "extra_groups": []}
        paths = os.pathsep.join([str(REPOSITORY), sysconfig.get_paths()["purelib"]])
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": paths, **options.pop("env", {})}
        command = [self.python, "-B", *map(str, arguments)]
        return subprocess.Popen(command, env=env, cwd=self.folder, text=True, **drop, **options)

    def hold(self, home):
        process = self.popen(HERE / "hold.py", home, self.state_dir, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder = Holder(process, json.loads(process.stdout.readline() or "{}"))
        self.holders.append(holder)
        return holder

    def base(self, home):
        """Return the folder of the data and the locks."""
        return Path(json.loads((home / "postgres.json").read_text())["base"]) if self.root else home

    def guardian(self, home):
        return int((self.base(home) / "postgres.guardian").read_text())

    def postmaster(self, home):
        return int((self.base(home) / "postgres" / "postmaster.pid").read_text().split()[0])


def _python_for(account):
    """Return a Python that ``account`` can run, or nothing."""
    candidates = [sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"]
    for python in candidates:
        with suppress(OSError):
            done = subprocess.run(
                [python, "-c", ""], user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", check=False
            )
            if done.returncode == 0:
                return python
    return None


def _ordinary():
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()), sys.executable
    account = pwd.getpwnam("nobody")
    python = _python_for(account)
    if python is None:
        pytest.skip("no Python that an ordinary user can run")
    return account, python


@pytest.fixture
def state_dir():
    folder = Path(tempfile.mkdtemp(prefix="bos-state-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make_person(state_dir):
    people = []

    def make(name):
        if name == "root" and os.geteuid() != 0:
            pytest.skip("needs root")
        account, python = (pwd.getpwuid(0), sys.executable) if name == "root" else _ordinary()
        folder = Path(tempfile.mkdtemp(prefix="bos-person-"))
        os.chown(folder, account.pw_uid, account.pw_gid)
        people.append(Person(name, account.pw_uid, account.pw_gid, python, folder, state_dir))
        return people[-1]

    yield make
    for person in people:
        for holder in person.holders:
            holder.end()
        left = wait_for_none(person)
        shutil.rmtree(person.folder, ignore_errors=True)
        assert left == [], "a database process outlived its users"


@pytest.fixture(params=[pytest.param("root", marks=pytest.mark.full), "ordinary user"])
def person(request, make_person):
    return make_person(request.param)


@pytest.fixture
def ordinary(make_person):
    return make_person("ordinary user")


@pytest.fixture
def root(make_person):
    return make_person("root")


def database_processes(person):
    """Return the command lines of every guardian and postmaster of the person's homes."""
    marks = (str(person.folder), str(person.state_dir))
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if entry.name.isdigit() and any(mark in line for mark in marks) and "postgres" in line:
                found.append(f"{entry.name} {line[:200]}")
    return found


def wait_for_none(person, seconds=20.0):
    """Wait until no database process of the person is left; return those that are."""
    deadline = time.monotonic() + seconds
    left = database_processes(person)
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = database_processes(person)
    return left


@pytest.fixture
def processes_left():
    return wait_for_none


@pytest.fixture
def kill():
    def send(pid, number=signal.SIGKILL):
        os.kill(pid, number)

    return send
