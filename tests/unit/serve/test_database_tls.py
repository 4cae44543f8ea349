"""A database on another machine is talked to by TLS, and only when it proves who it is."""

from __future__ import annotations

import pytest

from bos.actions import documents
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.errors import Unavailable
from bos.serve.doctor import doctor
from bos.settings import Settings
from bos.store.embedded_url import check, local, normalise, verified

HOST = "db.bank.example"
OWNER = Actor("ana", "Ana", roles=frozenset({"process_owner"}))


@pytest.fixture(scope="module")
def files(make_certificate, tmp_path_factory):
    """Return the certificate of the database and its key, and the one of somebody else."""
    folder = tmp_path_factory.mktemp("certificates")
    return *make_certificate(folder, host=HOST), make_certificate(folder, "other", host=HOST)[0]


@pytest.fixture(scope="module")
def far(run_postgres, files):
    """Return a function to the address of a server that other machines would see, from a host and further options."""
    with run_postgres(15, tls=files[:2]) as url:

        def address(host=HOST, **options):
            query = "&".join(f"{name}={value}" for name, value in {"hostaddr": "127.0.0.1", **options}.items())
            return f"{url.replace('127.0.0.1', host)}?{query}"

        yield address


@pytest.mark.postgres15
def test_bos_works_on_a_database_that_proves_who_it_is_and_the_doctor_says_so(far, files, tmp_path):
    address = far(sslrootcert=files[0])
    settings = Settings.load(home=tmp_path / "home", env={}, database_url=address)
    ctx = open_context(settings)
    try:
        content = {"id": "days", "title": "Days"}
        assert documents.put(ctx, OWNER, "calendar", "days", content, rationale="First.").version == 1
        with ctx.engine.connect() as connection:
            assert connection.connection.dbapi_connection.pgconn.ssl_in_use
    finally:
        ctx.close()
    (found,) = (one for one in doctor(settings) if one.name == "database TLS")
    assert found.ok
    assert "proves who it is" in found.detail


@pytest.mark.postgres15
@pytest.mark.parametrize(
    ("host", "trusted", "told"),
    [
        (HOST, 2, "The certificate of the database is not trusted."),
        (HOST, None, "The certificate of the database is not trusted."),
        ("other.bank.example", 0, "The certificate of the database is for another host."),
    ],
)
def test_a_server_that_does_not_prove_who_it_is_is_refused_in_words(far, files, host, trusted, told):
    address = far(host, **({} if trusted is None else {"sslrootcert": files[trusted]}))
    with pytest.raises(Unavailable) as caught:
        check(normalise(address))
    assert caught.value.message == told
    assert "w0rd" not in str(caught.value)


def test_a_server_without_tls_is_refused_and_told_how_to_go_on(run_postgres):
    with run_postgres(18) as url:
        address = f"{url.replace('127.0.0.1', HOST)}?hostaddr=127.0.0.1"
        with pytest.raises(Unavailable) as caught:
            check(normalise(address))
        assert "speaks no TLS" in caught.value.message
        assert "sslmode=disable" in caught.value.hint
        assert check(normalise(f"{address}&sslmode=disable")).startswith("18")
        settings = Settings.load(home="/nonexistent/home", env={}, database_url=f"{address}&sslmode=disable")
        (found,) = (one for one in doctor(settings) if one.name == "database TLS")
        assert not found.ok
        assert "nobody checks" in found.detail


@pytest.mark.parametrize(
    ("url", "added"),
    [
        ("postgresql://u@db.bank.example/d", "?sslmode=verify-full&sslrootcert=system"),
        ("postgresql://u@10.1.2.3:5432/d?application_name=x", "&sslmode=verify-full&sslrootcert=system"),
        ("postgresql:///d?host=db.bank.example", "&sslmode=verify-full&sslrootcert=system"),
        ("postgresql://u@db.bank.example/d?sslrootcert=/ca.pem", "&sslmode=verify-full"),
        ("postgresql://u@db.bank.example/d?sslmode=require", ""),
        ("postgresql:///d?hostaddr=10.1.2.3", "&sslmode=verify-full&sslrootcert=system"),
        ("postgresql://u@127.0.0.1/d", ""),
        ("postgresql://u@[::1]/d", ""),
        ("postgresql://u@localhost/d", ""),
        ("postgresql:///d?host=/run/pg", ""),
        ("postgresql:///d", ""),
    ],
)
def test_what_is_not_on_this_machine_is_verified_unless_the_address_says_otherwise(monkeypatch, url, added):
    for name in ("PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)
    made = normalise(url)
    assert made == url.replace("postgresql:", "postgresql+psycopg:") + added
    assert verified(made) is bool(added)
    assert local(made) is (not added and "sslmode" not in url)


def test_the_environment_may_say_otherwise_too(monkeypatch):
    url = "postgresql://u@db.bank.example/d"
    monkeypatch.setenv("PGSSLMODE", "require")
    assert normalise(url) == "postgresql+psycopg://u@db.bank.example/d"
    assert not verified(normalise(url))
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert verified(normalise(url))
    monkeypatch.delenv("PGSSLMODE")
    monkeypatch.setenv("PGHOST", "db.bank.example")
    assert normalise("postgresql:///d").endswith("?sslmode=verify-full&sslrootcert=system")
    monkeypatch.setenv("PGSSLROOTCERT", "/ca.pem")
    assert normalise(url).endswith("?sslmode=verify-full")
