"""Events over a real socket: Arrow that any program reads, in memory that does not grow with the answer."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest

ARROW = "application/vnd.apache.arrow.stream"
MAP = "case=case,step=step,time=time,amount=amount"


@pytest.fixture
def flow(api, ownership):
    """Return a flow with three events."""
    document = {
        "title": "Loans",
        "flow": {"correlation_key": ["loan"], "steps": [{"id": "all", "title": "All"}]},
        "ownership": ownership,
    }
    api.put("/api/v1/templates/streamed", json={"document": document, "rationale": "First."})
    log = "case,step,time,amount\n" + "".join(f"c{n},opened,2026-01-0{n}T10:00:00Z,{n}.10\n" for n in (3, 1, 2))
    options = {"name": "log.csv", "map": MAP, "currency": "EUR"}
    job = api.post("/api/v1/flows/streamed/imports", params=options, content=log.encode()).json()
    deadline = time.monotonic() + 60
    while api.get(f"/api/v1/jobs/{job['id']}").json()["state"] not in {"done", "failed"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return "/api/v1/flows/streamed/events"


def test_the_answer_is_an_arrow_stream_with_exact_types(api, flow):
    answer = api.get(flow, params={"limit": 2})
    assert (answer.status_code, answer.headers["content-type"]) == (200, ARROW)
    assert "content-length" not in answer.headers
    with pa.ipc.open_stream(answer.content) as reader:
        table = reader.read_all()
    assert table.schema.field("event_time").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("amount").type == pa.decimal128(18, 2)
    assert table.schema.metadata == {
        b"bos.flow": b"streamed",
        b"bos.template_version": b"1",
        b"bos.time_zone": b"UTC",
        b"bos.snapshot": b"streamed@1",
        b"bos.generated": b"false",
        b"bos.total": b"3",
    }
    assert table.column("case_id").to_pylist() == ["c1", "c2"]


def test_cases_and_columns_are_chosen_and_what_a_case_is_called_is_no_sql(api, flow):
    for case, found in (("c2", ["c2"]), ("c9", []), ("c2' OR 1=1 --", [])):
        answer = api.get(flow, params={"cases": case, "columns": "case_id"})
        with pa.ipc.open_stream(answer.content) as reader:
            assert reader.read_all().to_pydict() == {"case_id": found}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=0", 422, "request"),
        ("limit=99999999999", 422, "request"),
        ("limmit=1", 422, "request"),
        ("snapshot=-1", 422, "request"),
        ("snapshot=7", 404, "not-found"),
        ("start=2026-01-01T00:00:00", 422, "request"),
        ("end=0001-01-01T00:00:00Z", 400, "usage"),
        ("steps=a%00b", 404, "not-found"),
        ("steps=%27%3B%20DROP", 404, "not-found"),
        ("columns=amout", 400, "usage"),
        ("columns=amount%20FROM%20events", 400, "usage"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_and_no_stream(api, flow, query, status, code):
    answer = api.get(f"{flow}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_answer_nobody_reads_to_the_end_leaves_the_server_whole(api, flow):
    for _ in range(20):
        with api.stream("GET", flow) as answer:
            next(answer.iter_raw(16))
    assert api.get(flow).status_code == 200


def test_without_a_token_nothing_is_told(server, flow):
    with server.client(Authorization="Bearer wrong") as stranger:
        assert stranger.get(flow).status_code == 401
