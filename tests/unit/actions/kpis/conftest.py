"""A flow of payments with a few events, evaluated through actions on a real database and a real lake."""

from __future__ import annotations

import copy
import csv
from dataclasses import replace

import pytest

from bos.actions import documents
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.settings import Settings
from bos.telemetry.ingest import import_events, import_metrics

EVENTS = (
    # case, step, time, amount, channel
    ("p1", "payment.initiated", "2026-01-30T22:30:00Z", "100.00", "web"),
    ("p1", "payment.received", "2026-01-31T10:00:00Z", "100.00", "web"),
    ("p1", "payment.posted", "2026-01-31T12:00:00Z", "100.00", "web"),
    ("p2", "payment.initiated", "2026-02-01T09:00:00Z", "50.50", "branch"),
    ("p2", "payment.received", "2026-02-01T10:00:00Z", "50.50", "branch"),
    ("p2", "payment.returned", "2026-03-05T10:00:00Z", "50.50", "branch"),
    ("p3", "payment.initiated", "2026-02-03T09:00:00Z", "7.25", "web"),
)
FIELDS = [{"id": "channel", "native": "channel", "type": "text"}]


def signal(name):
    binding = {"event": f"payment.{name}", "fields": FIELDS}
    return {"id": f"payment.{name}", "title": name.title(), "type": "process", "binding": binding}


def outcome(name, formula, unit="count", **measure):
    return {"id": name, "title": name.title(), "measure": {"formula": formula, "unit": unit, **measure}}


TEMPLATE = {
    "id": "payments",
    "title": "Payments",
    "time_zone": "America/New_York",
    "currency": "USD",
    "flow": {"correlation_key": ["payment_id"], "steps": [{"id": "all", "title": "All"}]},
    "process_signals": [
        {"id": name, "signal": f"payment.{name}", "step": "all"}
        for name in ("initiated", "received", "posted", "returned")
    ],
    "outcomes": [
        outcome("sent", "count(initiated)", window="30 days", dimensions=["channel"]),
        outcome("return_rate", "ratio(count(returned), count(initiated))", "ratio", anchor="initiated"),
        outcome("amount", "sum(initiated.amount)", "USD"),
        outcome("to_post", "p50(duration(received -> posted))", "seconds"),
        outcome("kept", "derived(sent - sent_back)"),
        outcome("sent_back", "count(returned)", time_zone="UTC"),
    ],
    "ownership": [
        {"id": name.replace("_", "-"), "covers": name, "accountable": role}
        for name, role in {
            "identity": "process_owner",
            "flow": "process_owner",
            "process_signals": "data_steward",
            "system_signals": "sre",
            "outcomes": "business_owner",
            "ownership": "coe",
        }.items()
    ],
}
ROLES = frozenset({"data_steward", "finance_control", "compliance", "coe", "business_owner", "process_owner", "sre"})


@pytest.fixture
def ana():
    return Actor("ana", "Ana", roles=frozenset({"process_owner"}))


@pytest.fixture
def ben():
    return Actor("ben", "Ben", roles=ROLES)


@pytest.fixture
def ctx(store_url, tmp_path):
    context = open_context(Settings.load(home=tmp_path / "home", env={}, database_url=store_url))
    yield replace(context, request_id="r1", origin="library")
    context.close()


@pytest.fixture
def add(ctx, tmp_path):
    """Return a function that adds events to the lake."""

    def write(batch, events):
        path = tmp_path / f"{batch}.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("case", "step", "time", "amount", "channel"), *events])
        mapping = {name: name for name in ("case", "step", "time", "amount")} | {"attr.channel": "channel"}
        return import_events(
            ctx.lake, "payments", path, mapping=mapping, batch=batch, rejects=ctx.rejects, currency="USD"
        )

    return write


@pytest.fixture
def flow(ctx, ana, add):
    """Return the id of a flow that has a template, signals and events."""
    for name in ("initiated", "received", "posted", "returned"):
        documents.put(ctx, ana, "signal", f"payment.{name}", signal(name), rationale="First.")
    documents.put(ctx, ana, "template", "payments", TEMPLATE, rationale="First.")
    add("first", EVENTS)
    return "payments"


@pytest.fixture
def watched(ctx, ana, flow):
    """Return a function that gives the flow a probed gateway, whose points it takes, and KPIs with error budgets."""

    def make(points):
        for name, unit in (("up", "ratio"), ("latency", "seconds")):
            content = {"id": f"gateway.{name}", "title": name.title(), "type": "system", "unit": unit}
            documents.put(ctx, ana, "signal", content["id"], content, rationale="First.")
        template = copy.deepcopy(TEMPLATE)
        template["system_signals"] = [
            {"id": f"gateway_{name}", "signal": f"gateway.{name}", "affects": ["all"]} for name in ("up", "latency")
        ]
        target = {"value": 0.99, "direction": "at_least"}
        template["outcomes"] += [
            outcome("available", "availability(gateway_up)", "ratio") | {"target": target, "error_budget": "30 days"},
            outcome("fast", "availability(gateway_latency <= 0.5)", "ratio")
            | {"target": target, "error_budget": "7 days"},
        ]
        rate = next(one for one in template["outcomes"] if one["id"] == "return_rate")
        rate |= {"target": {"value": 0.4, "direction": "at_most"}, "error_budget": "90 days"}
        documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="Budgets.")
        path = ctx.home.path / "points.csv"
        lines = [f"{signal},{at.isoformat()},{value}" for signal, at, value in points]
        path.write_text("\n".join(["signal,time,value", *lines]) + "\n")
        mapping = {name: name for name in ("signal", "time", "value")}
        import_metrics(ctx.lake, flow, path, mapping=mapping, batch="points", rejects=ctx.rejects)
        return flow

    return make
