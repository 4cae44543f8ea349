"""The way out: which connections are made, which are not, and what is told."""

import gzip
import socket
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest

from bos.errors import Forbidden, Invalid, Unavailable
from bos.outgoing.allowed import Allowed
from bos.wire import OverHttp, answered, exchange, quoted, retry_after


def test_the_name_stays_that_of_the_host_though_its_number_is_connected_to(answering, reach):
    with answering((200, {}, b"{}")) as system, reach(f"{system.url}/base/").http() as client:
        assert client.get("x").status_code == 200
    (asked,) = system.asked
    assert asked.path == "/base/x"
    assert asked.headers["Host"] == system.url.removeprefix("http://")


def test_a_host_that_nobody_allowed_is_not_connected_to(answering, reach):
    with answering((200, {}, b"{}")) as system:
        for rules in (Allowed(), Allowed.of("localhost", None), Allowed.of("other.example", "127.0.0.0/8")):
            with reach(system.url, allowed=rules).http() as client, pytest.raises(Forbidden) as refused:
                client.get("/")
            assert refused.value.code == "outgoing"
        assert system.asked == []


def test_no_redirect_is_followed_wherever_it_leads(answering, reach):
    with (
        answering((200, {}, b"stolen")) as other,
        answering((302, {"Location": f"{other.url}/token"}, b"")) as system,
        reach(system.url).http() as client,
    ):
        with pytest.raises(Unavailable) as told:
            answered(client.get("/", headers={"Authorization": "Bearer t"}), "Grafana")
        assert told.value.code == "system.elsewhere"
        assert other.asked == []


def test_a_certificate_of_an_authority_that_nobody_named_ends_the_call_before_anything_is_sent(
    answering, reach, make_certificate, tmp_path
):
    ours, theirs = make_certificate(tmp_path, "ours"), make_certificate(tmp_path, "theirs")
    with answering((200, {}, b"{}"), tls=theirs) as system:
        for trusted in (None, ours[0]):
            with reach(system.url, ca_file=trusted).http() as client, pytest.raises(Unavailable) as told:
                client.get("/", headers={"Authorization": "Bearer secret-token"})
            assert told.value.code == "system.certificate"
            assert "secret-token" not in str(told.value)
        assert system.asked == []
        with reach(system.url, ca_file=theirs[0]).http() as client:
            assert client.get("/").status_code == 200


def test_a_certificate_of_another_host_is_not_taken(answering, reach, make_certificate, tmp_path):
    theirs = make_certificate(tmp_path, host="elsewhere.example")
    with answering((200, {}, b"{}"), tls=theirs) as system, reach(system.url, ca_file=theirs[0]).http() as client:
        with pytest.raises(Unavailable) as told:
            client.get("/")
        assert told.value.code == "system.certificate"
        assert system.asked == []


def test_a_system_that_does_not_answer_is_not_waited_for_for_ever(reach):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://localhost:{silent.getsockname()[1]}"
        with reach(url, timeout=0.2).http() as client, pytest.raises(Unavailable) as told:
            client.get("/")
        assert told.value.code == "system.slow"
    with reach(url).http() as client, pytest.raises(Unavailable) as told:
        client.get("/")
    assert told.value.code == "system.silent"


def test_a_port_that_speaks_no_tls_is_told(answering, reach):
    with (
        answering((200, {}, b"{}")) as system,
        reach(system.url.replace("http://", "https://")).http() as client,
        pytest.raises(Unavailable) as told,
    ):
        client.get("/")
    assert (told.value.code, told.value.message) == (
        "system.tls", "localhost does not speak TLS there, or none that BOS speaks.",
    )  # fmt: skip


def test_a_connection_that_is_reset_is_told(reach):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            peer, _ = server.accept()
            peer.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with reach(f"http://localhost:{server.getsockname()[1]}").http() as client, pytest.raises(Unavailable) as told:
            client.get("/")
        thread.join()
        assert told.value.code == "system.silent"


