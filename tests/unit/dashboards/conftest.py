"""Logs to build dashboards on: the hand-made sample, and the real log."""

from __future__ import annotations

import pandas as pd
import pytest

from bos.actions import blueprints
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.resources import share
from bos.settings import Settings
from bos.telemetry.ingest import import_events

SAMPLE = "loan-payment-processing"
REAL = "loan-application"


@pytest.fixture(scope="module")
def ana():
    return Actor("ana", "Ana", roles=frozenset({"process_owner"}))


@pytest.fixture(scope="module")
def ctx(module_store_url, tmp_path_factory):
    home = tmp_path_factory.mktemp("dashboards") / "home"
    context = open_context(Settings.load(home=home, env={}, database_url=module_store_url))
    yield context
    context.close()


def _import(ctx, flow, path, mapping, **more):
    import_events(ctx.lake, flow, path, mapping=mapping, batch="one", rejects=ctx.rejects, **more)


@pytest.fixture(scope="module")
def sample(ctx, ana):
    """Return the id of the pilot flow with the sample log."""
    blueprint = blueprints.show(ctx, ana, SAMPLE)
    blueprints.create(ctx, ana, SAMPLE)
    path = share("data") / "samples" / "loan-payments.csv"
    binding = blueprint.template["binding"]
    _import(ctx, SAMPLE, path, binding["mapping"], time_zone=binding["time_zone"], currency="USD")
    return SAMPLE


@pytest.fixture(scope="module")
def real(ctx, ana, real_data):
    """Return the id of the flow of the real log."""
    binding = blueprints.show(ctx, ana, REAL).template["binding"]
    blueprints.create(ctx, ana, REAL)
    path = real_data("bpi2012.xes.gz")
    _import(ctx, REAL, path, binding["mapping"], format="xes", time_zone=None, currency="EUR")
    return REAL


@pytest.fixture(scope="module")
def frame(ctx):
    """Return a function from a flow to its events as a DataFrame: case, step, time."""

    def read(flow):
        files = ctx.lake.snapshot(flow).files
        columns = ["case_id", "step", "event_time", "attributes"]
        return pd.concat([pd.read_parquet(file, columns=columns) for file in files], ignore_index=True)

    return read


@pytest.fixture(scope="session")
def resized():
    """Return a function from a template to one with another id and so many KPIs: its own first, then copies of them."""

    def make(doc, name, count):
        copies = [(own, number) for number in range(count) for own in doc["outcomes"]][:count]
        outcomes = [
            {**own, "id": f"{own['id']}_{number}", "title": f"{own['title']} {number}"} if number else own
            for own, number in copies
        ]
        kept = {f"outcomes[{one['id']}]" for one in outcomes}
        rows = [row for row in doc["ownership"] if not row["covers"].startswith("outcomes[") or row["covers"] in kept]
        return {**doc, "ownership": rows, "id": name, "title": f"Flow of {count} KPIs", "outcomes": outcomes}

    return make
