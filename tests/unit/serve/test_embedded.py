"""The embedded PostgreSQL: any home, any end of any process, nothing lost, nothing left, nothing opened."""

from __future__ import annotations

import os
import signal
import stat
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

LONG = pytest.mark.full
ODD_NAMES = {
    "every odd character": "my 'odd' \"home\" 100%20 of a señor, 日本 $HOME;`b`&|*\\",
    "two hundred characters": "x" * 200,
}


def permissions(folder):
    return {
        str(parent): (parent.stat().st_mode, parent.stat().st_uid, parent.stat().st_gid)
        for parent in (folder, *folder.parents)
    }


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES.keys())
def test_a_second_start_finds_the_data_in_a_home_with(person, name):
    home = person.folder / name
    before = permissions(person.folder) | permissions(person.state_dir)
    first = person.hold(home)
    assert "url" in first.first, first.first
    first.ask("sql CREATE TABLE kept AS SELECT 42 AS answer")
    first.end()
    second = person.hold(home)
    assert second.ask("sql SELECT answer FROM kept") == [[42]]
    assert second.first == first.first
    assert permissions(person.folder) | permissions(person.state_dir) == before
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@LONG
def test_a_home_that_exists_keeps_its_permissions(person):
    home = person.folder / "mine"
    home.mkdir()
    os.chown(home, person.uid, person.gid)
    home.chmod(0o750)
    holder = person.hold(home)
    assert "url" in holder.first
    assert stat.S_IMODE(home.stat().st_mode) == 0o750


def test_a_home_too_deep_for_postgresql_is_refused_in_words(ordinary):
    home = ordinary.folder.joinpath(*["y" * 200] * 5)
    assert "shorter path" in ordinary.hold(home).first["text"]


def test_nobody_else_gets_in(person):
    holder = person.hold(person.folder / "home")
    (sockets,) = parse_qs(urlsplit(holder.first["url"]).query)["host"]
    about = Path(sockets).stat()
    assert stat.S_IMODE(about.st_mode) == 0o700
    assert about.st_uid == (person.uid or about.st_uid)
    assert stat.S_IMODE((person.base(person.folder / "home") / "postgres").stat().st_mode) == 0o700
    assert holder.ask("sql SHOW listen_addresses") == [[""]]
    assert holder.ask("sql SHOW fsync") == [["on"]]


def test_many_processes_that_start_at_once_share_one_server(person):
    home = person.folder / "home"
    home.mkdir()
    os.chown(home, person.uid, person.gid)
    script = person.popen(
        "-c",
        "import subprocess, sys\n"
        "many = [subprocess.Popen([sys.executable, '-B', *sys.argv[1:]], stdin=subprocess.PIPE,"
        " stdout=subprocess.PIPE, text=True) for _ in range(5)]\n"
        "for one in many: one.stdin.write('sql SELECT pg_postmaster_start_time()\\n'); one.stdin.flush()\n"
        "for one in many: print(one.stdout.readline().strip()); print(one.stdout.readline().strip())\n"
        "for one in many: one.communicate()\n",
        __file__.replace("test_embedded", "hold"),
        home,
        person.state_dir,
        stdout=-1,
    )
    lines = script.communicate(timeout=120)[0].splitlines()
    assert len(lines) == 10
    assert len(set(lines)) == 2, "one address and one start time for all"


def test_the_server_stays_until_its_last_user_ends(person, processes_left):
    home = person.folder / "home"
    first, second = person.hold(home), person.hold(home)
    first.ask("close")
    assert second.ask("sql SELECT 1") == [[1]]
    second.ask("close")
    assert processes_left(person, seconds=1) == []


@LONG
def test_close_returns_when_the_server_has_stopped(person, processes_left):
    holder = person.hold(person.folder / "home")
    holder.ask("close")
    assert processes_left(person, seconds=0) == []


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGKILL, *(pytest.param(n, marks=LONG) for n in (signal.SIGINT, signal.SIGHUP))]
)
def test_a_user_ended_by_a_signal_leaves_no_process(person, processes_left, number):
    holder = person.hold(person.folder / "home")
    holder.process.send_signal(number)
    holder.end()
    assert processes_left(person) == []


def test_a_killed_postmaster_is_started_again_by_its_guardian(person, kill):
    home = person.folder / "home"
    holder = person.hold(home)
    holder.ask("sql CREATE TABLE kept AS SELECT 42 AS answer")
    kill(person.postmaster(home))
    assert holder.ask("ensure") == "done"
    assert holder.ask("sql SELECT answer FROM kept") == [[42]]


