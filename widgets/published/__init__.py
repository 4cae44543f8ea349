"""The page of published numbers: as they were told, and as they are now; the frozen runs, and running one again."""

from __future__ import annotations

from widgets.published.app import PublishedPage

__all__ = ["PublishedPage"]
