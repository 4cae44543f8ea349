"""A template made by hand that says every field, with what its numbers rest on; and how tests look at the file."""

from __future__ import annotations

from datetime import UTC, datetime

import yaml

from bos.actions.definitions import Definitions
from bos.actions.export_openslo import of_definitions
from bos.dashboards.exports.openslo_fields import PREFIX
from bos.model.signals import Signal
from bos.model.template import Template
from bos.store.documents import Version
from tests.unit.exports.openslo_rules import hold

AT = datetime(2026, 3, 2, tzinfo=UTC)
FULL = {
    "id": "return_rate",
    "title": "Return rate",
    "description": "What came back.",
    "tags": ["returns", "yes"],
    "measure": {
        "formula": "ratio(count(returned), count(sent))",
        "unit": "ratio",
        "anchor": "sent",
        "window": "60 days",
        "dimensions": ["channel"],
        "time_zone": "Europe/Amsterdam",
    },
    "target": {"value": 0.03, "direction": "at_most", "source": "Rules of the network"},
    "thresholds": [{"id": "near", "level": "warning", "value": 0.02}, {"id": "over", "level": "breach", "value": 0.04}],
    "error_budget": "30 days",
    "cost_rule": "returned-debit",
    "trust": {
        "fresh": True, "correlated": 0.98, "begins": ["sent"], "duplicates": 0.01, "approved": True,
        "control": {"kpi": "other", "at_most": "2.5"},
    },
    "watch": {"every": "10 minutes", "over": "1 day", "worse_after": 3, "better_after": 4},
    "regulation": "Reg Z §1026.36",
    "source": "Nacha Operating Rules",
}  # fmt: skip
"""A KPI that says every field there is, none of them as it would be by itself."""


def kpi(name, formula, target=0.9, direction="at_least", **more):
    anchor, window = more.pop("anchor", "event"), more.pop("window", None)
    return {
        "id": name,
        "title": more.pop("title", name.replace("_", " ").capitalize()),
        "measure": {"formula": formula, "unit": "ratio", "anchor": anchor, "window": window},
        "target": None if target is None else {"value": target, "direction": direction},
        **more,
    }


def template(*outcomes, **more):
    uses = [{"id": name, "signal": f"pay.{name}", "step": "all"} for name in ("sent", "returned", "posted")]
    systems = [{"id": name, "signal": f"gateway.{name}"} for name in ("up", "latency", "ok", "calls")]
    own = {
        "id": "payments",
        "title": "Payments",
        "time_zone": "Europe/Amsterdam",
        "flow": {"steps": [{"id": "all", "title": "All"}]},
        "process_signals": uses,
        "system_signals": systems,
        "outcomes": outcomes or (FULL,),
        "ownership": [{"id": "o", "covers": "outcomes", "accountable": "business_owner"}],
    }
    return Template.model_validate({**own, **more}).data()


def definitions(doc, *, bindings=None, connection=None, unbound=()):
    """Return definitions; ``bindings`` are name of a signal → language and query of the vendor that keeps it."""
    told = bindings or {}
    signals, systems = {}, {}
    for kind, shelf, uses in (("process", signals, doc["process_signals"]), ("system", systems, doc["system_signals"])):
        for use in uses:
            language, query = told.get(use["id"], ("", ""))
            event = "" if use["id"] in unbound else use["id"].upper()
            binding = {"event": event, "language": language, "query": query, "connection": connection}
            binding["fields"] = [{"id": "channel", "native": "channel"}]
            signal = Signal(id=use["signal"], title=use["id"], type=kind, binding=binding)
            shelf[signal.id] = version("signal", signal.data())
    return Definitions(version("template", doc, 7), signals, systems)


def version(kind, doc, number=1):
    return Version(kind, doc["id"], number, doc, "0" * 64, "ana", "", AT, "", (), number, False)


def exported(doc, **more):
    return of_definitions(definitions(doc, **more), "duckdb")


def read(parcel):
    """Return the documents of a file, held against the specification."""
    documents = list(yaml.safe_load_all(parcel.content.decode()))
    hold(documents)
    return documents


def of_kind(documents, kind):
    return {one["metadata"]["name"]: one for one in documents if one["kind"] == kind}


def only_slo(documents):
    (slo,) = of_kind(documents, "SLO").values()
    return slo


def notes(document):
    found = document["metadata"].get("annotations", {})
    assert all(name.startswith(PREFIX) for name in found)
    return {name.removeprefix(PREFIX): text for name, text in found.items()}


def ratio(slo):
    return slo["spec"]["indicator"]["spec"]["ratioMetric"]


def metric(slo, side):
    return ratio(slo)[side]["metricSource"]
