"""Connectors: one external system per file. None yet."""
