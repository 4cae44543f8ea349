"""Frames: for each bucket, from when until when a cumulative KPI covers what was placed in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from bos.kpi.columns import (
    EVENTS,
    POINTS,
    bucket,
    epoch_us,
    instant,
    instant_of,
    log_clock,
    make_timestamptz,
    points_clock,
    timezone,
)
from bos.kpi.nodes import Frame

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from bos.kpi.options import Options

_GRID = 15 * 60 * 1_000_000
"""Microseconds of a quarter of an hour: buckets of hours begin at multiples of it, since no offset is finer."""
_GRAINS = {"week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_CALENDAR = {"day": 1, "week": 7}


def framed(rows: ir.Table, at: Any, frame: Frame, options: Options, *, points: bool = False) -> ir.Table:
    """Return rows once for each bucket whose frame covers ``at``; with ``bucket``, where there are buckets.

    ``points``: where no event is recorded, an open window is that of the points.
    """
    frames = _frames(frame, options, points=points)
    covers = [at < frames.high] if frame.open else [at < frames.high, at >= frames.low]
    kept = {name: rows[name] for name in rows.columns}
    told = {"bucket": frames.bucket} if options.by else {}
    return rows.inner_join(frames, covers).select(**kept, **told)


def moments(opened: ir.Table, options: Options) -> ir.Table:
    """Return a row for each case that is open at the end of a bucket: ``started``, ``ended``, and its newest opening.

    ``opened`` has the openings with when each ``closes``. A case is open since its first opening that is not closed;
    what is told of it is that of its last one. ``ended`` is the moment: the end of the bucket, and at most what
    the clock of the log shows, since nobody knows what happened after it.
    """
    frames = _frames(Frame(), options, points=False)
    newest = log_clock()
    frames = frames.mutate(high=ibis.least(frames.high, newest + ibis.interval(microseconds=1)))
    open_then = (opened.opens < frames.high) & (opened.closes.isnull() | (opened.closes >= frames.high))
    kept = {name: opened[name] for name in opened.columns if name != "closes"}
    told = {"bucket": frames.bucket} if options.by else {}
    rows = opened.inner_join(frames, open_then).select(**kept, **told, ended=ibis.least(frames.high, newest))
    keys = [rows.case_id, *([rows.bucket] if options.by else [])]
    last = ibis.window(group_by=keys, order_by=[rows.opens.desc(), rows.event_id.desc()])
    rows = rows.mutate(started=rows.opens.min().over(ibis.window(group_by=keys)), rank=ibis.row_number().over(last))
    return rows.filter(rows["rank"] == 0).drop("rank", "opens", "event_id")


def _frames(frame: Frame, options: Options, *, points: bool) -> ir.Table:
    """Return ``low`` and ``high`` (where frames begin, and the first instant after them) for each ``bucket``.

    Where neither a window nor a bucket says where a span ends, it ends by the clock of the log; one of points by that
    of the points where this shows more, in buckets, too, and it begins with the first of both.
    """
    span = EVENTS.aggregate(first=EVENTS.event_time.min(), last=EVENTS.event_time.max())
    if options.by is None and (points or not frame.open):
        span = span.select("first", last=log_clock())
    if points:
        first, last = POINTS.time.min().as_scalar(), points_clock()
        span = span.select(first=ibis.least(span.first, first), last=ibis.greatest(span.last, last))
    start = span.first if options.start is None else instant(options.start)
    end = span.last + ibis.interval(microseconds=1) if options.end is None else instant(options.end)
    span = span.select(start=start, end=end).filter(lambda row: row.start < row.end)
    if options.by is None:
        return _with_low(span.select(high=span.end), frame, options.time_zone)
    buckets = _buckets(span, options).distinct()
    begins = instant_of("UTC" if options.by == "hour" else options.time_zone, buckets.bucket)
    after = begins.lead().over(ibis.window(order_by=buckets.bucket))
    return _with_low(buckets.select("bucket", high=ibis.coalesce(after, buckets.end)), frame, options.time_zone)


def _buckets(span: ir.Table, options: Options) -> ir.Table:
    """Return every bucket from the first to the last, some more than once."""
    by, zone = options.by or "day", options.time_zone
    if by == "hour":
        first = epoch_us(span.start)
        grid = span.select("end", micros=ibis.range(first - first % _GRID, epoch_us(span.end), _GRID).unnest())
        return grid.select("end", bucket=bucket(make_timestamptz(grid.micros), by, zone))
    day = ibis.interval(days=1)
    last = timezone(zone, span.end - ibis.interval(microseconds=1)).truncate("D")
    days = span.select("end", day=ibis.range(timezone(zone, span.start).truncate("D"), last + day, day).unnest())
    return days.select("end", bucket=days.day.truncate({"day": "D", "week": "W", "month": "M", "quarter": "Q"}[by]))


def _with_low(frames: ir.Table, frame: Frame, zone: str) -> ir.Table:
    if frame.window is not None:
        if (days := _CALENDAR.get(frame.window.unit)) is None:
            return frames.mutate(low=frames.high - ibis.interval(seconds=frame.window.seconds))
        local = timezone(zone, frames.high) - ibis.interval(days=days * frame.window.count)
        return frames.mutate(low=instant_of(zone, local))
    if frame.grain is None:
        return frames
    last = timezone(zone, frames.high - ibis.interval(microseconds=1))
    return frames.mutate(low=instant_of(zone, last.truncate(_GRAINS[frame.grain])))
