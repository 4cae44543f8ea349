"""Running numbers of a time that is to come: none, where nothing of it is known."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from bos.actions import documents, kpis
from tests.unit.actions.kpis.conftest import TEMPLATE, outcome

FORMULAS = {
    "rolling": "cumulative(count(initiated), window = 30 days)",
    "to_date": "cumulative(count(initiated), grain_to_date = month)",
    "this_year": "cumulative(count(initiated), grain_to_date = year)",
    "running": "cumulative(count(initiated))",
    "both": "derived(rolling + running)",
}


@pytest.fixture
def ahead(ctx, ana, flow, add):
    """Return the flow with running KPIs and an event of today."""
    template = copy.deepcopy(TEMPLATE)
    template["outcomes"] += [outcome(name, formula) for name, formula in FORMULAS.items()]
    documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="Running.")
    days = [datetime.now(UTC) - timedelta(days=n) for n in range(40)]
    add("today", [(f"t{n}", "payment.initiated", at.isoformat(), "1.00", "web") for n, at in enumerate(days)])
    return flow


def test_what_is_all_to_come_is_no_nought_and_what_is_known_in_part_is_told_so_far(ctx, ana, ahead):
    end = datetime.now(UTC) + timedelta(days=800)
    run = kpis.evaluate(ctx, ana, ahead, kpis=list(FORMULAS), end=end)
    told = {value.kpi: value for value in run.values}
    assert {name for name, value in told.items() if value.value is None} == {"rolling", "to_date", "this_year", "both"}
    assert told["rolling"].no_data.words.startswith("Nothing is known yet of the time from ")
    assert told["running"].value == 43  # p1, p2, p3 and a day each
    near = kpis.evaluate(ctx, ana, ahead, kpis=["rolling"], end=datetime.now(UTC) + timedelta(days=10))
    assert near.values[0].value in {20, 21}


def test_a_time_that_is_to_come_has_no_difference_from_an_earlier_one(ctx, ana, ahead):
    start = datetime.now(UTC) - timedelta(days=20)
    asked = {"start": start, "end": start + timedelta(days=100), "compare": "100 days"}
    (value,) = kpis.evaluate(ctx, ana, ahead, kpis=["rolling"], **asked).values
    assert (value.value, value.compared.difference, value.compared.change) == (None, None, None)
    assert value.no_data.title == "Initiated"
