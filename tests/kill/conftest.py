"""A real ``bos up`` on a home of its own, its processes, and how one of them is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from bos.home import Home

STOP_SECONDS = 100  # children have five seconds each, PostgreSQL seventy: its last checkpoint waits for the disk


@pytest.fixture
def env(monkeypatch):
    home, state = Path(tempfile.mkdtemp(prefix="bos-kill ")), Path(tempfile.mkdtemp(prefix="bos-state-"))
    state.chmod(0o711)
    monkeypatch.setenv("BOS_HOME", str(home))
    monkeypatch.setenv("BOS_STATE_DIR", str(state))
    yield home
    shutil.rmtree(home)
    shutil.rmtree(state)


def processes(home):
    """Return name and id of every living process of the home."""
    note = home / "postgres.json"
    base = json.loads(note.read_text())["base"] if note.exists() else str(home)
    names = {
        "bos.serve.api": "api",
        "bos.worker": "worker",
        "bin/postgres": "postmaster",
        "embedded_guardian": "guardian",
    }
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if entry.name.isdigit() and (str(home) in line or base in line):
                found.append((next((name for part, name in names.items() if part in line), "up"), int(entry.name)))
    return found


@contextmanager
def running(home):
    command = [sys.executable, "-m", "bos.cli.main", "up", "--port", "0", "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=dict(os.environ))
    try:
        wait_until(lambda: Home(home).running() is not None, 60)
        assert Home(home).running() is not None, "bos up does not start"
        yield process
    finally:
        stop(process, home)
    wait_until(lambda: processes(home) == [])
    assert processes(home) == [], "a process was left"


def stop(process, home):
    """Ask ``bos up`` to stop; what still ran when its time was over is told, and ended."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        left = processes(home)
        process.send_signal(signal.SIGABRT)
        process.wait()
        pytest.fail(f"bos up does not stop within {STOP_SECONDS} seconds; still there: {left}")


def wait_until(holds, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)


def kill(home, target):
    """Kill every process of a kind."""
    for name, pid in processes(home):
        if name == target:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def up():
    """Return ``processes``, ``running``, ``kill`` and ``wait_until`` for a home."""
    return SimpleNamespace(processes=processes, running=running, kill=kill, wait_until=wait_until)
