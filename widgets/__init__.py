"""Widgets: what apps show. None yet."""
