"""Examples of what is answered about error budgets, cases behind a number, exports, and runs computed again."""

from __future__ import annotations

from typing import Any

_AT = "2026-03-02T09:30:00Z"
_ROW: dict[str, Any] = {
    "case": "L-1042/P-7",
    "at": "2026-03-02T09:30:00Z",
    "value": 15.28,
    "shown": "USD 15.28",
    "note": "",
    "late": None,
}
_DIFFERENCE: dict[str, Any] = {"where": "return_rate", "then": {"value": 0.0283}, "now": {"value": 0.0284}}
_LATE: dict[str, Any] = {"signal": "returned", "title": "Payment returned", "came": 4, "left": 0, "cases": 4}
_RESTATED: dict[str, Any] = {
    "kpi": "return_rate",
    "bucket_start": "2026-02-01T00:00:00Z",
    "dimensions": {},
    "unit": "ratio",
    "then": 0.028,
    "then_n": 1000,
    "now": 0.032,
    "now_n": 1000,
    "difference": 0.004,
    "live": 0.032,
    "late": [_LATE],
    "words": ["Arrived since: 4 Payment returned."],
}
_NOT_CARRIED: dict[str, Any] = {
    "what": "Receipt to posted time",
    "where": "posting_time",
    "why": "PromQL cannot say `duration`: Prometheus keeps counters, which know no case.",
}
_THEN: dict[str, Any] = {"start": "2026-02-01T00:00:00Z", "end": "2026-03-01T00:00:00Z", "value": 0.028}
_CAUSE: dict[str, Any] = {"kind": "rate", "of": "web", "missing": False, "amount": 0.004}
EXAMPLES: dict[str, dict[str, Any]] = {
    "ErrorBudget": {
        "kpi": "gateway_availability",
        "title": "Availability of the payment gateway",
        "owner": "sre",
        "window": "30 days",
        "start": "2026-01-31T09:30:00Z",
        "at": _AT,
        "target": 0.995,
        "direction": "at_least",
        "allowed": 0.005,
        "value": 0.997,
        "n": 8640,
        "used": 0.6,
        "left": 0.4,
        "lasts_until": "2026-03-12T09:30:00Z",
        "burns": [
            {"long": 3600, "short": 300, "limit": 14.4, "long_rate": 0.0, "short_rate": 0.0, "level": "breach"},
            {"long": 259200, "short": 21600, "limit": 1.0, "long_rate": 1.2, "short_rate": 0.4, "level": "warning"},
        ],
        "course": [{"bucket_start": "2026-01-31T00:00:00Z", "left": 0.98, "value": 0.9968, "n": 288}],
        "status": "ok",
        "words": "40.0 % of the error budget left",
        "snapshot": "loan-payments/metrics@4",
    },
    "NotCarried": _NOT_CARRIED,
    "ExportNotes": {
        "target": "grafana",
        "file": "loan-payments-c4ca4238.json",
        "media_type": "application/json",
        "carried": ["return_rate"],
        "marks": ["1 of 1 KPIs is not approved yet"],
        "not_carried": [_NOT_CARRIED],
        "size_bytes": 18_204,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
    "RunDifference": _DIFFERENCE,
    "Rerun": {
        "run": "4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f",
        "kind": "kpi",
        "flow": "loan-payments",
        "same": False,
        "then_hash": "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab",
        "now_hash": "1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014",
        "reasons": ["Versions and data are those of then: another BOS or engine counts otherwise (duckdb 2.0.3)."],
        "differences": [_DIFFERENCE],
    },
    "LateEvents": _LATE,
    "RestatedValue": _RESTATED,
    "Restated": {
        "run": "4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f",
        "flow": "loan-payments",
        "then_snapshot": "loan-payments@7",
        "now_snapshot": "loan-payments@9",
        "template_version": 3,
        "live_version": 3,
        "compared": 12,
        "items": [_RESTATED],
    },
    "ExplanationSide": _THEN,
    "ExplanationPart": _CAUSE,
    "Explanation": {
        "flow": "loan-payments",
        "kpi": "return_rate",
        "unit": "ratio",
        "dimension": "channel",
        "then": _THEN,
        "now": {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z", "value": 0.034},
        "difference": 0.006,
        "parts": [_CAUSE, {"kind": "mix", "of": "ach", "missing": False, "amount": 0.002}],
        "notes": [],
        "snapshot": "loan-payments@7",
        "template_version": 3,
    },
    "CaseRow": _ROW,
    "CaseList": {
        "flow": "loan-payments",
        "kpi": "credited_as_of_receipt",
        "part": "failed",
        "parts": ["counted", "out_of", "failed"],
        "start": "2026-03-01T00:00:00Z",
        "end": "2026-04-01T00:00:00Z",
        "time_zone": "America/New_York",
        "total": 27,
        "unit": "USD",
        "items": [_ROW],
        "approval": None,
        "snapshot": "loan-payments@7",
    },
}
