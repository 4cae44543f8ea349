"""KPIs as queries of vendors: one that is asked for, and those that stand beside the SQL of a dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bos.errors import Invalid, UsageError
from bos.kpi.queries import LANGUAGES, telemetry_query
from bos.model.answers.dashboards import PanelQuery
from bos.model.answers.kpis import QueryText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.actions.definitions import Definitions
    from bos.actions.question import Question
    from bos.kpi import BoundSeries, BoundSignal, KpiSpec
    from bos.kpi.queries import Language, TelemetryQuery

_TITLES = {"spl": "SPL (Splunk)", "promql": "PromQL (Prometheus)", "adql": "ADQL (AppDynamics)"}


@dataclass(frozen=True, slots=True)
class Vendors:
    """What queries are compiled from: read once for all KPIs of a flow."""

    found: Definitions
    signals: Mapping[str, BoundSignal]
    systems: Mapping[str, BoundSeries]
    known: Sequence[KpiSpec]

    @classmethod
    def of(cls, found: Definitions) -> Vendors:
        """Return what the definitions of a flow say."""
        return cls(found, found.bound(), found.series(), found.specs())

    def query(self, spec: KpiSpec, question: Question, language: Language) -> TelemetryQuery:
        """Return the query of a KPI. Raises as :func:`bos.kpi.queries.telemetry_query`."""
        window = question.window(self.found, spec.id)
        return telemetry_query(
            spec,
            self.signals,
            language,
            known=self.known,
            systems=self.systems,
            by=question.by,
            start=window.start,
            end=window.end,
            time_zone=window.time_zone,
            dimensions=question.dimensions,
            filters=question.filters,
        )

    def beside(self, spec: KpiSpec, question: Question) -> tuple[PanelQuery, ...]:
        """Return the queries of those vendors whose language can say the KPI, to stand beside its SQL."""
        listed = []
        for language in LANGUAGES:
            try:
                query = self.query(spec, question, language)
            except (Invalid, UsageError):  # what a language cannot say is not shown
                continue
            note = ", ".join(f"{name} {value}" for name, value in query.parameters.items())
            note = "; ".join(part for part in (note, query.combine and f"put together as {query.combine}") if part)
            title = _TITLES[language]
            listed.append(PanelQuery(title=title, language=language, text=query.text, marking=query.marking, note=note))
        return tuple(listed)


def of_vendor(found: Definitions, spec: KpiSpec, question: Question, language: Language) -> dict[str, Any]:
    """Return the fields of a query in a vendor's language. Raises as :func:`bos.kpi.queries.telemetry_query`."""
    query = Vendors.of(found).query(spec, question, language)
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
