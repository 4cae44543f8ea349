"""A system on a real socket that answers as a test says, and BOS's way to it."""

from __future__ import annotations

import base64
import os
import ssl
import threading
import time
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from bos.outgoing.allowed import Allowed
from bos.outgoing.target import Reached
from bos.ports import Attachment, Message
from tests.unit.connectors.contracts import Contract

PNG = base64.b64decode(  # one grey point
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
HOME = Allowed.of("localhost, 127.0.0.1", "127.0.0.0/8, ::1/128")


def _handler(answers, asked):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked.append(SimpleNamespace(path=self.path, headers=dict(self.headers), body=body))
            status, headers, content = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 - the name http.server calls it by

        def log_message(self, *_):
            pass

    return Handler


@pytest.fixture
def answering():
    """Return a context manager: a server that gives answers (status, headers, content), the last one for ever."""

    @contextmanager
    def serve(*answers, tls=None):
        asked = []
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(list(answers), asked))
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            scheme = "http" if tls is None else "https"
            yield SimpleNamespace(url=f"{scheme}://localhost:{server.server_port}", asked=asked)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return serve


@pytest.fixture
def reach():
    """Return a function that makes a target of an address."""

    def make(url, *, secrets=None, allowed=HOME, settings=None, timeout=10.0, ca_file=None):
        return Reached(
            connection="payments",
            address=url,
            settings=settings or {},
            timeout=timeout,
            allowed=allowed,
            secrets=(secrets or {}).get,
            ca_file=ca_file,
        )

    return make


@pytest.fixture
def patient(monkeypatch):
    """Return a function: a module waits by another ``sleep``. Its own name for the clock alone: other threads sleep."""

    def wait(module, sleep=lambda _: None):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))

    return wait


@pytest.fixture(scope="session")
def contract():
    """Return a function to a vendor's description of its interface; without it the test skips, or fails."""
    folder = Path(os.environ["BOS_TEST_DATA"]).parent / "contracts"

    @cache
    def find(name, base=""):
        path = folder / name
        if path.is_file():
            return Contract(path, base=base)
        reason = f"the vendor's description is not here: {name} (in the folder contracts beside BOS_TEST_DATA)"
        if os.environ.get("BOS_REQUIRE_DATA"):
            pytest.fail(reason)
        pytest.skip(reason)

    return find


@pytest.fixture(scope="session")
def described():
    """Return a function from the name of a vendor's description to whether it is here."""
    return lambda name: (Path(os.environ["BOS_TEST_DATA"]).parent / "contracts" / name).is_file()


@pytest.fixture(scope="session")
def certificate(make_certificate, tmp_path_factory):
    """Return a certificate of localhost and its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def message():
    """Return a message with everything a message may have, some of it hostile to every system's markup."""
    return Message(
        kind="kpi.state",
        flow="loan-payments",
        title="Return rate is *red* <!channel> {panic}",
        paragraphs=(
            "3.1 % of 4,200 payments came back.\nSecond line.",
            'h1. <script>alert("x")</script> & [~admin] ]]>',
        ),
        facts=(("Owner", "Payments_operations & more"), ("Target", "below 2 %")),
        links=(("Open in BOS", "https://bos.bank.example/flows/loan-payments?a=1&b=2"),),
        thread="loan-payments 2026-W10",
        attachments=(Attachment("chart.png", "image/png", PNG), Attachment("cases.csv", "text/csv", b"case\n1\n")),
    )
