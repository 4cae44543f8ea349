"""Pulls by themselves: once in each span, not twice at a time, and not while a system is left alone."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import documents, jobs, pull_times, pulling, work
from bos.errors import Cancelled
from bos.outgoing.breaker import FAILURES
from bos.store import jobs as stored
from bos.store.engine import alone, transaction
from bos.store.locks import seize
from tests.unit.actions.jobs.test_pulling import SAM, pull, pulled  # noqa: F401 - a fixture

AT = datetime(2026, 3, 2, 9, 30, 10, tzinfo=UTC)


def every(one, span):
    """Let the connection be pulled by itself."""
    content = documents.show(one.ctx, SAM, "connection", one.connection)
    wanted = content.document | {"pull_every": span}
    options = {"rationale": "Why.", "base_version": content.version}
    documents.put(one.ctx, SAM, "connection", one.connection, wanted, **options)


def waiting(one):
    with transaction(one.ctx.engine) as session:
        return stored.under_way(session, pulling.TASK, one.flow)


def test_many_workers_queue_one_pull_in_each_span_and_none_where_nothing_says_so(pulled):  # noqa: F811
    assert pull_times.tick(pulled.ctx, AT) == 0
    every(pulled, "15 minutes")
    found = []
    threads = [threading.Thread(target=lambda: found.append(pull_times.tick(pulled.ctx, AT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 0, 0, 1]
    (job,) = waiting(pulled)
    assert job.arguments["signals"] == [pulled.signal]
    work.run_job(pulled.ctx, job.id, "test")
    done = jobs.show(pulled.ctx, SAM, job.id)
    assert (done.state, done.author) == ("done", "system")
    assert pulled.double.asked
    assert pull_times.tick(pulled.ctx, AT + timedelta(minutes=14)) == 0
    assert pull_times.tick(pulled.ctx, AT + timedelta(minutes=15)) == 1


def test_a_pull_that_is_under_way_is_not_begun_twice_and_comes_when_it_is_done(pulled):  # noqa: F811
    every(pulled, "1 hour")
    job = pulling.start(pulled.ctx, SAM, pulled.flow)
    assert pull_times.tick(pulled.ctx, AT) == 0
    assert pull_times.tick(pulled.ctx, AT + timedelta(hours=1)) == 0
    work.run_job(pulled.ctx, job.id, "test")
    assert pull_times.tick(pulled.ctx, AT + timedelta(hours=1)) == 1
    assert len(waiting(pulled)) == 1


def test_a_system_that_fails_again_and_again_is_left_alone_by_pulls_too(pulled):  # noqa: F811
    every(pulled, "1 minute")
    pulled.double.breaks = [500] * FAILURES
    for _ in range(FAILURES):
        assert pull(pulled).error["code"] == "system.failed"
    asked = len(pulled.double.asked)
    refused = pull(pulled)
    assert refused.error["code"] == "system.paused"
    assert f"{pulled.connection} is left alone until" in refused.error["detail"]
    assert len(pulled.double.asked) == asked
    now = datetime.now(UTC)
    assert pull_times.tick(pulled.ctx, now) == 0
    with transaction(pulled.ctx.engine) as session:
        session.exec_driver_sql("UPDATE connection_state SET open_until = now()")
    assert pull(pulled).state == "done"
    assert pull_times.tick(pulled.ctx, datetime.now(UTC)) == 1


def test_a_pull_waits_for_a_place_and_can_be_cancelled_meanwhile(pulled):  # noqa: F811
    job = pulling.start(pulled.ctx, SAM, pulled.flow)
    with transaction(pulled.ctx.engine) as session:
        arguments = stored.find(session, job.id).arguments
    said = []

    def progress(_done, _total=None, message=""):
        said.append(message)
        if len(said) == 3:
            raise Cancelled("Enough.")

    with alone(pulled.ctx.engine) as held:
        assert all(seize(held, "piece", pulled.connection, str(number)) for number in range(2))
        with pytest.raises(Cancelled):
            pulling.run(pulled.ctx, job.id, arguments, progress)
    assert said == [f"Waiting: enough is under way with {pulled.connection}"] * 3
    assert pulled.double.asked == []
    work.run_job(pulled.ctx, job.id, "test")
    assert jobs.show(pulled.ctx, SAM, job.id).state == "done"


def test_a_retry_after_of_a_source_is_kept_to(pulled):  # noqa: F811
    pulled.double.breaks = [429]
    pulled.double.headers = {"Retry-After": "120"}
    assert pull(pulled).error["code"] == "system.busy"
    again = pull(pulled).error
    assert again["code"] == "system.paused"
    assert 110 < again["details"]["retry_after"] <= 120
