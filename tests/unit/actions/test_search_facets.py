"""A search narrowed by step, system, regulation and role, against what the file of the pilot says."""

from __future__ import annotations

import re

import pytest
import yaml

from bos.actions import blueprints, documents, feedback, search
from bos.auth.actor import Actor
from bos.errors import UsageError
from bos.model.scope import Grant
from bos.resources import share
from bos.store.derived import renew
from bos.store.engine import transaction

PILOT = "loan-payment-processing"


@pytest.fixture(scope="module")
def shipped():
    return yaml.safe_load((share("data") / "blueprints" / f"{PILOT}.yaml").read_text())["template"]


@pytest.fixture(scope="module")
def pilot(bank_at, make_store):
    """Return a bank that has the pilot alone."""
    bank = bank_at(make_store(), stocked=False)
    blueprints.create(bank.ctx, bank.maker, PILOT)
    bank.make("dashboard", {"id": PILOT, "title": "Payments at a glance", "flow": PILOT})
    feedback.give(bank.ctx, bank.anna, PILOT, text="The gateway again?", type="question", template_version=1)
    return bank


def everything(bank, text="", **filters):
    return search.find(bank.ctx, filters.pop("by", bank.adam), text, limit=1000, **filters).items


def found(bank, **filters):
    """Return kind and id of what a search finds of the pilot; of feedback, whose id is made up, the kind."""
    hits = [hit for hit in everything(bank, **filters) if hit.flow == PILOT or not hit.flow]
    return {(hit.kind, "" if hit.kind == "feedback" else hit.id) for hit in hits}


class Oracle:
    """What the file says, read by hand: formulas by the words in them, ids by their texts."""

    def __init__(self, content):
        self.content = content
        self.names = {use["id"]: use["signal"] for use in content["process_signals"]}
        self.emitted = {use["signal"]: use.get("step") for use in content["process_signals"]}
        self.breaks = {use["signal"]: set(use.get("affects", ())) for use in content["system_signals"]}
        self.kpis = {outcome["id"]: outcome for outcome in content["outcomes"]}

    def reads(self, kpi, seen=frozenset()):
        measure = self.kpis[kpi]["measure"]
        words = set(re.findall(r"[a-z_][a-z0-9_]*", f"{measure['formula']} {measure.get('anchor', '')}"))
        signals = {self.names[word] for word in words & set(self.names)}
        for other in words & set(self.kpis) - {kpi} - seen:
            signals |= self.reads(other, seen | {kpi})
        return signals

    def steps_of(self, kpi):
        return {self.emitted[signal] for signal in self.reads(kpi)} - {None}

    def of_step(self, step):
        hits = {("signal", s) for s, at in self.emitted.items() if at == step}
        hits |= {("signal", s) for s, at in self.breaks.items() if step in at}
        hits |= {("kpi", f"{PILOT}/{kpi}") for kpi in self.kpis if step in self.steps_of(kpi)}
        return hits | self.of_flow() | {("calendar", "bank-us")}

    def of_system(self, system):
        signals = {s for s in self.breaks if s.split(".")[0] == system}
        broken = {step for signal in signals for step in self.breaks[signal]}
        hits = {("kpi", f"{PILOT}/{kpi}") for kpi in self.kpis if broken & self.steps_of(kpi)}
        return hits | {("signal", signal) for signal in signals} | self.of_flow()

    def of_rule(self, rule):
        kpis = {kpi for kpi, outcome in self.kpis.items() if outcome.get("regulation") == rule}
        hits = {("kpi", f"{PILOT}/{kpi}") for kpi in kpis} | {("signal", s) for kpi in kpis for s in self.reads(kpi)}
        return hits | self.of_flow()

    @staticmethod
    def of_flow():
        return {("template", PILOT), ("dashboard", PILOT), ("feedback", "")}


