"""The address: loopback only, free, and kept."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from bos.errors import Conflict, Internal, UsageError
from bos.resources import share
from bos.serve.address import answers, listen, url_of


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org", ""])  # noqa: S104 - to be refused
def test_an_address_others_can_reach_is_refused(host):
    with pytest.raises(UsageError, match="this machine only"):
        listen(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.9.9.9"])
def test_port_zero_picks_a_free_port(host):
    with listen(host, 0) as one, listen(host, 0) as two:
        assert url_of(one) != url_of(two)
        assert url_of(one).startswith("http://127.")


def test_the_loopback_address_of_ip_version_6_is_written_in_brackets():
    if not socket.has_ipv6:
        pytest.skip("no IPv6")
    try:
        listener = listen("::1", 0)
    except (OSError, Conflict):
        pytest.skip("no IPv6 loopback")
    with listener:
        assert url_of(listener).startswith("http://[::1]:")


def test_a_taken_port_is_a_conflict_that_names_it():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=f"Port {port} is taken") as caught:
            listen("127.0.0.1", port)
    assert "--port" in caught.value.hint


def test_a_port_that_was_just_given_back_can_be_taken_at_once():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            first.accept()[0].close()
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize(("line", "expected"), [(b"HTTP/1.1 200 OK", True), (b"HTTP/1.1 503 No", False), (b"?", False)])
def test_only_a_200_counts_as_an_answer(line, expected):
    with listen("127.0.0.1", 0) as listener, ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(answers, listener, "/readyz")
        with listener.accept()[0] as client:
            client.recv(1000)
            client.sendall(line + b"\r\nContent-Length: 0\r\n\r\n")
        assert outcome.result() is expected


def test_what_is_shipped_is_found_and_what_is_not_is_an_error_in_words():
    assert share("notebooks").is_dir()
    with pytest.raises(Internal, match="is missing"):
        share("nothing of the kind")
