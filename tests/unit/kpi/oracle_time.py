"""Buckets, spans and parts of the calendar in plain Python, for the oracle beside this file."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MICROSECOND = timedelta(microseconds=1)


def bucket(moment, by, zone):
    """The first instant of the bucket: the latest beginning of one that is not after the moment."""
    local = moment.astimezone(ZoneInfo(zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if by == "hour":
        return moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    if by == "week":
        day -= timedelta(days=day.weekday())
    elif by in {"month", "quarter"}:
        day = day.replace(day=1, month=day.month if by == "month" else (day.month - 1) // 3 * 3 + 1)
    return day.astimezone(UTC)


def back(moment, span, zone):
    """The beginning of a span that ends at a moment: of days and weeks by the calendar, of the rest exactly."""
    if span.unit in {"minute", "hour"}:
        return moment - timedelta(seconds=span.seconds)
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - timedelta(seconds=span.seconds)
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def to_date(moment, grain, zone):
    """The beginning of the week, month, quarter or year with the last instant before a moment."""
    last = moment - MICROSECOND
    if grain != "year":
        return bucket(last, grain, zone)
    local = last.astimezone(ZoneInfo(zone))
    return datetime(local.year, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
