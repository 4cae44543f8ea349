"""The rules of a flow → Ibis tables with a row for each case a rule is about: whether it breaks it, or is pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

from bos.kpi import nodes as n
from bos.kpi.columns import EVENTS, lasting, log_clock
from bos.kpi.relations import Edge, opened
from bos.kpi.ways import instants
from bos.kpi.worked import MICROSECONDS, overdue, worked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from bos.kpi.relations import Scope


def rule(scope: Scope, node: n.Rule, *, late: bool = False) -> ir.Table:
    """Return a row for each case the rule is about: ``at`` (of the event that makes it so) and ``breaks``.

    With ``pending`` where a case may neither keep the rule nor break it yet. With ``late`` (of ``followed_by``): by how
    many microseconds of the rule's clock the latest of the case is late.
    """
    match node:
        case n.FollowedBy():
            judged = _followed_by(scope, node, late=late)
        case n.ExactlyOne(of, ended):
            judged = _exactly_one(scope, of, ended)
        case n.Precedes(first, then):
            judged = _precedes(scope, first, then)
        case n.DifferentPersons(first, second):
            judged = _different_persons(scope, first, second)
        case n.NeverTwice(of):
            events = scope.chosen(of)
            found = events.group_by("case_id").aggregate(at=events.event_time.min(), times=events.count())
            judged = found.select("case_id", "at", breaks=found.times > 1)
        case n.MustEnd(ends):
            judged = _must_end(scope, ends)
        case n.AlongFlow(of):
            found = instants(scope, of)
            judged = found.group_by("case_id").aggregate(at=found.event_time.min(), breaks=_any(found.breaks))
    return judged


def _precedes(scope: Scope, first: n.Selection, then: n.Selection) -> ir.Table:
    found = scope.edges(Edge(first), Edge(then))
    found = found.filter(found.edge_1.notnull())
    return found.select("case_id", at=found.edge_1, breaks=found.edge_0.isnull() | (found.edge_0 > found.edge_1))


def _followed_by(scope: Scope, rule: n.FollowedBy, *, late: bool) -> ir.Table:
    """Return cases by their worst: one ``first`` event without a ``then`` event in time breaks the rule.

    Where there is none yet by the clock of the log, time runs until that.
    """
    opens = opened(scope, rule.first, rule.then, None)
    rows = opens.group_by("case_id", started=opens.opens).aggregate(closes=opens.closes.min())
    rows = rows.mutate(clock=log_clock())
    rows = rows.mutate(came=(rows.closes <= rows.clock).fill_null(False))
    rows = rows.mutate(ended=ibis.ifelse(rows.came, rows.closes, rows.clock))
    over = _over(scope, rows, rule, late=late)
    waits = ~over.came & ~over.over
    told = {"late": over.late.max(where=over.over)} if late else {}
    case = over.group_by("case_id").aggregate(at=over.started.min(), breaks=_any(over.over), waits=_any(waits), **told)
    return case.select("case_id", "at", "breaks", *told, pending=case.waits & ~case.breaks)


def _over(scope: Scope, rows: ir.Table, rule: n.FollowedBy, *, late: bool) -> ir.Table:
    """Return spans with ``over``: whether each took longer than the rule allows; and ``late``, by how much."""
    limit = rule.within.seconds * MICROSECONDS
    if rule.clock == "wall":
        return rows.mutate(over=lasting(rows) > limit, **({"late": lasting(rows) - limit} if late else {}))
    clock = scope.signals[rule.first.signal].clock
    if clock is None:
        raise TypeError(rule)
    if rule.within.unit == "day":
        rows = overdue(rows, clock, rule.within.count) if late else rows
        rows = worked(rows, clock, days=True)
        return rows.mutate(over=rows.lasted >= rule.within.count)
    rows = worked(rows, clock)
    return rows.mutate(over=rows.lasted > limit, **({"late": rows.lasted - limit} if late else {}))


def _exactly_one(scope: Scope, of: Sequence[n.Selection], ended: n.Selection | None) -> ir.Table:
    flags = {f"has_{i}": _any(scope.takes(EVENTS, one)) for i, one in enumerate(of)}
    over = {} if ended is None else {"over": _any(scope.takes(EVENTS, ended))}
    found = EVENTS.group_by("case_id").aggregate(at=EVENTS.event_time.min(), **flags, **over)
    many: Any = sum((found[name].cast(dt.int64) for name in flags), ibis.literal(0, dt.int64))
    none = many == 0
    lost = none & found.over if over else ibis.literal(False)
    return found.select("case_id", "at", breaks=(many > 1) | lost, pending=none & ~lost)


def _different_persons(scope: Scope, first: n.Selection, second: n.Selection) -> ir.Table:
    events = scope.chosen(first, second)
    one, two = scope.takes(events, first), scope.takes(events, second)
    person = events.group_by("case_id", "resource").aggregate(
        one=_any(one), two=_any(two), at=events.event_time.min(where=two)
    )
    both = person.one & person.two & person.resource.notnull()
    found = person.group_by("case_id").aggregate(
        one=_any(person.one), two=_any(person.two), breaks=_any(both), at=person["at"].min()
    )
    return found.filter(found.one & found.two).select("case_id", "at", "breaks")


def _must_end(scope: Scope, ends: Sequence[n.Selection]) -> ir.Table:
    reached = ibis.or_(*(scope.takes(EVENTS, end) for end in ends))
    plain = all(end.where is None and not scope.signals[end.signal].where for end in ends)
    if plain:
        reached = EVENTS.step.isin([scope.signals[end.signal].event for end in ends])
    found = EVENTS.group_by("case_id").aggregate(at=EVENTS.event_time.min(), reached=_any(reached))
    return found.select("case_id", "at", breaks=~found.reached)


def _any(flag: Any) -> Any:
    """Return whether a flag is true of any row; a flag that is neither true nor false is not true."""
    return flag.any().fill_null(False)
