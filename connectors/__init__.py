"""Connectors: one external system per file."""
