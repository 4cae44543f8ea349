"""How often a level would have fired, said in words."""

from __future__ import annotations

import pytest

from widgets.wizard.backtest import told

RATE = {
    "target": {"direction": "at_most"},
    "thresholds": [{"level": "warning", "value": 0.1}, {"level": "breach", "value": 0.2}],
}
SHARE = {"target": {"direction": "at_least"}, "thresholds": [{"level": "breach", "value": 0.9}]}


@pytest.mark.parametrize(
    ("outcome", "weeks", "words"),
    [
        (RATE, [0.05, 0.1, 0.15, 0.25, None], "Warning: in 2 of 4 whole weeks; Breach: in 1 of 4 whole weeks"),
        (RATE | {"measure": {"formula": "gap(sum(a.x), sum(b.x))"}}, [-0.3, 0.15, 0.0],
         "Warning: in 2 of 3 whole weeks; Breach: in 1 of 3 whole weeks"),
        (SHARE, [0.95, 0.9, 0.5], "Breach: in 1 of 3 whole weeks"),
        (SHARE, [0.5], "Breach: in 1 of 1 whole week"),
        (SHARE, [None], "No week is whole yet."),
        ({"target": None, "thresholds": []}, [], ""),
        ({"target": None, "thresholds": []}, [0.5], ""),
    ],
)  # fmt: skip
def test_a_level_is_held_against_whole_weeks_that_have_a_value(outcome, weeks, words):
    assert told(outcome, weeks) == words
