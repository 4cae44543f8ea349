"""Answers that come byte by byte and never end: none holds BOS longer than it says, wherever the bytes stand."""

import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bos.errors import Unavailable
from bos.outgoing import target as outgoing
from bos.outgoing.connectors import connector_of
from bos.wire import exchange
from connectors.splunk import lines
from tests.doubles.sockets import answering
from tests.doubles.splunk import TOKEN, Double, Handler, generated, serving

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
SILENCE = 0.5
"""Seconds of timeout; a byte comes in a sixth of them."""


@contextmanager
def dripping(before, drip, after, *, bytes_=120):
    """Serve answers: what comes at once, then bytes one after the other, for ten seconds, then what ends it well."""

    def answer(peer):
        with peer:
            peer.recv(65_536)
            try:
                peer.sendall(before)
                for _ in range(bytes_):
                    time.sleep(SILENCE / 6)
                    peer.sendall(drip)
                peer.sendall(after)
            except OSError:
                return

    with answering(answer) as url:
        yield url


HEADERS = (OK + b"X-Slow: ", b"a", b"\r\nContent-Length: 2\r\n\r\n{}")
SIZES = (CHUNKED + b"2;x=", b"a", b"\r\n{}\r\n0\r\n\r\n")


@pytest.mark.parametrize("parts", [HEADERS, SIZES], ids=["headers", "sizes of chunks"])
@pytest.mark.parametrize("streamed", [False, True])
def test_headers_that_drip_are_waited_for_twice_the_timeout(reach, parts, streamed):
    with dripping(*parts) as url, reach(url, timeout=SILENCE).http() as client:
        began = time.monotonic()
        with pytest.raises(Unavailable) as told:
            exchange(client, client.build_request("GET", "/"), "Jira") if streamed else client.get("/")
        assert told.value.code == "system.slow"
        assert 2 * SILENCE <= time.monotonic() - began < 16 * SILENCE


def test_a_connection_that_is_kept_has_its_whole_time_for_each_answer(reach, answering):
    with answering((200, {}, b"{}")) as system, reach(system.url, timeout=2 * SILENCE).http() as client:
        for _ in range(3):
            assert client.get("/").status_code == 200
            time.sleep(2 * SILENCE)


def test_a_body_that_is_read_whole_ends_in_time_and_one_that_is_streamed_may_go_on(reach, monkeypatch):
    monkeypatch.setattr(outgoing, "WHOLE", 3 * SILENCE)
    body = (OK + b"Content-Length: 24\r\n\r\n", b"a", b"")
    with dripping(*body, bytes_=24) as url, reach(url, timeout=SILENCE).http() as client:
        with pytest.raises(Unavailable) as told:
            client.get("/")
        assert told.value.code == "system.slow"
        with client.stream("GET", "/") as answer:
            assert b"".join(answer.iter_bytes()) == b"a" * 24


@pytest.mark.parametrize(
    "parts",
    [HEADERS, (b"HTTP/1.1 500 No\r\nContent-Length: 120\r\n\r\n", b"a", b"")],
    ids=["headers", "words of a fault"],
)
def test_a_splunk_whose_headers_or_words_of_a_fault_drip_is_given_up(reach, parts):
    with dripping(*parts) as url:
        system = connector_of("splunk")(reach(url, secrets={"token": TOKEN}, timeout=SILENCE))
        with closing(system):
            began = time.monotonic()
            with pytest.raises(Unavailable) as told:
                list(system.read("index=main", start=BEGIN, end=BEGIN + HOUR))
            assert told.value.code == "system.slow"
            assert 2 * SILENCE <= time.monotonic() - began < 16 * SILENCE


def test_a_splunk_whose_sizes_of_chunks_drip_is_given_up_after_its_quiet_seconds(reach):
    with dripping(*SIZES) as url:
        target = reach(url, secrets={"token": TOKEN}, timeout=SILENCE, settings={"quiet_seconds": "1"})
        with closing(connector_of("splunk")(target)) as system:
            began = time.monotonic()
            with pytest.raises(Unavailable) as told:
                list(system.read("index=main", start=BEGIN, end=BEGIN + HOUR))
            assert "quiet_seconds" in told.value.hint
            assert 1 <= time.monotonic() - began < 8


class Leisurely(Handler):
    """A Splunk that gives the page of a job piece by piece."""

    def _send(self, status, body, kind, headers=()):
        if b'"init_offset"' not in body:
            super()._send(status, body, kind, headers)
            return
        self._begin({})
        for at in range(0, len(body), len(body) // 10):
            self._piece(body[at : at + len(body) // 10])
            time.sleep(0.05)
        self._finish({})


def test_while_a_page_of_a_job_comes_batches_without_rows_say_so(reach, monkeypatch):
    monkeypatch.setattr(lines, "_EVERY", 0.01)
    double = Double(events=generated(100, BEGIN.timestamp(), 1, 5), busy_polls=0)
    with serving(double, handler=Leisurely) as url:
        target = reach(url, secrets={"token": TOKEN}, settings={"way": "job"})
        with closing(connector_of("splunk")(target)) as system:
            counts = [batch.num_rows for batch in system.read("index=main", start=BEGIN, end=BEGIN + HOUR)]
            assert counts[:5] == [0] * 5
            assert sum(counts) == 100
            reading = system.read("index=main", start=BEGIN, end=BEGIN + HOUR)
            assert next(reading).num_rows == 0  # whoever reads gives up here
            reading.close()
        assert [one.form["action"] for one in double.asked if one.path.endswith("control")] == ["cancel"] * 2
