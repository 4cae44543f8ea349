"""The application on a real socket, with a home and a database that the tests of one file share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from bos.actions import sessions
from bos.actions.identities import identity
from bos.auth import cookie
from bos.home import Home
from bos.settings import Settings
from bos.store.engine import reading

OWNERSHIP = [
    {"id": section.replace("_", "-"), "covers": section, "accountable": "process_owner"}
    for section in ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
]


@dataclass
class Server:
    """A running server: its address, its token, and clients with and without it."""

    url: str
    token: str
    port: int

    def client(self, **headers):
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}", **headers})


def browser_of(ctx, url, person):
    """Return a client with the session of somebody BOS knows."""
    with reading(ctx.engine) as connection:
        actor = identity(connection, person, datetime.now(UTC))
    secret = sessions.begin(ctx, actor)
    cookies = {cookie.NAME: cookie.signed(ctx.home.session_key(), secret)}
    return httpx.Client(base_url=url, cookies=cookies, timeout=60)


@pytest.fixture(scope="session")
def sign_in():
    return browser_of


@pytest.fixture(scope="module")
def server(make_store, serving, tmp_path_factory):
    settings = Settings.load(home=tmp_path_factory.mktemp("api") / "home", env={}, database_url=make_store())
    with serving(settings) as url:
        yield Server(url, Home(settings.home).make().token(), int(url.rpartition(":")[2]))


@pytest.fixture
def api(server):
    with server.client() as client:
        yield client


@pytest.fixture
def calendar(api):
    """Return a function that makes a calendar and returns its id and tag."""

    def make(name, **content):
        document = {"title": name, **content}
        answer = api.put(f"/api/v1/calendars/{name}", json={"document": document, "rationale": "First."})
        assert answer.status_code == 201, answer.text
        return answer.headers["etag"]

    return make


@pytest.fixture
def ownership():
    return OWNERSHIP
