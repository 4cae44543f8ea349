"""The page that says why a KPI changed."""

from __future__ import annotations

from widgets.explanation.app import ExplanationPage

__all__ = ["ExplanationPage"]
