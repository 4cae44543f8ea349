"""The page on which cost rules are seen, made and changed."""

from __future__ import annotations

from widgets.cost_rules.app import CostRules

__all__ = ["CostRules"]
