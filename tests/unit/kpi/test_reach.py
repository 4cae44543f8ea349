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
    assert told(recorded, formula, (56, 63), anchor) is None
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
    [("2 days", 1, 2), ("2 days", 14, 2), ("30 days", 1, 7), ("30 days", 14, 14), ("", 1, 1), ("", 14, 7)],
)
def test_it_reaches_as_far_as_the_kpi_waits_a_week_or_the_period_at_most(within, length, reached):
    formula = f"conversion(received -> posted{f', within = {within}' if within else ''})"
    ends = [end for end in range(50, 71) if told(log(posted=OUT), formula, (end - length, end))]
    assert ends == list(range(71 - reached, 71))


def test_a_derived_kpi_reaches_as_far_as_those_it_is_made_of():
    rate, derived = KpiSpec("rate", CONVERSION), KpiSpec("lost", "derived(1 - rate)")
    span = Span(moment(63), moment(70), moment(70), known=moment(LONG))
    assert Reads.of(derived, [rate, derived]).in_part(log(posted=OUT), span).signal == "posted"


@pytest.mark.parametrize("formula", ["cumulative(count(posted), window = 7 days)"])
def test_a_rolling_total_is_not_whole_while_an_outage_lies_in_its_window(formula):
    days = [day for day in range(60, 90) if told(log(posted=OUT), formula, (day, day + 1))]
    assert days == list(range(70, 81))
