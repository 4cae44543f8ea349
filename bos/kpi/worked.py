"""Working time: a day a row with its open hours, and how much of them lies between two moments of a case.

Working time is counted from the first day of the log: what has passed at a moment is what passed before its day and the
part of that day's open hours that is over. A span is the difference of two such counts, so nothing is stepped through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

from bos.kpi.columns import EVENTS, emitted, epoch_us, instant_of, timezone

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from bos.kpi.binding import BoundSignal, BusinessClock


def worked(rows: ir.Table, clock: BusinessClock) -> ir.Table:
    """Return spans (``case_id``, ``started``, ``ended``) with ``lasted``: microseconds of working time, or nothing."""
    days = _days(clock)
    rows = _at(rows, days, clock, "started", "began", cut_off=True)
    rows = _at(rows, days, clock, "ended", "done")
    if any(signal.bound for signal in clock.stops):
        rows = _stopped(rows, days, clock)
    else:
        rows = rows.mutate(stopped=ibis.literal(0, dt.int64))
    lasted = ibis.greatest(rows.done - rows.began, 0) - rows.stopped
    lasted = ibis.ifelse(rows.ended.isnull(), ibis.null(dt.int64), lasted)
    return rows.mutate(lasted=lasted).drop("began", "done", "stopped")


def _days(clock: BusinessClock) -> ir.Table:
    """Return ``day`` (local midnight), ``opens`` and ``long`` (microseconds), and ``before``: the work until it."""
    bounds = EVENTS.aggregate(low=EVENTS.event_time.min(), high=EVENTS.event_time.max())
    one = ibis.interval(days=1)
    first, last = (timezone(clock.time_zone, bounds[name]).truncate("D") for name in ("low", "high"))
    days = bounds.select(day=ibis.range(first, last + one, one).unnest())
    day: Any = days.day
    works = day.day_of_week.index().isin(clock.working_days)
    if clock.holidays:
        works &= ~day.date().isin([ibis.date(holiday.isoformat()) for holiday in clock.holidays])
    opens, closes = (
        epoch_us(instant_of(clock.time_zone, day + ibis.interval(seconds=seconds)))
        for seconds in (clock.opens, clock.closes)
    )
    days = days.select("day", opens=opens, long=ibis.ifelse(works, ibis.greatest(closes - opens, 0), 0))
    so_far = days.long.sum().over(ibis.cumulative_window(order_by=days.day))
    return days.mutate(before=(so_far - days.long).cast(dt.int64))


def _at(
    rows: ir.Table, days: ir.Table, clock: BusinessClock, moment: str, name: str, *, cut_off: bool = False
) -> ir.Table:
    """Return rows with ``name``: what was worked until a moment; after the cut-off of its day, all of that day.

    Whatever comes after the cut-off begins with the next working day's first hour.
    """
    days = days.view()
    joined = rows.left_join(days, timezone(clock.time_zone, rows[moment]).truncate("D") == days.day)
    passed = ibis.greatest(ibis.least(epoch_us(joined[moment]) - joined.opens, joined.long), 0)
    if cut_off and clock.cut_off is not None:
        late = timezone(clock.time_zone, joined[moment]) > joined.day + ibis.interval(seconds=clock.cut_off)
        passed = ibis.ifelse(late, joined.long, passed)
    kept = {column: joined[column] for column in rows.columns}
    return joined.select(**kept, **{name: joined.before + passed})


def _any_of(signals: Sequence[BoundSignal]) -> Any:
    bound = [emitted(EVENTS, signal) for signal in signals if signal.bound]
    return ibis.or_(*bound).fill_null(False) if bound else ibis.literal(False)


def _stopped(rows: ir.Table, days: ir.Table, clock: BusinessClock) -> ir.Table:
    """Return rows with ``stopped``: the working time of each span in which the case's clock stood still.

    It stands still from an event that stops it until the case's next one that resumes it. Of events at one instant, the
    one with the largest id decides.
    """
    stops, resumes = (_any_of(signals) for signals in (clock.stops, clock.resumes))
    marks = EVENTS.filter(stops | resumes).select("case_id", "event_time", "event_id", halts=~resumes)
    order = ibis.window(group_by=marks.case_id, order_by=[marks.event_time, marks.event_id])
    marks = marks.mutate(until=marks.event_time.lead().over(order))
    marks = marks.filter(marks.halts).select("case_id", since="event_time", until="until")
    joined = rows.inner_join(marks, "case_id")
    joined = joined.filter((joined.since < joined.ended) & (joined.until.isnull() | (joined.until > joined.started)))
    joined = joined.mutate(began_at=joined.started, ended_at=joined.ended)
    joined = joined.mutate(
        since=ibis.greatest(joined.since, joined.started), until=ibis.least(joined.until, joined.ended)
    )
    joined = _at(_at(joined, days, clock, "since", "halted"), days, clock, "until", "resumed")
    long = ibis.greatest(joined.resumed - ibis.greatest(joined.halted, joined.began), 0)
    span = ["case_id", "began_at", "ended_at"]
    joined = joined.mutate(long=long)
    sums = joined.group_by(span).aggregate(stopped=joined.long.sum().cast(dt.int64))
    found = rows.left_join(
        sums, [rows.case_id == sums.case_id, rows.started == sums.began_at, rows.ended == sums.ended_at]
    )
    kept = {column: found[column] for column in rows.columns}
    return found.select(**kept, stopped=found.stopped.fill_null(0))