def test_each_step_each_system_and_each_rule_of_the_pilot_finds_what_its_file_says(pilot, shipped):
    oracle = Oracle(shipped)
    steps = [step["id"] for step in shipped["flow"]["steps"]]
    systems = {signal.split(".")[0] for signal in oracle.breaks}
    rules = {outcome["regulation"] for outcome in shipped["outcomes"] if outcome.get("regulation")}
    assert (len(steps), len(systems), len(rules)) == (13, 8, 1)
    for step in steps:
        assert found(pilot, step=step) == oracle.of_step(step), step
    for system in systems:
        assert found(pilot, system=system) == oracle.of_system(system), system
    for rule in rules:
        assert found(pilot, regulation=f"  {rule.upper()}") == oracle.of_rule(rule), rule
    assert found(pilot, step="nowhere") == found(pilot, system="") == found(pilot, regulation="§") == set()


def test_filters_narrow_one_another_and_words(pilot):
    kpis = found(pilot, kinds=["kpi"], step="returned", system="payment-gateway")
    assert kpis == {hit for hit in found(pilot, step="returned") if hit[0] == "kpi"} & found(
        pilot, system="payment-gateway"
    )
    titles = {hit.title for hit in everything(pilot, "overall rate", kinds=["kpi"], step="returned")}
    assert titles == {"Overall return rate", "Cost of returned debits"}
    assert everything(pilot, "overall rate", kinds=["kpi"], step="returned", regulation="none") == ()
    assert everything(pilot, "overall rate", kinds=["kpi"], step="reconciled") == ()


def test_a_kpi_is_found_with_its_flow_the_role_that_answers_for_it_and_the_state_of_the_flow(pilot, shipped):
    hit = next(hit for hit in everything(pilot, '"return rate"', kinds=["kpi"]))
    assert (hit.kind, hit.flow, hit.state) == ("kpi", PILOT, "in review")
    outcome = next(o for o in shipped["outcomes"] if f"{PILOT}/{o['id']}" == hit.id)
    assert hit.title == outcome["title"]
    roles = {row["accountable"] for row in shipped["ownership"] if row["covers"].startswith("outcomes")}
    assert hit.owner in roles
    assert {h.kind for h in everything(pilot, role=hit.owner)} >= {"template", "kpi"}
    assert [h.id for h in everything(pilot, kinds=["kpi"], role="observability")] == []


def test_a_kpi_that_goes_is_found_no_more_and_a_new_one_is(bank):
    flow = bank.template(approved=False)
    assert {hit.id for hit in everything(bank, kinds=["kpi"]) if hit.flow == flow} == {
        f"{flow}/returns", f"{flow}/posted_count",
    }  # fmt: skip
    content = bank.content(id=flow)
    content["outcomes"] = [
        {"id": "late", "title": "Quagga count", "tags": ["striped"], "regulation": "Basel 239",
         "measure": {"formula": "count(received)", "unit": "payments"}}
    ]  # fmt: skip
    documents.put(bank.ctx, bank.maker, "template", flow, content, rationale="Anew.", base_version=1)
    assert [hit.id for hit in everything(bank, "quagga") if hit.kind == "kpi"] == [f"{flow}/late"]
    assert [hit.id for hit in everything(bank, tag="striped")] == [f"{flow}/late"]
    assert {hit.id for hit in everything(bank, regulation="basel 239")} == {flow, f"{flow}/late", "payment.received"}
    uses = {hit.id for hit in everything(bank, kinds=["kpi"], uses="payment.received") if hit.flow == flow}
    assert uses == {f"{flow}/late"}
    documents.delete(bank.ctx, bank.anna, "template", flow, rationale="Over.")
    assert everything(bank, regulation="Basel 239") == ()
    assert {hit.kind for hit in everything(bank, state="retired") if hit.flow == flow} == {"template", "kpi"}


