"""How a KPI moved between two periods that is no sum over parts: as a whole, in its spread, and part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions import kpis
from bos.actions.definitions import live_definitions
from bos.actions.evaluation import Snapshots, exact
from bos.actions.question import Question, filters_of, refuse_undeclared
from bos.actions.rights import permit_flow
from bos.actions.sides import rows_of
from bos.actions.two_periods import Asked, defined_then, field_of, periods_of
from bos.auth.policy import allow
from bos.errors import UsageError
from bos.kpi.earlier import PREVIOUS
from bos.kpi.movement import made_of, spread
from bos.kpi.movement import reason as reason_of
from bos.model.answers.movement import Moved, Movement, MovementSide, Spread
from bos.model.numbers import shown
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bos.actions.context import Context
    from bos.actions.question import Window
    from bos.actions.two_periods import Periods
    from bos.auth.actor import Actor
    from bos.kpi import KpiSpec
    from bos.kpi.readings import Row

_Key = tuple[str, str | None]


def movement(
    ctx: Context,
    actor: Actor,
    flow: str,
    kpi: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    compare: str = PREVIOUS,
    dimension: str | None = None,
    filters: Mapping[str, Sequence[str | None]] | None = None,
) -> Movement:
    """Return how a KPI moved from an earlier period to ``[start, end)``: what it and its parts came to then and now.

    The parts are the values of a field, or the KPIs that it is computed from; each is told by itself and they do not
    sum to the change. Options are those of :func:`bos.actions.explaining.explain`. Nothing is kept.

    Raises:
        NotFound: there is no such flow or KPI.
        UsageError: the periods are not covered by the log, or a value is withheld; the KPI does not have the field.
        Unavailable: the lake cannot be read.
    """
    allow(actor, "kpi.evaluate")
    wanted = filters_of(filters)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.evaluate", flow)
        found = live_definitions(connection, flow)
        generated = jobs.has_generated(connection, flow)
    (spec,) = kpis.chosen(found, (kpi,))
    refuse_undeclared(spec, wanted, dimension)
    held = Snapshots(ctx.lake.snapshot(flow), ctx.lake.metrics_snapshot(flow))
    question = Question(start=start, end=end, compare=compare)
    periods = periods_of(found, spec, held, question, None, memory_limit=ctx.settings.memory_limit)
    names = made_of(spec)
    field = None if names else field_of(spec, dimension, wanted)
    asked = Asked(ctx, found, held, spec, field, generated, wanted)
    asked.refuse_withheld(periods)
    then, now = (_side(asked, window) for window in (periods.then, periods.now))
    specs = kpis.chosen(found, names) if names else (spec,)
    return Movement(
        flow=flow,
        kpi=kpi,
        unit=spec.unit,
        reason=reason_of(spec),
        parts_of="kpi" if names else "field",
        dimension=field,
        filters=dict(wanted),
        then=then,
        now=now,
        difference=_less(now.value, then.value),
        parts=_moved(asked, specs, periods) if names or field else (),
        notes=tuple(_notes(asked, periods, then)),
        snapshot=held.events.id,
        template_version=found.template.version,
        generated=generated,
    )


def _side(asked: Asked, window: Window) -> MovementSide:
    told = spread(asked.spec)
    rows = {row.kpi: row for row in _rows(asked, (asked.spec, *told.values()), window, ())}
    own = rows[asked.spec.id]
    values = {name: _float(rows[one.id]) for name, one in told.items()}
    return MovementSide(
        start=window.start,
        end=window.end,
        value=_float(own),
        n=own.n,
        spread=Spread(n=rows[told["median"].id].n, **values) if told else None,
    )


def _moved(asked: Asked, specs: Sequence[KpiSpec], periods: Periods) -> tuple[Moved, ...]:
    """Return each part by itself, what moved farthest first; what has a value in one period alone stands last."""
    split = (asked.field,) if asked.field else ()
    then, now = (
        {_key(row): row for row in _rows(asked, specs, window, split)} for window in (periods.then, periods.now)
    )
    parts = [_part(asked, key, then.get(key), now.get(key)) for key in dict.fromkeys((*then, *now))]
    known = [one for one in parts if one.then is not None or one.now is not None]
    return tuple(
        sorted(
            known,
            key=lambda one: (
                one.difference is None,
                -abs(one.difference or 0),
                -max(one.then_n, one.now_n),
                str(one.of),
            ),
        )
    )


def _part(asked: Asked, key: _Key, then: Row | None, now: Row | None) -> Moved:
    kpi, value = key
    one, two = (_float(row) if row else None for row in (then, now))
    return Moved(
        of=value if asked.field else kpi,
        missing=asked.field is not None and value is None,
        unit=next(row.unit for row in (then, now) if row),
        then=one,
        then_n=then.n if then else 0,
        now=two,
        now_n=now.n if now else 0,
        difference=_less(two, one),
    )


def _notes(asked: Asked, periods: Periods, then: MovementSide) -> Iterator[str]:
    """Yield what must be known: values of no event, missing events, what another definition told of the earlier."""
    yield from asked.unknown()
    yield from asked.gaps(periods).words
    defined = defined_then(asked.ctx, asked.found.template.id, periods, None)
    if defined is None or defined.versions == asked.found.versions:
        return
    older = asked.value(periods.then, defined)
    number = exact(older.value) if older is not None else None
    if number is not None and (then.value is None or f"{float(number):.12g}" != f"{then.value:.12g}"):
        told = shown(float(number), asked.spec.unit)
        yield f"By the definition of then the earlier value was {told}; both are by today's."


def _rows(asked: Asked, specs: Sequence[KpiSpec], window: Window, split: tuple[str, ...]) -> list[Row]:
    """Return what KPIs come to in a period. Raises UsageError: something of it is withheld."""
    rows = rows_of(asked.sources, specs, window, split=split, filters=asked.filters)
    reason = next((row.withheld_reason for row in rows if row.withheld_reason), None)
    if reason:
        raise UsageError(f"The change cannot be told: {reason}", where=asked.spec.id)
    return rows


def _key(row: Row) -> _Key:
    told = next(iter(row.dimensions.values()), None)
    return row.kpi, None if told is None else str(told)


def _float(row: Row) -> float | None:
    return None if row.value is None else float(row.value)


def _less(now: float | None, then: float | None) -> float | None:
    """Return the difference, of 12 digits."""
    return None if now is None or then is None else float(f"{now - then:.12g}")
