"""Examples of what is answered about error budgets."""

from __future__ import annotations

from typing import Any

_AT = "2026-03-02T09:30:00Z"
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
}
