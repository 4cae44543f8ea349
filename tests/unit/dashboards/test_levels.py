"""A target is drawn over buckets where it means the same for each of them as for the period of the KPI."""

from __future__ import annotations

import pytest

from bos.dashboards.levels import not_drawn, of_bucket

TARGET = {"value": 100, "direction": "at_most"}


def outcome(name, formula, window=None):
    return {"id": name, "measure": {"formula": formula, "window": window}, "target": TARGET, "thresholds": []}


EVERY = [
    outcome("sent", "count(initiated)"),
    outcome("back", "count(returned)"),
    outcome("took", "p50(duration(received -> posted))"),
]


@pytest.mark.parametrize(
    ("formula", "same"),
    [
        ("count(returned)", False),
        ("sum(initiated.amount)", False),
        ("distinct(initiated.case)", False),
        ("conversion(received -> posted, show = dropped)", False),
        ("conformance(never_twice(initiated))", False),
        ("gap(sum(initiated.amount), sum(received.amount))", False),
        ("cost(back)", False),
        ("derived(sent - back)", False),
        ("derived(sent / took)", False),
        ("derived(unknown + 1)", False),
        ("derived(sent / back)", True),
        ("derived(took * 2)", True),
        ("ratio(count(returned), count(initiated))", True),
        ("conversion(received -> posted)", True),
        ("p95(duration(received -> posted))", True),
        ("avg(initiated.amount)", True),
        ("balance(received -> posted)", True),
        ("cumulative(count(returned), window = 30 days)", True),
    ],
)
def test_a_total_has_no_target_for_a_week_and_a_share_has(formula, same):
    one = outcome("one", formula)
    assert of_bucket(one, [*EVERY, one], "week") is same


@pytest.mark.parametrize(
    ("window", "by", "same"),
    [("7 days", "week", True), ("1 week", "week", True), ("1 day", "day", True), ("30 days", "week", False),
     ("30 days", "month", False), ("7 days", "day", False), (None, "week", False)],
)  # fmt: skip
def test_a_total_over_a_window_has_the_target_of_buckets_as_long(window, by, same):
    one = outcome("one", "count(returned)", window)
    assert of_bucket(one, [one], by) is same


def test_nothing_is_nothing_in_any_period():
    one = {**outcome("one", "gap(sum(initiated.amount), sum(received.amount))"), "target": {**TARGET, "value": 0}}
    assert of_bucket(one, [one], "week")
    assert not of_bucket({**one, "thresholds": [{"level": "breach", "value": 5}]}, [one], "week")


def test_the_words_say_what_the_target_is_of():
    assert (
        not_drawn(outcome("a", "count(b)", "30 days"), "week") == "The target is of 30 days. It is not drawn by week."
    )
    both = {**outcome("a", "count(b)"), "thresholds": [{"level": "breach", "value": 9}]}
    assert not_drawn(both, "day") == "The target and limits are of the whole period. They are not drawn by day."
    assert not_drawn({**outcome("a", "count(b)"), "target": None}, "day") == ""
