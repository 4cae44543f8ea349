"""Whether a number is a true 0, and whether what is open is known: the rule against plain walks over days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bos.kpi import KpiSpec
from bos.kpi.days import Course, Day
from bos.kpi.outages import in_part, uneven
from bos.kpi.read_parts import Reads, Span
from bos.kpi.silence import Recorded
from tests.unit.kpi import silence_by_hand as hand
from tests.unit.kpi.silence_by_hand import course, moment

DAYS = st.frozensets(st.integers(0, 60), max_size=40)
OFTEN = st.integers(8, 20).map(lambda n: frozenset(range(n)))
"""A signal of each day that then fell silent."""
EVERY = frozenset(range(60))
SIDES = OFTEN | DAYS | st.just(EVERY)
SPRING = {4, 10, 11, 16, 17, 23, 24, 30, 31}
"""Some working days."""


def recorded(flow, **signals):
    every = frozenset().union(flow, *signals.values())
    own = {name: course(days) for name, days in signals.items()}
    return Recorded("UTC", course(every), own, goes_on=lambda: course(every)), every


@given(DAYS | st.just(EVERY), OFTEN | DAYS, st.integers(0, 50), st.integers(1, 10), st.integers(0, 10), st.booleans())
def test_what_is_missing_is_what_a_walk_over_the_days_finds(flow, own, start, long, more, part):
    held, every = recorded(flow, s=own)
    end, horizon = start + long, start + long + (more if part else 0)
    gap = held.gap(["s"], moment(start), moment(end), horizon=moment(horizon), part=part)
    assert (gap is not None) == hand.missing(every, own, start, end, horizon, part=part)
    if gap is not None:
        earlier = [day for day in own if day < start]
        assert gap.since == (moment(max(earlier)) + timedelta(hours=9) if earlier else None)


@given(DAYS | st.just(EVERY), OFTEN | DAYS, OFTEN | DAYS, st.integers(1, 61))
@example(EVERY, frozenset(range(20)), frozenset(range(20)) | {30}, 40)
def test_what_is_open_is_known_as_a_walk_over_the_days_finds_it(flow, opens, closes, end):
    held, every = recorded(flow, opens=opens, closes=closes)
    gap = held.standing(("opens", "closes"), moment(end))
    assert (gap is not None) == hand.open_unknown(every, opens, closes, end)


def test_what_is_open_stays_unknown_where_only_what_closes_it_is_recorded_again():
    opens, closes = frozenset(range(20)), frozenset(range(20)) | {30}
    held, _ = recorded(EVERY, opens=opens, closes=closes)
    known = [held.standing(("opens", "closes"), moment(end)) is None for end in (20, 21, 22, 30, 31, 32, 40)]
    assert known == [True, True, False, False, False, False, False]
    again, _ = recorded(EVERY, opens=opens | {35}, closes=closes)
    assert again.standing(("opens", "closes"), moment(36)) is None
    assert again.standing(("opens", "closes"), moment(35)).since == moment(19) + timedelta(hours=9)


def test_what_is_closed_while_nothing_is_opened_is_known_as_long_as_it_goes_on():
    held, _ = recorded(EVERY, opens=frozenset(range(20)), closes=EVERY)
    assert held.standing(("opens", "closes"), moment(50)) is None


@pytest.mark.parametrize(
    ("own", "start", "end", "gone"),
    [
        (range(0, 60, 7), 57, 60, False),  # each week, and it is not a week yet
        (range(0, 50, 7), 50, 57, True),  # each week, and one is over without it
        ({0, *range(40, 50)}, 50, 53, True),  # each day but for one that stands out, long ago
        ({0, 3, 4, 11, 12, 20}, 21, 35, False),  # as rarely and unevenly as it is seen, two weeks are no silence
        ({0, 3, 4, 11, 12, 20}, 21, 50, True),
        ({0, 30}, 31, 60, False),  # seen twice: no habit
    ],
)
def test_a_signal_is_missed_the_sooner_the_more_even_it_is(own, start, end, gone):
    held, _ = recorded(EVERY, s=frozenset(own))
    assert (held.gap(["s"], moment(start), moment(end)) is not None) == gone


def test_each_day_of_an_outage_is_missing_the_first_one_too_and_of_a_second_that_is_no_longer():
    flow = frozenset(range(60)) - frozenset(range(20, 25)) - frozenset(range(40, 44))
    held, _ = recorded(flow, s=flow)
    gone = {
        day
        for day in range(5, 60)
        if held.gap(["s"], moment(day), moment(day + 1), horizon=moment(60), part=True) is not None
    }
    assert gone == {*range(20, 25), *range(40, 44)}
    alone = [held.gap(["s"], moment(day), moment(day + 1), part=True) is not None for day in (20, 21)]
    assert alone == [True, True]


def test_what_is_recorded_after_a_period_that_ends_within_a_day_is_not_in_it():
    flow = frozenset(range(30)) - frozenset(range(20, 25))
    held, _ = recorded(flow, s=flow)
    early, late = moment(25) + timedelta(minutes=10), moment(25) + timedelta(hours=10)
    assert held.gap(["s"], moment(20), early).since == moment(19) + timedelta(hours=9)
    assert held.gap(["s"], moment(20), late) is None


@given(DAYS | st.just(EVERY), OFTEN | DAYS, OFTEN | DAYS, DAYS, st.integers(1, 61))
def test_what_ended_before_a_moment_is_what_a_walk_over_the_days_finds(flow, one, other, begun, end):
    held, every = recorded(flow | begun, one=one, other=other)
    held = replace(held, goes_on=lambda: course(begun))
    for ask, goes_on, least in ((held.late, every, 2), (held.ended, begun, 7)):
        gap = ask(["one", "other"], moment(end))
        if hand.stopped(every, end):
            assert gap.signal == ""
            continue
        found = []
        for name, own in (("one", one), ("other", other)):
            if hand.ended(goes_on, own, end, least):
                found.append((moment(max(day for day in own if day < end)), name))
        told = None if gap is None else (gap.since - timedelta(hours=9), gap.signal)
        assert told == min(found, default=None)


@given(DAYS | st.just(EVERY), OFTEN | DAYS, DAYS, st.integers(0, 50), st.integers(1, 14), st.integers(0, 20))
@example(EVERY, frozenset([*range(17), *range(24, 60)]), EVERY, 14, 7, 20)
@example(EVERY, frozenset(range(17)), EVERY, 14, 7, 20)
@example(EVERY, frozenset(range(17)), EVERY, 16, 1, 20)
@example(EVERY, frozenset(range(24, 60)), EVERY, 21, 7, 20)
def test_what_is_missing_from_a_part_is_what_a_walk_over_the_days_finds(flow, own, begun, start, long, more):
    held, every = recorded(flow | begun, s=own)
    held, end = replace(held, goes_on=lambda: course(begun)), start + long
    silences = hand.silences(every, begun, own, end + more) if own else []
    found = [silence for silence in silences if hand.reach(silence, start, end)]
    gap = in_part(held, ["s"], moment(start), moment(end), moment(end + more))
    nine = timedelta(hours=9)
    told = None if gap is None else tuple(at and (at - nine - moment(0)).days for at in (gap.since, gap.until))
    assert told == next((silence[2:] for silence in found), None)


@given(SIDES, SIDES, st.integers(0, 50), st.integers(1, 14), st.integers(0, 20))
@example(EVERY, EVERY - {20, 21, 22}, 14, 7, 20)
@example(EVERY - {20, 21, 22}, EVERY - {20, 21, 22}, 14, 7, 20)
def test_two_totals_are_uneven_where_a_walk_over_the_days_finds_one_alone(one, other, start, long, more):
    held, every = recorded(frozenset(), one=one, other=other)
    end = start + long
    gap = uneven(held, ("one", "other"), "", moment(start), moment(end), moment(end + more))
    apart = bool(one and other) and hand.uneven(every, every, [one, other], start, end, end + more)
    assert (gap is not None) == apart


@pytest.mark.parametrize(
    ("many", "usual"),
    [
        (
            [3, 2, 5, 1, 4, 2, 3, 6, 2, 2],
            2,
        ),  # three a day, by chance: without any on two days, six are missing
        ([30, 24, 27, 33, 25, 29, 26, 31, 28, 27], 1),
        ([1] * 10, 1),  # one on each day: a clockwork
        ([1, 40, 2, 60, 1, 5, 80, 1, 30, 2], 1),  # 22 a day, and 15 at most should have come
        ([4, 9, 1, 1, 16, 1, 2, 5, 1, 3], 4),  # 4.3 a day, that spread 5 times as much
        ([1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1], 16),  # one in three days: it takes 14
    ],
)
def test_what_chance_leaves_out_is_usual(many, usual):
    days = [Day(*course([at]).days[0][:3], one) for at, one in enumerate(many) if one]
    assert Course(tuple(days)).usual(moment(len(many))) == usual


def test_a_log_that_simply_ends_has_no_silence_and_what_comes_late_on_a_day_is_not_missed_before_the_next():
    held, _ = recorded(EVERY, daily=frozenset(range(59)), dead=frozenset(range(50)), rare=frozenset({3, 20, 44}))
    whole = Span(moment(0), moment(59) + timedelta(hours=9, microseconds=1), moment(60), everything=True)
    assert held.late(["daily", "rare"], whole.end) is None
    assert held.late(["daily", "rare"], moment(60)) is None
    assert held.late(["daily", "dead"], whole.end).since == moment(49) + timedelta(hours=9)
    assert held.late(["daily"], moment(62)).signal == ""


@pytest.mark.parametrize("formula", ["balance(a -> dead)", "conversion(a -> dead)", "count(dead)", "sum(dead.amount)"])
def test_a_number_whose_signal_died_is_of_what_was_seen_and_stands(formula):
    """The signal died in the second half of the period; of a balance, what closes it did."""
    held, _ = recorded(EVERY, a=EVERY, dead=frozenset(range(50)))
    spec = KpiSpec("kpi", formula)
    reads = Reads.of(spec, [spec])
    for start, end, dead in ((30, 60, True), (30, 51, False), (0, 60, True), (0, 50, False)):
        span = Span(moment(start), moment(end), moment(end), everything=start == 0)
        assert reads.missing(held, span, zero=False) is None
        gap = reads.ended(held, span)
        assert (gap is not None and gap.signal == "dead") == dead
    over = replace(held, goes_on=lambda: course(range(50)))  # no case begins after it died: the log comes to its end
    assert reads.ended(over, Span(moment(0), moment(60), moment(60))) is None
    few, _ = recorded(EVERY, a=EVERY, dead=frozenset({40, 42, 44}))
    assert reads.ended(few, Span(moment(0), moment(60), moment(60))) is None  # seen on three days: no habit


def test_a_signal_that_fell_silent_in_the_first_half_of_a_period_is_told():
    held, _ = recorded(EVERY, s=frozenset(range(20)))
    assert held.fading(["s"], moment(10), moment(31)).since == moment(19) + timedelta(hours=9)
    assert held.fading(["s"], moment(10), moment(28)) is None
    assert held.fading(["s"], moment(10), moment(20)) is None


def test_days_on_which_nothing_ever_comes_are_no_silence():
    weekdays = frozenset(day for day in range(60) if day % 7 < 5)
    held, _ = recorded(weekdays, s=weekdays)
    told = [held.gap(["s"], moment(day), moment(day + 1), horizon=moment(60), part=True) for day in range(14, 59)]
    assert told == [None] * 45


def test_a_flow_that_stopped_in_the_first_half_of_a_period_is_told_and_no_signal_is_named():
    held, _ = recorded(frozenset(range(40)), s=frozenset(range(40)))
    assert held.fading(["s"], moment(37), moment(44)).since == moment(39) + timedelta(hours=9)
    assert held.fading(["s"], moment(37), moment(44)).signal == ""
    assert held.fading(["s"], moment(30), moment(44)) is None
    assert held.late(["s"], moment(44)).signal == ""


def test_a_few_outages_long_ago_make_nobody_patient():
    own = frozenset(range(60)) - frozenset(range(20, 25)) - frozenset(range(40, 45))
    held, _ = recorded(frozenset(range(80)), s=own)
    assert held.gap(["s"], moment(61), moment(62)).since == moment(59) + timedelta(hours=9)


def test_days_between_one_event_long_ago_and_the_first_of_many_are_no_nought():
    held, _ = recorded(frozenset({0, *range(40, 60)}), s=frozenset({0, *range(40, 60)}))
    told = [held.gap(["s"], moment(day), moment(day + 1), horizon=moment(60), part=True) for day in range(1, 40)]
    assert None not in told


def measured(formula, held, span, *, zero=False, **others):
    """Return which signal a KPI of such a formula misses; nothing: its number stands."""
    specs = [KpiSpec(name, text) for name, text in {"kpi": formula, **others}.items()]
    gap = Reads.of(specs[0], specs).missing(held, span, zero=zero)
    return None if gap is None else gap.signal


AGAINST = [
    "conversion(a -> dead, show = dropped)",
    "conformance(followed_by(a, dead, within = 1 days))",
    "conformance(must_end(dead))",
    "conformance(precedes(dead, a))",
    "conformance(exactly_one(dead, never))",
]


@pytest.mark.parametrize("formula", AGAINST)
@pytest.mark.parametrize("part", [False, True])
def test_what_grows_the_less_is_recorded_has_no_data_where_that_is_missing_as_a_window_and_as_a_part(formula, part):
    held, _ = recorded(EVERY, a=EVERY, dead=frozenset(range(20)), never=frozenset())
    after = Span(moment(28), moment(35), moment(60), part=part)
    assert measured(formula, held, after) in {"dead", "never"}
    assert measured("cost(of)", held, after, of=formula) in {"dead", "never"}
    assert measured(formula, held, Span(moment(7), moment(14), moment(60), part=part)) is None


def test_of_the_ways_a_case_may_end_one_that_never_came_is_no_silence():
    held, _ = recorded(EVERY, a=EVERY, paid=EVERY, never=frozenset())
    week = Span(moment(28), moment(35), moment(35))
    assert measured("conformance(must_end(paid, never))", held, week) is None
    assert measured("conformance(exactly_one(paid, never))", held, week) is None
    assert measured("conformance(must_end(never))", held, week) == "never"
    assert measured("conformance(followed_by(a, never, within = 1 days))", held, week) == "never"


@pytest.mark.parametrize(
    ("out", "gone"),
    [
        ({58}, False),  # a Wednesday: it may be a holiday
        ({58, 59}, True),  # Wednesday and Thursday
        ({60, 63}, True),  # Friday and Monday
        ({58, 60}, False),  # not in a row
    ],
)
def test_what_comes_on_working_days_is_missed_after_two_of_them(out, gone):
    working = frozenset(day for day in range(70) if day % 7 < 5)
    held, _ = recorded(frozenset(range(70)), s=working - out)
    assert bool(held.signals["s"].outages) == gone
    dead, _ = recorded(frozenset(range(70)), s=frozenset(day for day in working if day < 58))
    quiet = [dead.quiet("s", moment(end)) for end in (58, 59, 60, 61, 62, 63)]
    assert quiet == [False, False, False, True, True, True], "from Friday on, when two are over"


@pytest.mark.parametrize(
    ("out", "free", "gone"),
    [
        ({60, 63}, {60, 63}, False),  # Good Friday and Easter Monday
        ({60, 63}, {63}, False),
        ({60, 63, 64}, {60, 63}, False),
        ({60, 63, 64, 65}, {60, 63}, True),
        ({60, 63}, {61, 62}, True),  # holidays of the weekend
        (SPRING | {60, 63}, SPRING, True),  # a spring of holidays is no other habit
        (SPRING | {60, 63}, set(), False),
    ],
)
def test_nobody_waits_on_the_holidays_of_the_calendar(out, free, gone):
    working = frozenset(day for day in range(70) if day % 7 < 5)
    own = replace(course(working - out), free=frozenset(moment(day).date() for day in free))
    assert bool(own.outages) == gone


def test_what_came_on_each_day_or_in_few_weeks_keeps_no_working_days():
    daily, _ = recorded(frozenset(range(70)), s=frozenset(range(70)) - {58, 59})
    assert len(daily.signals["s"].outages) == 1, "by its distance of a day"
    few = frozenset(day for day in range(70) if day % 7 < 5 and day >= 28)
    held, _ = recorded(frozenset(range(70)), s=few - {58, 59})
    assert not held.signals["s"].outages
