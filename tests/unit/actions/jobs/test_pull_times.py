"""Pulls by themselves: once in each span, not twice at a time, and not while a system is left alone."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import documents, jobs, pull_times, pulled_signals, pulling, work
from bos.auth.actor import Actor
from bos.errors import Cancelled, Invalid
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


def bind(one, name, **binding):
    """Change the binding of a signal."""
    live = documents.show(one.ctx, SAM, "signal", name)
    content = live.document | {"binding": {**live.document["binding"], **binding}}
    documents.put(one.ctx, SAM, "signal", name, content, rationale="Why.", base_version=live.version)


def test_a_binding_says_its_own_interval_and_the_connection_that_of_all_others(pulled):  # noqa: F811
    other = {"id": f"{pulled.flow}.errors", "title": "E", "type": "system"}
    other["binding"] = {"connection": pulled.connection, "query": "errors"}
    documents.put(pulled.ctx, SAM, "signal", other["id"], other, rationale="Why.")
    content = documents.show(pulled.ctx, SAM, "template", pulled.flow)
    use = {"id": "errors", "signal": other["id"], "affects": ["all"]}
    wanted = content.document | {"system_signals": [*content.document["system_signals"], use]}
    ana = Actor("ana", "Ana", roles=frozenset({"process_owner", "sre"}))
    documents.put(pulled.ctx, ana, "template", pulled.flow, wanted, rationale="Why.", base_version=content.version)

    def queued(minutes):
        """Let some minutes pass; run the pulls that came, and return their signals."""
        pull_times.tick(pulled.ctx, AT.replace(minute=0) + timedelta(minutes=minutes))
        rows = waiting(pulled)
        for row in rows:
            work.run_job(pulled.ctx, row.id, "test")
        return sorted(row.arguments["signals"] for row in rows)

    bind(pulled, other["id"], every="5 minutes")
    assert queued(0) == [[other["id"]]]  # the connection says nothing
    assert [queued(minutes) for minutes in (4, 5)] == [[], [[other["id"]]]]
    every(pulled, "1 hour")
    told = {row.signal: row.every for row in pulled_signals.listing(pulled.ctx, SAM, pulled.flow).items}
    assert told == {pulled.signal: "1 hour", other["id"]: "5 minutes"}
    assert queued(10) == [[other["id"]], [pulled.signal]]
    assert [queued(minutes) for minutes in (15, 59, 60)] == [
        [[other["id"]]], [[other["id"]]], [[other["id"]], [pulled.signal]],
    ]  # fmt: skip


def test_a_binding_without_an_interval_is_the_content_it_was_before_there_was_one(pulled):  # noqa: F811
    live = documents.show(pulled.ctx, SAM, "signal", pulled.signal)
    assert "every" not in live.document["binding"]
    for given in ({}, {"every": None}):
        content = live.document | {"binding": {**live.document["binding"], **given}}
        documents.put(pulled.ctx, SAM, "signal", pulled.signal, content, rationale="Why.", base_version=live.version)
    assert documents.show(pulled.ctx, SAM, "signal", pulled.signal).version == live.version
    bind(pulled, pulled.signal, every="5 minutes")
    bind(pulled, pulled.signal, every=None)
    assert documents.show(pulled.ctx, SAM, "signal", pulled.signal).document == live.document


@pytest.mark.parametrize("span", ["30 seconds", "0 minutes", "5m", "often"])
def test_an_interval_that_is_too_short_or_none_is_refused_in_words(pulled, span):  # noqa: F811
    with pytest.raises(Invalid) as refused:
        bind(pulled, pulled.signal, every=span)
    (problem,) = refused.value.problems
    assert problem.path == "binding.every"
    assert "1 minute at least" in problem.hint


def test_an_interval_without_anything_to_pull_is_refused(pulled):  # noqa: F811
    with pytest.raises(Invalid, match="not over which connection and by which query"):
        bind(pulled, pulled.signal, every="5 minutes", query="")


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
