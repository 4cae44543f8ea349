"""``bos doctor``: each thing that can be out of order is found, and said with what to do."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import psycopg
import pytest

from bos.errors import Unavailable
from bos.home import Home
from bos.outgoing.target import trusting
from bos.serve.doctor import doctor
from bos.serve.doctor_database import look_at
from bos.settings import Settings
from bos.store.embedded import open_database
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake
from bos.telemetry.staging import WORKING, working


@pytest.fixture
def settings(tmp_path, state_dir):
    return Settings.load(home=tmp_path / "home", env={}, state_dir=state_dir, port=0)


def found(settings):
    return {check.name: check for check in doctor(settings)}


@pytest.fixture
def no_database(settings):
    """Point at a database that is not there, so that only the machine is looked at."""
    Home(settings.home).token()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def look(**over):
        values = {"state_dir": settings.state_dir, "port": 0, **over}
        url = f"postgresql://a:b@127.0.0.1:{port}/c"
        return found(Settings.load(home=settings.home, env={}, database_url=url, **values))

    return look


def test_a_home_that_is_not_there_yet_is_in_order_and_is_not_made(settings):
    checks = found(settings)
    assert checks["home"].ok
    assert "database" not in checks
    assert not settings.home.exists()


def test_a_fresh_home_lacks_only_what_the_first_start_brings(settings):
    Home(settings.home).token()
    checks = found(settings)
    assert {name for name, check in checks.items() if not check.ok} <= {"migrations", "journal"}
    assert checks["database"].detail.startswith("PostgreSQL 18.")
    assert "0.0 s" in checks["clock"].detail


def test_a_database_that_does_not_answer_is_named_with_what_to_do(no_database):
    check = no_database()["database"]
    assert not check.ok
    assert "No PostgreSQL listens there" in check.detail
    assert check.hint


def test_a_home_others_may_enter_is_named(no_database, settings):
    settings.home.chmod(0o755)
    check = no_database()["home"]
    assert not check.ok
    assert "chmod" in check.hint


def test_a_token_others_may_read_is_named(no_database, settings):
    (settings.home / "token").chmod(0o644)
    assert "(token)" in no_database()["home"].detail


def test_a_taken_port_is_named_with_the_flag(no_database):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        check = no_database(port=taken.getsockname()[1])["server"]
    assert not check.ok
    assert "--port" in check.hint


def test_a_running_server_is_shown_and_its_port_is_no_fault(no_database, settings):
    lock = Home(settings.home).serve()
    with socket.create_server(("127.0.0.1", 0)) as own:
        Home(settings.home).note_running("http://127.0.0.1:1234")
        check = no_database(port=own.getsockname()[1])["server"]
    os.close(lock)
    assert check.ok
    assert "http://127.0.0.1:1234" in check.detail


@pytest.mark.parametrize(("limit", "ok"), [("500MB", True), ("1GiB", True), ("900TB", False), ("much", False)])
def test_a_memory_limit_beyond_the_machine_or_beyond_reading_is_named(no_database, limit, ok):
    assert no_database(memory_limit=limit)["memory"].ok is ok


def test_an_engine_that_cannot_start_here_is_named(no_database, monkeypatch):
    assert no_database()["engine"].detail.startswith("KPIs are computed by duckdb ")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    check = no_database(engine="local[2]")["engine"]
    assert (check.ok, "BOS_ENGINE is local[2], but" in check.detail) == (False, True)
    assert "bos-workbench[spark]" in check.hint


def test_abandoned_staging_is_named_and_fresh_staging_is_not(no_database, settings):
    staging = Home(settings.home).folder("staging")
    (staging / "now").mkdir()
    assert no_database()["staging"].ok
    (staging / "old").mkdir()
    os.utime(staging / "old", (time.time() - 2 * 86400,) * 2)
    assert no_database()["staging"].detail.startswith("1 abandoned batches, 0 ")


def test_a_file_of_authorities_that_cannot_be_used_is_named_with_its_setting(no_database, tmp_path):
    assert no_database()["authorities"].ok
    for content, why in ((None, "No such file"), ("none", "no certificate")):
        file = tmp_path / "authorities.pem"
        if content is not None:
            file.write_text(content)
        check = no_database(outgoing_ca_file=file)["authorities"]
        assert not check.ok
        assert "BOS_OUTGOING_CA_FILE" in check.detail
        assert why in check.detail
        with pytest.raises(Unavailable, match=why):
            trusting(file)


def test_copies_of_files_that_a_killed_worker_left_are_counted_and_those_in_use_are_not(no_database, settings):
    staging = Home(settings.home).folder("staging")
    with working(staging):
        assert no_database()["staging"].ok
        (staging / f"{WORKING}left").mkdir()
        assert no_database()["staging"].detail == "0 abandoned batches, 1 working folders of work that was cut off"


@pytest.fixture
def table(settings):
    lake = Lake(settings.home / "lake", settings.home / "staging")
    log = settings.home / "log.csv"
    log.write_text("case,step,time\n1,a,2026-01-01T10:00:00Z\n2,a,2026-01-02T10:00:00Z\n")
    mapping = {name: name for name in ("case", "step", "time")}
    import_events(lake, "loan", log, mapping=mapping, batch="one", rejects=settings.home)
    return lake.events("loan")


def test_a_lake_that_is_whole_is_in_order(no_database, table):
    assert table.is_dir()
    assert no_database()["lake"].detail == "1 tables, every file as it was written"


def test_a_lake_that_lost_a_file_is_named(no_database, table):
    file = next(table.glob("*.parquet"))
    file.unlink()
    assert f"{file.name} is missing or cannot be read" in no_database()["lake"].detail


def test_a_lake_with_a_flipped_bit_is_named(no_database, table):
    file = next(table.glob("*.parquet"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    check = no_database()["lake"]
    assert not check.ok
    assert f"{file.name} has other content than when it was written" in check.detail


def test_a_lake_whose_log_is_damaged_is_named(no_database, table):
    for entry in (table / "_delta_log").iterdir():
        entry.write_text("not json")
    check = no_database()["lake"]
    assert not check.ok
    assert "cannot be read" in check.detail


@pytest.fixture(scope="module")
def conninfo(tmp_path_factory):
    state = Path("/tmp") / f"bos-doctor-{os.getpid()}"  # noqa: S108 - a service account must reach it
    state.mkdir(mode=0o755)
    database = open_database(Settings.load(home=tmp_path_factory.mktemp("doctor"), env={}, state_dir=state))
    with psycopg.connect(database.conninfo) as session:
        session.execute("CREATE TABLE journal (n int)")
        session.execute("CREATE ROLE bos_app")
    yield database.conninfo
    database.close()
    import shutil  # noqa: PLC0415

    shutil.rmtree(state)


def journal(conninfo, *statements):
    with psycopg.connect(conninfo, autocommit=True) as session:
        for statement in ("REVOKE ALL ON journal FROM bos_app", "ALTER ROLE bos_app NOSUPERUSER", *statements):
            session.execute(statement)
    return next(check for check in look_at(conninfo) if check.name == "journal")


def test_a_journal_the_application_can_only_add_to_is_in_order(conninfo):
    assert journal(conninfo, "GRANT INSERT, SELECT ON journal TO bos_app").ok


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_a_journal_the_application_may_change_is_named(conninfo, right):
    check = journal(conninfo, f"GRANT INSERT, SELECT, {right} ON journal TO bos_app")
    assert not check.ok
    assert right in check.detail


def test_an_application_role_above_all_rights_is_named(conninfo):
    assert not journal(conninfo, "GRANT INSERT ON journal TO bos_app", "ALTER ROLE bos_app SUPERUSER").ok


def test_a_database_that_stops_answering_is_a_finding_and_no_crash():
    checks = look_at("postgresql://a@127.0.0.1:1/x?connect_timeout=2")
    assert not any(check.ok for check in checks)
