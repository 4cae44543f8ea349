"""A PostgreSQL of the user's own: what it may be called, and what is said when it does not let BOS in."""

from __future__ import annotations

import socket
import struct
import threading
import time
from pathlib import Path

import psycopg
import pytest

from bos.errors import BosError, Unavailable, UsageError
from bos.settings import Settings
from bos.store.embedded import open_database
from bos.store.embedded_url import check, normalise
from tests.ports import free_port

SECRET = "p%40ss-w0rd"  # noqa: S105 - of the throw-away server `run_postgres` starts; %40 is @


@pytest.fixture(scope="module", params=[pytest.param(15, marks=pytest.mark.postgres15), 18])
def own(request, run_postgres):
    with run_postgres(request.param) as url:
        yield url, request.param


def said(url):
    """Return what BOS says about a database it cannot use, everything of it."""
    with pytest.raises(BosError) as caught:
        open_database(Settings.load(home="/nonexistent/home", env={"BOS_DATABASE_URL": url}))
    error = caught.value
    text = f"{error!s} {error!r} {error.details} {error.__cause__!r} {error.where}"
    assert "w0rd" not in text
    return str(error)


def test_a_database_of_ones_own_is_used_and_no_home_is_made(own):
    url, major = own
    database = open_database(Settings.load(home="/nonexistent/home", env={"BOS_DATABASE_URL": url}))
    assert not database.embedded
    assert check(database.url).startswith(f"{major}.")
    with psycopg.connect(database.conninfo) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("owner",)
    database.ensure()
    database.close()
    assert not Path("/nonexistent").exists()


def test_a_wrong_password_is_named_and_never_shown(own):
    assert "refuses the user or the password" in said(own[0].replace("p%40", "x%40"))


def test_a_database_that_does_not_exist_is_named(own):
    text = said(own[0].replace("/postgres", "/missing"))
    assert "no such database" in text
    assert "/missing" in text


def test_a_port_nobody_listens_on_is_named():
    port = free_port()
    text = said(f"postgresql://owner:{SECRET}@127.0.0.1:{port}/bos")
    assert "No PostgreSQL listens there" in text
    assert f"127.0.0.1:{port}" in text


def test_an_unknown_host_is_named():
    assert "host name is not known" in said(f"postgresql://owner:{SECRET}@no-such-host.invalid/bos")


def test_a_socket_nobody_listens_on_is_named():
    assert "listens on that socket" in said(f"postgresql://owner:{SECRET}@/bos?host=/nonexistent")


def test_an_option_that_is_not_known_is_an_error_of_use():
    assert "option that is not known" in said(f"postgresql://owner:{SECRET}@127.0.0.1/bos?colour=red")


@pytest.fixture
def old_server():
    """Speak just enough of the protocol (version 3) to be a PostgreSQL 14 that lets everybody in."""
    listener = socket.create_server(("127.0.0.1", 0))

    def message(kind, body):
        return kind + struct.pack("!I", len(body) + 4) + body

    def receive(client):
        (length,) = struct.unpack("!I", client.recv(4, socket.MSG_WAITALL))
        return client.recv(length - 4, socket.MSG_WAITALL)

    def serve():
        client, _ = listener.accept()
        with client:
            while struct.unpack("!I", receive(client)[:4])[0] != 196608:
                client.sendall(b"N")  # neither TLS nor GSS
            versions = b"server_version\0" + b"14.9\0"
            client.sendall(message(b"R", struct.pack("!I", 0)) + message(b"S", versions) + message(b"Z", b"I"))
            client.recv(100)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"postgresql://owner:{SECRET}@127.0.0.1:{listener.getsockname()[1]}/bos"
    thread.join()
    listener.close()


def test_a_server_too_old_is_refused_with_its_version(old_server):
    assert "is PostgreSQL 14; BOS needs 15 or later" in said(old_server)


@pytest.mark.full
def test_a_server_that_accepts_and_never_answers_is_given_up_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert "not answer in time" in said(f"postgresql://o:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/bos")
        assert time.monotonic() - begun < 20


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_every_usual_scheme_becomes_the_driver_of_bos(scheme):
    assert normalise(f"{scheme}://u:p%2F@h:1/d?sslmode=require") == "postgresql+psycopg://u:p%2F@h:1/d?sslmode=require"
    assert normalise(f"{scheme}:///d?host=/run/pg") == "postgresql+psycopg:///d?host=/run/pg"


@pytest.mark.parametrize(
    "url",
    ["mysql://u:p@h/d", "h:5432/d", "postgresql://u:p@h", "postgresql://u:p@h:port/d", "postgresql://[u:p@h/d", ""],
)
def test_what_is_no_postgresql_url_is_an_error_of_use(url):
    with pytest.raises(UsageError):
        normalise(url)


def test_a_refusal_with_unknown_words_still_says_where(own):
    url, _ = own
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER DATABASE template1 WITH ALLOW_CONNECTIONS false")
        with pytest.raises(Unavailable) as caught:
            check(normalise(url.replace("/postgres", "/template1")))
    assert "/template1" in str(caught.value)
    assert "w0rd" not in str(caught.value)
