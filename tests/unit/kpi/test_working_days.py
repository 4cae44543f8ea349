"""What comes on some days of the week alone: on which days it is missed, and on which nobody waits for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bos.kpi import KpiSpec
from bos.kpi.outages import in_part
from bos.kpi.read_parts import Reads, Span
from bos.kpi.silence import Recorded
from tests.unit.kpi.silence_by_hand import course, moment

LONG = 119
WORKING = frozenset(day for day in range(LONG) if day % 7 < 5)
WEEK = 84
"""A Monday."""


def held(signals, free=()):
    """Return what is recorded where all that comes is of these signals, which are worked by one calendar."""
    holidays = frozenset(moment(day).date() for day in free)
    courses = {name: replace(course(days), free=holidays) for name, days in signals.items()}
    every = course(frozenset().union(*signals.values()))
    return Recorded("UTC", every, courses, goes_on=lambda: every)


def missed(log, name, days, until=LONG):
    """Return the days of some, each a bucket, on which nothing is known of a signal."""
    horizon = moment(until)
    return {
        day for day in days if log.gap([name], moment(day), moment(day + 1), horizon=horizon, part=True) is not None
    }


def holed(log, name, start, end):
    return in_part(log, [name], moment(start), moment(end), moment(LONG)) is not None


@pytest.mark.parametrize("begun", [WEEK, 42])
@pytest.mark.parametrize("before", [set(), {14, 15, 16, 28, 29}])
def test_an_outage_of_three_working_days_is_missed_until_it_is_over_whatever_was_out_before(begun, before):
    out = {begun + 2, begun + 3, begun + 4}
    log = held({"received": WORKING, "posted": WORKING - out - before})
    fortnight = range(begun - 2, begun + 9)
    assert missed(log, "posted", fortnight) == out | {begun + 5, begun + 6}
    assert missed(log, "received", fortnight) == set()
    assert holed(log, "posted", begun, begun + 7)
    assert not holed(log, "posted", begun + 7, begun + 14)
    assert not holed(log, "posted", begun - 7, begun)


def test_an_outage_that_begins_on_a_monday_is_none_of_the_week_before_it_nor_of_its_weekend():
    out = {WEEK, WEEK + 1, WEEK + 2}
    log = held({"received": WORKING, "posted": WORKING - out})
    assert missed(log, "posted", range(WEEK - 2, WEEK + 7)) == out
    assert not holed(log, "posted", WEEK - 7, WEEK)
    assert not holed(log, "posted", WEEK - 21, WEEK - 2)
    assert holed(log, "posted", WEEK, WEEK + 7)
    friday = held({"received": WORKING, "posted": WORKING - {WEEK + 3, WEEK + 4}})
    assert not holed(friday, "posted", WEEK + 7, WEEK + 14), "it comes again on Monday"


def test_holidays_of_the_calendar_are_days_without_any_and_others_are_not():
    out = {WEEK, WEEK + 1}
    signals = {"received": WORKING - out, "posted": WORKING - out, "returned": frozenset(range(LONG))}
    for free, found in ((out, set()), (set(), out)):
        log = held(signals, free)
        assert missed(log, "posted", range(WEEK - 2, WEEK + 7)) == found
        assert holed(log, "posted", WEEK, WEEK + 7) == bool(found)


CLOSED = frozenset(range(WEEK, WEEK + 5))
"""A week without work."""


@pytest.mark.parametrize("free", [CLOSED, CLOSED - {WEEK + 2}])
def test_a_week_of_holidays_is_no_outage_and_takes_nothing_from_the_weeks_around_it(free):
    log = held({"received": WORKING - CLOSED, "posted": WORKING - CLOSED, "returned": frozenset(range(LONG))}, free)
    assert missed(log, "posted", range(WEEK - 2, WEEK + 14)) == set()
    for begins in (WEEK - 7, WEEK, WEEK + 7):
        assert not holed(log, "posted", begins, begins + 7)
        assert log.gap(["posted"], moment(begins), moment(begins + 7)) is None
    for day in range(WEEK, WEEK + 8):
        assert log.ended(["posted"], moment(day)) is None
        assert not log.stopped(moment(day))


def test_of_an_outage_that_goes_on_after_holidays_the_days_after_them_are_missed():
    out = CLOSED | {day for day in WORKING if WEEK + 7 <= day < WEEK + 10}
    log = held({"received": WORKING - CLOSED, "posted": WORKING - out, "returned": frozenset(range(LONG))}, CLOSED)
    assert missed(log, "posted", range(WEEK - 2, WEEK + 14)) == {WEEK + 7, WEEK + 8, WEEK + 9}
    assert [holed(log, "posted", begins, begins + 7) for begins in (WEEK - 7, WEEK, WEEK + 7)] == [False, False, True]


def test_what_comes_on_mondays_is_missed_after_one_that_is_no_holiday():
    monday = frozenset(day for day in range(LONG) if day % 7 == 0)
    signals = {"received": WORKING, "posted": monday - {WEEK}}
    assert missed(held(signals), "posted", range(WEEK, WEEK + 7)) == set(range(WEEK, WEEK + 7))
    assert missed(held(signals, {WEEK}), "posted", range(WEEK, WEEK + 7)) == set()


def test_what_was_not_known_yet_makes_no_silence():
    log = held({"received": frozenset(range(LONG)), "posted": WORKING - CLOSED})
    asked = [(horizon, missed(log, "posted", {WEEK}, horizon)) for horizon in (WEEK + 1, WEEK + 2, WEEK + 14)]
    assert asked == [(WEEK + 1, set()), (WEEK + 2, set()), (WEEK + 14, {WEEK})]


def test_a_feed_that_died_is_missed_from_its_next_working_day_on():
    log = held({"received": WORKING, "posted": frozenset(day for day in WORKING if day < WEEK)})
    assert missed(log, "posted", range(WEEK - 2, WEEK + 7)) == set(range(WEEK, WEEK + 7))
    assert missed(log, "posted", range(WEEK - 2, WEEK + 1), WEEK + 1) == set(), "one day may be a holiday"


@pytest.mark.parametrize("died", [WEEK - 1, WEEK + 2])
def test_a_weekend_on_which_a_dead_feed_alone_came_ends_no_flow(died):
    every = {"received": WORKING, "posted": WORKING, "returned": frozenset(range(died + 1))}
    log = held(every)
    assert not log.stopped(moment(WEEK + 7))
    assert log.standing(["received", "posted"], moment(WEEK + 7)) is None
    assert log.gap(["received"], moment(WEEK + 5), moment(WEEK + 6), horizon=moment(LONG), part=True) is None
    assert log.ended(["returned"], moment(WEEK + 14)).signal == "returned"
    over = held({name: frozenset(day for day in days if day < WEEK + 5) for name, days in every.items()})
    assert not over.stopped(moment(WEEK + 7)), "on Sunday night nobody knows"
    assert over.stopped(moment(WEEK + 8)), "on Monday night it has"


@pytest.mark.parametrize("died", [WEEK + 5, WEEK + 6])
def test_what_came_at_weekends_alone_and_died_ends_no_flow(died):
    webbed = frozenset(day for day in range(died + 1) if day % 7 > 4)
    log = held({"received": WORKING, "posted": WORKING, "webbed": webbed})
    days = range(WEEK, WEEK + 28)
    assert [day for day in days if log.stopped(moment(day))] == []
    assert missed(log, "received", days) == set()
    assert [day for day in days if log.fading(["received"], moment(day), moment(day + 1))] == []
    assert log.ended(["webbed"], moment(WEEK + 15)).signal == "webbed"
    over = held({name: frozenset(day for day in one if day < WEEK + 5) for name, one in
                 {"received": WORKING, "posted": WORKING, "webbed": webbed}.items()})  # fmt: skip
    assert [over.stopped(moment(WEEK + day)) for day in (7, 8)] == [False, True], "on Monday night it has"


def test_a_flow_that_goes_on_at_weekends_has_stopped_where_nothing_comes_on_one():
    log = held({"received": WORKING, "returned": frozenset(range(LONG)) - {WEEK + 5, WEEK + 6}})
    assert log.stopped(moment(WEEK + 7))


def test_a_rolling_total_has_no_value_once_its_window_is_beyond_the_last_of_a_dead_feed():
    log = held({"received": WORKING, "returned": frozenset(range(WEEK))})
    spec = KpiSpec("kpi", "cumulative(count(returned), window = 7 days)")
    month = Span(moment(WEEK - 20), moment(WEEK + 10), moment(WEEK + 10), part=True)
    assert Reads.of(spec, [spec]).missing(log, month, zero=True).signal == "returned"
    whole = Span(moment(WEEK - 30), moment(WEEK), moment(WEEK + 10), part=True)
    assert Reads.of(spec, [spec]).missing(log, whole, zero=False) is None
