"""``bos up``: what starts together stops together, whoever is killed. Small programs stand in for the real ones."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sysconfig
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

LONG = pytest.mark.full
STAND_IN = Path(__file__).parent / "stand_in"
STOP_SECONDS = 12  # five for the children, a checkpoint for the database, and a slow machine


class Up:
    def __init__(self, person, home, *, port=0, apps_port=0, mode=""):
        paths = os.pathsep.join([str(STAND_IN), *person_paths()])
        self.person, self.home = person, home
        self.process = person.popen(
            STAND_IN / "run_up.py", home, person.state_dir, port,
            stdout=subprocess.PIPE, env={"STAND_IN": mode, "PYTHONPATH": paths, "BOS_APPS_PORT": str(apps_port)},
        )  # fmt: skip

    def line(self):
        return self.process.stdout.readline().strip()

    def started(self):
        self.url = self.line()
        assert self.url.startswith("http://127.0.0.1:"), self.url
        return self

    def get(self, path):
        return httpx.get(self.url + path, timeout=20, trust_env=False).text

    def end(self, number):
        self.process.send_signal(number)
        status = self.process.wait(STOP_SECONDS)
        self.process.stdout.close()
        return status

    def pids(self):
        """Return every living process of this home that is not the database's."""
        return [pid for pid, line in commands() if str(self.home) in line and "postgres" not in line]


def person_paths():
    return [str(Path(__file__).parents[3]), sysconfig.get_paths()["purelib"]]


def commands():
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit():
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def wait_until_none(find, seconds=STOP_SECONDS):
    deadline = time.monotonic() + seconds
    while (left := find()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.fixture
def up(make_person):
    started = []

    def make(*, person=None, home="home", **options):
        person = person or make_person("ordinary user")
        started.append(Up(person, person.folder / home, **options))
        return started[-1]

    yield make
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGTERM)
        with suppress(ValueError):
            one.process.stdout.close()


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=LONG), pytest.param(signal.SIGHUP, marks=LONG)]
)
def test_a_signal_stops_everything_with_no_orphan(up, person, processes_left, number):
    one = up(person=person, home="a home with a space").started()
    assert one.get("/readyz") == "ready"
    assert len(one.pids()) == 4
    begun = time.monotonic()
    assert one.end(number) == 0
    assert time.monotonic() - begun < STOP_SECONDS
    assert one.pids() == []
    assert processes_left(person, seconds=0.5) == []
    assert not (one.home / "server.json").exists()


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_finds_the_data(up, person, processes_left):
    one = up(person=person, mode="has a child").started()
    assert wait_until_none(lambda: len(one.pids()) != 5) is False, "the child starts a moment after its program"
    kept = person.hold(one.home)
    kept.ask("sql CREATE TABLE kept AS SELECT 42 AS answer")
    kept.end()
    one.process.kill()
    one.process.wait()
    assert wait_until_none(one.pids) == []
    assert processes_left(person) == []
    again = up(person=person).started()
    assert again.get("/readyz") == "ready"
    assert person.hold(again.home).ask("sql SELECT answer FROM kept") == [[42]]


def test_a_crashed_api_comes_back_on_the_same_port_and_no_caller_is_refused(up):
    one = up().started()
    before = one.get("/pid")
    with pytest.raises(httpx.TransportError):
        one.get("/crash")
    assert one.get("/pid") != before


@pytest.mark.full
def test_a_killed_worker_is_started_again(up, kill):
    one = up().started()

    def workers():
        return [pid for pid, line in commands() if "stand_worker" in line and str(one.home) in line]

    (first,) = workers()
    kill(first)
    found = [first]
    deadline = time.monotonic() + 60
    while found in ([], [first]) and time.monotonic() < deadline:
        time.sleep(0.05)
        found = workers()
    assert len(found) == 1
    assert found != [first]


@pytest.mark.full
@pytest.mark.parametrize("victim", ["guardian", pytest.param("postmaster", marks=LONG)])
def test_a_killed_database_comes_back_while_bos_stays_up(up, ordinary, kill, victim):
    one = up(person=ordinary).started()
    holder = ordinary.hold(one.home)
    holder.ask("close")
    kill(getattr(ordinary, victim)(one.home))
    beats = ordinary.hold(one.home)
    (before,) = beats.ask("sql SELECT count(*) FROM beats")[0]
    deadline = time.monotonic() + 20
    while beats.ask("sql SELECT count(*) FROM beats")[0][0] <= before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert beats.ask("sql SELECT count(*) FROM beats")[0][0] > before
    assert one.process.poll() is None


@pytest.mark.full
def test_a_program_that_keeps_ending_is_an_error_that_names_its_log(up):
    one = up(mode="fails at once")
    text = one.line()
    assert text.startswith("error: The api of BOS keeps ending (exit 1).")
    assert str(one.home / "logs" / "api.log") in text
    assert one.process.wait(STOP_SECONDS) == 1
    assert "the reason why" in (one.home / "logs" / "api.log").read_text()
    assert one.pids() == []


@pytest.mark.full
def test_a_program_that_ignores_the_request_to_stop_is_ended_by_force(up):
    one = up(mode="stubborn").started()
    assert one.end(signal.SIGTERM) == 0
    assert one.pids() == []


@LONG
def test_what_a_program_started_ends_with_it(up):
    one = up(mode="has a child").started()
    assert wait_until_none(lambda: len(one.pids()) != 5) is False, "the child starts a moment after its program"
    assert one.end(signal.SIGTERM) == 0
    assert wait_until_none(one.pids, seconds=2) == []


@LONG
def test_a_stop_during_the_start_leaves_nothing(up, ordinary, processes_left):
    one = up(person=ordinary, mode="slow")
    deadline = time.monotonic() + 20
    while len(one.pids()) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert one.end(signal.SIGINT) == 0
    assert one.pids() == []
    assert processes_left(ordinary, seconds=0.5) == []


def test_a_taken_port_is_named_with_the_flag_before_anything_starts(up, ordinary):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        one = up(person=ordinary, port=port)
        text = one.line()
        assert text.startswith(f"error: Port {port} is taken by another program.")
        assert "--port" in text
        assert one.process.wait(STOP_SECONDS) == 1
    assert not (one.home / "logs").exists()


def test_a_taken_port_of_the_apps_is_named_with_its_own_flag(up, ordinary):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        one = up(person=ordinary, apps_port=port)
        text = one.line()
        assert text.startswith(f"error: Port {port} is taken by another program.")
        assert "--apps-port (or BOS_APPS_PORT)" in text
        assert one.process.wait(STOP_SECONDS) == 1
    assert not (one.home / "logs").exists()


def test_a_second_start_on_the_same_home_is_told_where_the_first_runs(up, ordinary):
    first = up(person=ordinary).started()
    text = up(person=ordinary).line()
    assert text.startswith(f"error: BOS already runs on this home at {first.url}.")
    assert first.get("/readyz") == "ready"


def test_the_home_tells_where_its_server_runs(up, ordinary):
    one = up(person=ordinary).started()
    note = json.loads((one.home / "server.json").read_text())
    assert note["url"] == one.url
    assert note["pid"] == one.process.pid
    assert one.get("/port") == one.url.rpartition(":")[2]
