"""The API and the apps on real sockets, and a real browser that is signed in; one of each a test session."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

from bos.home import Home
from bos.settings import Settings

SECRET = "planted-in-the-server"  # noqa: S105 - it must not reach a kernel
WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
NOTEBOOKS = Path(__file__).parent / "notebooks"


@dataclass(frozen=True)
class Servers:
    """A running pair: addresses, the address a person opens, the token of the home, and the home (a demo)."""

    api_url: str
    apps_url: str
    token: str
    home: Path
    log: Path
    database_url: str

    @property
    def home_url(self):
        """Return the address that the terminal shows: it carries the key of this start."""
        return f"{self.api_url}/?key={Home(self.home).start_key()}"

    def page(self, name, query=""):
        """Return the address of a page."""
        return f"{self.apps_url}/voila/render/{name}.ipynb{f'?{query}' if query else ''}"

    def kill_kernels(self):
        """Kill the kernels of the pages that are open, and those that wait for one."""
        wanted = f"BOS_URL={self.api_url}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                line, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            except OSError:
                continue
            if b"ipykernel" in line and wanted in environment.split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)

    @contextmanager
    def client(self):
        """Open a signed-in HTTP client; its cookie goes to the API and to the apps, as a browser's does."""
        with httpx.Client(timeout=60, trust_env=False) as client:
            assert client.get(self.home_url).status_code == 303
            yield client


@dataclass
class Seen:
    """What a page did: messages of errors, and requests to any host but this machine's BOS."""

    errors: list = field(default_factory=list)
    foreign: list = field(default_factory=list)


def violations(page, **options):
    """Return what axe finds wrong with a page as it is shown now."""
    found = Axe().run(page, context=".bos", options=options or {"runOnly": WCAG})
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]]


def violations_in_both(page):
    """Return what axe finds wrong in light, and wrong with the contrast in dark: nothing else depends on it."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # a colour on its way is none to measure
    dark = violations(page, runOnly=["color-contrast"])
    page.emulate_media(color_scheme="light")
    return violations(page) + dark


def _listener():
    return socket.create_server(("127.0.0.1", 0))


def _wait_for(url, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the apps have ended"
        try:
            if httpx.get(f"{url}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the apps do not answer")


@pytest.fixture(scope="session")
def start_apps(make_store, serving, tmp_path_factory):
    """Return a function from a folder of notebooks (and settings) to a running pair on a home of its own."""
    running = []

    def start(folder=None, *, demo=True, **over):
        home = Home(tmp_path_factory.mktemp("apps") / "home")
        if demo:
            home.mark_demo()
        home.make()
        home.new_start_key()
        listener = _listener()
        port = listener.getsockname()[1]
        given = {"apps_folder": folder, "apps_port": port, "apps_warm": 1, **over}
        settings = Settings.load(home=home.path, env={}, database_url=make_store(), **given)
        api = serving(settings)
        api_url = api.__enter__()
        env = {**os.environ, "BOS_TEST_SECRET": SECRET, "BOS_DATABASE_URL": settings.database_url}
        env |= {f"BOS_{name.upper()}": str(value) for name, value in given.items() if value is not None}
        log = home.path / "apps.log"
        command = [sys.executable, "-m", "bos.serve.apps", "--home", home.path, "--api", api_url, "--socket"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*command, str(listener.fileno())], pass_fds=[listener.fileno()], stdout=out, stderr=out, env=env
            )
        running.append((process, listener, api))
        apps_url = f"http://127.0.0.1:{port}"
        _wait_for(apps_url, process)
        return Servers(api_url, apps_url, home.token(), home.path, log, settings.database_url)

    yield start
    for process, listener, api in reversed(running):
        process.terminate()
        process.wait(30)
        listener.close()
        api.__exit__(None, None, None)


@dataclass
class Certificate:
    """A certificate of ``localhost``, its key, and what trusts it."""

    file: Path
    key: Path
    trust: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(make_certificate, tmp_path_factory):
    """Return a certificate that nobody else trusts."""
    file, private = make_certificate(tmp_path_factory.mktemp("certificate"))
    return Certificate(file, private, ssl.create_default_context(cafile=str(file)))


@dataclass
class Bank:
    """`bos up` with a sign-on: the addresses browsers know, and the one that what runs here knows."""

    provider: object
    certificate: Certificate
    home: Path
    address: str
    apps_url: str
    own_url: str

    @property
    def api_url(self):
        return self.address

    def admin(self):
        headers = {"Authorization": f"Bearer {Home(self.home).token()}"}
        return httpx.Client(base_url=self.own_url, headers=headers, trust_env=False)


@pytest.fixture(scope="session")
def start_up(certificate, make_store):
    """Return a context manager from a provider of sign-on (and settings) to a running `bos up`."""

    @contextmanager
    def start(provider, **given):
        folder = Path(tempfile.mkdtemp(prefix="bos-others-"))
        home, given = folder / "home", {**provider.settings, "database_url": make_store(), **given}
        env = {**os.environ, **{f"BOS_{name.upper()}": str(value) for name, value in given.items()}}
        command = [sys.executable, "-m", "bos.cli.main", "up", "--no-browser"]
        process = subprocess.Popen(command, env=env | {"BOS_HOME": str(home)}, stdout=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline()
            assert line.startswith("BOS is running at "), line
            address = line.split()[4]
            apps_url = given.get("apps_url") or f"{address.rpartition(':')[0]}:{given['apps_port']}"
            yield Bank(provider, certificate, home, address, apps_url, Home(home).running().url)
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()
            shutil.rmtree(folder)

    return start


def _log_in(page, subject):
    page.fill('input[name="login"]', subject)
    page.fill('input[name="password"]', "x")
    page.click('button[type="submit"]')


@pytest.fixture(scope="session")
def log_in():
    """Return a function that fills in the login of the provider that a page has been led to."""
    return _log_in


@pytest.fixture(scope="session")
def apps(start_apps):
    """Return the running pair that serves the pages BOS ships, on a demo home without content.

    It may reach doubles of systems on this machine.
    """
    return start_apps(outgoing_hosts="localhost", outgoing_private="127.0.0.0/8, ::1/128")


@pytest.fixture(scope="session")
def own(start_apps):
    """Return a running pair that serves the notebooks of the tests themselves."""
    return start_apps(NOTEBOOKS, apps_kernels_each=24)


@pytest.fixture
def new_page(chromium):
    """Return a function from a running pair to a page in a signed-in browser; ``page.seen`` tells what it did,
    ``page.violations()`` what axe finds wrong.

    With ``width`` and ``height`` the window has another size; ``signed_in=False`` leaves it without a cookie.
    """
    contexts = []

    def make(servers, *, width=1280, height=900, signed_in=True, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page, seen = context.new_page(), Seen()
        page.seen = seen
        page.violations, page.violations_in_both = partial(violations, page), partial(violations_in_both, page)
        hosts = {urlsplit(url).netloc for url in (servers.api_url, servers.apps_url)}

        def request(made):
            where = urlsplit(made.url)
            if where.scheme in {"http", "https", "ws", "wss"} and where.netloc not in hosts:
                seen.foreign.append(made.url)

        page.on("request", request)
        page.on("websocket", request)
        page.on("console", lambda told: seen.errors.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        if signed_in:
            context.request.get(servers.home_url, max_redirects=0)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def browser_page(apps, new_page):
    """Return a page of the signed-in browser on the pages BOS ships."""
    return new_page(apps)
