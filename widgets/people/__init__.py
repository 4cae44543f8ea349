"""People and roles: who BOS knows, what they hold, what only they serve, and who stands in for whom."""

from __future__ import annotations

from widgets.people.app import People

__all__ = ["People"]
