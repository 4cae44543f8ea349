"""The search: finds flows, KPIs, signals, dashboards and feedback, and leads to them."""

from widgets.search.app import Search

__all__ = ["Search"]
