"""The sample log of the pilot as a dashboard run, which all tests of exports look at."""

from __future__ import annotations

import pytest

from bos.actions import blueprints, dashboards
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.resources import share
from bos.settings import Settings
from bos.telemetry.ingest import import_events

SAMPLE = "loan-payment-processing"


@pytest.fixture(scope="session")
def ana():
    return Actor("ana", "Ana", roles=frozenset({"process_owner"}))


@pytest.fixture(scope="session")
def ctx(make_store, tmp_path_factory):
    home = tmp_path_factory.mktemp("exports") / "home"
    context = open_context(Settings.load(home=home, env={}, database_url=make_store()))
    yield context
    context.close()


@pytest.fixture(scope="session")
def sample(ctx, ana):
    """Return the id of the pilot flow with the sample log."""
    binding = blueprints.show(ctx, ana, SAMPLE).template["binding"]
    blueprints.create(ctx, ana, SAMPLE)
    path = share("data") / "samples" / "loan-payments.csv"
    more = {"batch": "one", "rejects": ctx.rejects, "time_zone": binding["time_zone"], "currency": "USD"}
    import_events(ctx.lake, SAMPLE, path, mapping=binding["mapping"], **more)
    return SAMPLE


@pytest.fixture(scope="session")
def run(ctx, ana, sample):
    """Return a dashboard of the sample by day, split by the channel."""
    return dashboards.build(ctx, ana, sample, by="day", split="channel")
