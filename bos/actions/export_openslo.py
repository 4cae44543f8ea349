"""A flow's template as OpenSLO: each KPI with the queries of the vendor that keeps its signals, else those of BOS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bos.actions.definitions import live_definitions
from bos.actions.rights import permit_flow
from bos.dashboards.exports.openslo import Indicator, Objective, Source, openslo
from bos.dashboards.exports.openslo_sides import sides_of
from bos.dashboards.exports.openslo_yaml import name_of
from bos.dashboards.standing import approval_words
from bos.errors import Invalid, UsageError
from bos.kpi import parse, refs
from bos.kpi.check import ANCHORS
from bos.kpi.engines import told
from bos.kpi.queries import LANGUAGES, telemetry_query
from bos.model.answers.exports import NotCarried
from bos.model.ownership import accountable
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.auth.actor import Actor
    from bos.dashboards.exports.openslo_sides import Sides
    from bos.dashboards.exports.parcel import Parcel
    from bos.kpi import BoundSeries, BoundSignal, KpiSpec
    from bos.kpi.queries import Language

_VENDORS = {"spl": ("Splunk", "SPL"), "promql": ("Prometheus", "PromQL"), "adql": ("AppDynamics", "ADQL")}
_ENGINES = {"duckdb": "DuckDB", "spark": "Spark"}
_COLUMNS = {"sql": ("bucket", "value", "n"), "spl": ("_time", "bos_value", "bos_n")}
"""Columns of an answer: when an hour begins, the value of the hour, and what it rests on."""
_WEIGHT = "A share of each hour, and hours weigh the same there; in BOS each point or case does."
_OWN = "{why} The queries are the SQL of BOS over its own telemetry, which other systems do not have."


def template(ctx: Context, actor: Actor, flow: str) -> Parcel:
    """Return the live template of a flow as OpenSLO v1, with what it cannot carry.

    Raises:
        NotFound: there is no such flow.
    """
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.read", flow)
        found = live_definitions(connection, flow)
    return of_definitions(found, ctx.settings.engine)


def of_definitions(found: Definitions, engine: str) -> Parcel:
    """Return the template of some definitions as OpenSLO v1; ``engine`` is the setting of what computes in BOS."""
    asking = _Asking(found, found.bound(), found.series(), engine)
    specs = {spec.id: spec for spec in found.specs()}
    objectives = [asking.objective(specs[outcome["id"]], outcome) for outcome in found.doc["outcomes"]]
    return openslo(found.doc, found.template.version, objectives)


@dataclass(frozen=True, slots=True)
class _Asking:
    found: Definitions
    signals: Mapping[str, BoundSignal]
    systems: Mapping[str, BoundSeries]
    engine: str

    def objective(self, spec: KpiSpec, outcome: Mapping[str, Any]) -> Objective:
        """Return a KPI with how it is read, or why it cannot be."""
        owner = accountable(self.found.doc, f"outcomes[{spec.id}].measure") or self.found.doc["owner"]
        approval = self.found.approval(spec.id)
        bare = Objective(outcome=outcome, owner=owner, approval=approval, approval_words=approval_words(approval))
        if outcome["target"] is None:
            return bare
        try:
            return replace(bare, indicator=self._indicator(spec, sides_of(parse(spec.formula)), outcome["title"]))
        except (Invalid, UsageError) as error:
            return replace(bare, why=error.message)

    def _indicator(self, spec: KpiSpec, sides: Sides, title: str) -> Indicator:
        unlike = (NotCarried(what="Points that cannot be", where=title, why=sides.unlike),) if sides.unlike else ()
        language, connection, why = self._kept_at(spec)
        if language:
            try:
                found = self._of_vendor(spec, sides, language, connection, title)
                return replace(found, left=(*found.left, *unlike))
            except (Invalid, UsageError) as error:
                why = error.message
        left = NotCarried(what="Queries of a vendor", where=title, why=_OWN.format(why=why))
        return self._own(spec, sides, (left, *unlike))

    def _kept_at(self, spec: KpiSpec) -> tuple[Language | None, str, str]:
        """Return the language and the connection of all signals that a KPI reads, else why there is none."""
        used = refs(parse(spec.formula))
        names = {*used.signals, spec.anchor} - set(ANCHORS)
        bound = [*(self.signals.get(name) for name in names), *(self.systems.get(name) for name in used.systems)]
        natives = {one.native.language if one is not None and one.native else "" for one in bound}
        if natives == {""}:
            return None, "", "No binding of its signals says where a vendor keeps them."
        language = natives.pop() if len(natives) == 1 else ""
        known = next((name for name in LANGUAGES if name == language), None)
        if known is None:
            return None, "", "Its signals are not all kept in one system that BOS writes queries for."
        connections = self._connections({*names, *used.systems})
        if len(connections) > 1:
            return None, "", f"Its signals are kept in {len(connections)} places, and a query asks one."
        return known, connections.pop(), ""

    def _connections(self, names: set[str]) -> set[str]:
        doc = self.found.doc
        uses = [use for use in (*doc["process_signals"], *doc["system_signals"]) if use["id"] in names]
        documents = (self.found.signals.get(use["signal"]) or self.found.systems.get(use["signal"]) for use in uses)
        return {one.doc["binding"].get("connection") or "" for one in documents if one is not None}

    def _of_vendor(self, spec: KpiSpec, sides: Sides, language: Language, connection: str, title: str) -> Indicator:
        """Return the queries of a vendor; of a share that has no ``n`` there, the share itself. Raises as they do."""
        system, words = _VENDORS[language]
        where = f" under the connection {connection}" if connection else ""
        source = Source(
            name=name_of(connection or "bos", language),
            type=system,
            description=f"Where the signals are kept{where}, asked in {words}.",
            details={"language": words, **({"connection": connection} if connection else {})},
        )
        counted, marking = self._asked(replace(spec, formula=sides.counted), language)
        if sides.out_of:
            out_of, _ = self._asked(replace(spec, formula=sides.out_of), language)
            return Indicator(counted=counted, out_of=out_of, source=source, marking=marking)
        if language == "spl":
            total = {**counted, "query": counted["query"] + _known_spl(sides), "valueField": _COLUMNS["spl"][2]}
            counted = {**counted, "query": counted["query"] + _multiplied_spl(sides)}
            return Indicator(counted=counted, out_of=total, source=source, marking=marking)
        left = NotCarried(what="What each hour weighs", where=title, why=_WEIGHT)
        share, marking = self._asked(spec, language)
        return Indicator(counted=share, out_of=None, source=source, marking=marking, left=(left,))

    def _asked(self, spec: KpiSpec, language: Language) -> tuple[dict[str, Any], str]:
        """Return what a vendor is asked, hour by hour, and what it must be marked with."""
        query = telemetry_query(spec, self.signals, language, known=self.found.specs(), systems=self.systems, by="hour")
        if len(query.texts) != 1:
            raise UsageError(f"{_VENDORS[language][1]} needs {len(query.texts)} queries that are put together.")
        told_of: dict[str, Any] = {"query": query.text, "bucket": "1h", **self._columns(language)}
        if query.parameters:
            told_of["parameters"] = dict(query.parameters)
        return {**told_of, "notes": [*query.tolerance, *query.notes]}, query.marking

    def _columns(self, language: str) -> dict[str, str]:
        names = _COLUMNS.get(language)
        return {"timeField": names[0], "valueField": names[1]} if names else {}

    def _own(self, spec: KpiSpec, sides: Sides, left: tuple[NotCarried, ...]) -> Indicator:
        """Return the SQL of BOS. Raises Invalid: the formula does not fit, or a signal says nothing of its events."""
        self._refuse_unbound(spec)
        name = told(self.engine).partition(" ")[0]
        source = Source(
            name=name_of("bos", name),
            type=_ENGINES[name],
            description="The telemetry in BOS: the tables events and points of its lake, hours in UTC.",
            details={"language": "SQL", "flow": self.found.template.id},
        )
        counted = self._sql(replace(spec, formula=sides.counted))
        if sides.out_of:
            out_of = self._sql(replace(spec, formula=sides.out_of))
        else:
            out_of = {**counted, "query": _known_sql(counted["query"], sides), "valueField": _COLUMNS["sql"][2]}
            counted = {**counted, "query": _multiplied_sql(counted["query"], sides)}
        return Indicator(counted=counted, out_of=out_of, source=source, left=left)

    def _sql(self, spec: KpiSpec) -> dict[str, Any]:
        from bos.kpi.engine import compile_sql  # noqa: PLC0415 - half a second that only queries need

        text = compile_sql(
            spec, self.signals, systems=self.systems, known=self.found.specs(), by="hour", engine=self.engine
        )
        return {"query": text, "bucket": "1h", **self._columns("sql")}

    def _refuse_unbound(self, spec: KpiSpec) -> None:
        names = {*refs(parse(spec.formula)).signals, spec.anchor} - set(ANCHORS)
        unbound = sorted(name for name in names if name in self.signals and not self.signals[name].bound)
        if unbound:
            raise Invalid(f"Not bound to recorded events yet: {', '.join(unbound)}.")


def _multiplied_spl(sides: Sides) -> str:
    """Return what makes a share of each hour what was good in it; a count already is."""
    if not sides.share:
        return ""
    return "\n| eval bos_value=" + ("round(bos_value*bos_n)" if sides.share == "whole" else "bos_value*bos_n")


def _known_spl(sides: Sides) -> str:
    """Return what takes away what hours without a share rest on: nothing of them is good or bad."""
    return "\n| eval bos_n=if(isnull(bos_value),null(),bos_n)" if sides.share else ""


def _multiplied_sql(text: str, sides: Sides) -> str:
    value = 'ROUND("value" * "n")' if sides.share == "whole" else '"value" * "n"'
    return _around(text, f'{value} AS "value", "n"') if sides.share else text


def _known_sql(text: str, sides: Sides) -> str:
    return _around(text, '"value", CASE WHEN "value" IS NOT NULL THEN "n" END AS "n"') if sides.share else text


def _around(text: str, columns: str) -> str:
    return f'SELECT "bucket", {columns} FROM (\n{text}\n) AS "shares"'  # noqa: S608 - SQL of the compiler
