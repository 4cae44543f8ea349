"""An example of every body and answer, for the documentation of the interface; a test holds them to their models."""

from __future__ import annotations

from typing import Any

_AT = "2026-03-02T09:30:00Z"
_GROUP = "8f14e45fceea467a9b1d3c5e7f902468"
_TARGET = "outcomes[return_rate].target"
_HASH = "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"
_OLD, _NEW = ({"value": value, "direction": "at_most", "source": ""} for value in (0.03, 0.05))
_CHANGE = {"op": "set", "path": _TARGET, "old": _OLD, "new": _NEW}
_TEXT = ["Overall return rate · Target: at most 0.03 → at most 0.05"]
_WAITING = [{"role": "finance_control", "count": 1}]
_APPROVAL = {"state": "held", "waiting_for": ["finance_control"], "since": _AT, "group": _GROUP, "signed_by": ["bea"]}
_CALENDAR = {"id": "bank-us", "title": "US bank days"}
_TEMPLATE = {"id": "loan-payments", "title": "Loan payments"}
_WHY = "The tolerance agreed in the March committee."
_ROW = {
    "kind": "template",
    "id": "loan-payments",
    "title": "Loan payments",
    "version": 3,
    "state": "approved with changes held",
    "owner": "process_owner",
    "tags": ["payments"],
    "author": "ana",
    "at": _AT,
}
_SUBMITTED = {
    "kind": "template",
    "id": "loan-payments",
    "version": 4,
    "live": ["description"],
    "provisional": [],
    "held": [{"group": _GROUP, "paths": [_TARGET], "waiting_for": _WAITING}],
}
_PROBLEM = {
    "path": "outcomes[return_rate].measure",
    "message": "There is no signal 'returnd'.",
    "hint": "Did you mean 'returned'?",
    "code": "unknown-signal",
    "refs": ["process_signals[returnd]"],
    "severity": "error",
}
_GROUP_ANSWER = {
    "group": _GROUP,
    "kind": "template",
    "id": "loan-payments",
    "state": "waiting",
    "changes": [_CHANGE],
    "text": _TEXT,
    "authors": ["ana"],
    "rationale": _WHY,
    "base_version": 3,
    "waiting_for": _WAITING,
    "signatures": [],
    "reason": "",
    "at": _AT,
}
_VALUE = {
    "kpi": "return_rate",
    "bucket_start": None,
    "dimensions": {},
    "value": 0.0271,
    "unit": "ratio",
    "n": 18_420,
    "withheld_reason": None,
    "approval": _APPROVAL,
    "snapshot": "loan-payments@7",
}
_MEASURE = {
    "formula": "ratio(count(returned), count(initiated))",
    "unit": "ratio",
    "anchor": "initiated",
    "window": "60 days",
    "dimensions": ["channel"],
    "time_zone": None,
}
_BLUEPRINT = {
    "name": "loan-payment-processing",
    "title": "Loan payment processing",
    "description": "From the bill to the posted, reconciled payment.",
    "template": _TEMPLATE,
    "signals": [{"id": "payment.returned", "title": "Payment returned", "type": "process"}],
    "calendars": [_CALENDAR],
    "not_yet_expressible": [{"id": "breach_cost", "title": "Breach cost", "reason": "It needs a cost rule."}],
}
_IMPORTED = {
    "flow": "loan-payments",
    "batch": "5d41402abc4b2a76",
    "snapshot": "loan-payments@7",
    "changed": True,
    "read": 20_000,
    "added": 19_950,
    "duplicates": 48,
    "late": 12,
    "rejected": 2,
    "reject_file": "5d41402abc4b2a76.csv",
    "reject_sample": [{"file": "march.csv", "row": 17, "reason": "the time has no zone"}],
    "first": "2026-01-01T05:00:00Z",
    "last": "2026-03-01T23:12:44Z",
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "PutBody": {"document": _CALENDAR, "rationale": "First version.", "saw": []},
    "SubmissionBody": {"base_version": 3, "changes": [_CHANGE], "rationale": _WHY, "saw": []},
    "RollbackBody": {"version": 2, "rationale": "The new definition counts retries twice."},
    "RestoreBody": {"rationale": "Retired by mistake."},
    "ValidateBody": {"document": _TEMPLATE, "id": "loan-payments"},
    "DraftBody": {"document": _TEMPLATE, "revision": 0},
    "CreateBody": {"id": "loan-payments", "title": "Loan payments", "rationale": "The pilot of the payments team."},
    "RetentionBody": {"before": "2019-01-01T00:00:00Z", "rationale": "Seven years are over."},
    "EvaluationBody": {"kpis": ["return_rate"], "start": "2026-01-01T00:00:00Z", "by": "month"},
    "Health": {"status": "ok"},
    "Me": {"person": "ana", "display": "Ana Silva", "roles": ["process_owner"], "version": "0.1.0"},
    "DocumentRow": _ROW,
    "DocumentAnswer": {
        "kind": "calendar",
        "id": "bank-us",
        "version": 3,
        "state": "in review",
        "view": "live",
        "document": _CALENDAR,
        "sha256": _HASH,
        "author": "ana",
        "rationale": "Holidays of 2027.",
        "at": _AT,
        "approvals": {"clock": {**_APPROVAL, "state": "provisional", "signed_by": []}},
        "open_groups": [],
        "attention": [],
    },
    "Submitted": _SUBMITTED,
    "VersionRow": {
        "version": 4,
        "at": _AT,
        "author": "ana",
        "rationale": _WHY,
        "sha256": _HASH,
        "cause": "decision",
        "text": _TEXT,
    },
    "Difference": {"kind": "template", "id": "loan-payments", "old": 3, "new": 4, "changes": [_CHANGE], "text": _TEXT},
    "Relation": {
        "kind": "template",
        "id": "loan-payments",
        "path": "process_signals[returned].signal",
        "target_kind": "signal",
        "target": "payment.returned",
    },
    "Validation": {"valid": False, "problems": [_PROBLEM], "would": None},
    "Draft": {
        "kind": "template",
        "id": "loan-payments",
        "revision": 2,
        "base_version": 3,
        "document": _TEMPLATE,
        "author": "ana",
        "at": _AT,
        "conflicts": [{"path": _TARGET, "base": _OLD, "draft": _NEW, "live": _OLD}],
        "proposals": [],
    },
    "Blueprint": _BLUEPRINT,
    "Created": {"template": {**_SUBMITTED, "version": 1, "held": []}, "others": []},
    "Group": _GROUP_ANSWER,
    "Decided": {"group": _GROUP, "state": "withdrawn", "version": None, "waiting_for": []},
    "Hit": {
        "kind": "signal",
        "id": "payment.returned",
        "title": "Payment returned",
        "snippet": "The bank sent the **debit** back.",
        "rank": 0.61,
        "owner": "data_steward",
        "tags": ["ach"],
        "state": "approved",
    },
    "Entry": {
        "seq": 42,
        "at": _AT,
        "actor": "ana",
        "on_behalf_of": None,
        "tag": "change.held",
        "kind": "template",
        "id": "loan-payments",
        "path": _TARGET,
        "rationale": _WHY,
        "before": _OLD,
        "after": {"group": _GROUP, "value": _NEW},
        "request_id": "9f2c1e7a5b3d4f60",
        "origin": "cli",
        "hash": _HASH,
    },
    "Verification": {"ok": True, "entries": 42, "head": _HASH, "broken": None, "reason": ""},
    "Job": {
        "id": "5d41402abc4b2a76",
        "task": "telemetry.import",
        "state": "done",
        "done": 1_048_576,
        "total": 1_048_576,
        "message": "Committed",
        "result": _IMPORTED,
        "error": None,
        "author": "ana",
        "created_at": _AT,
        "finished_at": _AT,
    },
    "TelemetryStatus": {
        "flow": "loan-payments",
        "snapshot": "loan-payments@7",
        "events": 182_300,
        "cases": 18_420,
        "files": 3,
        "size_bytes": 9_437_184,
        "metric_points": 4_032,
        "first": "2026-01-01T05:00:00Z",
        "last": "2026-03-01T23:12:44Z",
        "watermark": _AT,
        "generated": False,
    },
    "KpiRow": {
        "kpi": "return_rate",
        "title": "Overall return rate",
        "description": "Debits that came back, by the day they were sent.",
        "measure": _MEASURE,
        "target": _OLD,
        "thresholds": [{"id": "warn", "level": "warning", "value": 0.025}],
        "regulation": "",
        "owner": "business_owner",
        "approvals": {_TARGET: _APPROVAL},
    },
    "KpiRun": {
        "run": "c4ca4238a0b923820dcc509a6f75849b",
        "flow": "loan-payments",
        "at": _AT,
        "author": "ana",
        "template_version": 4,
        "snapshot": "loan-payments@7",
        "options": {"kpis": ["return_rate"], "by": None},
        "documents": {"template/loan-payments": 4, "signal/payment.returned": 1},
        "queries": {"return_rate": "SELECT …"},
        "values": [_VALUE],
        "result_hash": _HASH,
    },
    "KpiQuery": {
        "kpi": "return_rate",
        "formula": _MEASURE["formula"],
        "sql": "SELECT …",
        "approval": _APPROVAL,
        "snapshot": "loan-payments@7",
    },
}
"""Name of a model → an example of it. A page of a model shows one item."""


def example_of(name: str) -> dict[str, Any] | None:
    """Return the example of a model by its name in the document; nothing for parts of others."""
    if name.startswith("Page_"):
        item = EXAMPLES.get(name.removeprefix("Page_").removesuffix("_"))
        return None if item is None else {"items": [item], "next": None}
    return EXAMPLES.get(name)
