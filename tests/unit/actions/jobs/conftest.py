"""A flow of loans on a real database and a real lake, and short ways to ask for work and to run it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import text

from bos.actions import documents, jobs, telemetry
from bos.actions.context import open_context
from bos.actions.uploads import Upload
from bos.actions.work import run_job
from bos.auth.actor import Actor
from bos.settings import Settings
from bos.store.engine import transaction
from bos.telemetry.lock import hold
from tests.unit.actions.jobs.told import Told
from tests.unit.actions.jobs.watched import Watched, switch_off
from tests.unit.connectors.ledger_double import Books, installed, serving

SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
HEADER = "loan,event,at,value"


def template(name):
    """Return a template whose event log says which column is which, in a zone and a currency."""
    return {
        "id": name,
        "title": name,
        "time_zone": "America/New_York",
        "currency": "USD",
        "binding": {"format": "csv", "mapping": {"case": "loan", "step": "event", "time": "at", "amount": "value"}},
        "flow": {"correlation_key": ["loan"], "steps": [{"id": "all", "title": "All"}]},
        "system_signals": [{"id": "latency", "signal": "gateway.latency", "affects": ["all"]}],
        "ownership": [
            {"id": section.replace("_", "-"), "covers": section, "accountable": "process_owner"} for section in SECTIONS
        ],
    }


class Desk:
    """Where Ana asks for long work."""

    ana = Actor("ana", "Ana", roles=frozenset({"process_owner", "data_steward"}))
    auditor = Actor("ida", "Ida", roles=frozenset({"auditor"}))
    viewer = Actor("vic", "Vic", roles=frozenset({"viewer"}))

    def __init__(self, ctx):
        self.ctx = ctx
        self._numbers = count(1)
        signal = {"id": "gateway.latency", "title": "Latency", "type": "system"}
        documents.put(ctx, self.ana, "signal", signal["id"], signal, rationale="First.")

    def flow(self, **over):
        """Make a template nobody has used; return its id."""
        name = f"loans{next(self._numbers)}"
        documents.put(self.ctx, self.ana, "template", name, template(name) | over, rationale="First.")
        return name

    def log(self, rows=3, prefix="c"):
        """Return a CSV log."""
        lines = [f"{prefix}{n},opened,2026-01-02T10:00:0{n % 10},{n}.50" for n in range(rows)]
        return "\n".join([HEADER, *lines]) + "\n"

    def upload(self, content, name="log.csv"):
        """Put a file where uploads lie; return its path."""
        with Upload(self.ctx.staging, name) as upload:
            upload.write(content.encode())
            upload.finish()
        return upload.path

    def ask(self, flow, content=None, *, key=None, name="log.csv", **options):
        """Ask for an import."""
        content = self.log() if content is None else content
        ctx = replace(self.ctx, idempotency_key=key)
        return telemetry.start_import(ctx, self.ana, flow, self.upload(content, name), **options)

    def run(self, job, ctx=None):
        """Run a job in this thread; return how it stands then."""
        run_job(ctx or self.ctx, job.id, "test")
        return self.show(job)

    def show(self, job):
        return jobs.show(self.ctx, self.ana, job.id)

    def done(self, flow, content=None, **options):
        """Ask for an import and run it."""
        job = self.run(self.ask(flow, content, **options))
        assert job.state == "done", job.error
        return job

    def wait(self, job, *states, until=None):
        """Return a job once it is in one of the states, or once ``until`` holds."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            now = self.show(job)
            if now.state in states or (until and until(now)):
                return now
            time.sleep(0.02)
        raise AssertionError(now)

    @contextmanager
    def busy(self, flow):
        """Keep every import of a flow waiting before it commits."""
        with hold(self.ctx.lake.lock(flow)):
            yield

    def rows(self, query, **values):
        """Return rows of the database."""
        with transaction(self.ctx.engine) as connection:
            return connection.execute(text(query), values).fetchall()

    def tags(self, id_):
        """Return what the journal says of a job or a flow, oldest first."""
        return [row.tag for row in self.rows("SELECT tag FROM journal WHERE id = :id ORDER BY seq", id=id_)]

    def uploads(self):
        """Return the folders of uploads."""
        return [entry for entry in self.ctx.staging.iterdir() if entry.is_dir()]


@pytest.fixture(scope="module")
def open_desk(make_store, tmp_path_factory):
    """Return a function to a desk on a home of its own; ``inline`` runs jobs in threads of this process."""
    opened = []

    def make(*, inline=False):
        home = tmp_path_factory.mktemp("home") / "a home"
        settings = Settings.load(home=home, env={}, database_url=make_store())
        ctx = open_context(settings, inline_jobs=inline)
        opened.append(ctx)
        return Desk(replace(ctx, request_id="r1"))

    yield make
    for ctx in opened:
        ctx.close()


@pytest.fixture(scope="module")
def desk(open_desk):
    return open_desk()


@pytest.fixture(scope="module")
def inline(open_desk):
    return open_desk(inline=True)


@pytest.fixture
def flow(desk):
    return desk.flow()


@pytest.fixture(scope="module")
def ledger():
    """Have the connector of the ledger installed."""
    with installed():
        yield


@pytest.fixture
def told(desk, ledger):  # noqa: ARG001 - the connector is there
    """Return a flow of which a ledger hears."""
    books = Books()
    with serving(books) as url:
        yield Told(desk, url, books)


@pytest.fixture
def watched(desk, tmp_path):
    ctx = replace(desk.ctx, settings=replace(desk.ctx.settings, incoming_folders=str(tmp_path)))
    folder = tmp_path / "drop"
    folder.mkdir()
    one = Watched(ctx, desk.flow(), folder)
    one.save()
    yield one
    switch_off(ctx, one.connection)
