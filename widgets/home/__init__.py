"""The home page: my flows, what state they are in, and where to begin."""

from __future__ import annotations

from widgets.home.app import Home

__all__ = ["Home"]
