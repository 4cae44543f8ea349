"""Grafana: points and rows of any of its data sources, and dashboards of BOS put into a folder."""

from connectors.grafana.source import Grafana

__all__ = ["Grafana"]
