"""Working time in plain Python: day by day, and span by span of a clock that runs."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kpi_oracle_time import MICROSECOND


def by_case(rows):
    cases = {}
    for row in sorted(rows, key=lambda row: (row["event_time"], row["event_id"])):
        cases.setdefault(row["case_id"], []).append(row)
    return cases


def log_clock(rows):
    """The newest event among those at most a day after their own import; where there is none, the newest of all."""
    timely = [row for row in rows if row["event_time"] - row.get("ingested_at", row["event_time"]) <= timedelta(days=1)]
    return max((row["event_time"] for row in timely or rows), default=None)


def opened(clock, day):
    """The working hours of a day as two instants; none where it is no working day."""
    if day.weekday() not in clock.working_days or day in clock.holidays:
        return None
    midnight, zone = datetime.combine(day, time()), ZoneInfo(clock.time_zone)
    return tuple(
        (midnight + timedelta(seconds=at)).replace(tzinfo=zone).astimezone(UTC) for at in (clock.opens, clock.closes)
    )


def begun(clock, moment):
    """When the clock of what comes at a moment begins: the same moment, or the next working day where it is late."""
    local = moment.astimezone(ZoneInfo(clock.time_zone)).replace(tzinfo=None)
    late = clock.cut_off is not None and local - datetime.combine(local.date(), time()) > timedelta(
        seconds=clock.cut_off
    )
    if late and opened(clock, local.date()):
        ahead = (local.date() + timedelta(days=n) for n in range(1, 40))
        return next(hours[0] for day in ahead if (hours := opened(clock, day)))
    return moment


def runs(clock, rows, case):
    """The spans in which the clock of a case runs, as pairs of instants."""
    since, spans = datetime.min.replace(tzinfo=UTC), []
    for row in by_case(rows)[case]:
        resumes = any(signal.bound and carries(row, signal) for signal in clock.resumes)
        halts = not resumes and any(signal.bound and carries(row, signal) for signal in clock.stops)
        if halts and since is not None:
            spans.append((since, row["event_time"]))
            since = None
        elif resumes and since is None:
            since = row["event_time"]
    return spans if since is None else [*spans, (since, datetime.max.replace(tzinfo=UTC))]


def carries(row, signal):
    return (not signal.event or row["step"] == signal.event) and all(
        (row["attributes"] or {}).get(key) == value for key, value in signal.where.items()
    )


def worked(clock, rows, first, last):
    """Microseconds of working time, day by day and span by span."""
    if not any(signal.bound for signal in clock.stops):
        spans = [(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))]
    else:
        spans = runs(clock, rows, first["case_id"])
    start, end = begun(clock, first["event_time"]), last["event_time"]
    day, total = first["event_time"].astimezone(ZoneInfo(clock.time_zone)).date(), timedelta()
    while day <= end.astimezone(ZoneInfo(clock.time_zone)).date():
        for since, until in spans if (hours := opened(clock, day)) else ():
            total += max(min(hours[1], end, until) - max(hours[0], start, since), timedelta())
        day += timedelta(days=1)
    return total // MICROSECOND


def days_over(clock, rows, first, end):
    """How many working days after the one on which the clock begins were over before the day of the end."""
    zone = ZoneInfo(clock.time_zone)
    spans = runs(clock, rows, first["case_id"]) if any(signal.bound for signal in clock.stops) else None
    begins, day = begun(clock, first["event_time"]).astimezone(zone).date(), None
    while day is None or not is_open(clock, day):  # the working day on which it begins
        day = begins if day is None else day + timedelta(days=1)
    count, last = 0, end.astimezone(zone).date()
    while (day := day + timedelta(days=1)) < last:
        if is_open(clock, day):
            at = opened(clock, day)[0]
            count += spans is None or any(since <= at < until for since, until in spans)
    return count


def is_open(clock, day):
    hours = opened(clock, day)
    return hours is not None and hours[1] > hours[0]
