"""Who owns what: the roles that answer for flows and their fields, and the people who hold these."""

from __future__ import annotations

from widgets.owners.app import Owners

__all__ = ["Owners"]
