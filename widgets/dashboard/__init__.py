"""The dashboard of a flow in the browser: a run as the server renders it, with period, filters and refresh."""

from __future__ import annotations

from widgets.dashboard.app import Dashboard

__all__ = ["Dashboard"]
