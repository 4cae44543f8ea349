"""KPIs as queries of the systems that hold the telemetry: Splunk (SPL), Prometheus (PromQL), AppDynamics (ADQL)."""

from __future__ import annotations

from bos.kpi.queries.compiler import telemetry_query
from bos.kpi.queries.result import LANGUAGES, Language, NamedText, TelemetryQuery

__all__ = ["LANGUAGES", "Language", "NamedText", "TelemetryQuery", "telemetry_query"]
