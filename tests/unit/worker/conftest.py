"""Workers as processes of their own, on a home and a database that the tests of one file share."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest

from bos.actions import documents, jobs, telemetry
from bos.actions.context import open_context
from bos.actions.uploads import Upload
from bos.auth.actor import Actor
from bos.settings import Settings
from bos.store.engine import transaction
from bos.telemetry.lock import hold
from tests.unit.connectors.ledger_double import PACKAGE

ANA = Actor("ana", "Ana", roles=frozenset({"process_owner"}))
SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")


class Works:
    """A home that workers work for."""

    def __init__(self, ctx, url):
        self.ctx = ctx
        self.url = url
        self._numbers = count(1)

    def flow(self):
        """Make a template; return its id."""
        name = f"loans{next(self._numbers)}"
        owners = [{"id": part.replace("_", "-"), "covers": part, "accountable": "process_owner"} for part in SECTIONS]
        content = {
            "id": name,
            "title": name,
            "binding": {"mapping": {"case": "loan", "step": "event", "time": "at"}},
            "flow": {"correlation_key": ["loan"], "steps": [{"id": "all", "title": "All"}]},
            "ownership": owners,
        }
        documents.put(self.ctx, ANA, "template", name, content, rationale="First.")
        return name

    def ask(self, flow, rows=3):
        """Ask for an import."""
        with Upload(self.ctx.staging, "log.csv") as upload:
            upload.write(b"loan,event,at\n")
            for n in range(rows):
                upload.write(f"c{n},opened,2026-01-02T10:00:00Z\n".encode())
            upload.finish()
        return telemetry.start_import(self.ctx, ANA, flow, upload.path)

    def start(self):
        """Start a worker; return its process."""
        env = {**os.environ, "BOS_DATABASE_URL": self.url, "BOS_LOG_LEVEL": "info", "PYTHONPATH": str(PACKAGE)}
        env |= {"BOS_OUTGOING_HOSTS": "localhost", "BOS_OUTGOING_PRIVATE": "127.0.0.0/8, ::1/128"}
        log = (self.ctx.home.folder("logs") / "worker.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "bos.worker", "--home", str(self.ctx.settings.home)],
                env=env, stdout=log, stderr=log,
            )  # fmt: skip

    @contextmanager
    def worker(self):
        """Have a worker for as long as the block lasts."""
        process = self.start()
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)

    @contextmanager
    def busy(self, flow):
        """Keep every import of a flow waiting before it commits."""
        with hold(self.ctx.lake.lock(flow)):
            yield

    def show(self, job):
        return jobs.show(self.ctx, ANA, job.id)

    def wait(self, job, *states, until=None):
        """Return a job once it is in one of the states, or once ``until`` holds."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            now = self.show(job)
            if now.state in states or (until and until(now)):
                return now
            time.sleep(0.02)
        raise AssertionError(now, self.log())

    def log(self):
        return (self.ctx.home.folder("logs") / "worker.log").read_text()

    def rows(self, query, *values):
        """Return rows of the database."""
        with transaction(self.ctx.engine) as connection:
            return connection.exec_driver_sql(query, values).fetchall()


@pytest.fixture(scope="module")
def works(make_store, tmp_path_factory):
    url = make_store()
    settings = Settings.load(home=tmp_path_factory.mktemp("works") / "a home", env={}, database_url=url)
    ctx = open_context(settings)
    yield Works(replace(ctx, request_id="r1"), url)
    ctx.close()
