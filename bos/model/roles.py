"""The business roles a field can be owned or approved by."""

from __future__ import annotations

ROLES: dict[str, str] = {
    "process_owner": "Process owner",
    "business_owner": "Accountable business owner",
    "finance_control": "Finance control",
    "compliance": "Compliance",
    "sre": "SRE / application owner",
    "data_steward": "Data steward",
    "coe": "Observability CoE",
    "auditor": "Internal audit",
    "viewer": "Viewer",
    "admin": "Administrator",
}
"""Role id → what a person calls it."""

SIGNING_ROLES = frozenset(set(ROLES) - {"auditor", "viewer", "admin"})
"""Roles that can be accountable for a field or sign one. Admin administers; it signs nothing."""
