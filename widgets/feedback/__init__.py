"""Feedback on a flow, inside whatever page shows it: say something, and see what became of what was said."""

from __future__ import annotations

from widgets.feedback.app import Feedback

__all__ = ["Feedback"]
