"""Examples of what is sent and answered about people."""

from __future__ import annotations

from typing import Any

_AT, _FROM, _UNTIL = "2026-03-02T09:30:00Z", "2026-04-01T00:00:00Z", "2026-04-15T00:00:00Z"
_NAME = "1f0c5f0e8a5b4d0f9f7a3b1c2d4e6f80"
_WHY = "Takes over from Bea in April."
_BINDING = {
    "binding": _NAME,
    "person": "carl",
    "group": None,
    "role": "finance_control",
    "role_title": "Finance control",
    "scope": "flow",
    "value": "loan-payments",
    "starts": _FROM,
    "ends": None,
    "given_by": "adam",
    "rationale": _WHY,
    "at": _AT,
}
_HOLDER = {"role": "finance_control", "role_title": "Finance control", "people": ["bea", "carl"]}
_DELEGATION = {
    "delegation": _NAME,
    "person": "bea",
    "delegate": "carl",
    "starts": _FROM,
    "ends": _UNTIL,
    "given_by": "bea",
    "rationale": "On leave.",
    "at": _AT,
}
_PERSON = {
    "person": "carl",
    "display": "Carl Ek",
    "email": "carl@bank.example",
    "source": "created",
    "at": _AT,
    "disabled_at": None,
    "erased_at": None,
    "identities": ["carl@git.bank.example"],
    "groups": [],
    "bindings": [_BINDING],
    "delegations": [],
}
_DUTY = {
    "what": "field",
    "kind": "template",
    "id": "loan-payments",
    "title": "Loan payments",
    "role": "finance_control",
    "role_title": "Finance control",
    "paths": ["outcomes[return_rate].target"],
    "words": "1 field",
    "group": None,
}
_TOKEN = {
    "token": _NAME,
    "title": "Nightly plan",
    "kind": "service",
    "person": "carl",
    "rights": ["self.read", "template.read", "signal.read", "template.write", "signal.write"],
    "scope": "flow",
    "value": "loan-payments",
    "at": _AT,
    "expires_at": "2026-09-01T00:00:00Z",
    "used_at": "2026-03-03T02:00:11Z",
    "ended_at": None,
    "ended_by": "",
}

_DUE = {
    "what": "events",
    "name": "payment.returned",
    "signals": ["payment.returned"],
    "days": 2555,
    "before": "2019-03-05T09:30:00Z",
    "rows": 118,
}

EXAMPLES: dict[str, Any] = {
    "ApiToken": _TOKEN,
    "Binding": _BINDING,
    "BindingBody": {
        "role": "finance_control",
        "person": "carl",
        "scope": "flow",
        "value": "loan-payments",
        "starts": _FROM,
        "rationale": _WHY,
    },
    "Delegation": _DELEGATION,
    "DelegationBody": {"delegate": "carl", "starts": _FROM, "ends": _UNTIL, "rationale": "On leave."},
    "Erased": {"pseudonym": "p-4f1d0c9be28a6735", "at": _AT},
    "DueSignal": _DUE,
    "RetentionDue": {"flow": "loan-payments", "at": _AT, "rows": 118, "signals": [_DUE]},
    "ErasureBody": {"name": "clerk-10862", "rationale": "A request of 3 March, number 118."},
    "Departure": {"person": "bea", "disabled_at": _AT, "duties": [_DUTY], "told": ["owen"], "handed_on": 2},
    "GroupBody": {"title": "Finance control of lending", "members": ["bea", "carl"], "rationale": "The team of 2026."},
    "IdentityBody": {"id_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6…"},
    "Owned": {
        "kind": "template",
        "id": "loan-payments",
        "title": "Loan payments",
        "state": "approved",
        "holders": [_HOLDER],
    },
    "OwnedPart": {
        "what": "KPI “Overall return rate”",
        "fields": ["Target", "Thresholds"],
        "paths": ["outcomes[returns].target", "outcomes[returns].thresholds"],
        "critical": ["outcomes[returns].target", "outcomes[returns].thresholds"],
        **_HOLDER,
    },
    "PeopleGroup": {
        "group": "finance-lending",
        "title": "Finance control of lending",
        "members": ["bea", "carl"],
        "follows": "",
    },
    "Person": _PERSON,
    "PersonBody": {"person": "carl", "display": "Carl Ek", "email": "carl@bank.example", "rationale": _WHY},
    "Right": {
        "right": "report.make",
        "meaning": "make a pack or report",
        "roles": ["process_owner", "business_owner"],
    },
    "NewToken": {**_TOKEN, "used_at": None, "secret": "bos_Jb7Q…"},
    "SignatureBody": {"decision": "approve", "comment": "As agreed."},
    "TokenWish": {
        "title": "Nightly plan",
        "kind": "service",
        "rights": ["read", "template.write", "signal.write"],
        "scope": "flow",
        "value": "loan-payments",
        "expires_at": "2026-09-01T00:00:00Z",
        "rationale": "The pipeline of the lending team.",
    },
    "WhyBody": {"rationale": _WHY},
}
"""Name of a model → an example of it."""
