"""XmR limits against worked examples and an oracle written another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.kpi.xmr import limits, rules

# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flowrate, ten batches; centre 50.81, mean range 1.8778.
NIST = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)
CALM = (10.0, 12.0, 11.0, 9.0, 10.0, 12.0, 11.0, 9.0, 10.0, 12.0)


def oracle(values):
    array = np.asarray(values, float)
    spread = np.abs(np.diff(array)).mean()
    return array.mean(), array.mean() - 2.66 * spread, array.mean() + 2.66 * spread, 3.268 * spread


def test_the_limits_are_those_of_the_handbook_example():
    found = limits(NIST)
    assert found.centre == pytest.approx(50.81)
    assert found.mean_range == pytest.approx(1.8778, abs=5e-5)
    assert (found.lower, found.upper) == (pytest.approx(45.8151, abs=5e-3), pytest.approx(55.8049, abs=5e-3))
    assert rules(NIST, found) == ()


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=40))
def test_the_limits_are_those_of_the_oracle(values):
    found = limits(values)
    wanted = oracle(values)
    got = (found.centre, found.lower, found.upper, found.upper_range)
    assert got == pytest.approx(wanted, rel=1e-9, abs=1e-6)


def test_below_ten_points_there_are_no_limits():
    assert limits(CALM[:9]) is None
    assert limits(CALM) is not None


def test_a_point_outside_the_limits_fires_and_a_calm_one_does_not():
    assert rules(CALM, limits(CALM)) == ()
    wild = (*CALM, 30.0)
    assert "outside" in rules(wild, limits(wild))


def test_three_of_four_near_a_limit_fire():
    found = limits(CALM)
    high = found.centre + 0.6 * (found.upper - found.centre)
    assert rules((*CALM, high, high, found.centre, high), found) == ("near_limit",)
    assert rules((*CALM, high, found.centre, found.centre, high), found) == ()


def test_eight_on_one_side_fire_and_seven_do_not():
    found = limits(CALM)
    low = found.centre - 0.1
    assert rules((*CALM[:8], 20.0, *[low] * 8), found) == ("one_side",)
    assert rules((*CALM[:8], 20.0, *[low] * 7), found) == ()
    assert rules((5.0,) * 10, limits((5.0,) * 10)) == ()
