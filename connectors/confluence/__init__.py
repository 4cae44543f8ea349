"""Confluence Cloud."""

from connectors.confluence.sink import Confluence

__all__ = ["Confluence"]
