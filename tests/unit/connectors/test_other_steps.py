"""A server that tells of steps it was not asked for: their points are no points of the span."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from bos.outgoing.connectors import connector_of
from tests.doubles.sockets import answering

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=1)


def asked_of(peer):
    """Read one request; return the parameters of its body."""
    with peer.makefile("rb") as stream:
        length = 0
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return {name: one for name, (one,) in parse_qs(stream.read(length).decode()).items()}


@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 0), (0, 1), (1, 1), (90, 90)])
def test_points_of_steps_before_and_after_the_span_are_left_out(reach, before, after):
    def serve(peer):
        with peer:
            asked = asked_of(peer)
            step = int(asked["step"])
            moments = range(int(asked["start"]) - before * step, int(asked["end"]) + after * step + 1, step)
            series = [{"metric": {"pod": "a"}, "values": [[moment, str(moment)] for moment in moments]}]
            body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}}).encode()
            head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            peer.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    with answering(serve) as url, closing(connector_of("prometheus")(reach(url))) as system:
        batches = list(system.read("up", start=BEGIN + timedelta(seconds=1), end=BEGIN + 10 * STEP))
    found = [(row["time"], row["value"]) for batch in batches for row in batch.to_pylist()]
    # what is said of a moment tells of the step before it; the step that began before the span is not of it
    wanted = [BEGIN + minute * STEP for minute in range(1, 10)]
    assert found == [(at, (at + STEP).timestamp()) for at in wanted]
