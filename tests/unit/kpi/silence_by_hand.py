"""The rule of silence in plain loops over day numbers; each day has one event, at 09:00."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import median_low

from bos.kpi.days import Course, Day

FIRST = date(2026, 1, 5)


def moment(day):
    return datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC)


def course(days):
    nine = timedelta(hours=9)
    return Course(tuple(Day(moment(day).date(), moment(day) + nine, moment(day) + nine) for day in sorted(days)))


def longest(days, end, least):
    """Return the longest distance between days before one, and the median; the few longest of many left out."""
    found = sorted(b - a for a, b in pairwise(sorted(day for day in days if day < end)))
    if len(found) < least:
        return None
    out = 0 if len(found) < 10 else max(1, len(found) // 20)
    return found[len(found) - 1 - out], median_low(found)


def stopped(flow, end, horizon=None):
    """Return whether a flow has stopped before a day, as it was known at another."""
    horizon = end if horizon is None else horizon
    before, after = [day for day in flow if day < end], [day for day in flow if end <= day < horizon]
    if not before:
        return True
    usual = longest(flow, end, 2) or longest(flow, horizon, 2)
    return usual is not None and min(after, default=horizon) - max(before) > usual[0] + (usual[0] - usual[1]) // 2


def quiet(flow, own, at, horizon):
    """Return the distance around a day of days of a signal, counted while the flow goes on."""
    before, after = [day for day in own if day < at], [day for day in own if at <= day < horizon]
    went_on = min(max(day for day in flow if day < horizon) + 1, horizon)
    return min(after, default=max(went_on, *before)) - max(before)


def usual(own, at, least):
    """Return how many days from one to the next are usual for a signal by a day; nothing where too few are known.

    It has an event a day: where the distances are uneven, five should have come.
    """
    found = longest(own, at, least)
    if found is None:
        return None
    most, middle = found
    before = sorted(day for day in own if day < at)
    expected = middle + 5 * (before[-1] - before[0] + 1) / len(before)
    return max(3 * most - 2 * middle, 0 if most == middle else ceil(expected) - 1)


def missing(flow, own, start, end, horizon=None, *, part=False):
    """Return whether a signal is missing from the days ``[start, end)``."""
    horizon = end if horizon is None else horizon
    if any(start <= day < end for day in own):
        return False
    if not any(day < start for day in own) or stopped(flow, end):
        return True
    if not any(start <= day < end for day in flow) and (not part or stopped(flow, start, horizon)):
        return True
    least = 7 if part else 2
    most = usual(own, start, least)
    if most is None:
        most = usual(own, horizon, least)
    return most is not None and quiet(flow, own, start, horizon) > most


def ended(flow, own, end, least):
    """Return whether a signal was quiet before a day for longer than usual, by the days to the newest of the flow."""
    before, on = [day for day in own if day < end], [day for day in flow if day < end]
    most = usual(own, end, least)
    return most is not None and bool(on) and max(on) - max(before) > most


def far_too_quiet(flow, own, end):
    """Return whether a signal seen on eight days has been quiet for more than twice as long as usual."""
    most = longest(own, end, 7)
    return most is not None and quiet(flow, own, end, end) > max(usual(own, end, 7), 2 * most[0])


def open_unknown(flow, opens, closes, end):
    """Return whether what is open before a day is unknown, by walking day by day from where it was last opened."""
    before = [day for day in opens if day < end]
    if not before or stopped(flow, end):
        return True
    for day in range(max(before) + 1, end + 1):
        heard = [own for own in (opens, closes) if any(one < day for one in own)]
        if all(far_too_quiet(flow, own, day) for own in heard):
            return True
    return False


def broken(own, start, end):
    """Return whether a signal, known by eight days, was quiet for half of ``[start, end)`` before it came again."""
    found = []
    for a, b in pairwise(sorted(day for day in own if day < end)):
        if b < start:
            continue
        inside = len(range(max(a * 24 + 9, start * 24), b * 24 + 9))  # hours
        most = usual(own, b, 7)
        found.append(2 * inside >= 24 * (end - start) and most is not None and b - a > most)
    return any(found)


def faded(flow, own, start, end):
    """Return whether a signal, known by eight days, was last seen in the first half of ``[start, end)`` or before."""
    before = [day for day in own if day < end]
    most = usual(own, end, 7)
    if not before or most is None or 2 * (max(before) * 24 + 9) >= 24 * (start + end):
        return False
    return quiet(flow, own, end, end) > most


def whole_flow_faded(flow, start, end):
    """Return whether a flow, known by eight days, ended in the first half of ``[start, end)`` for far too long."""
    before, found = [day for day in flow if day < end], longest(flow, end, 7)
    if not before or found is None or 2 * (max(before) * 24 + 9) >= 24 * (start + end):
        return False
    return end - max(before) > 2 * (found[0] + (found[0] - found[1]) // 2)


def middle(own, at):
    """Return the middle distance of a signal by a day."""
    found = longest(own, at, 1)
    return 1 if found is None else found[1]


def silences(flow, goes_on, own, horizon):
    """Return the first and the last day of each silence of a signal, known by eight days: at first, between, at last.

    And the days of its events around it.
    """
    before = sorted(day for day in own if day < horizon)
    if usual(own, horizon, 7) is None:
        return []
    found = []
    if before[0] - min(flow) > usual(own, horizon, 7):
        found.append((-1, before[0] - middle(own, horizon), None, before[0]))
    for a, b in pairwise(before):
        if usual(own, b, 7) is not None and b - a > usual(own, b, 7):
            begins = a + middle(own, a + 1)
            found.append((begins, max(begins, b - middle(own, b)), a, b))
    if ended(flow, own, horizon, 7) and ended(goes_on, own, horizon, 7):
        found.append((before[-1] + middle(own, before[-1] + 1), 200, before[-1], None))
    return found


def days_of(silence):
    """Return the days of a silence, of those that a test knows."""
    return set(range(silence[0], silence[1] + 1))


def reach(silence, start, end):
    """Return the days of a silence that are of the days ``[start, end)``."""
    return days_of(silence) & set(range(start, end))


def uneven(flow, goes_on, sides, start, end, horizon):
    """Return whether of one side days are missing on which another has some."""
    found = []
    for own in sides:
        others = [other for other in sides if other is not own]
        missing = [reach(silence, start, end) for silence in silences(flow, goes_on, own, horizon)]
        found += [bool(days & other) for days in missing for other in others]
    return any(found)