def test_a_killed_guardian_takes_the_server_along_and_the_next_call_brings_both_back(person, kill):
    home = person.folder / "home"
    holder = person.hold(home)
    holder.ask("sql CREATE TABLE kept AS SELECT 42 AS answer")
    postmaster = person.postmaster(home)
    kill(person.guardian(home))
    deadline = time.monotonic() + 20
    while Path(f"/proc/{postmaster}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{postmaster}").exists()
    assert holder.ask("ensure") == "done"
    assert holder.ask("sql SELECT answer FROM kept") == [[42]]


def test_the_next_start_recovers_when_everything_was_killed(person, kill):
    home = person.folder / "home"
    holder = person.hold(home)
    holder.ask("sql CREATE TABLE kept AS SELECT 42 AS answer")
    guardian, postmaster = person.guardian(home), person.postmaster(home)
    for pid in (holder.process.pid, postmaster, guardian):
        kill(pid)
    holder.end()
    assert person.hold(home).ask("sql SELECT answer FROM kept") == [[42]]


@LONG
def test_the_next_start_recovers_when_the_dead_servers_number_now_belongs_to_another_program(person):
    home = person.folder / "home"
    person.hold(home).ask("close")
    mark = person.base(home) / "postgres" / "postmaster.pid"
    mark.write_text(f"{os.getpid()}\n{mark.parent}\n1\n5432\n/tmp\n\n  1  1\nready\n")
    mark.chmod(0o600)
    assert person.hold(home).ask("sql SELECT 1") == [[1]]


@pytest.mark.parametrize("moment", [0.65, *(pytest.param(m, marks=LONG) for m in (0.02, 0.1, 0.25, 0.45, 0.75))])
def test_a_first_start_that_is_killed_half_way_is_begun_anew(person, kill, moment):
    home = person.folder / "home"
    process = person.popen(__file__.replace("test_embedded", "hold"), home, person.state_dir, stdin=-1, stdout=-1)
    lock = None
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            lock = person.guardian(home)
            break
        except (OSError, ValueError):
            time.sleep(0.002)
    time.sleep(moment)
    kill(lock)
    process.kill()
    process.communicate()
    assert person.hold(home).ask("sql SELECT 1") == [[1]]


@LONG
def test_data_of_another_version_is_refused_and_left_alone(person):
    home = person.folder / "home"
    person.hold(home).ask("close")
    mark = person.base(home) / "postgres" / "PG_VERSION"
    mark.write_text("17\n")
    first = person.hold(home).first
    assert first["error"] == "Unavailable"
    assert "PostgreSQL 17; this BOS carries PostgreSQL 18" in first["text"]
    mark.write_text("18\n")
    assert person.hold(home).ask("sql SELECT 1") == [[1]]


def test_a_folder_that_is_no_database_is_refused_and_left_alone(ordinary):
    precious = ordinary.folder / "home" / "postgres" / "precious.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")
    for path in (precious, precious.parent, precious.parent.parent):
        os.chown(path, ordinary.uid, ordinary.gid)
    assert "is no database" in ordinary.hold(ordinary.folder / "home").first["text"]
    assert precious.read_text() == "mine"


@LONG
def test_a_socket_folder_that_somebody_else_made_is_refused(ordinary):
    home = ordinary.folder / "a space"
    first = ordinary.hold(home)
    (sockets,) = parse_qs(urlsplit(first.first["url"]).query)["host"]
    first.ask("close")
    Path(sockets).mkdir()
    Path(sockets).chmod(0o755)
    try:
        assert "not private" in ordinary.hold(home).first["text"]
    finally:
        Path(sockets).rmdir()


@LONG
def test_a_long_transaction_does_not_keep_a_server_whose_user_was_killed(person, processes_left):
    holder = person.hold(person.folder / "home")
    connection = psycopg.connect(holder.first["url"].replace("+psycopg", ""))
    connection.execute("SELECT 1")
    holder.kill()
    assert processes_left(person) == []
    connection.close()


@LONG
def test_the_log_carries_no_statement(person):
    home = person.folder / "home"
    holder = person.hold(home)
    with (
        psycopg.connect(holder.first["url"].replace("+psycopg", "")) as connection,
        pytest.raises(psycopg.errors.DivisionByZero),
    ):
        connection.execute("SELECT 1 / 0 AS salary_of_somebody")
    text = (home / "logs" / "postgres.log").read_text()
    assert "division by zero" in text
    assert "salary_of_somebody" not in text
