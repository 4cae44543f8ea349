"""Examples of what is answered about watched KPIs."""

from __future__ import annotations

from typing import Any

_SINCE = "2026-03-02T09:30:00Z"
_MONEY = {"amount": "12.50", "currency": "USD", "shown": "USD 12.50"}
_ACKNOWLEDGED = {"by": "sam", "at": "2026-03-02T09:42:00Z", "why": "I ask the bank about its return file."}
EXAMPLES: dict[str, dict[str, Any]] = {
    "Money": _MONEY,
    "Acknowledgement": _ACKNOWLEDGED,
    "Watched": {
        "flow": "loan-payments",
        "kpi": "return_rate",
        "title": "Overall return rate",
        "every": "15 minutes",
        "over": "1 day",
        "state": "breach",
        "since": _SINCE,
        "looked_at": "2026-03-02T10:15:00Z",
        "period": "1 Mar 2026 05:15 – 2 Mar 2026 05:15, America/New_York",  # noqa: RUF001 - as it is shown
        "value": 0.182,
        "shown": "18.2 %",
        "unit": "ratio",
        "n": 412,
        "words": "Breach: above 15.0 %",
        "coming": None,
        "times": 0,
        "changes": 3,
        "money": _MONEY,
        "owner": "business_owner",
        "owners": ["bo"],
        "subscribed": True,
        "acknowledged": _ACKNOWLEDGED,
        "snapshot": "loan-payments@12",
        "template_version": 4,
        "time_zone": "America/New_York",
    },
    "AcknowledgementBody": {"rationale": _ACKNOWLEDGED["why"], "instead_of": ""},
    "SubscriptionBody": {"kpi": "return_rate", "on": True},
    "Subscription": {"flow": "loan-payments", "kpi": "return_rate", "person": "sam", "subscribed": True},
}
