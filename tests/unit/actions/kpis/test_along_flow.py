"""The rule over the flow's own graph, through actions: what went astray, and a graph that changes."""

from __future__ import annotations

import copy
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bos.actions import breaches, changes, documents, explaining, kpis, reruns
from bos.dashboards.standing import approval_words

JANUARY, FEBRUARY, APRIL = (datetime(2026, month, 1, tzinfo=ZoneInfo("America/New_York")) for month in (1, 2, 4))
STEPS = ("initiated", "received", "posted", "returned")


def ways(*pairs):
    return [{"id": f"{source}.{target}", "source": source, "target": target} for source, target in pairs]


@pytest.fixture
def drawn(ctx, ana, flow):
    """Give the flow a step for each signal, ways between them, and a KPI of the cases that leave them."""
    held = documents.show(ctx, ana, "template", flow)
    changed = copy.deepcopy(held.document)
    changed["flow"]["steps"] = [{"id": name, "title": name.title()} for name in STEPS]
    changed["flow"]["edges"] = ways(("initiated", "received"), ("received", "posted"), ("posted", "returned"))
    changed["process_signals"] = [{**use, "step": use["id"]} for use in changed["process_signals"]]
    formula = f"conformance(along_flow({', '.join(STEPS)}))"
    changed["outcomes"].append({"id": "astray", "title": "Astray", "measure": {"formula": formula, "unit": "count"}})
    documents.put(ctx, ana, "template", flow, changed, rationale="The ways of the flow", base_version=held.version)
    return flow


def redraw(ctx, ana, flow):
    held = documents.show(ctx, ana, "template", flow)
    changed = copy.deepcopy(held.document)
    changed["flow"]["edges"] += ways(("received", "returned"))
    documents.put(ctx, ana, "template", flow, changed, rationale="Sent back at once", base_version=held.version)


def test_what_went_where_no_way_leads_is_told_case_by_case_and_in_all(ctx, ana, drawn):
    found = breaches.broken(ctx, ana, drawn, kpis=["astray"])
    (rule,), (case,) = found.rules, found.items
    assert (rule.total, case.case) == (1, "p2")
    assert case.evidence.words == (
        "“Returned” on 5 March 2026 at 05:00 came right after “Received” on 1 February 2026 at 05:00, and no way of "
        "the flow leads there."
    )
    (went,) = rule.passages
    assert (went.first, went.then, went.cases, went.times) == (("received",), ("returned",), 1, 1)
    assert went.words == "“Returned” right after “Received”: once, in one case."


def test_another_graph_is_another_definition_and_a_frozen_run_keeps_its_own(ctx, ana, drawn):
    run = kpis.evaluate(ctx, ana, drawn, kpis=["astray"], start=FEBRUARY, end=APRIL)
    assert run.values[0].value == 1
    redraw(ctx, ana, drawn)
    assert kpis.evaluate(ctx, ana, drawn, kpis=["astray"], start=FEBRUARY, end=APRIL).values[0].value == 0
    assert breaches.broken(ctx, ana, drawn, kpis=["astray"]).items == ()
    changed = explaining.explain(ctx, ana, drawn, "astray", run=run.run)
    assert {part.kind: part.amount for part in changed.parts} == {"definition": -1.0}
    again = reruns.rerun(ctx, ana, run.run)
    assert (again.same, again.differences) == (True, ())


def value_of(ctx, ana, flow, kpi):
    return kpis.evaluate(ctx, ana, flow, kpis=[kpi], start=FEBRUARY, end=APRIL).values[0]


def test_ways_redrawn_without_a_signature_change_no_approved_number(ctx, ana, ben, drawn):
    held = documents.show(ctx, ana, "template", drawn)
    content = copy.deepcopy(held.document)
    share = {"formula": "derived(astray / sent)", "unit": "ratio"}
    content["outcomes"].append({"id": "share", "title": "Share", "measure": share})
    documents.put(ctx, ana, "template", drawn, content, rationale="A share", base_version=held.version)
    for kind, id_ in [("template", drawn), *(("signal", use["signal"]) for use in content["process_signals"])]:
        for group in documents.show(ctx, ana, kind, id_).open_groups:
            changes.sign(ctx, ben, group.group, decision="approve")
    assert [value_of(ctx, ana, drawn, name).approval.state for name in ("astray", "share")] == ["approved", "approved"]
    redraw(ctx, ana, drawn)
    for name in ("astray", "share"):
        found = value_of(ctx, ana, drawn, name)
        assert (found.approval.state, found.approval.waiting_for) == ("held", ("data_steward",))
    assert value_of(ctx, ana, drawn, "astray").value == 1
    assert value_of(ctx, ana, drawn, "sent").approval.state == "approved"
    (waiting,) = documents.show(ctx, ana, "template", drawn).open_groups
    assert waiting.text[0].startswith("Ways between steps: new: Received → Returned; staying (")
    changes.sign(ctx, ben, waiting.group, decision="approve")
    found = value_of(ctx, ana, drawn, "astray")
    assert (found.value, found.approval.state, found.approval.signed_by) == (0, "approved", ("ben",))


def test_a_kpi_nobody_signed_says_that_a_change_of_the_ways_is_held_too(ctx, ana, ben, drawn):
    groups = documents.show(ctx, ana, "template", drawn).open_groups
    (ways_drawn,) = (group for group in groups if group.text[0].startswith("Ways"))
    changes.sign(ctx, ben, ways_drawn.group, decision="approve")
    before = value_of(ctx, ana, drawn, "astray")
    assert (before.value, before.approval.state, before.approval.held) == (1, "provisional", False)
    assert approval_words(before.approval).startswith("Not approved yet · waits for ")
    redraw(ctx, ana, drawn)
    found = value_of(ctx, ana, drawn, "astray")
    assert (found.value, found.approval.state, found.approval.held) == (1, "provisional", True)
    assert "data_steward" in found.approval.waiting_for
    assert approval_words(found.approval).startswith("Not approved yet, and a change is held · waits for ")
    assert not value_of(ctx, ana, drawn, "sent").approval.held
