"""The wizard: define, populate, validate, build the dashboard, listen."""

from __future__ import annotations

from widgets.wizard.wizard import Wizard

__all__ = ["Wizard"]
