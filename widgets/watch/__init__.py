"""Watched KPIs: how they stand, what that costs, who looks after them."""

from __future__ import annotations

from widgets.watch.app import WatchPage

__all__ = ["WatchPage"]
