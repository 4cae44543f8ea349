"""The KPIs of a dashboard run as queries that another tool asks again and again: not of one window, but of now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bos.actions.definitions import definitions_of
from bos.actions.question import Question
from bos.actions.vendor_queries import Vendors
from bos.dashboards.exports.cards import Card, Query
from bos.errors import Invalid, NotFound, UsageError
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bos.actions.context import Context
    from bos.kpi import KpiSpec
    from bos.kpi.queries import Language, TelemetryQuery
    from bos.model.answers.dashboards import DashboardRun, Panel

USUAL = timedelta(days=30)
"""What a number looks back over where neither the dashboard nor the KPI says it."""
_GONE = "The definition that this run was computed from is gone."


def cards(ctx: Context, run: DashboardRun, language: Language) -> list[Card]:
    """Return the KPIs of a run in its order, with their queries in a language or why there is none.

    The definitions are those that the run read. A KPI that the run withholds has no query: the other tool would show
    what BOS does not.
    """
    with reading(ctx.engine) as connection:
        try:
            found, _ = definitions_of(connection, run.flow, run.documents)
        except NotFound:
            return [Card(tile, why=_GONE) for tile in run.panels if tile.kind == "kpi"]
    outcomes = {outcome["id"]: outcome for outcome in found.doc["outcomes"]}
    specs = {spec.id: spec for spec in found.specs()}
    asking = _Asking(Vendors.of(found), run, language)
    out = []
    for tile in run.panels:
        if tile.kind != "kpi":
            continue
        outcome = outcomes.get(tile.id)
        if outcome is None:
            out.append(Card(tile, why=_GONE))
        elif tile.withheld_reason:
            out.append(Card(tile, outcome, why=f"BOS withholds the value: {tile.withheld_reason}"))
        else:
            out.append(asking.card(specs[tile.id], tile, outcome))
    return out


class _Asking:
    def __init__(self, vendors: Vendors, run: DashboardRun, language: Language) -> None:
        self._vendors, self._run, self._language = vendors, run, language
        self._filters = tuple(sorted(run.filters.items()))

    def card(self, spec: KpiSpec, tile: Panel, outcome: dict[str, Any]) -> Card:
        """Return a KPI with what can be asked."""
        value, why = self._first(spec, self._ways(outcome))
        if value is None:
            return Card(tile, outcome, why=why)
        course, less = self._first(spec, self._courses())
        return Card(tile, outcome, value=value, trend=course, why="" if course else less)

    def _ways(self, outcome: dict[str, Any]) -> Iterable[tuple[Question, str, timedelta | None]]:
        """Yield how a number is asked: of the time range, else of so much before its end."""
        window, own = self._run.window, outcome["measure"]["window"]
        end = window.end or self._run.as_of or self._run.at
        start = window.start or end - USUAL
        bounded = Question(end=end, filters=self._filters) if own else replace(self._of(start=start), end=end)
        span = None if own else end - start
        if self._language == "promql":
            yield bounded, "", span
            return
        if not own:
            yield self._of(), "", None
        yield bounded, "", span

    def _courses(self) -> Iterable[tuple[Question, str, timedelta | None]]:
        """Yield how a course is asked, the bucket of the dashboard first.

        Grafana asks at whole steps since 1970: an hour always begins there, a day in UTC alone, a week never.
        """
        by, utc = self._run.window.by, self._run.window.time_zone == "UTC"
        if self._language == "promql":
            for other in [name for name in (by, "day", "hour") if name == "hour" or (name == "day" and utc)]:
                yield self._of(by=other), other, None
            return
        yield self._of(by=by), by, None

    def _of(self, **more: Any) -> Question:
        return Question(filters=self._filters, **more)

    def _first(self, spec: KpiSpec, ways: Iterable[tuple[Question, str, timedelta | None]]) -> tuple[Query | None, str]:
        """Return the first way that the language can say, else why the last cannot be said."""
        why = ""
        for question, by, span in ways:
            try:
                found = self._vendors.query(spec, question, self._language)
                placed = bool(question.start or question.end) or self._follows(spec, by, found)
            except (Invalid, UsageError) as error:
                why = error.message
                continue
            fixed = self._language == "spl" and bool(question.start or question.end)
            if not placed:
                why = "It looks at the whole of each case, so that it does not follow a time range."
                continue
            return _query(found, by, span, fixed=fixed), ""
        return None, why

    def _follows(self, spec: KpiSpec, by: str, found: TelemetryQuery) -> bool:
        """Return whether a search may be cut to a time range: one that chooses its own window may not."""
        if self._language != "spl":
            return True
        end = self._run.window.end or self._run.as_of or self._run.at
        asked = self._of(start=end - USUAL, end=end, by=by or None)
        return bool(found.texts) and self._vendors.query(spec, asked, "spl").parameters["earliest_time"] != "0"


def _query(found: TelemetryQuery, by: str, span: timedelta | None, *, fixed: bool) -> Query:
    return Query(
        text=found.text,
        by=by,
        span=span,
        marking=found.marking,
        notes=(*found.tolerance, *found.notes),
        earliest=found.parameters.get("earliest_time", "") if fixed else "",
        latest=found.parameters.get("latest_time", "") if fixed else "",
    )
