"""What jobs that read rows quote of them is told to those alone who may read single rows, and kept in no journal."""

import json

import pytest

from bos.actions import jobs, rereading, work
from bos.actions.rights import UNTOLD, WITHHELD
from bos.auth.actor import Actor
from tests.doubles.splunk import Double
from tests.unit.actions.jobs.test_pulling_events import payments, pull, splunk  # noqa: F401 - a fixture
from tests.unit.actions.jobs.watched import SAM

VIC = Actor("vic", "Vic", roles=frozenset({"viewer"}))
ADA = Actor("ada", "Ada", roles=frozenset({"admin"}))
PERSON = "SECRETPERSON-0"
HEADLESS = f"{PERSON},L2-0,2026-01-02T10:00:00Z\n"


def seen(ctx, actor, id_):
    """Return a job as the API shows it to somebody, by itself and in the list."""
    one = jobs.show(ctx, actor, id_)
    (listed,) = (job for job in jobs.listing(ctx, actor).items if job.id == id_)
    assert one == listed
    return one


def journal(desk, id_):
    return json.dumps([row.after for row in desk.rows("SELECT after FROM journal WHERE id = :id", id=id_)])


@pytest.mark.parametrize("actor", [VIC, ADA], ids=lambda actor: actor.person)
def test_a_file_without_a_head_is_quoted_to_who_may_read_rows_alone(watched, actor):
    watched.put("a.csv", head=HEADLESS)
    watched.put("b.csv", "c1,opened,2026-01-02T10:00:00Z")
    done = watched.look()
    assert PERSON in seen(watched.ctx, SAM, done.id).result["files"][0]["problem"]
    told = seen(watched.ctx, actor, done.id)
    assert PERSON not in told.model_dump_json()
    assert [(one["name"], one["problem"]) for one in told.result["files"]] == [("a.csv", WITHHELD), ("b.csv", "")]
    assert told.result["files"][1] == done.result["files"][1]


@pytest.mark.parametrize("actor", [VIC, ADA], ids=lambda actor: actor.person)
def test_a_file_that_cannot_be_read_again_is_not_quoted_either(watched, desk, actor):
    watched.put("a.csv", "1,2026-01-02T10:00:00Z,north", head=f"{PERSON},at,branch\n")
    watched.save(map=f"case={PERSON},step=branch,time=at")
    assert watched.took() == {"a.csv": ("taken", 1)}
    watched.save()
    job = rereading.start(watched.ctx, SAM, watched.flow, watched.connection, "a.csv", rationale="Why.")
    work.run_job(watched.ctx, job.id, "test")
    assert PERSON in json.dumps(seen(watched.ctx, SAM, job.id).error)
    told = seen(watched.ctx, actor, job.id)
    assert (told.error["detail"], told.error["code"], told.error["hint"]) == (WITHHELD, "input", "")
    assert PERSON not in told.model_dump_json()
    assert PERSON not in journal(desk, job.id)
    assert WITHHELD in journal(desk, job.id)


def test_what_a_system_said_of_a_pull_stands_in_no_journal(splunk, desk):  # noqa: F811
    one = splunk(Double(events=payments(4)))
    one.double.faults["export"] = [{"messages": [[{"type": "FATAL", "text": f"Bad event: {PERSON}"}]]}]
    failed = pull(one)
    assert PERSON in json.dumps(failed.error)
    assert PERSON not in journal(desk, failed.id)
    assert UNTOLD in journal(desk, failed.id)
    assert '"system.search"' in journal(desk, failed.id)


def test_an_import_is_quoted_to_whom_sent_the_file_and_to_who_may_read_rows(desk, flow):
    failed = desk.run(desk.ask(flow, HEADLESS, mapping={"case": "x", "step": "y", "time": "z"}))
    assert PERSON in failed.error["detail"]
    author = Actor(failed.author, "A program", roles=frozenset({"viewer"}))
    for actor in (author, SAM):
        assert seen(desk.ctx, actor, failed.id).error == failed.error
    for actor in (VIC, ADA):
        told = seen(desk.ctx, actor, failed.id).error
        assert (told["detail"], told["details"], told["problems"]) == (WITHHELD, {}, [])
        assert PERSON not in json.dumps(told)
    assert PERSON not in journal(desk, failed.id)
