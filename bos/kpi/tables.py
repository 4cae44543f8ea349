"""Groups → Ibis tables: rows are chosen, placed in time, put into buckets and aggregated."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING, Any

from bos.kpi import nodes as n
from bos.kpi.behind import behind_cases, behind_events
from bos.kpi.columns import POINTS, bucket, condition, field, instant, points_clock, selected
from bos.kpi.conformance import rule
from bos.kpi.costs import CasesBreak, CasesLack, CasesLate, EventsFail
from bos.kpi.failures import rated_event
from bos.kpi.frames import framed, moments
from bos.kpi.measures import (
    MICROSECONDS,
    of_cases,
    of_events,
    of_failures,
    of_open,
    of_points,
    of_spans,
    percentiles,
)
from bos.kpi.refs import points_read, selections
from bos.kpi.relations import ends_of, first_worth, late, opened, pairs
from bos.kpi.rules import applies
from bos.kpi.worked import worked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

    from bos.kpi.binding import BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.options import Options
    from bos.kpi.plan import Group
    from bos.kpi.relations import Scope

KEPT = ("case_id", "step", "event_time", "effective_date", "amount", "currency", "resource", "attributes")
"""Columns of an event that measures and conditions read."""


_COLUMNS = {"open": of_open, "spans": of_spans, "cases": of_cases}
"""Where rows of cases come from → what makes columns of them."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Makes the table of a group. ``anchored`` gives case, ``at`` and dimensions of an anchor's events.

    ``currency`` is that of every amount of the snapshot, empty where none names one; ``None``: amounts may be in
    several, so money is checked. ``placed``: every row is wanted with the time that places it, whether a window or a
    bucket asks for it or not. ``made``: rows of groups that are there already, as :meth:`shared` gave them.
    """

    scope: Scope
    options: Options
    anchored: Callable[[str], ir.Table]
    currency: str | None = None
    placed: bool = False
    made: Mapping[Group, ir.Table] = attribute(default_factory=dict)

    def table(self, group: Group, cells: Mapping[str, Cell]) -> ir.Table:
        """Return a row for each bucket and dimension, with the columns of every named cell."""
        if group.source == "events":
            return self._of_events(group, cells)
        if group.source == "points":
            return self._of_points(group, cells)
        rows = self._of_cases(group)
        parts = {name: self._columns(group, rows, cell) for name, cell in cells.items()}
        return self._aggregated(rows, cells, parts, {i: _of_place(rows, i) for i in self._positions()})

    def _of_events(self, group: Group, cells: Mapping[str, Cell]) -> ir.Table:
        chosen = list(dict.fromkeys(selections(cell.leaf)[0] for cell in cells.values()))
        names = {selection.signal for selection in chosen}
        one = len(names) == 1
        base = n.Selection(next(iter(names)))
        events = self.scope.chosen(*([base] if one and len(chosen) > 1 else chosen))
        signal = self.scope.signals[base.signal]

        of = self._own(signal) if group.anchor == "event" else _of_place
        rows = self._kept(self._windowed(self._placed_events(events, group, names), group), of)
        parts = {name: self._of_event(rows, cell, one=one, all_taken=len(chosen) == 1) for name, cell in cells.items()}
        return self._aggregated(rows, cells, parts, {i: of(rows, i) for i in self._positions()})

    def listed(self, group: Group, cell: Cell) -> ir.Table:
        """Return the rows behind a cell: ``case_id``, ``at``, ``value``, ``note`` and ``late``, the telling ones first.

        ``rank`` orders them before ``value``. Rows are events where events are counted, else cases.
        """
        if group.source == "events":
            (selection,) = selections(cell.leaf)
            signal = self.scope.signals[selection.signal]
            of = self._own(signal) if group.anchor == "event" else _of_place
            events = self._placed_events(self.scope.chosen(selection), group, {selection.signal})
            rows = self._kept(self._windowed(events, group), of)
            return behind_events(rows, _at(rows), cell, signal)
        return behind_cases(self._of_cases(group), cell)

    def shared(self, group: Group) -> ir.Table | None:
        """Return the rows of a group as far as they are the same with and without buckets, where they cost much."""
        if group.source == "open":
            return self._opened(group)
        return self._of_cases(group) if group.source == "spans" and group.frame is None else None

    def _of_cases(self, group: Group) -> ir.Table:
        """Return the rows of a group that has one a case, or one a failure."""
        if group.source == "spans" and group in self.made:
            return self.made[group]
        if group.source == "open":
            return self._kept(self._open(group), _of_place)
        if group.source == "spans":
            rows = self._spans(group.what, group)
        elif group.source == "failures":
            rows = self._failures(group)
        else:
            rows = self._cases(group.what[0], group)
        return self._kept(self._windowed(rows, group), _of_place)

    def _columns(self, group: Group, rows: ir.Table, cell: Cell) -> dict[str, Any]:
        if group.source == "failures":
            return of_failures(rows, cell, self.currency)
        return _COLUMNS[group.source](rows, cell)

    def _of_points(self, group: Group, cells: Mapping[str, Cell]) -> ir.Table:
        names = dict.fromkeys(points.signal for cell in cells.values() for points in points_read(cell.leaf))
        recorded = dict.fromkeys(one for name in names for one in self.scope.series[name].recorded)
        rows = POINTS.filter(POINTS.signal.isin(list(recorded))).select("signal", "value", "labels", at=POINTS.time)
        if any(isinstance(cell.leaf, n.Balance) for cell in cells.values()):
            rows = rows.mutate(reached=rows["at"] <= points_clock())
        rows = self._windowed(rows, group)
        parts = {name: of_points(rows, cell, self.scope.series) for name, cell in cells.items()}
        return self._aggregated(rows, cells, parts, {})

    def _of_event(self, rows: ir.Table, cell: Cell, *, one: bool, all_taken: bool) -> dict[str, Any]:
        (selection,) = selections(cell.leaf)
        signal = self.scope.signals[selection.signal]
        taken: Any = None
        if not one:
            taken = selected(rows, selection, signal)
        elif not all_taken and selection.where is not None:
            taken = condition(rows, selection.where, signal)
        return of_events(rows, cell, signal, taken, currencies=self.currency is None)

    def _placed_events(self, events: ir.Table, group: Group, names: set[str]) -> ir.Table:
        if group.anchor == "event":
            return events
        return self._placed(events.select(*KEPT), group, holds=names == {group.anchor})

    def _placed(self, rows: ir.Table, group: Group, *, holds: bool) -> ir.Table:
        """Join rows with what places their case; cases without the anchor's event are left out.

        ``holds`` says that every case of the rows is known to have the anchor's event.
        """
        anchor = group.anchor
        if self.placed or self.options.placed or group.frame is not None:
            return self._joined(rows, self.anchored(anchor))
        if holds or anchor in {"event", "start", "end"}:
            return rows
        return rows.semi_join(self.anchored(anchor), "case_id")

    def _joined(self, rows: ir.Table, placing: ir.Table) -> ir.Table:
        kept = {name: rows[name] for name in rows.columns if name != "at"}
        placed = {name: placing[name] for name in placing.columns if name != "case_id"}
        return rows.inner_join(placing, rows.case_id == placing.case_id).select(**kept, **placed)

    def _spans(self, what: tuple[Any, ...], group: Group) -> ir.Table:
        start, end, clock = what
        rows = pairs(self.scope, start, end)
        if clock is not None:
            rows = worked(rows, clock)
        if group.anchor in {"event", "start"}:
            return self._joined(rows, self.scope.first(start)) if self.options.read else rows.mutate(at=rows.started)
        if group.anchor == "end":
            rows = rows.filter(rows.ended.notnull())
            if self.options.read:
                return self._joined(rows, ends_of(self.scope, end, rows))
            return rows.mutate(at=rows.ended)
        return self._placed(rows, group, holds=start.signal == group.anchor)

    def _open(self, group: Group) -> ir.Table:
        clock = group.what[2]
        rows = moments(self.made[group] if group in self.made else self._opened(group), self.options)
        return rows if clock is None else worked(rows, clock)

    def _opened(self, group: Group) -> ir.Table:
        start, end, _, name = group.what
        return opened(self.scope, start, end, name)

    def _failures(self, group: Group) -> ir.Table:
        """Return a row for each failure, placed in time; with ``late`` (microseconds) and ``worth`` where asked."""
        failure, rated = group.what
        match failure:
            case EventsFail(of):
                return self._failed_events(of, rated, group)
            case CasesLate(start, end):
                clock = self.scope.signals[start.signal].clock if failure.business else None
                rows = late(self._spans((start, end, clock), group), failure)
            case CasesBreak(node):
                rows = self._cases(node, group, late=failure.late)
                rows = rows.filter(rows.breaks)
            case CasesLack(of, without):
                rows = self.scope.first(of).anti_join(self.scope.first(without), "case_id")
                if group.anchor != "event":
                    rows = self._placed(rows.select("case_id").view(), group, holds=of.signal == group.anchor)
        selection = rated_event(failure)
        return first_worth(self.scope, rows, selection, rated) if rated and selection is not None else rows

    def _failed_events(self, of: n.Selection, rated: str, group: Group) -> ir.Table:
        events, signal = self.scope.chosen(of), self.scope.signals[of.signal]
        own = {"worth": field(events, signal, rated), "currency": events.currency} if rated else {}
        if group.anchor != "event":
            rows = events.select("case_id", "event_time", **own)
            return self._placed(rows, group, holds=of.signal == group.anchor)
        fields = {f"dim_{i}": field(events, signal, name) for i, name in enumerate(self.options.read)}
        return events.select("case_id", "event_time", **own, **fields)

    def _cases(self, node: n.Rule, group: Group, *, late: bool = False) -> ir.Table:
        rows = rule(self.scope, node, late=late)
        selection = applies(node)
        if group.anchor != "event":
            return self._placed(rows, group, holds=selection is not None and selection.signal == group.anchor)
        if not self.options.read:
            return rows
        return self._joined(rows, self.anchored("start") if selection is None else self.scope.first(selection))

    def _aggregated(
        self, rows: ir.Table, cells: Mapping[str, Cell], parts: Mapping[str, dict[str, Any]], split: Mapping[int, Any]
    ) -> ir.Table:
        columns = {f"{name}_{part}": column for name, found in parts.items() for part, column in found.items()}
        ranked = {name: cell.leaf for name, cell in cells.items() if isinstance(cell.leaf, n.Percentile)}
        if len(ranked) > 1:
            columns = {name: column for name, column in columns.items() if name.removesuffix("_value") not in ranked}
            leaf = next(iter(ranked.values()))
            ranks = [found.rank for found in ranked.values()]
            columns["ranked"] = percentiles(rows, leaf, ranks, self.scope)
        out = self._bucketed(rows, columns, split)
        if len(ranked) < 2:  # noqa: PLR2004 - one percentile is a plain column
            return out
        scale = MICROSECONDS if isinstance(leaf.value, n.Duration | n.Age) else 1
        taken = {f"{name}_value": out.ranked[i] / scale for i, name in enumerate(ranked)}
        return out.mutate(**taken).drop("ranked")

    def _windowed(self, rows: ir.Table, group: Group) -> ir.Table:
        """Keep the rows that are placed in the window, or in the frames of it."""
        if group.frame is not None:
            return framed(rows, _at(rows), group.frame, self.options, points=group.source == "points")
        if self.options.start is not None:
            rows = rows.filter(_at(rows) >= instant(self.options.start))
        if self.options.end is not None:
            rows = rows.filter(_at(rows) < instant(self.options.end))
        return rows

    def _kept(self, rows: ir.Table, of: Callable[[ir.Table, int], Any]) -> ir.Table:
        """Keep the rows whose fields have the values that are filtered for; ``of`` gives a field by its position."""
        for name, values in self.options.filters:
            column = of(rows, self.options.read.index(name))
            told = column.cast("string").isin([value for value in values if value is not None])
            rows = rows.filter(told if None not in values else told | column.isnull())
        return rows

    def _bucketed(self, rows: ir.Table, columns: dict[str, Any], split: Mapping[int, Any]) -> ir.Table:
        keys = {f"dim_{i}": column for i, column in split.items()}
        if self.options.by is not None:
            own = rows["bucket"] if "bucket" in rows.columns else None
            at = bucket(_at(rows), self.options.by, self.options.time_zone) if own is None else own
            keys = {"bucket": at, **keys}
        return rows.group_by(**keys).aggregate(**columns) if keys else rows.aggregate(**columns)

    def _own(self, signal: BoundSignal) -> Callable[[ir.Table, int], Any]:
        """Return what gives a field of an event by its position."""
        return lambda table, position: field(table, signal, self.options.read[position])

    def _positions(self) -> range:
        return range(len(self.options.dimensions))


def _of_place(rows: ir.Table, position: int) -> Any:
    """Return a field of the event that places a row."""
    return rows[f"dim_{position}"]


def _at(rows: ir.Table) -> Any:
    """Return the time that places a row: the anchor's, else the event's own."""
    return rows["at"] if "at" in rows.columns else rows["event_time"]
