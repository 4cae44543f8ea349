"""The page of the cases behind a number."""

from __future__ import annotations

from widgets.cases.app import CasesPage

__all__ = ["CasesPage"]
