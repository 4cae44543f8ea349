"""PostgreSQL is killed at seeded moments while a client writes: no acknowledged row is lost, none is doubled."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from bos.settings import Settings
from bos.store.embedded import open_database
from bos.store.embedded_guardian import processes_in

SEED = 20261123
TARGETS = ("postmaster", "guardian", "postmaster and guardian", "a backend")


@pytest.fixture(scope="module")
def settings():
    home, state_dir = Path(tempfile.mkdtemp(prefix="bos-kill-")), Path(tempfile.mkdtemp(prefix="bos-state-"))
    state_dir.chmod(0o711)
    yield Settings.load(home=home, env={}, state_dir=state_dir)
    shutil.rmtree(home)
    shutil.rmtree(state_dir)


@pytest.fixture(scope="module")
def base(settings):
    database = open_database(settings)
    with psycopg.connect(database.conninfo) as connection:
        connection.execute("CREATE TABLE written (id bigint PRIMARY KEY)")
        connection.execute("CREATE TABLE pairs (id bigint, half int)")
        (data,) = connection.execute("SHOW data_directory").fetchone()
    database.close()
    return Path(data).parent


class Writer(threading.Thread):
    """Writes rows one by one, remembers those that were acknowledged, and goes on after every break."""

    def __init__(self, database, first):
        super().__init__()
        self.database = database
        self.first = self.next = first
        self.acknowledged = []
        self.doubtful = []
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            with (
                suppress(psycopg.OperationalError),
                psycopg.connect(self.database.conninfo, autocommit=True) as session,
            ):
                while not self.stopping.is_set():
                    self.write(session)
            time.sleep(0.01)

    def write(self, session):
        self.next += 1
        self.doubtful.append(self.next)
        with session.transaction():
            session.execute("INSERT INTO written VALUES (%s)", [self.next])
            session.execute("INSERT INTO pairs VALUES (%s, 1)", [self.next])
            session.execute("INSERT INTO pairs VALUES (%s, 2)", [self.next])
        self.doubtful.pop()
        self.acknowledged.append(self.next)


def victims(base, target):
    found = []
    if "postmaster" in target:
        found.append(int((base / "postgres" / "postmaster.pid").read_text().split()[0]))
    if "guardian" in target:
        found.append(int((base / "postgres.guardian").read_text()))
    if target == "a backend":
        postmaster = int((base / "postgres" / "postmaster.pid").read_text().split()[0])
        found.append(random.choice([pid for pid in processes_in(base / "postgres") if pid != postmaster]))
    return found


def connect(database):
    """Connect once the server has settled: a killed one may have let a last session go on for an instant."""
    deadline = time.monotonic() + 30
    while True:
        try:
            database.ensure()
            return psycopg.connect(database.conninfo)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the server does not come back"
            time.sleep(0.05)


def check_nothing_lost(database, writer):
    with connect(database) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM written")}
        halves = connection.execute("SELECT id FROM pairs GROUP BY id HAVING count(*) <> 2").fetchall()
        pairs = {row[0] for row in connection.execute("SELECT DISTINCT id FROM pairs")}
    assert set(writer.acknowledged) <= kept, "an acknowledged row was lost"
    assert {i for i in kept if i > writer.first} <= {*writer.acknowledged, *writer.doubtful}
    assert halves == [], "a transaction is half visible"
    assert pairs == kept


def kill_while_writing(settings, base, moment, target):
    database = open_database(settings)
    with psycopg.connect(database.conninfo) as connection:
        (first,) = connection.execute("SELECT coalesce(max(id), 0) FROM written").fetchone()
    writer = Writer(database, first)
    writer.start()
    try:
        time.sleep(moment)
        before = len(writer.acknowledged)
        for pid in victims(base, target):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while len(writer.acknowledged) <= before + 3 and time.monotonic() < deadline:
            database.ensure()
            time.sleep(0.02)
        assert len(writer.acknowledged) > before + 3, "the client could not go on"
    finally:
        writer.stopping.set()
        writer.join()
    check_nothing_lost(database, writer)
    database.close()
    assert processes_in(base / "postgres") == [], "a database process was left"


def moments(count):
    dice = random.Random(SEED)
    return [(round(dice.uniform(0.0, 0.4), 4), TARGETS[index % len(TARGETS)]) for index in range(count)]


@pytest.mark.parametrize(("moment", "target"), moments(4))
def test_no_acknowledged_row_is_lost_when_something_is_killed(settings, base, moment, target):
    kill_while_writing(settings, base, moment, target)


@pytest.mark.full
@pytest.mark.parametrize(("moment", "target"), moments(124)[4:])
def test_no_acknowledged_row_is_lost_at_any_of_thirty_moments_a_target(settings, base, moment, target):
    kill_while_writing(settings, base, moment, target)
