"""Ibis tables with one row a case, made from the events: the first event, the span A to B, what is open."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING

import ibis

from bos.kpi.columns import EVENTS, INSTANT, emitted, epoch_us, field, lasting, log_clock, selected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

    from bos.kpi import nodes as n
    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.costs import CasesLate


@dataclass(frozen=True, slots=True)
class Edge:
    """When a case had its first event of a selection, or its last."""

    of: n.Selection
    last: bool = False

    def time(self, events: ir.Table, taken: ir.BooleanValue | None = None) -> ir.Value:
        """Return it of the events of a case; ``taken`` says which of them count (``None``: all)."""
        return events.event_time.max(where=taken) if self.last else events.event_time.min(where=taken)


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of the session with a row a case, and its columns that tell when the case had its first or last event."""

    table: ir.Table
    columns: Mapping[Edge, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The signals and the system signals of a template, and the fields to split by.

    ``kept`` are tables with the edges of cases, which statements read instead of the events; ``noted`` is told of the
    edges that are read.
    """

    signals: Mapping[str, BoundSignal]
    dimensions: tuple[str, ...] = ()
    series: Mapping[str, BoundSeries] = attribute(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    noted: Callable[[tuple[Edge, ...]], None] | None = None

    def chosen(self, *selections: n.Selection) -> ir.Table:
        """Return the events that any of the selections takes."""
        signals = dict.fromkeys(self.signals[selection.signal] for selection in selections)
        if len(selections) == 1:
            return EVENTS.filter(selected(EVENTS, selections[0], self.signals[selections[0].signal]))
        if all(signal.event and not signal.where for signal in signals):
            return EVENTS.filter(EVENTS.step.isin([signal.event for signal in signals]))
        return EVENTS.filter(ibis.or_(*(emitted(EVENTS, signal) for signal in signals)))

    def takes(self, events: ir.Table, selection: n.Selection) -> ir.BooleanValue:
        """Return whether an event is one of the selection's."""
        return selected(events, selection, self.signals[selection.signal])

    def placed(self, events: ir.Table, signal: str | None, *, last: bool = False) -> ir.Table:
        """Return case, ``at`` and dimensions of each case's first (or last) event among ``events``.

        Of several at one instant the one with the smallest (largest) event id gives the dimensions.
        """
        if not self.dimensions:
            time = events.event_time.max() if last else events.event_time.min()
            return events.group_by("case_id").aggregate(at=time)
        order = [events.event_time, events.event_id]
        window = ibis.window(group_by=events.case_id, order_by=[key.desc() for key in order] if last else order)
        bound = None if signal is None else self.signals[signal]
        fields = {f"dim_{i}": field(events, bound, name) for i, name in enumerate(self.dimensions)}
        ranked = events.select("case_id", at=events.event_time, **fields, rank=ibis.row_number().over(window))
        return ranked.filter(ranked["rank"] == 0).drop("rank")

    def edges(self, *edges: Edge) -> ir.Table:
        """Return ``edge_<i>``, the time of each edge of a case; a row for each case that has any of the events.

        A table that is kept may have further cases, with nothing in these columns.
        """
        if self.noted is not None:
            self.noted(edges)
        kept = next((one for one in self.kept if all(each in one.columns for each in edges)), None)
        if kept is not None:
            return kept.table.select(
                "case_id", **{f"edge_{i}": kept.table[kept.columns[e]] for i, e in enumerate(edges)}
            )
        chosen = dict.fromkeys(edge.of for edge in edges)
        events, one = self.chosen(*chosen), len(chosen) == 1
        times = {f"edge_{i}": e.time(events, None if one else self.takes(events, e.of)) for i, e in enumerate(edges)}
        return events.group_by("case_id").aggregate(**times)

    def first(self, selection: n.Selection) -> ir.Table:
        """Return case, ``at`` and dimensions of each case's first event of a selection."""
        if self.dimensions:
            return self.placed(self.chosen(selection), selection.signal)
        found = self.edges(Edge(selection))
        return found.filter(found.edge_0.notnull()).select("case_id", at=found.edge_0)

    def bound(self, *, last: bool) -> ir.Table:
        """Return case, ``at`` and dimensions of each case's first or last event of any kind."""
        return self.placed(EVENTS, None, last=last)


def pairs(scope: Scope, start: n.Selection, end: n.Selection) -> ir.Table:
    """Return a row for each case with ``start``: ``started``, and ``ended``: its first ``end`` at or after that.

    That is the first ``end`` of all, but in cases that had one before ``start`` and one after it: of these alone the
    events are read again.
    """
    cases = scope.edges(Edge(start), Edge(end), Edge(end, last=True))
    early = cases.filter((cases.edge_1 < cases.edge_0) & (cases.edge_2 >= cases.edge_0))
    early = early.select(early="case_id", since="edge_0").view()
    events = scope.chosen(end).select("case_id", "event_time").view()
    again = events.inner_join(early, [events.case_id == early.early, events.event_time >= early.since])
    again = again.group_by("early").aggregate(ends=again.event_time.min())
    joined = cases.left_join(again, cases.case_id == again.early).filter(cases.edge_0.notnull())
    ended = ibis.ifelse(joined.edge_1 >= joined.edge_0, joined.edge_1, joined.ends)
    return joined.select("case_id", started="edge_0", ended=ended)


def late(spans: ir.Table, failure: CasesLate) -> ir.Table:
    """Return the spans that took too long, with ``late``: by how many microseconds.

    One that waits by the clock of the log is late by that, once its limit lies before it.
    """
    lasted = lasting(spans)
    if failure.waiting:
        waited = epoch_us(log_clock()) - epoch_us(spans.started)
        lasted = ibis.least(lasted, waited)  # what is nothing is passed over
    return spans.mutate(late=lasted - failure.limit).filter(lambda row: row.late > 0)


def first_worth(scope: Scope, rows: ir.Table, selection: n.Selection, field_name: str) -> ir.Table:
    """Return rows of cases with ``worth`` (a field) and ``currency`` of the first event of a selection in each case."""
    events = scope.chosen(selection)
    worth = field(events, scope.signals[selection.signal], field_name)
    order = ibis.window(group_by=events.case_id, order_by=[events.event_time, events.event_id])
    ranked = events.select("case_id", "currency", worth=worth, rank=ibis.row_number().over(order))
    first = ranked.filter(ranked["rank"] == 0)
    kept = {name: rows[name] for name in rows.columns}
    joined = rows.left_join(first, rows.case_id == first.case_id)
    return joined.select(**kept, worth=first.worth, currency=first.currency)


def opened(scope: Scope, start: n.Selection, end: n.Selection, field_name: str | None) -> ir.Table:
    """Return each ``start`` event with ``closes``: the case's first ``end`` event at or after it, or nothing.

    With ``opens``, ``event_id``, ``dim_<i>``, and of a field its ``worth`` and currency.
    """
    events = scope.chosen(start, end)
    signal = scope.signals[start.signal]
    fields = {f"dim_{i}": field(events, signal, name) for i, name in enumerate(scope.dimensions)}
    if field_name is not None:
        fields |= {"worth": field(events, signal, field_name), "currency": events.currency}
    rows = events.select(
        "case_id", "event_id", opens=events.event_time, begins=scope.takes(events, start).fill_null(False),
        ends=ibis.ifelse(scope.takes(events, end).fill_null(False), events.event_time, ibis.null(INSTANT)), **fields,
    )  # fmt: skip
    ahead = ibis.range_window(group_by=rows.case_id, order_by=rows.opens, preceding=0, following=None)
    rows = rows.mutate(closes=rows.ends.min().over(ahead))
    return rows.filter(rows.begins).select([name for name in rows.columns if name not in {"begins", "ends"}])


def ends_of(scope: Scope, end: n.Selection, spans: ir.Table) -> ir.Table:
    """Return case, ``at`` and dimensions of the event that ends each span."""
    events = scope.chosen(end)
    joined = events.inner_join(spans, [events.case_id == spans.case_id, events.event_time == spans.ended])
    return scope.placed(joined.select(*(events[name] for name in events.columns)), end.signal)
