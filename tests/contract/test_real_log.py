"""A real bank's log from a blueprint to exact numbers, over each transport (BPI Challenge 2012, van Dongen)."""

from __future__ import annotations

import pytest


@pytest.mark.full
@pytest.mark.data
def test_the_ten_published_figures_are_exact_and_a_second_import_changes_nothing(wb, real_data, published):
    wb.templates.create("loan-application")
    flow = wb.flow("loan-application")
    done = flow.import_events(real_data("bpi2012.xes.gz"))
    assert (done.read, done.added, done.rejected) == (262_200, 262_200, 0)
    found = flow.evaluate()
    assert {value.kpi: value.value for value in found.values} == published
    again = flow.import_events(real_data("bpi2012.xes.gz"))
    assert (again.added, again.duplicates, again.changed, again.snapshot) == (0, 262_200, False, done.snapshot)
    assert flow.evaluate().run.result_hash == found.run.result_hash
