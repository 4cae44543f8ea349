"""Examples of what is answered about connected systems."""

from __future__ import annotations

from typing import Any

_AT = "2026-03-02T09:30:00Z"
_WANT = {"name": "step_seconds", "help": "Seconds between two points.", "needed": False, "example": "60"}
_TOKEN = {"name": "token", "help": "A bearer token.", "needed": False, "example": ""}
_FOUND = {"what": "Answer", "ok": True, "words": "The server answers queries.", "hint": ""}
EXAMPLES: dict[str, dict[str, Any]] = {
    "Want": _WANT,
    "ConnectorAnswer": {
        "name": "prometheus",
        "title": "Prometheus",
        "schemes": ["https", "http"],
        "settings": [_WANT],
        "secrets": [_TOKEN],
        "unproven": "",
        "reads": True,
        "tells": False,
    },
    "SecretBody": {"value": "glsa_example", "rationale": "The token was renewed."},
    "SecretRow": {
        "connection": "prometheus-payments",
        "name": "token",
        "origin": "https://prometheus.bank.example:443",
        "good": True,
        "by": "sam",
        "at": _AT,
    },
    "SecretTaken": {"connection": "prometheus-payments", "name": "token"},
    "Resealed": {"secrets": 4, "key": "9f1c27b02c6f5a11"},
    "PullBody": {"signals": ["gateway_latency"]},
    "PullRow": {
        "signal": "gateway.latency",
        "connection": "prometheus-payments",
        "query": "histogram_quantile(0.95, rate(latency_seconds_bucket[1m]))",
        "upto": _AT,
        "at": _AT,
        "added": 43200,
    },
    "Delivery": {
        "delivery": 71,
        "connection": "slack-payments",
        "flow": "loan-payments",
        "kind": "kpi.state",
        "title": "Breach: Return rate is 3.4 %",
        "state": "dead",
        "attempts": 12,
        "created_at": _AT,
        "due_at": None,
        "tried_at": _AT,
        "ended_at": _AT,
        "reference": "",
        "link": "",
        "reason": "Slack does not let BOS in (HTTP 401).",
        "hint": "Give the connection a secret that is good, with the rights its page lists.",
    },
    "FindingRow": _FOUND,
    "Diagnosis": {
        "connection": "prometheus-payments",
        "connector": "prometheus",
        "unproven": "",
        "well": True,
        "findings": [_FOUND],
        "at": _AT,
        "seconds": 0.042,
    },
}
