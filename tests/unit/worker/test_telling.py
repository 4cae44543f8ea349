"""Workers tell connected systems what happened: several share the work, and one that is killed leaves nothing twice."""

from __future__ import annotations

import random
import time

import pytest

from bos.actions import documents, feedback
from bos.auth.actor import Actor
from tests.unit.connectors.ledger_double import Books, serving
from tests.unit.worker.conftest import ANA

SAM = Actor("sam", "Sam", roles=frozenset({"sre"}))
MOMENTS = 16


@pytest.fixture
def books():
    return Books()


@pytest.fixture
def ledger(works, books):
    """Return a function that makes flows of which the ledger hears; it returns them."""
    with serving(books) as url:

        def hear(many, **over):
            flows = [works.flow() for _ in range(many)]
            content = {"id": f"{flows[0]}.ledger", "title": "L", "connector": "ledger", "address": url, **over}
            content["tells"] = {flow: ["feedback"] for flow in flows}
            documents.put(works.ctx, SAM, "connection", content["id"], content, rationale="Why.")
            return flows

        yield hear


def say(works, flow, text):
    feedback.give(works.ctx, ANA, flow, text, type="idea")


def until(holds, works, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, works.log()
        time.sleep(0.01)


def waiting(works):
    return works.rows("SELECT count(*) FROM delivery WHERE state = 'waiting'")[0][0]


@pytest.mark.full
def test_two_workers_share_what_is_to_be_told_and_tell_each_once_in_order(works, ledger, books):
    flows = ledger(4, at_once=2)
    books.slow = 0.05
    for n in range(5):
        for flow in flows:
            say(works, flow, f"{n} of {flow}")
    with works.worker(), works.worker():
        until(lambda: len(books.entries) >= 20 and not waiting(works), works)
    assert len({entry["key"] for entry in books.entries}) == len(books.entries) == 20
    for flow in flows:
        told = [entry["title"].partition(": ")[2] for entry in books.entries if entry["flow"] == flow]
        assert told == [f"{n} of {flow}" for n in range(5)]
    assert books.most <= 2
    assert works.rows("SELECT DISTINCT state FROM delivery") == [("sent",)]


@pytest.mark.full
def test_workers_killed_between_sending_and_recording_tell_everything_exactly_once(works, ledger, books):
    chance = random.Random(5)
    flows = ledger(3, at_once=3)
    books.slow = 0.3
    said = between = 0
    for _ in range(MOMENTS):
        for _ in range(3):
            say(works, chance.choice(flows), f"message {said}")
            said += 1
        before = len(books.posts)
        process = works.start()
        until(lambda before=before: len(books.posts) > before, works)
        time.sleep(chance.uniform(0, 0.35))
        process.kill()
        process.wait()
        entered = {entry["key"] for entry in list(books.entries)}
        between += any(key in entered for (key,) in works.rows("SELECT key FROM delivery WHERE state = 'waiting'"))
        # what was tried waits for its next attempt; let it come now
        works.rows("UPDATE delivery SET due_at = now(), attempts = 0 WHERE state = 'waiting' RETURNING 1")
    assert between > MOMENTS / 2, "too few were killed between sending and recording"
    books.slow = 0
    with works.worker():
        until(lambda: not waiting(works) and not works.rows("SELECT 1 FROM outbox"), works, 120)
    told = [entry["title"].partition(": ")[2] for entry in books.entries]
    assert sorted(told) == sorted(f"message {n}" for n in range(said))
    assert len({entry["key"] for entry in books.entries}) == said
    for flow in flows:
        numbers = [int(entry["title"].split()[-1]) for entry in books.entries if entry["flow"] == flow]
        assert numbers == sorted(numbers)
