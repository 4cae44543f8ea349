"""Whether a number of points stands: the rule against plain walks over days, and days against plain loops over rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bos.kpi import BoundSeries, BoundSignal, KpiSpec
from bos.kpi.binding import BusinessClock
from bos.kpi.engine import evaluate
from bos.kpi.extents import points_clock
from bos.kpi.metrics import newest
from bos.kpi.read_parts import Reads, Span
from bos.kpi.recording import quarters, recorded, recorded_points
from bos.kpi.silence import Recorded
from tests.unit.kpi import silence_by_hand as hand
from tests.unit.kpi.silence_by_hand import course, moment

DAYS = st.frozensets(st.integers(0, 60), max_size=40)
OFTEN = st.integers(8, 20).map(lambda n: frozenset(range(n)))
HOLED = st.tuples(st.integers(8, 20), st.integers(1, 25)).map(
    lambda pair: frozenset([*range(pair[0]), *range(sum(pair), 60)])
)
LATE = st.integers(1, 50).map(lambda n: frozenset(range(n, 60)))
EVERY = frozenset(range(60))
SIDES = OFTEN | HOLED | LATE | DAYS
NINE = timedelta(hours=9)
WRONG = datetime(2062, 3, 1, tzinfo=UTC)
LIMIT = "512MB"
SYSTEMS = {"total": BoundSeries("total", ("file.total", "total"), "EUR"), "up": BoundSeries("up", ("up",), "ratio")}


def held(events, **points):
    """Return what is recorded of events of ``received``, and of points beside them."""
    every = frozenset(events)
    flow = Recorded("UTC", course(every), {"received": course(events)})
    both = every.union(*points.values())
    signals = {**flow.signals, **{name: course(days) for name, days in points.items()}}
    return flow, Recorded("UTC", course(both), signals, goes_on=lambda: course(both)), both


def missing(formula, both, span, *, zero=False):
    spec = KpiSpec("kpi", formula)
    events, points, _ = both
    return Reads.of(spec, [spec]).missing(events, span, zero=zero, points=points)


def until(start, end):
    return Span(moment(start), moment(end), moment(end))


@given(DAYS | st.just(EVERY), SIDES, st.integers(0, 50), st.integers(1, 30), st.booleans())
@example(EVERY, frozenset([*range(20), *range(40, 60)]), 15, 30, False)
@example(EVERY, frozenset(range(20)), 10, 21, False)
def test_a_number_of_points_stands_where_a_walk_over_the_days_finds_no_silence(events, own, start, long, zero):
    both, end = held(events, up=own), start + long
    gap = missing("availability(up)", both, until(start, end), zero=zero)
    unseen = zero and not any(start <= day < end for day in own)
    flow = both[2]
    gone = hand.faded(flow, own, start, end) or hand.whole_flow_faded(flow, start, end) or hand.broken(own, start, end)
    assert (gap is not None) == (unseen or gone)
    if gap is not None and gap.signal:
        earlier = [day for day in own if day < (start if unseen else end)]
        assert gap.since in {None if not earlier else moment(day) + NINE for day in earlier or [0]}


@given(SIDES | st.just(EVERY), SIDES, st.integers(0, 50), st.integers(1, 30))
@example(EVERY, frozenset(range(20, 60)), 0, 35)
@example(EVERY, frozenset([*range(20), *range(24, 60)]), 10, 30)
@example(frozenset([*range(20), *range(24, 60)]), frozenset([*range(20), *range(24, 60)]), 10, 30)
def test_a_gap_stands_where_neither_side_was_silent_while_the_other_went_on(events, own, start, long):
    both, end = held(events, total=own), start + long
    flow = both[2]
    faded = [hand.faded(flow, own, start, end), hand.whole_flow_faded(flow, start, end), hand.broken(own, start, end)]
    received = (
        hand.missing(events, events, start, end)
        or hand.faded(events, events, start, end)
        or hand.whole_flow_faded(events, start, end)
    )
    gap = missing("gap(sum(total), sum(received.amount))", both, until(start, end))
    apart = hand.uneven(flow, flow, [events, own], start, end, end)
    assert (gap is not None) == (received or any(faded) or apart)


def test_what_is_good_of_all_needs_both_and_a_running_total_points_up_to_its_end():
    both = held(EVERY, good=frozenset(range(20)), calls=EVERY)
    assert missing("availability(good / calls)", both, until(25, 30), zero=True).signal == "good"
    assert missing("availability(good / calls)", both, until(10, 40)).signal == "good"
    assert missing("availability(calls)", both, until(25, 30), zero=True) is None
    assert missing("cumulative(sum(good), window = 30 days)", both, until(0, 35)).signal == "good"
    assert missing("cumulative(sum(calls), window = 30 days)", both, until(0, 35)) is None


def test_a_total_that_is_still_to_come_today_leaves_a_gap_without_a_verdict():
    """On the last day something was received, and its total did not come yet."""
    every = range(30)
    events, points, _ = held(every, total=frozenset(every) - {29})
    spec = KpiSpec("kpi", "gap(sum(total), sum(received.amount))")
    reads, asked = Reads.of(spec, [spec]), []

    def alike(*period):
        asked.append(period)
        return False

    today = until(10, 30)
    assert reads.missing(events, today, zero=False, points=points) is None
    assert reads.ended(events, today, points=points).since == moment(28) + NINE
    assert reads.ended(events, until(10, 29), points=points) is None
    assert reads.ended(events, today, points=replace(points, apart=alike)) is None
    assert asked == [("gap(sum(total), sum(received.amount))", moment(29), moment(30))]


moments = st.integers(0, 40 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=minutes)
)
rows = st.lists(st.tuples(st.sampled_from(["file.total", "total", "up", "other"]), moments, st.just(1.0)), max_size=30)
arrivals = st.lists(st.tuples(st.sampled_from(["RCV", "OTHER"]), moments), max_size=20)


@given(rows, arrivals, moments, st.sampled_from(["UTC", "Europe/Amsterdam", "Australia/Lord_Howe"]))
@settings(max_examples=40)
def test_the_days_of_points_are_those_of_a_loop_over_them(points, snapshot, rows, arrivals, end, zone):
    log = snapshot([{"case_id": "c", "step": step, "event_time": at} for step, at in arrivals])
    clock = BusinessClock("bank", zone, (0, 1, 2, 3, 4), 9 * 3600, 17 * 3600, holidays=(date(2026, 4, 3),))
    signals = {"received": BoundSignal("received", "RCV", clock=clock)}
    events = recorded(log, signals, end, zone, memory_limit=LIMIT)
    assert events.signals["received"].free == {date(2026, 4, 3)}
    found = recorded_points(points(rows), SYSTEMS, end, events, memory_limit=LIMIT)

    def by_day(instants):
        days = {}
        for at in sorted(one for one in instants if one < end):
            days.setdefault(at.astimezone(ZoneInfo(zone)).date(), []).append(at)
        return [(day, own[0], own[-1], len(own)) for day, own in sorted(days.items())]

    assert list(found.signals["total"].days) == by_day(at for name, at, _ in rows if name in {"file.total", "total"})
    assert list(found.signals["up"].days) == by_day(at for name, at, _ in rows if name == "up")
    assert list(found.signals["received"].days) == by_day(at for step, at in arrivals if step == "RCV")
    assert list(found.flow.days) == by_day([*(at for _, at, _ in rows), *(at for _, at in arrivals)])


@given(rows, moments, st.integers(1, 72))
@settings(max_examples=40)
def test_the_quarters_of_points_are_those_of_a_loop_over_them(points, rows, start, hours):
    end = start + timedelta(hours=hours)
    found = quarters(points(rows), SYSTEMS, start, end, memory_limit=LIMIT)
    for name, under in (("total", ["file.total", "total"]), ("up", ["up"])):
        own = [at for signal, at, _ in rows if signal in under]
        held = Recorded("UTC", hours=found)
        for hour in range(hours):
            begins = start + timedelta(hours=hour)
            begins -= timedelta(minutes=begins.minute)
            over = begins + timedelta(hours=1)
            if begins < start or over > end:
                continue
            before = [at for at in own if at < begins]
            gap = held.unseen([name], begins, over)
            assert (gap is None) == any(begins <= at < over for at in own)
            assert gap is None or gap.since == max(before, default=None)


def at(day, hour=12):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


LOG = [("up", at(2), 1.0, at(5)), ("up", at(4), 1.0, at(5)), ("total", at(3), 5.0, at(5))]
AHEAD = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("more", "clock", "last"),
    [
        ([], at(4), at(4)),
        ([("up", WRONG, 1.0, at(5))], at(4), at(4)),
        ([("other", WRONG, 1.0, at(5))], at(4), at(4)),
        ([("up", at(6), 1.0, at(5))], at(6), at(6)),
        ([("up", at(6) + MICROSECOND, 1.0, at(5))], at(4), at(4)),
        ([("up", at(9), 1.0, at(5)), ("total", at(8), 1.0, at(8))], at(8), at(4)),
    ],
)
def test_the_newest_point_is_the_newest_the_clock_of_the_points_has_reached(points, more, clock, last):
    held = points([*LOG, *more])
    timely = [time for _, time, _, imported in [*LOG, *more] if time <= imported + AHEAD]
    assert points_clock(held, memory_limit=LIMIT) == max(timely) == clock
    assert newest(held, SYSTEMS, None, memory_limit=LIMIT)["up"] == last
    assert newest(held, SYSTEMS, datetime(2070, 1, 1, tzinfo=UTC), memory_limit=LIMIT)["up"] == last
    assert newest(held, SYSTEMS, at(4), memory_limit=LIMIT)["up"] == at(2)


def test_where_all_points_lie_in_the_future_the_newest_of_all_is_the_clock(points, no_files):
    held = points([(name, time, value, at(1) - timedelta(days=30)) for name, time, value, _ in LOG])
    assert points_clock(held, memory_limit=LIMIT) == at(4)
    assert points_clock(no_files, memory_limit=LIMIT) is None
    assert newest(no_files, SYSTEMS, None, memory_limit=LIMIT) == {}


@pytest.mark.usefixtures("each_engine")
def test_a_rolling_span_of_points_alone_ends_by_their_clock(points, no_files):
    spec = KpiSpec("k", "cumulative(sum(total), window = 2 days)")
    for more in ([], [("total", WRONG, 7.0, at(5))]):
        (row,) = evaluate(no_files, [spec], {}, systems=SYSTEMS, points=points([*LOG, *more]))
        assert (row.value, row.n) == (5, 1)


@pytest.mark.usefixtures("each_engine")
def test_a_balance_of_points_is_the_newest_that_their_clock_has_reached(points, no_files):
    for more in ([], [("up", WRONG, 9.0, at(5))]):
        held = points([*LOG, *more], alike=True)
        (row,) = evaluate(no_files, [KpiSpec("k", "balance(up)")], {}, systems=SYSTEMS, points=held)
        assert row.value == 1


@pytest.mark.usefixtures("each_engine")
def test_a_running_total_of_points_reaches_to_their_newest_though_events_ended_before(points, snapshot):
    log = snapshot([{"case_id": "c", "step": "RCV", "event_time": at(4, 1)}])
    spec = KpiSpec("k", "cumulative(sum(total), grain_to_date = month)")
    held = points([*LOG, ("total", at(4, 23), 2.0, at(5))])
    (row,) = evaluate(log, [spec], {"received": BoundSignal("received", "RCV")}, systems=SYSTEMS, points=held)
    assert (row.value, row.n) == (7, 2)


def test_the_last_bucket_of_a_running_total_has_the_points_that_came_after_its_events(points, snapshot):
    log = snapshot([{"case_id": "c", "step": "RCV", "event_time": at(4, 1)}])
    spec = KpiSpec("k", "cumulative(sum(total), grain_to_date = month)")
    held = points([*LOG, ("total", at(4, 23), 2.0, at(5)), ("total", WRONG, 9.0, at(5))])
    signals = {"received": BoundSignal("received", "RCV")}
    found = evaluate(log, [spec], signals, systems=SYSTEMS, points=held, by="day")
    assert [(row.bucket_start.day, row.value) for row in found] == [(4, 7)]
