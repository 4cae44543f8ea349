"""Jira, Cloud and Data Center."""

from connectors.jira.sink import Jira

__all__ = ["Jira"]