@pytest.mark.parametrize(
    ("status", "headers", "code", "after"),
    [
        (401, {}, "system.refused", None),
        (403, {}, "system.refused", None),
        (404, {}, "system.absent", None),
        (429, {"Retry-After": "17"}, "system.busy", 17.0),
        (503, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, "system.busy", 0.0),
        (503, {}, "system.busy", None),
        (500, {}, "system.failed", None),
        (418, {}, "system.failed", None),
    ],
)
def test_what_a_system_answers_besides_is_an_error_of_its_kind(answering, reach, status, headers, code, after):
    with answering((status, headers, b"<html>")) as system, reach(system.url).http() as client:
        with pytest.raises(Unavailable) as told:
            answered(client.get("/"), "Grafana")
        assert told.value.code == code
        assert told.value.details.get("retry_after") == after
        assert told.value.message.startswith("Grafana ")


def test_how_long_to_wait_is_read_in_both_forms():
    now = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    assert retry_after("120", now) == 120
    assert retry_after("Sun, 01 Mar 2026 12:02:00 GMT", now) == 120
    assert retry_after("Sun, 01 Mar 2026 11:00:00 GMT", now) == 0
    assert [retry_after(text, now) for text in (None, "", "soon", "-1", "1.5")] == [None] * 5


def test_a_secret_that_is_needed_and_not_there_says_how_to_give_it_and_nothing_of_others_is_shown(reach):
    target = reach("https://localhost", secrets={"token": "planted-secret"})
    assert target.secret("token") == "planted-secret"
    assert target.secret("other", needed=False) is None
    with pytest.raises(Invalid, match="has no other") as told:
        target.secret("other")
    assert "bos connection secret" in told.value.hint
    assert "planted-secret" not in repr(target) + str(told.value)


class Signed(OverHttp):
    def _sign(self, client):
        client.headers["Authorization"] = f"Bearer {self._target.secret('token')}"

    def ask(self):
        return self._client().get("/").status_code


def test_nothing_is_asked_without_the_secret_however_often_and_one_client_has_it_later(answering, reach):
    found = {}
    with answering((200, {}, b"{}"), (200, {}, b"{}")) as system, closing(Signed(reach(system.url))) as connector:
        connector._target.secrets = found.get
        for _ in range(2):
            with pytest.raises(Invalid, match="has no token"):
                connector.ask()
        assert system.asked == []
        found |= {"token": "t0"}
        assert [connector.ask(), connector.ask()] == [200, 200]
        assert [asked.headers["Authorization"] for asked in system.asked] == ["Bearer t0"] * 2


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"Content-Encoding": "gzip"}, b"no gzip", "system.failed"),
        ({}, b"x" * ((16 << 20) + 1), "system.slow"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * (17 << 20)), "system.slow"),
    ],
    ids=["broken", "long", "bomb"],
)
def test_an_answer_that_cannot_be_read_or_does_not_end_is_told(answering, reach, headers, body, code):
    with answering((200, headers, body)) as system, reach(system.url).http() as client:
        with pytest.raises(Unavailable) as told:
            exchange(client, client.build_request("GET", "/"), "Jira")
        assert told.value.code == code


def test_a_whole_answer_comes_with_status_headers_and_text(answering, reach):
    packed = gzip.compress('{"a": "ü"}'.encode())
    with (
        answering((418, {"Content-Encoding": "gzip", "X-Own": "1"}, packed)) as system,
        reach(system.url).http() as client,
    ):
        answer = exchange(client, client.build_request("POST", "/", json={}), "Jira")
    assert (answer.status_code, answer.headers["X-Own"], answer.json()) == (418, "1", {"a": "ü"})


def test_an_answer_that_breaks_off_in_the_middle_is_told(reach):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def half():
            peer, _ = server.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

        thread = threading.Thread(target=half)
        thread.start()
        with reach(f"http://localhost:{server.getsockname()[1]}").http() as client, pytest.raises(Unavailable) as told:
            client.get("/")
        thread.join()
    assert told.value.code == "system.silent"


def test_what_a_system_says_is_shown_on_one_line_cut_and_without_secrets():
    assert quoted(" a\n\tplanted  b ", "planted", None, "") == "a … b"
    assert len(quoted("x" * 1000)) == 300
