"""How it goes with connections, and connections that are tried on purpose."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import connection_health, connection_tests, delivering, documents, fitting, pulled_signals, secrets
from bos.errors import Forbidden, Invalid, NotFound, Unavailable
from bos.outgoing.breaker import FAILURES
from bos.ports import Message
from bos.store.engine import transaction
from tests.unit.actions.jobs.test_pulling import pull, pulled  # noqa: F401 - a fixture
from tests.unit.actions.jobs.told import SAM


def of(one, actor=SAM):
    """Return how it goes with the connection of a test."""
    found = connection_health.health(one.ctx, actor).items
    (row,) = [row for row in found if row.connection == one.connection]
    return row


def test_health_says_what_waits_what_failed_and_what_was_sent(told):
    fresh = of(told)
    assert (fresh.state, fresh.breaker, fresh.waiting, fresh.dead, fresh.sent) == ("untried", "closed", 0, 0, 0)
    assert (fresh.system, fresh.unproven) == ("Ledger", "It met nothing but the ledger of a test.")
    assert fresh.tells == {told.flow: ("feedback", "kpi.state", "pack")}
    told.say("One", "Two")
    told.books.faults = [(503, {}, None)]
    told.deliver()
    failing = of(told)
    assert (failing.state, failing.failures, failing.waiting) == ("failing", 1, 2)
    assert failing.reason == "The ledger is busy (HTTP 503)."
    assert (failing.worked_at, failing.tried_at) == (None, failing.failed_at)
    told.now()
    told.deliver()
    well = of(told)
    assert (well.state, well.failures, well.waiting, well.sent) == ("well", 0, 1, 1)
    assert (well.reason, well.hint) == ("", "")
    assert timedelta(0) <= datetime.now(UTC) - well.worked_at < timedelta(seconds=30)
    told.books.faults = [(429, {"Retry-After": "60"}, None)]
    told.deliver()
    paused = of(told)
    assert (paused.state, paused.breaker) == ("paused", "open")
    told.save(enabled=False)
    assert of(told).state == "off"


def test_health_says_how_far_was_read_and_how_much(pulled):  # noqa: F811
    done = pull(pulled).result["signals"][0]
    found = of(pulled)
    assert found.upto == datetime.fromisoformat(done["end"])
    assert found.rows == done["added"]
    assert 120 <= found.lag_seconds < 120 + 60 + 30  # the last whole minute that is old enough
    assert found.state == "well"


def test_a_test_message_is_told_once_for_each_request(told):
    ctx = replace(told.ctx, idempotency_key="k1")
    first = connection_tests.test(ctx, SAM, told.connection)
    again = connection_tests.test(ctx, SAM, told.connection)
    assert first == again
    assert (first.told, first.read, first.reference) == (True, False, "entry 1")
    (entry,) = told.books.entries
    assert (entry["kind"], entry["title"]) == ("test", "Test message of BOS")
    assert entry["paragraphs"][0].startswith("Sam tries the connection L.")
    assert told.desk.tags(told.connection)[-1] == "connection.tried"
    assert of(told).state == "well"


def refuse(told):
    """Have the ledger refuse the newest message, as its title cannot be."""
    told.say("Impossible")
    with transaction(told.ctx.engine) as session:
        session.exec_driver_sql(
            """UPDATE delivery SET message = jsonb_set(message, '{title}', '"Impossible"') WHERE state = 'waiting'"""
        )
    assert told.deliver()


def test_a_message_that_is_refused_shows_until_the_next_success_and_counts_for_no_pause(told):
    told.say("Possible")
    told.deliver()
    assert of(told).state == "well"
    for number in range(1, FAILURES + 2):
        refuse(told)
        failing = of(told)
        assert (failing.state, failing.breaker, failing.failures, failing.dead) == ("failing", "closed", 0, number)
    assert (failing.reason, failing.hint) == ("The ledger takes no such title.", "Write another.")
    assert failing.failed_at == failing.tried_at > failing.worked_at
    told.say("Possible again")
    told.deliver()
    well = of(told)
    assert (well.state, well.reason, well.dead) == ("well", "", FAILURES + 1)


def test_a_message_that_is_refused_ends_no_row_of_failures(told):
    told.say("One")
    told.books.faults = [(500, {}, None)] * 2
    told.deliver()
    told.now()
    told.deliver()
    told.books.faults = []
    told.now()
    told.deliver()
    told.books.faults = [(500, {}, None)]
    told.say("Two")
    told.deliver()
    assert of(told).failures == 1
    told.now()
    with transaction(told.ctx.engine) as session:
        session.exec_driver_sql("""UPDATE delivery SET message = jsonb_set(message, '{title}', '"Impossible"')""")
    told.deliver()
    assert (of(told).failures, of(told).state) == (1, "failing")


def test_a_test_message_that_is_refused_shows_in_the_health(told, monkeypatch):
    impossible = Message(kind="test", flow="", title="Impossible", paragraphs=())
    with monkeypatch.context() as patch:
        patch.setattr(connection_tests, "_message", lambda *_: impossible)
        with pytest.raises(Invalid):
            connection_tests.test(told.ctx, SAM, told.connection)
    assert (of(told).state, of(told).reason) == ("failing", "The ledger takes no such title.")
    connection_tests.test(told.ctx, SAM, told.connection)
    assert of(told).state == "well"


def test_trying_what_fails_says_why_and_success_ends_the_pause(told):
    told.books.faults = [(429, {"Retry-After": "60"}, None)]
    with pytest.raises(Unavailable, match="The ledger is busy"):
        connection_tests.test(told.ctx, SAM, told.connection)
    assert of(told).state == "paused"
    connection_tests.test(told.ctx, SAM, told.connection)
    assert of(told).state == "well"


def test_trying_a_source_reads_an_hour_and_shows_no_row(pulled):  # noqa: F811
    done = connection_tests.test(pulled.ctx, SAM, pulled.connection)
    assert (done.told, done.read, done.rows) == (False, True, 2 * 60)
    assert set(done.columns) == {"time", "value", "labels"}
    assert done.end - done.start == timedelta(hours=1)
    assert pulled_signals.listing(pulled.ctx, SAM, pulled.flow).items[0].upto is None


def test_what_cannot_be_tried_says_what_is_missing(told, monkeypatch):
    with pytest.raises(NotFound):
        connection_tests.test(told.ctx, SAM, "nowhere")
    monkeypatch.setattr(fitting, "refuse_worse", lambda *_: None)  # as saved before its connector changed
    told.save(settings={"colour": "red"})
    with pytest.raises(Invalid, match="has no setting 'colour'"):
        connection_tests.test(told.ctx, SAM, told.connection)
    lonely = {"id": f"{told.flow}.prom", "title": "P", "connector": "prometheus", "address": "http://localhost:1"}
    documents.put(told.ctx, SAM, "connection", lonely["id"], lonely, rationale="Why.")
    with pytest.raises(Invalid, match="nothing to read"):
        connection_tests.test(told.ctx, SAM, lonely["id"])


def test_a_viewer_sees_health_and_no_secret_and_tries_nothing(told, monkeypatch):
    monkeypatch.setattr(delivering, "pause", lambda _: 600.0)
    secrets.give(told.ctx, SAM, told.connection, "token", "hush-hush", rationale="Why.")
    told.say("One")
    told.deliver()
    told.books.faults = [(503, {}, None)]
    told.say("Two")
    told.deliver()
    assert of(told).reason == "The ledger is busy (HTTP 503)."
    seen = of(told, told.desk.viewer)
    assert (seen.state, seen.reason, seen.hint) == ("failing", connection_health.UNTOLD, "")
    assert "hush-hush" not in seen.model_dump_json()
    with pytest.raises(Forbidden):
        connection_tests.test(told.ctx, told.desk.viewer, told.connection)
    with pytest.raises(Forbidden):
        secrets.listing(told.ctx, told.desk.viewer, told.connection)
    assert (told.connection, told.flow) not in delivering.due(told.ctx)
