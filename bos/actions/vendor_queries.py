"""KPIs as queries of vendors: one that is asked for, and those that stand beside the SQL of a dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Invalid, UsageError
from bos.kpi.queries import LANGUAGES, telemetry_query
from bos.model.answers.dashboards import PanelQuery
from bos.model.answers.kpis import QueryText

if TYPE_CHECKING:
    from bos.actions.definitions import Definitions
    from bos.actions.evaluation import Question
    from bos.kpi import KpiSpec
    from bos.kpi.queries import Language, TelemetryQuery

_TITLES = {"spl": "SPL (Splunk)", "promql": "PromQL (Prometheus)", "adql": "ADQL (AppDynamics)"}


def of_vendor(found: Definitions, spec: KpiSpec, question: Question, language: Language) -> dict[str, Any]:
    """Return the fields of a query in a vendor's language. Raises as :func:`bos.kpi.queries.telemetry_query`."""
    query = _query(found, spec, question, language)
    return {
        "language": language,
        "text": query.text,
        "texts": tuple(QueryText(name=one.name, text=one.text) for one in query.texts),
        "combine": query.combine,
        "parameters": dict(query.parameters),
        "marking": query.marking,
        "estimated": query.estimated,
        "tolerance": query.tolerance,
        "ran": query.ran,
        "notes": query.notes,
    }


def beside(found: Definitions, spec: KpiSpec, question: Question) -> tuple[PanelQuery, ...]:
    """Return the queries of those vendors whose language can say the KPI."""
    listed = []
    for language in LANGUAGES:
        try:
            query = _query(found, spec, question, language)
        except (Invalid, UsageError):  # what a language cannot say is not shown
            continue
        note = ", ".join(f"{name} {value}" for name, value in query.parameters.items())
        note = "; ".join(part for part in (note, query.combine and f"put together as {query.combine}") if part)
        listed.append(
            PanelQuery(title=_TITLES[language], language=language, text=query.text, marking=query.marking, note=note)
        )
    return tuple(listed)


def _query(found: Definitions, spec: KpiSpec, question: Question, language: Language) -> TelemetryQuery:
    window = question.window(found, spec.id)
    return telemetry_query(
        spec,
        found.bound(),
        language,
        known=found.specs(),
        systems=found.series(),
        by=question.by,
        start=window.start,
        end=window.end,
        time_zone=window.time_zone,
        dimensions=question.dimensions,
        filters=question.filters,
    )
