"""Any process of ``bos up`` is killed at seeded moments while a client writes: nothing acknowledged is lost.

Small programs stand in for the API and the worker: what is proved is the supervisor, the guardian and the database.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from bos.settings import Settings
from bos.store.embedded import open_database

STAND_IN = Path(__file__).parents[1] / "unit" / "serve" / "stand_in"
SEED = 20261123
TARGETS = ("supervisor", "stand_api", "stand_worker", "guardian", "postmaster", "everything")


@pytest.fixture(scope="module")
def settings():
    home, state_dir = Path(tempfile.mkdtemp(prefix="bos-up ")), Path(tempfile.mkdtemp(prefix="bos-state-"))
    state_dir.chmod(0o711)
    yield Settings.load(home=home, env={}, state_dir=state_dir)
    shutil.rmtree(home)
    shutil.rmtree(state_dir)


def base(settings):
    note = settings.home / "postgres.json"
    return Path(json.loads(note.read_text())["base"]) if note.exists() else settings.home


def processes(settings):
    """Return name and id of every living process of the home."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if entry.name.isdigit() and (str(settings.home) in line or str(base(settings)) in line):
                names = {"run_up": "supervisor", "embedded_guardian": "guardian", "bin/postgres": "postmaster"}
                name = next(
                    (names.get(part, part) for part in (*names, "stand_api", "stand_worker") if part in line), ""
                )
                found.append((name, int(entry.name)))
    return found


@contextmanager
def running(settings):
    process = subprocess.Popen(
        [sys.executable, STAND_IN / "run_up.py", settings.home, settings.state_dir, "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(STAND_IN)},
    )
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://"), url
        yield process, url
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


class Client(threading.Thread):
    """Writes numbers one by one and remembers those the API acknowledged."""

    def __init__(self, url, first):
        super().__init__()
        self.url, self.next = url, first
        self.acknowledged = []
        self.stopping = threading.Event()

    def run(self):
        with httpx.Client(base_url=self.url, trust_env=False, timeout=5) as http:
            while not self.stopping.is_set():
                self.next += 1
                with suppress(httpx.TransportError):
                    if http.get(f"/write/{self.next}").status_code == 200:
                        self.acknowledged.append(self.next)
                        continue
                time.sleep(0.02)


def kill_while_writing(settings, moment, target, first):
    with running(settings) as (process, url):
        client = Client(url, first)
        client.start()
        try:
            time.sleep(moment)
            before = len(client.acknowledged)
            for name, pid in processes(settings):
                if target in (name, "everything"):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            if target not in {"supervisor", "everything"}:
                wait_until(lambda: len(client.acknowledged) > before + 3)
                assert process.poll() is None
        finally:
            client.stopping.set()
            client.join()
    wait_until(lambda: processes(settings) == [])
    assert processes(settings) == [], "a process was left"
    with stored(settings) as numbers:
        assert set(client.acknowledged) <= numbers
    return client.next


def wait_until(holds, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)


@contextmanager
def stored(settings):
    database = open_database(settings)
    try:
        with psycopg.connect(database.conninfo) as session:
            yield {row[0] for row in session.execute("SELECT id FROM written")}
    finally:
        database.close()


def moments(count):
    dice = random.Random(SEED)
    return [(round(dice.uniform(0.0, 0.5), 4), TARGETS[index % len(TARGETS)]) for index in range(count)]


@pytest.mark.parametrize("target", ["supervisor", "everything"])
def test_nothing_acknowledged_is_lost_and_nothing_is_left_when_one_is_killed(settings, target):
    kill_while_writing(settings, 0.2, target, 1_000_000 * (1 + TARGETS.index(target)))


@pytest.mark.full
def test_nothing_acknowledged_is_lost_at_any_of_thirty_moments(settings):
    last = 100_000_000
    for moment, target in moments(30):
        last = kill_while_writing(settings, moment, target, last)
