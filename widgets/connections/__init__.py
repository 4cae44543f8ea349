"""Connections: how it goes with each, what could not be told, and their secrets."""

from __future__ import annotations

from widgets.connections.app import ConnectionsPage

__all__ = ["ConnectionsPage"]
