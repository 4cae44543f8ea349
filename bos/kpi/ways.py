"""The ways of a flow's graph: which kinds of events may follow one another in a case, and where they did not.

Kinds of events are bits of a whole number, so that what happened at one instant is one number, whatever its order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

from bos.kpi.columns import EVENTS
from bos.kpi.printer import print_selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import ibis.expr.types as ir

    from bos.kpi import nodes as n
    from bos.kpi.binding import BoundSignal
    from bos.kpi.relations import Scope

MOST_PASSAGES = 50
"""Passages that are told of a rule."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What came right after what, though no way of the flow leads there.

    Attributes:
        first: the events, as the formula writes them; several where they came at one instant.
        then: those that came next.
        cases: in how many cases.
        times: how often.
    """

    first: tuple[str, ...]
    then: tuple[str, ...]
    cases: int
    times: int


def onward(signals: Mapping[str, BoundSignal], of: Sequence[n.Selection]) -> tuple[int, ...]:
    """Return for each kind of events the bits of those that may come right after it.

    These are the kinds of the steps that a way leads to, and the other kinds of its own step. A way may go on through
    steps of which an event need not be seen: that have no kind without a condition.
    """
    steps = [step_of(signals, one) for one in of]
    seen = {step for step, one in zip(steps, of, strict=True) if one.where is None}
    ahead: dict[str, set[str]] = {}
    for place in (signals[one.signal].place for one in of):
        for source, target in place.edges if place else ():
            ahead.setdefault(source, set()).add(target)
    found = []
    for i, step in enumerate(steps):
        reached = _reached(step, ahead, seen)
        found.append(bits(j for j, to in enumerate(steps) if to in reached or (to == step and j != i)))
    return tuple(found)


def step_of(signals: Mapping[str, BoundSignal], one: n.Selection) -> str:
    """Return the step that emits the events of a selection. Raises TypeError: none does, which the check refuses."""
    place = signals[one.signal].place
    if place is None:
        raise TypeError(one)
    return place.step


def _reached(step: str, ahead: Mapping[str, set[str]], seen: set[str]) -> set[str]:
    """Return the steps that ways lead to, directly or through steps that need not be seen."""
    reached: set[str] = set()
    waiting = [step]
    while waiting:
        for target in ahead.get(waiting.pop(), set()) - reached:
            reached.add(target)
            if target not in seen:
                waiting.append(target)
    return reached


def bits(kinds: Iterable[int]) -> int:
    """Return a whole number with the bits of these kinds."""
    return reduce(or_, (1 << kind for kind in kinds), 0)


def leads(before: int, then: int, ahead: Sequence[int]) -> bool:
    """Return whether a way leads from any of the kinds of an instant to any of those of the next."""
    return any(then & ahead[kind] for kind in kinds_of(before))


def kinds_of(instant: int) -> list[int]:
    """Return the kinds whose bits a whole number has."""
    return [kind for kind in range(instant.bit_length()) if instant >> kind & 1]


def instants(scope: Scope, of: Sequence[n.Selection]) -> ir.Table:
    """Return a row for each instant of each case: ``kinds`` of its events, those of the one before, ``breaks``.

    ``kinds`` is 0 where the events are of none; such instants are passed over. In which order events of one instant
    came is not known, so none of them breaks the rule among themselves, and an instant follows another where any of
    its events may follow any of the other's.
    """
    taken = [scope.takes(EVENTS, one).fill_null(False) for one in of]
    kinds = _any_of(ibis.ifelse(takes, _whole(1 << i), 0) for i, takes in enumerate(taken))
    events = EVENTS.select("case_id", "event_time", kinds=kinds)
    found = events.group_by("case_id", "event_time").aggregate(kinds=events.kinds.bit_or())
    own = ibis.window(group_by=[found.case_id, found.kinds == 0], order_by=found.event_time)
    found = found.mutate(before=found.kinds.lag().over(own))
    ahead = _any_of(
        ibis.ifelse((found.before & _whole(1 << i)) != 0, _whole(after), 0)
        for i, after in enumerate(onward(scope.signals, of))
    )
    breaks = found.before.notnull() & (found.kinds != 0) & ((ahead & found.kinds) == 0)
    return found.mutate(breaks=breaks)


def passages(cursor: Any, scope: Scope, rule: n.AlongFlow, rows: ir.Table) -> tuple[Passage, ...]:
    """Return what followed what without a way in the cases of ``rows`` (``case_id``), the most frequent first.

    ``cursor`` reads the view ``events``.
    """
    found = instants(scope, rule.of)
    found = found.filter(found.breaks).semi_join(rows.select("case_id").distinct(), "case_id")
    pairs = found.group_by("before", "kinds").aggregate(times=found.count(), cases=found.case_id.nunique())
    listed = pairs.order_by([pairs.times.desc(), pairs.before, pairs.kinds]).limit(MOST_PASSAGES)
    listed = listed.select("before", "kinds", "cases", "times")
    names = [print_selection(one) for one in rule.of]
    return tuple(
        Passage(
            tuple(names[kind] for kind in kinds_of(before)), tuple(names[kind] for kind in kinds_of(then)), cases, times
        )
        for before, then, cases, times in cursor.execute(str(ibis.to_sql(listed, dialect="duckdb"))).fetchall()
    )


def _whole(number: int) -> Any:
    return ibis.literal(number, dt.int64)


def _any_of(parts: Iterable[Any]) -> Any:
    return reduce(or_, parts)
