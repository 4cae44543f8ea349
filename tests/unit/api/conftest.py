"""The application on a real socket, with a home and a database that the tests of one file share."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from bos.api.app import create_app
from bos.home import Home
from bos.settings import Settings

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


@pytest.fixture(scope="module")
def server(make_store, tmp_path_factory):
    settings = Settings.load(home=tmp_path_factory.mktemp("api") / "home", env={}, database_url=make_store())
    app = create_app(settings, inline_jobs=True)
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    port = listener.getsockname()[1]
    while not running.started:
        time.sleep(0.01)
    yield Server(f"http://127.0.0.1:{port}", Home(settings.home).make().token(), port)
    running.should_exit = True
    thread.join()
    listener.close()


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