def test_a_shared_signal_is_tied_to_a_step_only_by_flows_within_reach(bank):
    steps = [{"id": "hidden-step", "title": "Hidden"}, {"id": "posted", "title": "Posted"}]
    uses = [{"id": "received", "signal": "payment.received", "step": "hidden-step"}]
    secret = bank.template(
        approved=False, tags=["secret"], flow={"correlation_key": ["loan_id"], "steps": steps, "edges": []},
        process_signals=uses, system_signals=[], outcomes=[],
    )  # fmt: skip
    open_ = bank.template(approved=False)
    inside = Actor("ivy", "Ivy", grants=frozenset({Grant("viewer", "flow", open_)}))
    by_tag = Actor("tom", "Tom", grants=frozenset({Grant("viewer", "tag", "secret")}))
    assert {hit.id for hit in everything(bank, step="hidden-step")} == {secret, "payment.received"}
    assert everything(bank, step="hidden-step", by=inside) == ()
    assert {hit.id for hit in everything(bank, step="hidden-step", by=by_tag)} == {secret, "payment.received"}
    seen = {(one.filter, one.value) for one in search.filters(bank.ctx, inside).items}
    assert ("step", "posted") in seen
    assert ("step", "hidden-step") not in seen
    assert ("tag", "secret") not in seen
    assert {hit.flow for hit in everything(bank, by=inside)} <= {"", open_}


def test_the_filters_count_what_searches_find(pilot):
    listed = search.filters(pilot.ctx, pilot.adam).items
    assert {one.filter for one in listed} == {"tag", "owner", "role", "state", "step", "system", "regulation"}
    for one in listed:
        hits = everything(pilot, **{one.filter: one.value})
        of_flows = {hit.kind for hit in hits} & {"dashboard", "feedback", "schedule"}
        counted = [h for h in hits if one.filter not in {"step", "system", "regulation"} or h.kind not in of_flows]
        assert len(counted) == one.count, one


def test_two_spellings_of_one_rule_are_one(bank):
    measure = {"formula": "count(received)", "unit": "payments"}
    outcomes = [
        {"id": name, "title": name, "measure": measure, "regulation": rule}
        for name, rule in (("one", "Rule  9"), ("two", "rule 9"), ("three", " RULE 9 "))
    ]
    flow = bank.template(approved=False, outcomes=outcomes)
    hits = {hit.id for hit in everything(bank, regulation="Rule 9", kinds=["kpi", "template"])}
    assert hits == {flow, *(f"{flow}/{name}" for name in ("one", "two", "three"))}


@pytest.mark.parametrize("name", ["tag", "owner", "role", "state", "uses", "step", "system", "regulation"])
@pytest.mark.parametrize("value", ["", "'; DROP TABLE search; --", "%", "\\", "é" * 5000, "{a,b}"])
def test_a_hostile_value_finds_nothing_and_breaks_nothing(pilot, name, value):
    assert everything(pilot, **{name: value}) == ()


@pytest.mark.parametrize("name", ["tag", "owner", "role", "state", "uses", "step", "system", "regulation"])
def test_a_character_that_no_text_has_is_refused_in_words(pilot, name):
    with pytest.raises(UsageError, match="a character no text may have"):
        everything(pilot, **{name: "a\x00b"})


ROWS = (
    "SELECT kind, id, title, owner, tags, flow, roles, length(body), strip(words)::text FROM search ORDER BY 1, 2",
    "SELECT kind, id, facet, value, flow, label FROM facet ORDER BY 1, 2, 3, 4, 5",
)


def test_what_is_written_anew_is_what_was_written_document_by_document(pilot):
    before = [pilot.rows(query) for query in ROWS]
    with transaction(pilot.ctx.engine) as connection:
        connection.exec_driver_sql("DELETE FROM facet")
        connection.exec_driver_sql("DELETE FROM search WHERE kind = 'kpi'")
        connection.exec_driver_sql("UPDATE search SET words = '', roles = '{}'")
        renew(connection)
    assert [pilot.rows(query) for query in ROWS] == before
    assert all(before)
