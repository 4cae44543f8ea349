"""Error budgets, worked out by hand."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from bos.kpi import parse
from bos.kpi.budget import ALERTS, Budget, alerts_of, burns, has_budget

MONTH = timedelta(days=30)
HOUR = timedelta(hours=1)


def test_the_limits_of_thirty_days_are_those_of_the_workbook():
    found = [(alert.long, alert.short, alert.limit(MONTH), alert.level) for alert in ALERTS]
    assert found == [
        (HOUR, timedelta(minutes=5), 14.4, "breach"),
        (6 * HOUR, timedelta(minutes=30), 6.0, "breach"),
        (timedelta(days=3), 6 * HOUR, 1.0, "warning"),
    ]


@pytest.mark.parametrize(
    ("window", "limits"),
    [
        (MONTH, [14.4, 6.0, 1.0]),
        (timedelta(days=28), [13.44, 5.6]),
        (timedelta(days=7), [3.36, 1.4]),
        (timedelta(days=90), [43.2, 18.0, 3.0]),
        (timedelta(hours=1), []),
    ],
)
def test_alerts_that_would_fire_while_all_is_well_are_left_out(window, limits):
    assert [alert.limit(window) for alert in alerts_of(window)] == limits


@pytest.mark.parametrize(
    ("target", "direction", "value", "used"),
    [
        (0.999, "at_least", 0.9995, 0.5),
        (0.999, "at_least", 1.0, 0.0),
        (0.999, "at_least", 0.997, 3.0),
        (0.15, "at_most", 0.03, 0.2),
        (0.15, "at_most", 0.15, 1.0),
    ],
)
def test_what_is_used_up_is_exact(target, direction, value, used):
    assert Budget(target, direction, MONTH).used(value) == used


def test_how_long_the_rest_lasts():
    budget = Budget(0.99, "at_least", MONTH)
    assert budget.lasts(0.5, 1.0) == timedelta(days=15)
    assert budget.lasts(0.5, 2.5) == timedelta(days=6)
    assert budget.lasts(1.0, 2.0) is None
    assert budget.lasts(0.5, 0.0) is None
    assert budget.lasts(0.5, None) is None


def test_what_is_left_after_each_bucket_ends_with_what_is_left_of_the_whole():
    budget = Budget(0.9, "at_least", MONTH)
    buckets = [(1.0, 50), (0.8, 100), (None, 0), (0.98, 50)]  # 20 + 1 of 200 were bad, 20 may be
    left = budget.spent(buckets)
    assert left == pytest.approx([1.0, 0.0, 0.0, -0.05], abs=1e-12)
    assert math.isclose(left[-1], 1 - budget.used(1 - 21 / 200), abs_tol=1e-12)


def test_both_parts_of_the_past_must_burn():
    hour = ALERTS[0]
    assert burns(hour, MONTH, 14.4, 14.4)
    assert not burns(hour, MONTH, 14.4, 14.3)
    assert not burns(hour, MONTH, 14.3, 50.0)
    assert not burns(hour, MONTH, 50.0, None)


@pytest.mark.parametrize(
    ("formula", "has"),
    [
        ("availability(up)", True), ("ratio(count(a), count(b))", True), ("conversion(a -> b)", True),
        ("conversion(a -> b, show = dropped)", False), ("count(a)", False), ("gap(sum(a.x), sum(b.x))", False),
        ("cumulative(ratio(count(a), count(b)))", False), ("derived(a / b)", False),
    ],
)  # fmt: skip
def test_only_shares_have_a_budget(formula, has):
    assert has_budget(parse(formula)) is has
