"""The approvals inbox: what waits for a person, what it changes, and their answer."""

from __future__ import annotations

from widgets.approvals.app import Approvals

__all__ = ["Approvals"]
