"""The history of a document: every version, what changed, and the way back."""

from __future__ import annotations

from widgets.history.app import History

__all__ = ["History"]
