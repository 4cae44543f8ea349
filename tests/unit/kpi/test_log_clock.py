"""The clock of the log, worked out by hand: an event with a wrong time in the future does not put it on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bos.kpi import BoundSignal, BusinessClock, KpiSpec
from bos.kpi.cases import cases
from bos.kpi.costs import CostRule
from bos.kpi.engine import evaluate
from bos.kpi.extents import log_clock
from bos.kpi.journeys import Cohort, Departure, Way, journeys

pytestmark = pytest.mark.usefixtures("each_engine")

MICROSECOND = timedelta(microseconds=1)
OFFICE = BusinessClock("office", "UTC", (0, 1, 2, 3, 4), 9 * 3600, 17 * 3600)
SIGNALS = {name: BoundSignal(name, name.upper(), clock=OFFICE) for name in ("sent", "came", "other")}
RULE = CostRule("late", "USD", per_minute=Decimal("0.01"))
FOLLOWED = KpiSpec("followed", "conformance(followed_by(sent, came, within = 1 day))", cost_rule=RULE)
REACHED = KpiSpec("reached", "conversion(sent -> came, within = 1 day)", cost_rule=RULE)


def at(day, hour=12, minute=0):
    """2 March 2026 is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def event(case, step, time, imported=None):
    return {"case_id": case, "step": step, "event_time": time, "ingested_at": imported or at(5)}


LOG = [
    event("a", "SENT", at(2, 9)),
    event("a", "CAME", at(2, 10)),
    event("b", "SENT", at(2)),
    event("c", "SENT", at(4, 14, 30)),
    event("d", "OTHER", at(4, 15)),
]
WRONG = datetime(2062, 3, 1, tzinfo=UTC)
AHEAD = [[event(case, step, WRONG)] for case, step in (("x", "OTHER"), ("b", "CAME"), ("c", "CAME"), ("b", "OTHER"))]
BY_HAND = {
    "conversion(sent -> came, within = 1 day, show = converted)": 1,  # a
    "conversion(sent -> came, within = 1 day, show = dropped)": 1,  # b, since Tuesday 12:00
    "conversion(sent -> came, within = 1 day, show = in_flight)": 1,  # c
    "conformance(followed_by(sent, came, within = 1 day))": 1,
    "conformance(followed_by(sent, came, within = 1 day), show = pending)": 1,
    "conformance(followed_by(sent, came, within = 1 day, clock = business))": 1,  # b, since the end of Tuesday
    "conformance(followed_by(sent, came, within = 1 day, clock = business), show = pending)": 1,
    "conformance(followed_by(sent, came, within = 8 hours, clock = business))": 1,  # b, since Tuesday 12:00
    "conformance(followed_by(sent, came, within = 8 hours, clock = business), show = pending)": 1,
    "balance(sent -> came)": 2,  # b and c
    "max(age(sent -> came))": 51 * 3600.0,  # b, until Wednesday 15:00
    "max(age(sent -> came, clock = business))": 19 * 3600.0,  # 5 hours, 8 hours, 6 hours
    "cumulative(count(sent), window = 2 days)": 1,  # c: since Monday 15:00
    "cumulative(count(sent), grain_to_date = month)": 3,
    "cost(followed)": Decimal("16.20"),  # b is 27 hours late
    "cost(reached)": Decimal("16.20"),
}


def values(held, formulas, **options):
    units = ["USD" if "cost" in formula else "" for formula in formulas]
    specs = [KpiSpec(f"k{i}", text, unit=unit) for i, (text, unit) in enumerate(zip(formulas, units, strict=True))]
    return evaluate(held, specs, SIGNALS, known=[FOLLOWED, REACHED], **options)


def by_formula(held):
    return dict(zip(BY_HAND, (row.value for row in values(held, list(BY_HAND))), strict=True))


@pytest.mark.parametrize("ahead", [[], *AHEAD])
def test_one_event_in_the_future_changes_nothing_that_waits(snapshot, ahead):
    held = snapshot([*LOG, *ahead])
    assert log_clock(held, memory_limit="512MB") == at(4, 15)
    assert by_formula(held) == pytest.approx(BY_HAND)


@pytest.mark.parametrize(
    ("imported", "clock", "dropped"), [(at(9), at(10), 2), (at(9) - MICROSECOND, at(4, 15), 1), (at(20), at(10), 2)]
)
def test_a_day_after_its_import_an_event_still_puts_the_clock_on(snapshot, imported, clock, dropped):
    held = snapshot([*LOG, event("x", "OTHER", at(10), imported)])
    assert log_clock(held, memory_limit="512MB") == clock
    assert by_formula(held)["conversion(sent -> came, within = 1 day, show = dropped)"] == dropped


def test_where_all_lie_in_the_future_the_newest_of_all_is_the_clock(snapshot, no_files):
    held = snapshot([{**row, "ingested_at": at(1) - timedelta(days=30)} for row in LOG])
    assert by_formula(held) == pytest.approx(BY_HAND)
    assert log_clock(no_files, memory_limit="512MB") is None


def test_what_lies_in_the_future_is_counted_still(snapshot):
    held = snapshot([*LOG, event("c", "CAME", WRONG), event("e", "SENT", WRONG)])
    counted = {
        "count(sent)": 4,
        "cumulative(count(sent))": 4,
        "conversion(sent -> came, show = converted)": 2,
        "max(duration(sent -> came))": (WRONG - at(4, 14, 30)).total_seconds(),
        "conversion(sent -> came, within = 1 day, show = in_flight)": 2,  # c and e
        "conformance(followed_by(sent, came, within = 1 day), show = pending)": 2,
        "conformance(followed_by(sent, came, within = 1 day, clock = business), show = pending)": 2,
        "balance(sent -> came)": 2,  # b and c: e is not open yet
    }
    assert [row.value for row in values(held, list(counted))] == list(counted.values())


def test_each_day_has_what_was_open_at_its_end_and_at_most_by_the_clock(snapshot):
    held = snapshot([*LOG, event("b", "CAME", at(7)), event("e", "SENT", at(8))])
    rows = values(held, ["balance(sent -> came)"], by="day")
    assert {row.bucket_start.day: row.value for row in rows} == {2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 2, 8: 2}


@pytest.mark.parametrize("ahead", [[], *AHEAD])
def test_why_a_case_breaks_a_rule_is_told_by_the_clock(snapshot, ahead):
    for spec in (FOLLOWED, KpiSpec("k", FOLLOWED.formula.replace("1 day", "8 hours, clock = business"))):
        (found,) = cases(snapshot([*LOG, *ahead]), spec, SIGNALS, part="failed").items
        came = [row for row in ahead if (row["case_id"], row["step"]) == ("b", "CAME")]
        assert (found.case, found.proof.due) == ("b", at(3))
        assert [mark.at for mark in found.proof.events] == [at(2), *(row["event_time"] for row in came)]


@pytest.mark.parametrize("ahead", [[], AHEAD[0], AHEAD[3]])
def test_which_cases_dropped_out_between_steps_is_told_by_the_clock(snapshot, ahead):
    leaving = Departure("sent", SIGNALS["sent"], (Way("on", "came", SIGNALS["came"]),))
    (stage,) = journeys(snapshot([*LOG, *ahead]), [leaving], Cohort(), memory_limit="512MB").stages
    assert (stage.reached, stage.dropped, stage.in_flight, stage.patience) == (3, 1, 1, 3600)
