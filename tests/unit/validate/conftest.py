"""A template that breaks no rule, with the documents it refers to."""

from __future__ import annotations

import copy

import pytest

from bos.model.calendar import Calendar
from bos.model.fields import sections
from bos.model.signals import Signal
from bos.model.template import Template

SIGNALS = {
    "payment.received": {"type": "process", "binding": {"event": "RECEIVED"}},
    "payment.posted": {"type": "process", "binding": {"event": "POSTED"}},
    "payment.returned": {
        "type": "process",
        "binding": {"event": "RETURNED", "fields": [{"id": "code", "native": "return_code"}]},
    },
    "gateway.latency": {"type": "system", "unit": "milliseconds"},
}


def ratio(numerator):
    return f"ratio(count({numerator}), count(received))"


GOOD = {
    "id": "payments",
    "title": "Payments",
    "flow": {
        "correlation_key": ["loan_id"],
        "calendar": "bank",
        "steps": [{"id": "received", "title": "Received"}, {"id": "posted", "title": "Posted"}],
        "edges": [{"id": "forward", "source": "received", "target": "posted"}],
    },
    "process_signals": [
        {"id": "received", "signal": "payment.received", "step": "received"},
        {"id": "posted", "signal": "payment.posted", "step": "posted"},
        {"id": "returned", "signal": "payment.returned", "step": "posted"},
    ],
    "system_signals": [{"id": "latency", "signal": "gateway.latency", "affects": ["posted"]}],
    "outcomes": [
        {
            "id": "returns",
            "title": "Return rate",
            "measure": {"formula": ratio("returned"), "unit": "ratio"},
            "target": {"value": 0.03, "direction": "at_most"},
            "thresholds": [
                {"id": "near", "level": "warning", "value": 0.02},
                {"id": "far", "level": "breach", "value": 0.03},
            ],
        },
        {"id": "posted_count", "title": "Posted", "measure": {"formula": "count(posted)", "unit": "payments"}},
    ],
    "ownership": [{"id": s, "covers": s, "accountable": "process_owner"} for s in sections("template")],
}


@pytest.fixture
def template():
    return copy.deepcopy(Template.model_validate(GOOD).data())


@pytest.fixture
def documents():
    """Return what there is beside the template, by kind and id."""
    documents = {("signal", name): Signal(id=name, title=name, **rest).data() for name, rest in SIGNALS.items()}
    documents["calendar", "bank"] = Calendar(id="bank", title="Bank").data()
    return documents


@pytest.fixture
def resolve(documents):
    return lambda kind, name: documents.get((kind, name))
