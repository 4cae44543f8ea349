"""Answers that never end, or unpack to what never ends: what is read whole is given up before it fills memory."""

import gzip
import ssl
import tracemalloc
import zlib
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bos import wire
from bos.errors import Invalid, Unavailable
from bos.outgoing import patience
from bos.outgoing.connectors import connector_of
from connectors.slack import gate
from connectors.splunk import way
from tests.doubles.sockets import answering
from tests.doubles.splunk import TOKEN
from tests.unit.connectors.slack_double import CHANNEL
from tests.unit.connectors.slack_double import TOKEN as BOT

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
MB = 1 << 20
MANY = 400
"""MB that a system sends before it gives up by itself."""


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def plain():
    """Return headers and pieces of a text that goes on and on."""
    return OK + b"Transfer-Encoding: chunked\r\n\r\n", (chunk(b" " * MB) for _ in range(MANY))


def gzipped():
    """Return headers and pieces of one that is short on the wire, and goes on and on once it is unpacked."""
    packer = zlib.compressobj(9, wbits=31)
    pieces = (packer.compress(b" " * MB) + packer.flush(zlib.Z_SYNC_FLUSH) for _ in range(MANY))
    return OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", map(chunk, pieces)


def sized():
    """Return headers that say how long it is, and pieces of it."""
    return OK + b"Content-Length: %d\r\n\r\n" % (MANY * MB), (b" " * MB for _ in range(MANY))


@contextmanager
def sending(answer, tls=None):
    """Serve an answer at every request; ``sent`` is how many pieces of it went out."""
    sent = []

    def serve(peer):
        try:
            if tls is not None:
                peer = tls.wrap_socket(peer, server_side=True)
            with peer:
                peer.recv(65_536)
                head, pieces = answer()
                peer.sendall(head)
                for piece in pieces:
                    peer.sendall(piece)
                    sent.append(len(piece))
        except OSError:
            return

    with answering(serve) as url:
        yield url, sent


@contextmanager
def measured(most):
    """Fail where the block holds more bytes at once."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


@pytest.fixture
def little(monkeypatch):
    """Let BOS read 4 MB at once."""
    for module in (wire, patience, way, gate):
        monkeypatch.setattr(module, "MOST_AT_ONCE", 4 * MB)


@pytest.mark.parametrize("answer", [plain, gzipped])
def test_a_prometheus_without_end_is_given_up_at_64_mb(reach, answer):
    with (
        sending(answer) as (url, sent),
        measured(110 * MB),
        closing(connector_of("prometheus")(reach(url))) as system,
        pytest.raises(Invalid, match="longer than 64 MB, more than BOS reads at once") as told,
    ):
        list(system.read("up", start=BEGIN, end=BEGIN + timedelta(minutes=1)))
    assert told.value.code == "system.long"
    assert "shorter window" in told.value.hint
    assert len(sent) < MANY


SOURCES = {
    "prometheus": ("up", {}, {}),
    "grafana": ("up", {"datasource": "prom"}, {"token": "t"}),
    "appdynamics": ("shop|Overall|Calls", {"client": "bos@bank"}, {"client_secret": "s"}),
    "appdynamics-analytics": ("SELECT * FROM transactions", {"account": "bank_1"}, {"key": "k"}),
    "splunk": ("index=main", {"way": "job"}, {"token": TOKEN}),
}


@pytest.mark.parametrize(
    ("name", "answer"),
    [*((name, plain) for name in SOURCES), *((name, gzipped) for name in SOURCES if name != "splunk")],
)
@pytest.mark.usefixtures("little")
def test_no_source_reads_on_whatever_its_system_sends(reach, name, answer):
    query, settings, secrets = SOURCES[name]
    with sending(answer) as (url, _), measured(40 * MB):
        target = reach(url, settings=settings, secrets=secrets)
        with closing(connector_of(name)(target)) as system:
            with pytest.raises(Invalid) as told:
                list(system.read(query, start=BEGIN, end=BEGIN + HOUR))
            assert told.value.code == "system.long"
            (finding, *_) = system.doctor()
            assert "longer than 4 MB" in finding.words


SINKS = {
    "webhook": ({}, {"signing": "whsec_" + "c2VjcmV0" * 4}),
    "jira": ({"project": "PAY", "email": "bos@bank.example"}, {"token": "t"}),
    "confluence": ({"space": "PAY", "email": "bos@bank.example"}, {"token": "t"}),
    "splunk-hec": ({}, {"token": "t"}),
}


@pytest.mark.parametrize("name", SINKS)
@pytest.mark.parametrize("answer", [plain, gzipped])
def test_no_sink_reads_on_and_a_delivery_is_tried_again(reach, message, name, answer):
    settings, secrets = SINKS[name]
    with (
        sending(answer) as (url, _),
        measured(60 * MB),
        closing(connector_of(name)(reach(url, settings=settings, secrets=secrets))) as sink,
        pytest.raises(Unavailable) as told,
    ):
        sink.send(message, key="k1")
    assert told.value.code == "system.slow"


@pytest.mark.usefixtures("little")
def test_slacks_own_client_reads_no_more_than_the_gate_lets_through(reach, message, certificate, monkeypatch):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with sending(sized, context) as (url, sent):
        address = f"{url.replace('http:', 'https:')}/api"
        target = reach(address, settings={"channel": CHANNEL}, secrets={"token": BOT}, ca_file=certificate[0])
        with closing(connector_of("slack")(target)) as sink, pytest.raises(Unavailable) as told:
            sink.send(message, key="k1")
    assert told.value.message == "Slack does not come to the end of an answer."
    assert len(sent) < 20


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd"])
def test_what_is_packed_twice_or_otherwise_is_not_unpacked(reach, coding):
    body = gzip.compress(gzip.compress(b" " * 64 * MB))
    head = OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding.encode(), len(body))
    with sending(lambda: (head, [body])) as (url, _), reach(url).http() as client:
        assert client.headers["Accept-Encoding"] == "gzip, deflate"
        with measured(8 * MB), pytest.raises(Unavailable) as told:
            client.get("/")
    assert told.value.code == "system.strange"


@pytest.mark.parametrize("coding", ["UTF-8", "", "x-unknown, gzip"])
def test_words_that_name_no_way_to_pack_an_answer_say_nothing(reach, coding):
    body = gzip.compress(b"{}") if "gzip" in coding else b"{}"
    head = OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding.encode(), len(body))
    with sending(lambda: (head, [body])) as (url, _), reach(url).http() as client:
        assert client.get("/").json() == {}


@pytest.mark.usefixtures("little")
def test_an_answer_of_many_mb_is_read_and_what_is_streamed_has_no_bound(reach):
    text = b'"' + b"x" * 3 * MB + b'"'
    packed = gzip.compress(text)
    head = OK + b"Content-Encoding: gzip\r\nX-One: 1\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with sending(lambda: (head, [packed])) as (url, _), reach(url).http() as client:
        found = client.get("/here")
        assert (found.status_code, found.content, found.json()) == (200, text, "x" * 3 * MB)
        assert (found.headers["X-One"], str(found.request.url.path)) == ("1", "/here")
        assert "Content-Encoding" not in found.headers
    with (
        sending(lambda: (plain()[0], [chunk(b" " * MB)] * 9 + [b"0\r\n\r\n"])) as (url, _),
        reach(url).http() as client,
        client.stream("GET", "/") as answer,
    ):
        assert sum(map(len, answer.iter_bytes())) == 9 * MB
