"""Calls are repeated where that is safe, under one key, and failures become errors."""

from __future__ import annotations

import socket
import time

import httpx
import pytest

from bos.client import transport
from bos.client.flow import Flow
from bos.client.jobs import wait
from bos.client.transport import Calls
from bos.errors import Cancelled, InputError, Internal, NotFound, Unavailable
from bos.model.answers.jobs import Job
from bos.model.answers.people import Me

LOST = "the connection is closed without an answer"
BROKEN = "the answer breaks off"
ME = {"person": "ana", "display": "Ana", "roles": [], "version": "1"}


def job(state, **members):
    return {
        "id": "j1", "task": "telemetry.import", "state": state, "author": "ana",
        "created_at": "2026-01-01T00:00:00Z", **members,
    }  # fmt: skip


def test_a_write_whose_answer_is_lost_is_repeated_under_its_key(script, calls):
    script.answers = [LOST, LOST, (200, ME)]
    assert calls.ask(Me, "POST", "/x", json={"a": 1}).person == "ana"
    assert [body for _, _, _, body in script.asked] == [b'{"a":1}'] * 3
    assert len(set(script.keys())) == 1
    assert script.keys()[0]


def test_each_write_has_a_key_of_its_own_and_a_read_has_none(script, calls):
    script.answers = [(200, ME)]
    for method in ("POST", "PUT", "DELETE", "GET"):
        calls.ask(Me, method, "/x")
    *writes, read = script.keys()
    assert len(set(writes)) == 3
    assert read is None


def test_a_server_that_is_busy_is_asked_again(script, calls):
    script.problem(503, kind="unavailable", detail="Starting.")
    script.answers.append((200, ME))
    assert calls.ask(Me, "GET", "/x").person == "ana"


def test_what_asking_again_does_not_mend_is_told_at_once(script, calls):
    script.problem(503, kind="unavailable", code="damaged", detail="A file is damaged.")
    script.answers.append((200, ME))
    with pytest.raises(Unavailable, match="A file is damaged"):
        calls.ask(Me, "GET", "/x")
    assert len(script.asked) == 1


def test_who_asked_too_often_waits_as_long_as_the_server_says(script, calls):
    script.problem(429, kind="too-many", detail="Too many requests.", details={"retry_after": 1})
    script.answers.append((200, ME))
    began = time.monotonic()
    assert calls.ask(Me, "POST", "/x", json={}).person == "ana"
    assert time.monotonic() - began >= 1
    assert len(set(script.keys())) == 1


def test_a_refusal_is_not_repeated(script, calls):
    script.problem(404, kind="not-found", detail="Nothing there.")
    with pytest.raises(NotFound, match="Nothing there"):
        calls.ask(Me, "POST", "/x")
    assert len(script.asked) == 1


def test_a_server_that_keeps_losing_answers_is_unavailable_in_the_end(script, calls, monkeypatch):
    monkeypatch.setattr(transport, "LOST_SECONDS", 0.2)
    script.answers = [LOST]
    with pytest.raises(Unavailable, match="does not answer") as caught:
        calls.ask(Me, "GET", "/x")
    assert caught.value.hint
    assert len(script.asked) > 1


def test_nobody_listening_is_told_soon(monkeypatch):
    monkeypatch.setattr(transport, "REFUSED_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    calls = Calls(httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False), patient=True)
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="does not answer") as caught:
        calls.ask(Me, "GET", "/x")
    assert str(port) in caught.value.where
    assert time.monotonic() - begun < 15
    calls.close()


@pytest.mark.parametrize(
    ("status", "content"),
    [(200, b"<html>"), (200, {"other": 1}), (502, b"Bad gateway"), (500, [1]), (403, {"message": "no"}), (302, b"")],
)
def test_an_answer_that_is_none_of_ours_is_told_as_such(script, calls, status, content):
    script.answers = [(status, content)]
    with pytest.raises(Internal, match="not BOS"):
        calls.ask(Me, "GET", "/x")


def test_a_file_is_sent_again_from_its_beginning(script, calls, tmp_path):
    log = tmp_path / "log.csv"
    log.write_bytes(bytes(range(256)) * 10_000)
    script.answers = [LOST, (202, job("queued"))]
    assert Flow(calls, "loans").start_import(log).id == "j1"
    assert [body for _, _, _, body in script.asked] == [log.read_bytes()] * 2
    assert len(set(script.keys())) == 1


def test_a_long_answer_that_breaks_off_is_not_taken_for_whole(script, calls):
    script.answers = [BROKEN]
    with pytest.raises(Unavailable):
        list(calls.stream("/x"))


def test_an_interrupted_wait_cancels_the_job(script, calls):
    script.answers = [(200, job("running"))]

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait(calls, Job.model_validate(job("queued")), interrupt, "Importing")
    assert [(method, path) for method, path, _, _ in script.asked] == [("POST", "/api/v1/jobs/j1/cancel")]


@pytest.mark.parametrize("value", ["\ud800", ("fine", "half\udfff")])
def test_half_a_character_in_what_is_asked_for_is_told_and_nothing_is_sent(script, calls, value):
    with pytest.raises(InputError, match="Half a character") as told:
        calls.ask(Me, "GET", "/x", params={"text": value, "at": None})
    assert (told.value.where, script.asked) == ("text", [])


def test_a_job_is_followed_to_its_end(script, calls):
    script.answers = [(200, job("running", done=1, total=2)), (200, job("done", done=2, total=2, result={"a": 1}))]
    seen = []
    done = wait(calls, Job.model_validate(job("queued")), seen.append, "Importing")
    assert done.result == {"a": 1}
    assert [each.state for each in seen] == ["queued", "running", "done"]


def test_a_job_that_failed_raises_its_own_problem(script, calls):
    failed = job("failed", error={"type": "urn:bos:problem:not-found", "detail": "It is gone.", "code": "not-found"})
    script.answers = [(200, failed)]
    with pytest.raises(NotFound, match="gone"):
        wait(calls, Job.model_validate(job("queued")), lambda _: None, "Importing")
    with pytest.raises(Cancelled):
        wait(calls, Job.model_validate(job("cancelled")), lambda _: None, "Importing")


def test_the_progress_of_a_job_nobody_watches_is_silent(script, calls, capfd):
    script.answers = [(200, job("done"))]
    wait(calls, Job.model_validate(job("queued")), None, "Importing")
    assert capfd.readouterr() == ("", "")
