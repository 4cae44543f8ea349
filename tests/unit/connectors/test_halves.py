"""Answers of many series: a span whose answer is too long is asked for in halves, and each point comes once."""

import json
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from bos import wire
from bos.errors import Invalid
from bos.outgoing import patience
from bos.outgoing.connectors import connector_of
from tests.doubles.sockets import answering

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=1)
SERIES = 40


def body_of(peer):
    """Read one request; return its body."""
    with peer.makefile("rb") as stream:
        stream.readline()
        length = 0
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return stream.read(length).decode()


def times_of_prometheus(body):
    asked = {name: int(one) for name, (one,) in parse_qs(body).items() if name in {"start", "end", "step"}}
    return range(asked["start"], asked["end"] + 1, asked["step"])


def prometheus(times):
    matrix = [
        {"metric": {"pod": f"pod-{number:03}"}, "values": [[moment, f"{moment % 997}.{number}"] for moment in times]}
        for number in range(SERIES)
    ]
    return {"status": "success", "data": {"resultType": "matrix", "result": matrix}}


def times_of_grafana(body):
    asked = json.loads(body)
    return range(int(asked["from"]) // 1000, int(asked["to"]) // 1000, 60)


def grafana(times):
    frames = [
        {
            "schema": {
                "fields": [
                    {"name": "time", "type": "time"},
                    {"name": "Value", "type": "number", "labels": {"pod": f"pod-{number:03}"}},
                ]
            },
            "data": {"values": [[moment * 1000 for moment in times], [moment % 997 for moment in times]]},
        }
        for number in range(SERIES)
    ]
    return {"results": {"A": {"status": 200, "frames": frames}}}


KINDS = {
    "prometheus": (times_of_prometheus, prometheus, {}, {}),
    "grafana": (times_of_grafana, grafana, {"datasource": "prom"}, {"token": "t"}),
}


@contextmanager
def speaking(kind):
    """Serve a system that has a point a minute of each series; ``asked`` is how many minutes each request was of."""
    times_of, answer, _, _ = KINDS[kind]
    asked = []

    def serve(peer):
        try:
            with peer:
                times = times_of(body_of(peer))
                asked.append(len(times))
                body = json.dumps(answer(times)).encode()
                head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                peer.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except OSError:
            return

    with answering(serve) as url:
        yield url, asked


@pytest.fixture
def least(monkeypatch):
    """Return a function that lets BOS read so many bytes at once."""

    def let(most):
        for module in (wire, patience):
            monkeypatch.setattr(module, "MOST_AT_ONCE", most)

    return let


@pytest.mark.parametrize("kind", KINDS)
def test_a_span_whose_answer_is_too_long_is_asked_for_in_halves_and_each_point_comes_once(reach, least, kind):
    least(300_000)
    minutes = 1_234
    with speaking(kind) as (url, asked):
        target = reach(url, settings=KINDS[kind][2], secrets=KINDS[kind][3])
        with closing(connector_of(kind)(target)) as system:
            batches = list(system.read("up", start=BEGIN, end=BEGIN + minutes * STEP))
    found = sorted((str(row["labels"]), row["time"]) for batch in batches for row in batch.to_pylist())
    wanted = sorted(
        (f"[('pod', 'pod-{number:03}')]", BEGIN + minute * STEP)
        for number in range(SERIES)
        for minute in range(minutes)
    )
    assert found == wanted
    assert asked[0] == minutes
    assert len(asked) < 60


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_long_of_the_shortest_span_is_told_after_a_bounded_number_of_requests(reach, least, kind):
    least(1_000)
    with speaking(kind) as (url, asked):
        target = reach(url, settings=KINDS[kind][2], secrets=KINDS[kind][3])
        with closing(connector_of(kind)(target)) as system, pytest.raises(Invalid) as told:
            list(system.read("up", start=BEGIN, end=BEGIN + 1_000 * STEP))
    assert told.value.code == "system.long"
    assert asked == [1000, 500, 250, 125, 62, 31, 15]


def test_rows_which_a_query_may_make_of_a_whole_span_are_not_asked_for_in_halves(reach, least):
    least(1_000)
    with speaking("grafana") as (url, asked):
        target = reach(url, settings=KINDS["grafana"][2] | {"shape": "rows"}, secrets=KINDS["grafana"][3])
        with closing(connector_of("grafana")(target)) as system, pytest.raises(Invalid) as told:
            list(system.read("up", start=BEGIN, end=BEGIN + 1_000 * STEP))
    assert (told.value.code, asked) == ("system.long", [1000])


def test_a_step_is_not_halved(reach, least):
    least(1_000)
    with (
        speaking("prometheus") as (url, asked),
        closing(connector_of("prometheus")(reach(url))) as system,
        pytest.raises(Invalid) as told,
    ):
        list(system.read("up", start=BEGIN, end=BEGIN + 3 * STEP))
    assert told.value.code == "system.long"
    assert asked == [3, 1]
