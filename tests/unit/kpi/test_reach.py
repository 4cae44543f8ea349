"""What was not recorded shortly after a period, or before it, and would have decided its number."""

from __future__ import annotations

import pytest

from bos.kpi import KpiSpec
from bos.kpi.read_parts import Reads, Span
from bos.kpi.silence import Recorded
from tests.unit.kpi.silence_by_hand import course, moment

LONG = 98
DAILY = frozenset(range(LONG))
OUT = frozenset(range(70, 75))
"""Monday to Friday of the eleventh week."""
CONVERSION = "conversion(received -> posted, within = 2 days)"


def log(**out):
    signals = {name: course(DAILY - out.get(name, frozenset())) for name in ("received", "posted", "closed")}
    flow = course(DAILY)
    return Recorded("UTC", flow, signals, goes_on=lambda: flow)


def told(recorded, formula, days, anchor="event"):
    """Return which signal is missing from what decides the number of some days, and from when to when."""
    spec = KpiSpec("kpi", formula, anchor=anchor)
    start, end = (moment(day) for day in days)
    gap = Reads.of(spec, [spec]).in_part(recorded, Span(start, end, end, part=True, known=moment(LONG)))
    return None if gap is None else (gap.signal, gap.since.date(), gap.until.date())


MISSING = ("posted", moment(69).date(), moment(75).date())
AFTER = [
    (CONVERSION, "event"),
    ("conversion(received -> posted, within = 2 days, show = dropped)", "event"),
    ("conversion(received -> posted)", "event"),
    ("conformance(followed_by(received, posted, within = 2 days))", "event"),
    ("conformance(followed_by(received, posted, within = 4 hours, clock = business))", "event"),
    ("conformance(must_end(posted, closed))", "event"),
    ("conformance(exactly_one(posted, closed))", "event"),
    ("conformance(never_twice(posted))", "event"),
    ("p50(duration(received -> posted))", "event"),
    ("ratio(count(posted), count(received))", "received"),
    ("count(posted)", "start"),
]
BEFORE = [
    ("conversion(posted -> received, within = 2 days, show = converted)", "end"),
    ("conformance(precedes(posted, received))", "event"),
    ("conformance(different_persons(posted, received))", "event"),
    ("p50(duration(posted -> received))", "end"),
    ("count(posted)", "end"),
]
WITHIN = [
    ("count(posted)", "event"),
    ("ratio(count(posted), count(received))", "event"),
    ("balance(received -> posted)", "event"),
    ("count(received)", "received"),
    ("gap(sum(total), sum(received.amount))", "event"),
]


@pytest.mark.parametrize(("formula", "anchor"), AFTER)
def test_what_an_outage_after_a_period_would_have_decided_is_not_whole(formula, anchor):
    recorded = log(posted=OUT)
    assert told(recorded, formula, (63, 70), anchor) == MISSING
    assert told(recorded, formula, (69, 70), anchor) == MISSING
    assert told(recorded, formula, (55, 62), anchor) is None
    assert told(recorded, formula, (77, 84), anchor) is None
    assert told(log(), formula, (63, 70), anchor) is None
    assert told(log(closed=OUT), formula.replace("closed", "received"), (63, 70), anchor) is None


@pytest.mark.parametrize(("formula", "anchor"), BEFORE)
def test_what_an_outage_before_a_period_would_have_decided_is_not_whole(formula, anchor):
    recorded = log(posted=OUT)
    assert told(recorded, formula, (75, 82), anchor) == MISSING
    assert told(recorded, formula, (75, 76), anchor) == MISSING
    assert told(recorded, formula, (63, 70), anchor) is None
    assert told(recorded, formula, (84, 91), anchor) is None


@pytest.mark.parametrize(("formula", "anchor"), WITHIN)
def test_what_is_placed_by_its_own_events_needs_those_of_its_period_alone(formula, anchor):
    recorded = log(posted=OUT)
    for days in ((63, 70), (69, 70), (75, 76), (75, 82)):
        assert told(recorded, formula, days, anchor) is None


@pytest.mark.parametrize(
    ("within", "length", "reached"),
    [
        ("2 days", 1, 2),
        ("2 days", 14, 2),
        ("14 days", 7, 14),
        ("60 days", 1, 31),
        ("60 days", 35, 35),
        ("", 1, 7),
        ("", 14, 7),
    ],
)
def test_it_reaches_as_far_as_the_kpi_waits_a_month_or_the_period_at_most(within, length, reached):
    formula = f"conversion(received -> posted{f', within = {within}' if within else ''})"
    ends = [end for end in range(36, 71) if told(log(posted=OUT), formula, (end - length, end))]
    assert ends == list(range(71 - reached, 71))


def test_a_derived_kpi_reaches_as_far_as_those_it_is_made_of():
    rate, derived = KpiSpec("rate", CONVERSION), KpiSpec("lost", "derived(1 - rate)")
    span = Span(moment(63), moment(70), moment(70), known=moment(LONG))
    assert Reads.of(derived, [rate, derived]).in_part(log(posted=OUT), span).signal == "posted"


def days_of(formula, recorded, days):
    """Return the days of some whose number is not whole."""
    return [day for day in days if told(recorded, formula, (day, day + 1))]


@pytest.mark.parametrize(
    ("formula", "days"),
    [
        ("cumulative(count(posted), window = 7 days)", range(70, 81)),
        ("cumulative(count(posted), grain_to_date = week)", range(70, 77)),
        ("cumulative(count(posted), grain_to_date = month)", range(70, 86)),
        ("cumulative(count(posted), grain_to_date = quarter)", range(70, 86)),
        ("cumulative(conformance(precedes(posted, received)), window = 7 days)", range(70, 88)),
        ("cumulative(conversion(received -> posted, within = 2 days), window = 7 days)", range(68, 81)),
    ],
)
def test_a_running_total_is_not_whole_while_an_outage_lies_in_what_it_covers(formula, days):
    """The outage is of Monday 16 to Friday 20 March."""
    assert days_of(formula, log(posted=OUT), range(60, 92)) == [*days]


@pytest.mark.parametrize(
    ("within", "days"),
    [("1 hours", range(70, 75)), ("9 hours", range(67, 75)), ("1 days", range(70, 75)), ("3 days", range(66, 75))],
)
def test_working_time_goes_on_over_a_weekend(within, days):
    """The outage is of Tuesday to Friday: of what waits for an hour, Monday's cases are the first it decides."""
    formula = f"conformance(followed_by(received, posted, within = {within}, clock = business))"
    assert days_of(formula, log(posted=frozenset(range(71, 75))), range(60, 90)) == [*days]


def test_the_signal_that_places_a_number_has_to_be_there_too():
    for formula in ("count(received)", "conversion(received -> closed, show = converted)"):
        assert told(log(posted=OUT), formula, (70, 77), "posted") == MISSING


def test_what_being_late_costs_is_decided_for_a_week_at_least():
    rate, cost = KpiSpec("rate", CONVERSION), KpiSpec("cost", "cost(rate)")
    span = Span(moment(58), moment(65), moment(65), known=moment(LONG))
    assert Reads.of(rate, [rate, cost]).in_part(log(posted=OUT), span) is None
    assert Reads.of(cost, [rate, cost]).in_part(log(posted=OUT), span).signal == "posted"
