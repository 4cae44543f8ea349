"""Examples of what is sent and answered about batches and waivers."""

from __future__ import annotations

from typing import Any

_AT, _UNTIL = "2026-03-02T09:30:00Z", "2026-04-15T00:00:00Z"
_NAME = "1f0c5f0e8a5b4d0f9f7a3b1c2d4e6f80"
_GROUP = "9b2e7c1d5f3a4b6c8d0e1f2a3b4c5d6e"
_PATH = "outcomes[return_rate].target"
_VALUE = {"value": 0.03, "direction": "at_most", "source": "Nacha"}
_CHANGE = {"op": "set", "path": _PATH, "old": None, "new": _VALUE}
_WAITS = [{"role": "finance_control", "count": 1, "after": []}]
_WHY = "The limits of 2026."

EXAMPLES: dict[str, Any] = {
    "Difference": {
        "kind": "template",
        "id": "loan-payments",
        "old": 3,
        "new": 4,
        "changes": [
            {
                "op": "set",
                "path": "outcomes[return_rate].target",
                "old": {"value": 0.03, "direction": "at_most", "source": "Nacha"},
                "new": {"value": 0.05, "direction": "at_most", "source": "Nacha"},
            }
        ],
        "text": ["Overall return rate · Target: at most 0.03 → at most 0.05"],
        "fields": [{"what": "Overall return rate · Target", "before": "at most 0.03", "after": "at most 0.05"}],
    },
    "Batch": {
        "batch": _NAME,
        "author": "ana",
        "rationale": _WHY,
        "at": _AT,
        "groups": [
            {
                "group": _GROUP,
                "kind": "template",
                "id": "loan-payments",
                "state": "waiting",
                "changes": [_CHANGE],
                "text": ["Return rate · Target: nothing → at most 0.03"],
                "authors": ["ana"],
                "rationale": _WHY,
                "base_version": 4,
                "batch": _NAME,
                "waiting_for": _WAITS,
                "signatures": [],
                "reason": "",
                "at": _AT,
            }
        ],
    },
    "BatchBody": {
        "submissions": [
            {"collection": "templates", "id": "loan-payments", "base_version": 4, "changes": [_CHANGE]},
            {"collection": "templates", "id": "card-payments", "base_version": 2, "changes": [_CHANGE]},
        ],
        "rationale": _WHY,
    },
    "BatchSubmitted": {
        "batch": _NAME,
        "submissions": [
            {
                "kind": "template",
                "id": "loan-payments",
                "version": 4,
                "live": [],
                "provisional": [],
                "held": [{"group": _GROUP, "paths": [_PATH], "waiting_for": _WAITS}],
            }
        ],
    },
    "BatchDecided": {
        "batch": _NAME,
        "groups": [{"group": _GROUP, "state": "live", "version": 5, "waiting_for": []}],
        "others": 0,
    },
    "Checkpoint": {
        "seq": 42,
        "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "at": _AT,
        "key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "text": "bos1.42.9f86d081….20260302T093000Z.11qYAYKx….5Vd3…",
    },
    "Obligation": {
        "regulation": "Nacha Operating Rules",
        "flow": "loan-payments",
        "flow_title": "Loan payments",
        "kpi": "return_rate",
        "title": "Return rate",
        "field": "outcomes[return_rate].regulation",
        "target": "at most 3.00 %",
        "owner": "compliance",
        "owner_title": "Compliance",
        "people": ["cora"],
        "approval": "Approved",
        "signed_by": ["cora", "carl"],
        "template_version": 4,
        "evidence": "pack 1f0c5f0e8a5b4d0f9f7a3b1c2d4e6f80 of 2026-W10, 2026-03-09 07:00 UTC",
        "gaps": [],
    },
    "IdentitiesBody": {"identities": ["carl@git.bank.example"], "rationale": "The address of his laptop."},
    "Upgrade": {
        "id": "loan-payments",
        "version": 4,
        "blueprint": "loan-payment-processing",
        "from_version": 1,
        "to_version": 2,
        "changes": [
            {
                "change": _CHANGE,
                "text": "Return rate · Target: nothing → at most 0.03",
                "critical": True,
                "changed_here": False,
                "group": None,
            }
        ],
        "needs": ["signal/payment.retried"],
        "differs": ["calendar/bank-us"],
    },
    "Instance": {
        "id": "loan-payments",
        "title": "Loan payments",
        "version": 4,
        "from_version": 1,
        "to_version": 2,
        "behind": True,
    },
    "UpgradeBody": {"mode": "pick", "pick": [_PATH], "rationale": _WHY},
    "Upgraded": {
        "template": {
            "kind": "template",
            "id": "loan-payments",
            "version": 5,
            "live": ["description"],
            "provisional": [],
            "held": [{"group": _GROUP, "paths": [_PATH], "waiting_for": _WAITS}],
        },
        "others": [],
        "skipped": [],
    },
    "UpgradesBody": {"mode": "unchanged", "only": ["loan-payments", "card-payments"], "rationale": _WHY},
    "Waiver": {
        "waiver": _NAME,
        "kind": "template",
        "id": "loan-payments",
        "path": _PATH,
        "state": "standing",
        "reason": "Finance control is vacant until April.",
        "ends": _UNTIL,
        "asked_by": "owen",
        "at": _AT,
        "waiting_for": "",
        "set_by": "cody",
        "set_at": _AT,
        "ended_at": None,
        "ended_by": "",
        "end_reason": "",
    },
    "WaiverBody": {"path": _PATH, "ends": _UNTIL, "reason": "Finance control is vacant until April."},
    "WaiverDecisionBody": {"decision": "approve"},
}
"""Name of a model → an example of it."""
