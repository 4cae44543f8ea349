"""Slack."""

from connectors.slack.sink import Slack

__all__ = ["Slack"]
