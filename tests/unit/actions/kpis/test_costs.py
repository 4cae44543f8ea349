"""What failures cost in a flow: the rule is a document, is read with the KPI, and vouches for the money."""

from __future__ import annotations

import pytest

from bos.actions import changes, dashboards, documents, kpis
from bos.errors import Invalid

RULE = {"id": "clerk", "title": "A clerk's time", "charge": {"currency": "USD", "fixed": "12.50"}}


@pytest.fixture
def charged(ctx, ana, flow):
    """Return the flow, with a cost rule for what comes back and a KPI of what that costs."""
    documents.put(ctx, ana, "cost_rule", "clerk", RULE, rationale="First.")
    template = documents.show(ctx, ana, "template", flow).document
    next(one for one in template["outcomes"] if one["id"] == "return_rate")["cost_rule"] = "clerk"
    template["outcomes"].append(
        {"id": "cost", "title": "Cost", "measure": {"formula": "cost(return_rate)", "unit": "USD"}}
    )
    documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="What it costs.")
    return flow


def value(ctx, ana, flow):
    (found,) = kpis.evaluate(ctx, ana, flow, kpis=["cost"]).values
    return found


def signed(ctx, ben, kind, id_, path):
    group = documents.show(ctx, ben, kind, id_).approvals[path].group
    changes.sign(ctx, ben, group, decision="approve")


def test_a_cost_is_computed_by_the_rule_and_names_its_version(ctx, ana, charged):
    found = value(ctx, ana, charged)
    assert (found.value, found.n, found.unit) == (12.5, 1, "USD")
    run = kpis.evaluate(ctx, ana, charged, kpis=["cost"])
    assert run.documents["cost_rule/clerk"] == 1
    dearer = {**RULE, "charge": {"currency": "USD", "fixed": "20.00"}}
    documents.put(ctx, ana, "cost_rule", "clerk", dearer, base_version=1, rationale="Wages rose.")
    assert value(ctx, ana, charged).value == 20.0


def test_a_cost_is_approved_once_rule_definition_and_target_are(ctx, ana, ben, charged):
    assert value(ctx, ana, charged).approval.state == "provisional"
    for one in documents.show(ctx, ana, "template", charged).approvals.values():
        if one.group and one.state == "provisional":
            changes.sign(ctx, ben, one.group, decision="approve")
    for name in ("initiated", "returned"):
        signed(ctx, ben, "signal", f"payment.{name}", "binding")
    assert value(ctx, ana, charged).approval.state == "provisional"
    signed(ctx, ben, "cost_rule", "clerk", "charge")
    assert value(ctx, ana, charged).approval.state == "approved"
    dearer = {**RULE, "charge": {"currency": "USD", "fixed": "20.00"}}
    done = documents.put(ctx, ana, "cost_rule", "clerk", dearer, base_version=1, rationale="Wages rose.")
    assert [group.paths for group in done.held] == [("charge",)]
    assert (value(ctx, ana, charged).value, value(ctx, ana, charged).approval.state) == (12.5, "held")


@pytest.mark.usefixtures("charged")
def test_a_rule_that_a_kpi_cannot_be_charged_by_is_refused_and_one_in_use_stays(ctx, ana):
    late = {**RULE, "charge": {"currency": "USD", "per_minute_late": "1.00"}}
    with pytest.raises(Invalid, match="does not tell how late"):
        documents.put(ctx, ana, "cost_rule", "clerk", late, base_version=1, rationale="By the minute.")
    euros = {**RULE, "charge": {"currency": "EUR", "fixed": "12.50"}}
    with pytest.raises(Invalid, match="is in EUR, but the unit is 'USD'") as caught:
        documents.put(ctx, ana, "cost_rule", "clerk", euros, base_version=1, rationale="In euros.")
    assert "A rule in use keeps its currency" in caught.value.problems[0].hint
    with pytest.raises(Invalid, match="cost rule clerk cannot be retired: it is used by the template payments"):
        documents.delete(ctx, ana, "cost_rule", "clerk", rationale="Not needed.")


@pytest.mark.parametrize("amount", ["-1", "1.005", "many", "1e30"])
def test_money_that_is_none_is_refused_where_it_stands(ctx, ana, amount):
    wrong = {**RULE, "charge": {"currency": "USD", "fixed": amount}}
    with pytest.raises(Invalid) as caught:
        documents.put(ctx, ana, "cost_rule", "clerk", wrong, rationale="First.")
    assert caught.value.problems[0].path == "charge.fixed"


def test_costs_stand_first_on_a_dashboard(ctx, ana, charged):
    run = dashboards.build(ctx, ana, charged)
    tiles = [panel.id for panel in run.panels if panel.kind == "kpi"]
    assert {"cost", "amount"} == set(tiles[:2])
