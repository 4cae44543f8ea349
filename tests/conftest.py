"""What every test may ask for: real data, a real database, and a home that is nobody's."""

from __future__ import annotations

import os
import shutil
import tempfile
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from bos.settings import Settings

REPOSITORY = Path(__file__).parent.parent
_SCRATCH = Path(tempfile.mkdtemp(prefix="bos-tests-"))
_SCRATCH.chmod(0o711)  # the embedded database of root's homes runs as another user
_NUMBERS = count(1)

for _name in [name for name in os.environ if name.startswith("BOS_") and not name.startswith(("BOS_TEST", "BOS_REQ"))]:
    del os.environ[_name]
os.environ["BOS_HOME"] = str(_SCRATCH / "home")
os.environ["BOS_STATE_DIR"] = str(_SCRATCH / "state")

settings.register_profile(
    "bos", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
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
    folder = Path(os.environ.get("BOS_TEST_DATA") or REPOSITORY.parent / "shared" / "data")

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
    from bos.store.embedded import open_database  # noqa: PLC0415 - most tests need no database

    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=_SCRATCH))
    folder.chmod(0o711)
    database = open_database(Settings.load(home=folder / "home", state_dir=folder / "state"))
    yield database
    database.close()


def _create(postgres, template):
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute(command)
    scheme, _, rest = postgres.url.partition("://")
    server, _, query = rest.partition("?")
    return name, f"{scheme}://{server.rpartition('/')[0]}/{name}{f'?{query}' if query else ''}"


def _drop(postgres, name):
    with psycopg.connect(postgres.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


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
