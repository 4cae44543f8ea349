"""API, worker and database of a real ``bos up`` are killed while clients write and import: what they were told holds.

Each moment kills one process by SIGKILL while one client makes documents and another imports files, both through
``bos.connect``, which repeats what a broken connection left open. Afterwards every acknowledged document is there
once, every import whole or absent, the journal's chain holds, and no process is left.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import duckdb
import pytest

import bos
from bos.errors import BosError
from bos.telemetry.lake import Lake

SEED = 20261124
TARGETS = ("api", "worker", "postmaster")
MOMENTS = 12  # a target
A_SESSION = 4  # kills of one `bos up`, which gives up after five in a row
ROWS = 4_000
SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
TEMPLATE = {
    "title": "Killed",
    "binding": {"mapping": {"case": "case", "step": "step", "time": "time"}, "format": "csv"},
    "flow": {"correlation_key": ["case"], "steps": [{"id": "s", "title": "S"}]},
    "ownership": [{"id": name.replace("_", "-"), "covers": name, "accountable": "process_owner"} for name in SECTIONS],
}


class Client(threading.Thread):
    """Does one thing after another through a workbench of its own, and remembers what was acknowledged."""

    def __init__(self, numbers):
        super().__init__()
        self.numbers = numbers
        self.acknowledged, self.doubtful = set(), set()
        self.stopping = threading.Event()

    def run(self):
        with bos.connect() as wb:
            while not self.stopping.is_set():
                name = f"n{next(self.numbers)}"
                self.doubtful.add(name)
                with suppress(BosError):
                    self.do(wb, name)
                    self.doubtful.remove(name)
                    self.acknowledged.add(name)

    def end(self):
        self.stopping.set()
        self.join()


class Writer(Client):
    def do(self, wb, name):
        done = wb.calendars.put(name, {"title": name}, rationale="Written.")
        assert done.version == 1


class Importer(Client):
    def do(self, wb, name):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / f"{name}.csv"
            rows = "".join(f"{name}-{n},s,2026-01-01T00:00:{n % 60:02}Z\n" for n in range(ROWS))
            log.write_text(f"case,step,time\n{rows}")
            done = wb.flow("killed").import_events(log)
        assert (done.added, done.duplicates) == (ROWS, 0)


def session(up, home, target, moments, numbers):
    """Kill the target at each moment of one ``bos up``; return the clients."""
    with up.running(home) as process:
        with bos.connect() as wb:
            if not wb.templates.list():
                wb.templates.put("killed", TEMPLATE, rationale="First.")
        clients = Writer(numbers), Importer(numbers)
        for client in clients:
            client.start()
        try:
            for moment in moments:
                time.sleep(moment)
                before = [len(client.acknowledged) for client in clients]
                up.kill(home, target)
                up.wait_until(
                    lambda seen=before: all(len(c.acknowledged) > n for c, n in zip(clients, seen, strict=True))
                )
                after = [len(client.acknowledged) for client in clients]
                assert all(now > then for now, then in zip(after, before, strict=True)), "a client could not go on"
        finally:
            for client in clients:
                client.end()
        assert process.poll() is None
    return clients


def check(home, writers, importers):
    written = set().union(*(client.acknowledged for client in writers))
    asked = written.union(*(client.doubtful for client in writers))
    with bos.connect() as wb:
        rows = {row.id: row.version for row in wb.calendars.list()}
        assert written <= rows.keys() <= asked
        assert set(rows.values()) == {1}
        assert wb.audit_verify().ok
        entries = [entry.id for entry in wb.audit_entries(kind="calendar", tag="document.created")]
        assert sorted(entries) == sorted(rows)
    files = list(Lake(home / "lake").snapshot("killed").files)
    with duckdb.connect() as connection:
        found = connection.read_parquet(files).aggregate(
            "split_part(case_id, '-', 1), count(*), count(distinct event_id)", "split_part(case_id, '-', 1)"
        )
        counts = {name: (rows, different) for name, rows, different in found.fetchall()}
    imported = set().union(*(client.acknowledged for client in importers))
    assert imported <= counts.keys() <= imported.union(*(client.doubtful for client in importers))
    assert set(counts.values()) == {(ROWS, ROWS)}


def kill_at(up, home, target, moments):
    numbers, parts = count(1), range(0, len(moments), A_SESSION)
    sessions = [session(up, home, target, moments[first : first + A_SESSION], numbers) for first in parts]
    check(home, *zip(*sessions, strict=True))


@pytest.mark.full
def test_nothing_acknowledged_is_lost_when_the_worker_is_killed_in_an_import(up, env):
    kill_at(up, env, "worker", [0.4])


@pytest.mark.full
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_acknowledged_is_lost_at_any_of_many_moments(up, env, target):
    dice = random.Random(SEED)
    kill_at(up, env, target, [dice.uniform(0.0, 0.8) for _ in range(MOMENTS)])
