"""What is open at a moment, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bos.kpi import BoundSeries, BoundSignal, BusinessClock, KpiSpec, check
from bos.kpi.engine import evaluate

pytestmark = pytest.mark.usefixtures("each_engine")

OFFICE = BusinessClock("office", "UTC", (0, 1, 2, 3, 4), 9 * 3600, 17 * 3600)
SIGNALS = {
    "held": BoundSignal("held", "HELD", clock=OFFICE),
    "freed": BoundSignal("freed", "FREED"),
    "other": BoundSignal("other", "OTHER"),
}
SYSTEMS = {"depth": BoundSeries("depth", ("queue.depth",), "payments")}


def at(day, hour=12, minute=0):
    """2 March 2026 is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def event(case, step, time, amount=None, currency="USD"):
    return {
        "case_id": case, "step": step, "event_time": time,
        "amount": None if amount is None else Decimal(amount), "currency": currency,
    }  # fmt: skip


LOG = [
    event("a", "HELD", at(2), "10.00"),
    event("b", "HELD", at(2, 13), "5.50"),
    event("a", "FREED", at(3)),
    event("b", "HELD", at(4), "7.00"),  # held again: the newest amount counts, its age does not begin anew
    event("c", "HELD", at(4), "100.00"),
    event("a", "HELD", at(5, 9), "10.00"),  # and again
    event("c", "FREED", at(4)),  # freed at the instant it was held
    event("b", "FREED", at(5, 18)),
    event("d", "OTHER", at(6, 15)),
]


def by_day(snapshot, formula, **options):
    rows = evaluate(snapshot(LOG), [KpiSpec("k", formula)], SIGNALS, by="day", **options)
    return {row.bucket_start.day: row.value for row in rows}


def test_cases_that_are_open_at_the_end_of_each_day(snapshot):
    assert by_day(snapshot, "balance(held -> freed)") == {2: 2, 3: 1, 4: 1, 5: 1, 6: 1}


def test_their_amounts_are_those_of_the_newest_opening(snapshot):
    found = by_day(snapshot, "balance(held.amount -> freed)")
    assert found == {2: Decimal("15.50"), 3: Decimal("5.50"), 4: Decimal("7.00"), 5: Decimal(10), 6: Decimal(10)}


def test_their_age_counts_from_the_first_opening_to_the_end_of_the_day_or_the_newest_event(snapshot):
    hours = {day: value / 3600 for day, value in by_day(snapshot, "max(age(held -> freed))").items()}
    assert hours == pytest.approx({2: 12, 3: 35, 4: 59, 5: 15, 6: 30}, abs=1e-6)


def test_their_age_in_working_time(snapshot):
    hours = {d: v / 3600 for d, v in by_day(snapshot, "max(age(held -> freed, clock = business))").items()}
    assert hours == pytest.approx({2: 5, 3: 12, 4: 20, 5: 8, 6: 14}, abs=1e-6)


def test_nothing_open_is_none_of_it_and_no_age(snapshot):
    held = snapshot([event("a", "HELD", at(2), "1.00"), event("a", "FREED", at(2, 13)), event("b", "OTHER", at(3))])
    formulas = ("balance(held -> freed)", "balance(held.amount -> freed)", "avg(age(held -> freed))")
    rows = evaluate(held, [KpiSpec(f"k{i}", formula) for i, formula in enumerate(formulas)], SIGNALS)
    assert [(row.value, row.n) for row in rows] == [(0, 0), (0, 0), (None, 0)]


def test_a_window_shows_its_buckets_and_counts_what_was_open_before(snapshot):
    found = by_day(snapshot, "balance(held -> freed)", start=at(4, 0), end=at(6, 0))
    assert found == {4: 1, 5: 1}
    (row,) = evaluate(snapshot(LOG), [KpiSpec("k", "balance(held -> freed)")], SIGNALS, end=at(3, 0))
    assert row.value == 2


def test_amounts_of_two_currencies_are_withheld_and_split(snapshot):
    held = snapshot([event("a", "HELD", at(2), "1.00"), event("b", "HELD", at(2), "2.00", "EUR")])
    spec = KpiSpec("k", "balance(held.amount -> freed)")
    (row,) = evaluate(held, [spec], SIGNALS)
    assert (row.value, "more than one currency" in row.withheld_reason) == (None, True)
    rows = evaluate(held, [spec], SIGNALS, dimensions=["currency"])
    assert {row.dimensions["currency"]: row.value for row in rows} == {"EUR": 2, "USD": 1}


def test_the_newest_point_of_a_queue(points, no_files):
    rows = [("queue.depth", at(2, 9), 9.0), ("queue.depth", at(2, 17), 4.0), ("queue.depth", at(4, 12), 6.0)]
    found = evaluate(
        no_files, [KpiSpec("k", "balance(depth)")], {}, systems=SYSTEMS, points=points(rows, alike=True), by="day"
    )
    assert [(row.bucket_start.day, row.value, row.n) for row in found] == [(2, 4.0, 2), (3, None, 0), (4, 6.0, 1)]


def test_points_of_several_series_are_no_balance(points, no_files):
    rows = [("queue.depth", at(2, 9), 9.0), ("queue.depth", at(2, 9), 4.0)]
    (row,) = evaluate(no_files, [KpiSpec("k", "balance(depth)")], {}, systems=SYSTEMS, points=points(rows))
    assert (row.value, "several series" in row.withheld_reason) == (None, True)


@pytest.mark.parametrize(
    ("spec", "path", "words"),
    [
        (KpiSpec("k", "balance(held -> freed)", "held"), "anchor", "not placed in time"),
        (KpiSpec("k", "max(age(held -> freed))", "end"), "anchor", "not placed in time"),
        (KpiSpec("k", "balance(held.step -> freed)"), "formula", "needs a number"),
        (KpiSpec("k", "balance(held.nothing -> freed)"), "formula", "has no field"),
        (KpiSpec("k", "max(age(freed -> held, clock = business))"), "formula", "has a calendar"),
        (KpiSpec("k", "balance(held -> gone)"), "formula", "There is no signal 'gone'"),
    ],
)
def test_what_cannot_be_is_told(spec, path, words):
    (problem,) = check(spec, SIGNALS, (), SYSTEMS)
    assert (problem.path, words in problem.message) == (path, True)


def test_a_long_log_is_asked_by_day_without_a_pair_for_each_event_and_day(snapshot):
    """Ten thousand cases that close within the day, and one that stays open, over a year."""
    log = [event("stays", "HELD", at(2), "1.00")]
    for i in range(10_000):
        begin = at(2) + timedelta(minutes=52 * i)
        log += [event(f"c{i}", "HELD", begin, "1.00"), event(f"c{i}", "FREED", begin + timedelta(minutes=30))]
    rows = evaluate(snapshot(log), [KpiSpec("k", "balance(held -> freed)")], SIGNALS, by="day")
    assert len(rows) == 362
    assert {row.value for row in rows} == {1, 2}
