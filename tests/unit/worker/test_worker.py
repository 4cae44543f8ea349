"""Workers share the work, take over from one another, and end when they are told to."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from bos.store import keys
from bos.store import outbox as rows_of_outbox
from bos.store.engine import transaction
from bos.store.migrate import _compare
from bos.worker.queue import SCHEMA, prepare


def waiting(job):
    return "Waiting" in job.message


def runner_of(works, job):
    (row,) = works.rows("SELECT runner FROM job WHERE id = %s", job.id)
    return row.runner


def once(works, flow):
    """Return whether a flow was imported exactly once."""
    commits = [commit for commit in works.ctx.lake.table(flow).commits() if "bos.batch" in commit]
    imported = works.rows("SELECT 1 FROM journal WHERE id = %s AND tag = 'telemetry.imported'", flow)
    batches = works.rows("SELECT 1 FROM batch WHERE flow = %s", flow)
    return len(commits) == len(imported) == len(batches) == 1


def test_a_worker_runs_what_waited_for_it_and_what_comes_while_it_works(works):
    before = works.ask(works.flow())
    with works.worker():
        assert works.wait(before, "done", "failed").state == "done"
        begun = time.monotonic()
        asked = works.ask(works.flow())
        assert works.wait(asked, "done", "failed").state == "done"
        assert time.monotonic() - begun < 10
    assert works.rows("SELECT * FROM outbox") == []
    assert works.rows("SELECT 1 FROM pg_tables WHERE schemaname = %s", SCHEMA)


def test_a_worker_that_is_killed_leaves_its_job_to_the_next_which_finishes_it_once(works):
    flow = works.flow()
    with works.busy(flow):
        first = works.start()
        asked = works.ask(flow)
        works.wait(asked, until=waiting)
        first.kill()
        first.wait()
        assert works.show(asked).state == "running"
    with works.worker():
        begun = time.monotonic()
        assert works.wait(asked, "done", "failed").state == "done"
        assert time.monotonic() - begun < 15  # no lease is waited for
    assert once(works, flow)


@pytest.mark.full
def test_a_worker_takes_over_from_one_that_is_killed_beside_it(works):
    flow = works.flow()
    first = works.start()
    with works.busy(flow):
        asked = works.ask(flow)
        works.wait(asked, until=waiting)
        dead = runner_of(works, asked)
        with works.worker():
            first.kill()
            first.wait()
            works.wait(asked, until=lambda _: runner_of(works, asked) != dead)
            assert works.wait(asked, until=waiting).state == "running"


@pytest.mark.full
def test_two_workers_started_at_once_share_the_work(works):
    flows = [works.flow() for _ in range(4)]
    with works.worker() as one, works.worker() as two:
        asked = [works.ask(flow) for flow in flows]
        assert {works.wait(job, "done", "failed").state for job in asked} == {"done"}
        assert one.poll() is None
        assert two.poll() is None
    assert all(once(works, flow) for flow in flows)


@pytest.mark.full
def test_a_worker_ends_in_time_and_gives_back_what_it_was_doing(works):
    flow = works.flow()
    with works.busy(flow):
        process = works.start()
        asked = works.ask(flow)
        works.wait(asked, until=waiting)
        begun = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        assert time.monotonic() - begun < 9
        assert works.show(asked).state == "queued"
    with works.worker():
        assert works.wait(asked, "done", "failed").state == "done"
    assert once(works, flow)


def test_a_worker_that_does_nothing_ends_at_once(works):
    process = works.start()
    asked = works.ask(works.flow())
    works.wait(asked, "done")
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - begun < 8
    assert "Traceback" not in works.log()


def test_messages_nobody_listens_to_hold_up_no_job(works):
    with transaction(works.ctx.engine) as connection:
        news = [("proposal.replaced", {"n": n}) for n in range(250)]
        rows_of_outbox.add(connection, news, datetime.now(UTC))
    asked = works.ask(works.flow())
    with works.worker():
        assert works.wait(asked, "done", "failed").state == "done"
    assert works.rows("SELECT * FROM outbox") == []


def test_a_worker_clears_away_what_nobody_needs(works):
    old = datetime.now(UTC) - timedelta(days=8)
    with transaction(works.ctx.engine) as connection:
        keys.write(connection, "ana", "old", "r", {}, old)
        keys.write(connection, "ana", "new", "r", {}, datetime.now(UTC))
    upload = works.ctx.staging / ("0" * 32)
    upload.mkdir()
    (upload / "log.csv").write_text("x")
    for path in (upload / "log.csv", upload):
        os.utime(path, (old.timestamp(), old.timestamp()))
    staged = works.ctx.lake.staging / "abandoned"
    staged.mkdir(parents=True)
    (staged / "lock").touch()
    with works.worker():
        deadline = time.monotonic() + 20
        while (staged.exists() or upload.exists()) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert not staged.exists()
    assert not upload.exists()
    assert [row.key for row in works.rows("SELECT key FROM idempotency_key WHERE key IN ('old', 'new')")] == ["new"]


def test_the_queue_has_a_schema_of_its_own_and_the_migrations_agree_with_the_tables(database_url):
    conninfo = database_url.replace("+psycopg", "", 1)
    prepare(conninfo)
    prepare(conninfo)
    assert _compare(database_url) == ""
    with psycopg.connect(conninfo) as connection:
        found = connection.execute("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'procrastinate%'")
        assert found.fetchall() == [(SCHEMA,)]


@pytest.mark.full
def test_the_queue_of_another_release_is_made_anew(database_url):
    conninfo = database_url.replace("+psycopg", "", 1)
    prepare(conninfo)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("COMMENT ON SCHEMA procrastinate IS 'other'; CREATE TABLE procrastinate.left_over ()")
        prepare(conninfo)
        assert connection.execute("SELECT to_regclass('procrastinate.left_over')").fetchone() == (None,)
        assert connection.execute("SELECT to_regclass('procrastinate.procrastinate_jobs')").fetchone() != (None,)


@pytest.mark.full
def test_a_worker_without_a_database_says_so_and_ends(works, monkeypatch):
    monkeypatch.setattr(works, "url", "postgresql://nobody@127.0.0.1:9/none")
    process = works.start()
    assert process.wait(60) == 1
    assert "Traceback" not in works.log()
