"""Widgets: what apps show. They speak to BOS through its client and compute nothing of their own."""
