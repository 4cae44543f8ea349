"""Forecasts of error budgets: worked out by hand, and held against what came on generated courses of a known burn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.kpi.forecast import Burnt, forecast

ALLOWED = 0.01


def course(burns, n=100):
    return [Burnt(burn * n, n) for burn in burns]


def ask(burns, n=100):
    return forecast(course(burns, n), [True] * len(burns))


def first_used_up(bad, counts, window):
    """Return after how many buckets of the future the rolling sum of a known series reaches the budget."""
    for step in range(1, len(bad) - window + 1):
        if bad[step : step + window].sum() >= ALLOWED * counts[step : step + window].sum():
            return step
    return None


def test_an_even_pace_is_reckoned_exactly():
    # 30 days: none burnt in 16, then 1.5 a day for 14 (21 of 30). The oldest 16 give nothing back: 9 ÷ 1.5 = 6 days.
    found = ask([0.0] * 16 + [1.5] * 14)
    assert (found.outlook, found.share, found.of) == ("runs_out", 1.0, 14)
    assert (found.expected, found.earliest, found.latest) == pytest.approx((6.0, 6.0, 6.0))


def test_what_leaves_the_window_is_given_back():
    # A bad day of 20 is 29 days ago and leaves first: of the rest 7 of 30 are used up, which a pace of 0.5 never fills.
    assert ask([0.0, 20.0] + [0.0] * 14 + [0.5] * 14).outlook == "lasts"
    # Half of that yesterday stays for all of the window: 24 of 30 are used up, and the pace is 16 in 14 days.
    recent = ask([0.5] * 28 + [10.0, 0.0])
    assert (recent.outlook, recent.expected) == ("runs_out", pytest.approx(6 / (16 / 14 - 0.5)))


def test_used_up_names_the_bucket_in_which_it_was():
    found = ask([1.0, 1.0, 30.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert (found.outlook, found.since) == ("used_up", 2)


def test_nothing_is_said_of_too_little():
    assert ask([0.1] * 6).outlook == "unknown"
    assert forecast(course([0.1] * 8), [False, *[True] * 6, False]).outlook == "unknown"
    assert ask([0.0] * 10, n=0).outlook == "unknown"
    assert ask([0.0] * 30).outlook == "lasts"


@given(st.floats(1.05, 1.9), st.integers(40, 80), st.floats(0, 1), st.integers(1, 1000))
def test_a_steady_burn_ends_when_arithmetic_says(rate, window, part, n):
    """A rate r that began in an untouched window uses it up after W ÷ r in all."""
    least, most = max(14, window // 4), int((window - 0.5) / rate)
    burnt = least + int(part * (most - least))
    found = ask([0.0] * (window - burnt) + [rate] * burnt, n)
    assert found.expected == pytest.approx(window / rate - burnt, rel=1e-6)
    assert (found.earliest, found.latest) == pytest.approx((found.expected, found.expected))


def test_a_long_course_is_told_in_its_own_buckets():
    found = ask([0.0] * 400 + [2.0] * 200)
    # 400 of 600 are used up; 200 more at 2 a bucket take 100
    assert found.expected == pytest.approx(100, abs=5)


def test_the_bounds_hold_what_came_on_known_burns():
    """300 courses of 30 days: the day the budget was used up lies within the bounds in about eight of ten."""
    rng, window, held, ran = np.random.default_rng(7), 30, 0, 0
    called = {"lasts": [], "runs_out": []}
    for _ in range(300):
        rate = rng.uniform(0.4, 2.5) * ALLOWED
        counts = rng.integers(800, 1200, 2 * window + 1)
        bad = rng.binomial(counts, rng.beta(2, 2 / rate - 2, len(counts)))
        bad[: window // 2] = rng.binomial(counts[: window // 2], 0.2 * ALLOWED)
        past = [Burnt(one / ALLOWED, int(count)) for one, count in zip(bad[:window], counts[:window], strict=True)]
        found = forecast(past, [True] * window)
        if found.outlook == "used_up":
            assert bad[:window].sum() >= ALLOWED * counts[:window].sum()
            continue
        came = first_used_up(bad, counts, window)
        if found.outlook in called:
            called[found.outlook].append(came is not None)
        low, high = found.earliest or np.inf, found.latest or np.inf
        ran += 1
        held += low - 1 <= (came or np.inf) <= high + 1
    assert ran > 200
    assert held / ran >= 0.75
    assert np.mean(called["lasts"]) <= 0.1
    assert np.mean(called["runs_out"]) >= 0.8
