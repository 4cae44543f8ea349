"""The surface: one anywidget that shows a page Python describes as data, and says what a person did there."""

from __future__ import annotations

from widgets.surface.href import safe_href
from widgets.surface.surface import Surface, script

__all__ = ["Surface", "safe_href", "script"]
