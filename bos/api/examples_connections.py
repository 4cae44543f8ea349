"""Examples of what is answered about connected systems."""

from __future__ import annotations

from typing import Any

_AT = "2026-03-02T09:30:00Z"
_WANT = {"name": "step_seconds", "help": "Seconds between two points.", "needed": False, "example": "60"}
_TOKEN = {"name": "token", "help": "A bearer token.", "needed": False, "example": ""}
_FOUND = {"what": "Answer", "ok": True, "words": "The server answers queries.", "hint": ""}
_FILE = {
    "name": "payments-2026-03-02.csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "state": "taken",
    "problem": "",
    "read": 1200,
    "added": 1199,
    "rejected": 1,
}
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
    "PlaceBody": {"connection": "grafana-payments"},
    "PlacedDashboard": {
        "flow": "loan-payments",
        "run": "0f7d5cf0c8f84a3c",
        "connection": "grafana-payments",
        "version": "7",
        "link": "https://grafana.bank.example/d/bos-3f2a/loan-payments",
    },
    "Received": {"delivery": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc71", "known": False},
    "DeliveryRow": {
        "delivery": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc71",
        "at": _AT,
        "state": "dead",
        "problem": "The body is none of the shape jira.",
        "added": 0,
    },
    "Delivery": {
        "connection": "alerts",
        "delivery": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc71",
        "state": "done",
        "added": 2,
    },
    "TakeBody": {"connection": "payments-drop"},
    "TakenFile": _FILE,
    "TakenFiles": {"flow": "loan-payments", "connection": "payments-drop", "files": [_FILE]},
    "PullBody": {"signals": ["gateway_latency"]},
    "PullRow": {
        "signal": "gateway.latency",
        "connection": "prometheus-payments",
        "query": "histogram_quantile(0.95, rate(latency_seconds_bucket[1m]))",
        "upto": _AT,
        "at": _AT,
        "added": 43200,
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
