"""Files are sent over a real socket, whole or not at all, and their jobs are followed to the end."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from itertools import count

import httpx
import pytest

from bos.api.app import create_app
from bos.errors import UsageError
from bos.home import Home
from bos.settings import Settings
from bos.telemetry.mapping import mapping_of

LOG = "loan,event,at\n" + "".join(f"c{n},opened,2026-01-02T10:00:00Z\n" for n in range(4))
MAP = "case=loan,step=event,time=at"
NUMBERS = count(1)


@pytest.fixture
def staging(api, flow, tmp_path_factory):
    """Return a function to the folders of uploads that the server keeps."""
    follow(api, send(api, flow))
    return lambda: [entry for entry in tmp_path_factory.getbasetemp().glob("api*/home/staging/*") if entry.is_dir()]


@pytest.fixture
def flow(api, ownership):
    """Return the id of a new template."""
    name = f"loans{next(NUMBERS)}"
    answer = api.put(f"/api/v1/templates/{name}", json={"document": template(ownership), "rationale": "First."})
    assert answer.status_code == 201, answer.text
    return name


def template(ownership):
    return {
        "title": "Loans",
        "flow": {"correlation_key": ["loan"], "steps": [{"id": "all", "title": "All"}]},
        "ownership": ownership,
    }


def send(api, flow, content=LOG, *, headers=None, **options):
    options = {"name": "log.csv", "map": MAP, **options}
    return api.post(f"/api/v1/flows/{flow}/imports", params=options, content=content, headers=headers)


def follow(api, answer):
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job = api.get(answer.headers["location"]).json()
        if job["state"] not in {"queued", "running"}:
            return job
        time.sleep(0.02)
    raise AssertionError(job)


def test_a_file_is_sent_and_imported(api, flow):
    job = follow(api, send(api, flow))
    assert (job["state"], job["task"], job["result"]["added"]) == ("done", "telemetry.import", 4)
    status = api.get(f"/api/v1/flows/{flow}/telemetry").json()
    assert (status["events"], status["cases"], status["snapshot"]) == (4, 4, f"{flow}@1")
    assert flow in [one["flow"] for one in api.get("/api/v1/telemetry").json()["items"]]


def test_a_file_sent_in_pieces_is_imported_alike(api, flow):
    job = follow(api, send(api, flow, (LOG[n : n + 7].encode() for n in range(0, len(LOG), 7))))
    assert job["result"]["added"] == 4


def test_a_file_beyond_every_limit_of_a_body_is_taken(api, flow):
    rows = "".join(f"c{n},opened,2026-01-02T10:00:00Z\n" for n in range(80_000))
    assert len(rows) > 2 * 1024 * 1024
    assert follow(api, send(api, flow, "loan,event,at\n" + rows))["result"]["added"] == 80_000


def test_the_mapping_may_be_json(api, flow):
    mapping = json.dumps({"case": "loan", "step": "event", "time": "at"})
    assert follow(api, send(api, flow, map=mapping))["state"] == "done"


def test_an_import_repeated_with_its_key_is_the_same_job(api, flow):
    key = {"Idempotency-Key": f"key-of-{flow}"}
    first, second = send(api, flow, headers=key), send(api, flow, headers=key)
    assert first.json()["id"] == second.json()["id"]
    assert follow(api, first)["result"]["batch"] == f"key-of-{flow}"
    refused = send(api, flow, LOG + "x,opened,2026-01-02T10:00:00Z\n", headers=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-key")


def test_rejected_rows_are_fetched_from_the_address_the_job_names(api, flow):
    job = follow(api, send(api, flow, LOG + ",opened,2026-01-02T10:00:00Z\n"))
    answer = api.get(job["result"]["reject_file"])
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines()[0] == "file,row,reason,raw"
    assert api.get(f"/api/v1/flows/{flow}/imports/nothing/rejects").status_code == 404


@pytest.mark.parametrize("name", ["../../../token", "..%2f..%2ftoken", "/etc/passwd", "a\\b.csv", "x;rm -rf.csv"])
def test_a_hostile_file_name_stays_where_uploads_are(api, flow, name):
    answer = send(api, flow, name=name, format="csv")
    assert follow(api, answer)["state"] == "done"
    assert api.get("/api/v1/me").status_code == 200  # the token is what it was


@pytest.mark.parametrize(
    ("options", "status", "where"),
    [
        ({"name": ""}, 400, "name"),
        ({"name": "log"}, 400, "--format"),
        ({"map": "case"}, 400, "map"),
        ({"map": "{"}, 400, "map"),
        ({"colour": "red"}, 422, ""),
        ({"what": "metrics", "map": "time=at,value=loan", "signal": "heat"}, 422, "signal"),
    ],
)
def test_a_wrong_request_is_refused_with_what_is_wrong(api, flow, options, status, where):
    answer = send(api, flow, **options)
    assert (answer.status_code, answer.json()["where"]) == (status, where)


def test_an_import_into_nothing_is_not_found(api):
    answer = send(api, "nobody")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_upkeep_over_http(api, flow):
    follow(api, send(api, flow))
    follow(api, send(api, flow, LOG.replace("\nc", "\nd")))
    assert follow(api, api.post(f"/api/v1/flows/{flow}/compactions"))["result"]["files_after"] == 1
    body = {"before": "2026-02-01T00:00:00Z", "rationale": "Kept for a month."}
    assert follow(api, api.post(f"/api/v1/flows/{flow}/retentions", json=body))["result"]["events_after"] == 0
    assert api.post(f"/api/v1/flows/{flow}/retentions", json={**body, "rationale": ""}).status_code == 422


def test_a_client_that_goes_away_leaves_nothing_behind(server, api, flow, staging):
    jobs = api.get("/api/v1/jobs").json()
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        head = (
            f"POST /api/v1/flows/{flow}/imports?name=log.csv HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Authorization: Bearer {server.token}\r\nContent-Length: 9000000\r\n\r\n"
        )
        line.sendall(head.encode() + b"x" * 3_000_000)
        until(staging)
    until(lambda: not staging())
    assert api.get("/api/v1/jobs").json() == jobs


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def _whole():
    for line in LOG.splitlines(keepends=True):
        yield line.encode()


async def _cut_off():
    yield b"loan,event"
    raise ConnectionError


async def _in_process(settings, ownership):
    app = create_app(settings, inline_jobs=True)
    async with app.router.lifespan_context(app):
        headers = {"Authorization": f"Bearer {Home(settings.home).make().token()}"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
            body = {"document": template(ownership), "rationale": "First."}
            assert (await client.put("/api/v1/templates/loans", json=body)).status_code == 201
            assert (await send(client, "loans", _cut_off())).status_code == 500
            assert [entry for entry in (settings.home / "staging").iterdir() if entry.is_dir()] == []
            return (await send(client, "loans", _whole())).status_code


def test_a_file_is_sent_within_the_process(make_store, tmp_path, ownership):
    settings = Settings.load(home=tmp_path / "home", env={}, database_url=make_store())
    assert asyncio.run(_in_process(settings, ownership)) == 202


@pytest.mark.parametrize("text", ["case", "=x", "case=", "case=a,case=b", "{", "[]", '{"case": 1}', "{" * 5000])
def test_a_mapping_that_cannot_be_read_is_refused(text):
    with pytest.raises(UsageError, match="mapping"):
        mapping_of(text)
