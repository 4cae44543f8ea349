"""Working time: a day a row with its open hours, and how much of them lies between two moments of a case.

Working time is counted from the first day of the log: what has passed at a moment is what passed before its day and the
part of that day's open hours that is over. A span is the difference of two such counts, so nothing is stepped through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

from bos.kpi.columns import EVENTS, emitted, epoch_us, instant_of, timezone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

    from bos.kpi.binding import BoundSignal, BusinessClock


MICROSECONDS = 1_000_000


def worked(rows: ir.Table, clock: BusinessClock, *, days: bool = False) -> ir.Table:
    """Return spans (``case_id``, ``started``, ``ended``; each once) with ``lasted``; nothing where it has not ended.

    ``lasted`` is the working time in microseconds. With ``days`` it is how many working days after the one on which
    the span begins were over before the day on which it ends; a day at whose opening the clock of the case stands still
    is left out.
    """
    calendar, tally = _days(clock), _DAYS if days else _TIME
    rows = _at(rows, calendar, clock, "started", "began", tally.begins)
    rows = _at(rows, calendar, clock, "ended", "done", tally.ends)
    if any(signal.bound for signal in clock.stops):
        rows = _stopped(rows, calendar, clock, tally)
    else:
        rows = rows.mutate(stopped=ibis.literal(0, dt.int64))
    lasted = ibis.greatest(rows.done - rows.began, 0) - rows.stopped
    lasted = ibis.ifelse(rows.ended.isnull(), ibis.null(dt.int64), lasted)
    return rows.mutate(lasted=lasted).drop("began", "done", "stopped")


def overdue(rows: ir.Table, clock: BusinessClock, count: int) -> ir.Table:
    """Return spans with ``late``: microseconds of working time since the end of so many working days after their first.

    Nothing where the calendar stops clocks: then it is another day for each case, which is not looked for.
    """
    if any(signal.bound for signal in clock.stops):
        return rows.mutate(late=ibis.null(dt.int64))
    calendar = _days(clock)
    rows = _at(rows, calendar, clock, "started", "began", _first_day)
    rows = _at(rows, calendar, clock, "ended", "done", _passed)
    days = calendar.filter(calendar.long > 0)
    days = days.select(number=days.earlier + 1, over=days.before + days.long).view()
    rows = rows.mutate(number=rows.began + count)
    joined = rows.left_join(days, rows.number == days.number)
    kept = {column: joined[column] for column in rows.columns if column not in {"began", "done", "number"}}
    return joined.select(**kept, late=joined.done - joined.over)


def _days(clock: BusinessClock) -> ir.Table:
    """Return a row a day of the log: ``day`` (local midnight), ``opens`` and ``long`` (microseconds).

    With what came before it: ``before``, the work, and ``earlier``, the working days.
    """
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
    past = ibis.cumulative_window(order_by=days.day)
    so_far, number = days.long.sum().over(past), _works(days).sum().over(past)
    return days.mutate(before=(so_far - days.long).cast(dt.int64), earlier=(number - _works(days)).cast(dt.int64))


def _works(days: ir.Table) -> Any:
    """Return 1 for a day with working time, else 0."""
    return (days.long > 0).cast(dt.int64)


def _late(row: ir.Table, at: Any, clock: BusinessClock) -> Any:
    """Return whether a moment lies after the cut-off of its day."""
    if clock.cut_off is None:
        return ibis.literal(False)
    return timezone(clock.time_zone, at) > row.day + ibis.interval(seconds=clock.cut_off)


def _passed(row: ir.Table, at: Any, _clock: BusinessClock) -> Any:
    return row.before + ibis.greatest(ibis.least(epoch_us(at) - row.opens, row.long), 0)


def _passed_in_time(row: ir.Table, at: Any, clock: BusinessClock) -> Any:
    """Return what was worked until a moment; whatever comes after the cut-off begins with the next working day."""
    return ibis.ifelse(_late(row, at, clock), row.before + row.long, _passed(row, at, clock))


def _first_day(row: ir.Table, at: Any, clock: BusinessClock) -> Any:
    """Return the number of the working day on which a clock begins."""
    return row.earlier + 1 + ibis.ifelse(_late(row, at, clock), _works(row), 0)


def _openings(row: ir.Table, at: Any, _clock: BusinessClock) -> Any:
    """Return on how many working days the hours have begun before a moment."""
    return row.earlier + ibis.ifelse(row.opens < epoch_us(at), _works(row), 0)


@dataclass(frozen=True, slots=True)
class _Tally:
    """What is counted: until a span begins, until it ends, and until its clock is stopped or resumed."""

    begins: Callable[[ir.Table, Any, BusinessClock], Any]
    ends: Callable[[ir.Table, Any, BusinessClock], Any]
    marks: Callable[[ir.Table, Any, BusinessClock], Any]


_TIME = _Tally(_passed_in_time, _passed, _passed)
_DAYS = _Tally(_first_day, lambda row, _at, _clock: row.earlier, _openings)


def _at(
    rows: ir.Table,
    days: ir.Table,
    clock: BusinessClock,
    moment: str,
    name: str,
    tell: Callable[[ir.Table, Any, BusinessClock], Any],
) -> ir.Table:
    """Return rows with ``name``: what the day of a moment and the moment tell."""
    days = days.view()
    joined = rows.left_join(days, timezone(clock.time_zone, rows[moment]).truncate("D") == days.day)
    kept = {column: joined[column] for column in rows.columns}
    return joined.select(**kept, **{name: tell(joined, joined[moment], clock)})


def any_of(signals: Sequence[BoundSignal], events: ir.Table = EVENTS) -> Any:
    """Return whether an event is one of any of the signals."""
    bound = [emitted(events, signal) for signal in signals if signal.bound]
    return ibis.or_(*bound).fill_null(False) if bound else ibis.literal(False)


def _stopped(rows: ir.Table, days: ir.Table, clock: BusinessClock, tally: _Tally) -> ir.Table:
    """Return rows with ``stopped``: what of each span passed while the case's clock stood still.

    It stands still from an event that stops it until the case's next one that resumes it. Of events at one instant, the
    one with the largest id decides.
    """
    stops, resumes = (any_of(signals) for signals in (clock.stops, clock.resumes))
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
    for moment, name in (("since", "halted"), ("until", "resumed")):
        joined = _at(joined, days, clock, moment, name, tally.marks)
    long = ibis.greatest(ibis.least(joined.resumed, joined.done) - ibis.greatest(joined.halted, joined.began), 0)
    span = ["case_id", "began_at", "ended_at"]
    joined = joined.mutate(long=long)
    sums = joined.group_by(span).aggregate(stopped=joined.long.sum().cast(dt.int64))
    found = rows.left_join(
        sums, [rows.case_id == sums.case_id, rows.started == sums.began_at, rows.ended == sums.ended_at]
    )
    kept = {column: found[column] for column in rows.columns}
    return found.select(**kept, stopped=found.stopped.fill_null(0))
