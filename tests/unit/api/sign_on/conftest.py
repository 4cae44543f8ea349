"""BOS with a real provider of sign-on; one of each a test session."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import select, update

from bos.auth import cookie
from bos.home import Home
from bos.settings import Settings
from bos.store.engine import make_engine
from bos.store.tables import journal
from bos.store.tables_sessions import session

PAST = timedelta(seconds=1)


@pytest.fixture(scope="session")
def provider(signing_on):
    with signing_on() as running:
        yield running


@pytest.fixture(scope="session")
def settings(provider, make_store, tmp_path_factory):
    home = tmp_path_factory.mktemp("sign-on") / "home"
    return Settings.load(home=home, env={}, database_url=make_store(), first_admin="ada", **provider.settings)


@pytest.fixture(scope="session")
def url(settings, provider, serving):
    with serving(settings, port=provider.port) as address:
        yield address


@pytest.fixture(scope="session")
def admin(settings, url):
    token = Home(settings.home).token()
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
        yield client


@pytest.fixture
def engine(settings, url):
    del url
    made = make_engine(settings.database_url)
    yield made
    made.dispose()


@pytest.fixture
def browser(provider, url):
    """Return a function that signs an account in and returns its client; it must come about."""
    clients = []

    def sign_in(subject, *, known=False, **about):
        if not known:
            provider.account(subject, **about)
        client, answer = provider.sign_in(subject)
        clients.append(client)
        assert answer.status_code == 303, words(answer)
        assert answer.headers["location"].startswith("http://127.0.0.1:8766/")
        client.base_url = url
        return client

    yield sign_in
    for client in clients:
        client.close()


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", answer.text, flags=re.DOTALL)).strip()


def who(client):
    answer = client.get("/api/v1/session")
    return answer.json() if answer.status_code == 200 else None


def tags(engine, person):
    with engine.connect() as connection:
        mine = (journal.c.actor == person) | (journal.c.id == person)
        return list(connection.execute(select(journal.c.tag).where(mine).order_by(journal.c.seq)).scalars())


def sessions_of(engine, person):
    with engine.connect() as connection:
        query = select(session).where(session.c.person == person).order_by(session.c.created_at)
        return list(connection.execute(query))


def change(engine, person, **values):
    with engine.begin() as connection:
        connection.execute(update(session).where(session.c.person == person).values(**values))


def make_due(engine, person, **more):
    change(engine, person, renew_at=datetime.now(UTC) - PAST, **more)


def refusal(provider, subject, status, part):
    client, answer = provider.sign_in(subject)
    with closing(client):
        assert (answer.status_code, part in words(answer)) == (status, True), words(answer)
        assert client.cookies.get(cookie.NAME) is None
        assert '<a class="bos-button" href="/sign-in">Sign in</a>' in answer.text


@pytest.fixture(scope="session")
def told():
    """Return what the tests ask with: words of a page, who a client is, tags, sessions, and moments that are past."""
    return SimpleNamespace(
        words=words, who=who, tags=tags, sessions=sessions_of, change=change, make_due=make_due, refusal=refusal
    )
