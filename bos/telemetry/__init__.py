"""Telemetry: the lake that events and metrics live in, and the readers that fill it."""
