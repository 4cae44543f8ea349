"""The page of cost rules without a browser, against the real API."""

from __future__ import annotations

import pytest

from bos.actions import changes
from bos.actions.context import Context
from bos.auth.actor import Actor
from bos.home import Home
from bos.model.roles import SIGNING_ROLES
from bos.store.engine import make_engine
from bos.telemetry.lake import Lake
from widgets.cost_rules import CostRules
from widgets.cost_rules.form import RuleForm, filled
from widgets.cost_rules.messages import TEXT

SAM = Actor("sam", "Sam", roles=SIGNING_ROLES)
GOOD = {"title": "Late posting", "currency": "USD", "fixed": "15", "rate": "0.02", "at_most": "250", "why": "New."}


def typed(values, tiers=()):
    form = RuleForm(None, values=dict(values))
    for later, amount in tiers:
        form.add_tier()
        form.values |= {f"later.{form.tiers[-1]}": later, f"amount.{form.tiers[-1]}": amount}
    return form


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": " "}, "title", "name_missing"),
        ({"currency": "usd"}, "currency", "currency_wrong"),
        ({"fixed": "1,5"}, "fixed", "money_wrong"),
        ({"fixed": "1.005"}, "fixed", "money_wrong"),
        ({"per_minute": "-1"}, "per_minute", "money_wrong"),
        ({"at_most": "1e5"}, "at_most", "money_wrong"),
        ({"rate": "0"}, "rate", "rate_wrong"),
        ({"rate": "0.00001"}, "rate", "rate_wrong"),
        ({"rate": "100001"}, "rate", "rate_wrong"),
        ({"fixed": "", "rate": ""}, "fixed", "nothing"),
        ({"why": ""}, "why", "why_missing"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(change, field, words):
    form = typed(GOOD | change)
    assert not form.check()
    assert form.errors == {field: TEXT[words]}


def test_a_code_that_stands_for_no_currency_is_told_at_its_field():
    form = typed(GOOD | {"currency": "XXX"})
    assert not form.check()
    assert form.errors == {"currency": TEXT["currency_wrong"]}


def test_times_are_told_apart_and_may_be_taken_out_again():
    form = typed(GOOD, [("1 day", "10"), ("1 days", "5"), ("soon", "x")])
    assert not form.check()
    assert form.errors == {
        "later.2": TEXT["later_twice"], "later.3": TEXT["later_wrong"], "amount.3": TEXT["money_wrong"],
    }  # fmt: skip
    form.drop_tier(2)
    form.drop_tier(3)
    assert form.check()
    assert form.document()["charge"] == {
        "currency": "USD", "fixed": "15.00", "per_unit": {"field": "amount", "rate": "0.0002"},
        "per_minute_late": "0.00", "tiers": [{"later_than": "1 day", "amount": "10.00"}], "at_most": "250.00",
    }  # fmt: skip


@pytest.fixture
def ctx(served):
    settings, _ = served
    engine = make_engine(settings.database_url)
    yield Context(settings, Home(settings.home), engine, Lake(settings.home / "lake"))
    engine.dispose()


@pytest.fixture
def page(wb):
    return CostRules(wb)


def act(page, action, value=""):
    page._receive({"type": "action", "action": action, "value": value})
    return page.surface.view


def put(page, **values):
    for rev, (name, value) in enumerate(values.items(), start=1):
        field = f"{page.state.form.prefix}{name}"
        page._receive({"type": "field", "field": field, "value": value, "rev": rev})


def test_a_rule_is_made_changed_and_told_in_words(page, wb):
    act(page, "new")
    put(page, **GOOD)
    act(page, "save")
    assert page.state.told[0] == "Saved: version 1 of Late posting."
    assert "It waits for Finance control." in " ".join(page.state.told)
    made = wb.cost_rules.get("late-posting")
    assert made.document["owner"] == "finance_control"
    rows = page.surface.view["body"][0]["children"][0]["rows"]
    row = next(row for row in rows if row["title"] == "Late posting")
    assert row["words"].startswith("USD 15.00 + 0.02 % of the amount in USD, at most USD 250.00.")
    act(page, "change", "late-posting")
    assert filled(made).values == page.state.form.values
    put(page, why="The same.")
    view = act(page, "save")
    assert view["summary"] == [{"text": TEXT["unchanged"], "field": "cost_rule[late-posting].why"}]
    put(page, fixed="20.5")
    act(page, "save")
    assert wb.cost_rules.get("late-posting").document["charge"]["fixed"] == "20.50"
    act(page, "new")
    put(page, **GOOD)
    act(page, "save")
    assert {row.id for row in wb.cost_rules.list()} >= {"late-posting", "late-posting-2"}


def test_a_rule_that_was_changed_meanwhile_is_shown_and_nothing_typed_is_lost(page, wb):
    content = {"title": "Meanwhile", "charge": {"currency": "USD", "fixed": "1.00"}}
    wb.cost_rules.put("meanwhile", content, rationale="First.")
    act(page, "cancel")
    page.read()
    act(page, "change", "meanwhile")
    put(page, fixed="2.00", why="Mine.")
    tiers = [{"later_than": "1 day", "amount": "9.00"}]
    other = {"title": "By then", "charge": {"currency": "USD", "fixed": "3.00", "at_most": "50", "tiers": tiers}}
    wb.cost_rules.put("meanwhile", other, base_version=1, rationale="Theirs.")
    view = act(page, "save")
    assert (
        "It says now: USD 3.00 + USD 9.00 when later than 1 day, at most USD 50.00."
        in view["banners"][0]["children"][0]["text"]
    )
    assert page.state.form.values["fixed"] == "2.00"
    assert wb.cost_rules.get("meanwhile").version == 2
    act(page, "save")
    saved = wb.cost_rules.get("meanwhile").document
    assert (saved["title"], saved["charge"]["fixed"], saved["charge"]["at_most"]) == ("By then", "2.00", "50.00")
    assert saved["charge"]["tiers"] == tiers, "what nobody typed here is what the other saved"


def test_a_proposal_that_waits_is_never_replaced_without_a_word(page, wb, ctx):
    wb.cost_rules.put("waits", {"title": "Waits", "charge": {"currency": "USD", "fixed": "1.00"}}, rationale="First.")
    group = wb.cost_rules.get("waits").approvals["charge"].group
    changes.sign(ctx, SAM, group, decision="approve")
    dearer = {"title": "Waits", "charge": {"currency": "USD", "fixed": "20.00"}}
    wb.cost_rules.put("waits", dearer, base_version=1, rationale="Wages rose.")
    page.read()
    act(page, "change", "waits")
    put(page, at_most="500", why="A limit.")
    act(page, "save")
    assert "waits for signatures" in page.state.wrong
    assert wb.cost_rules.get("waits", view="proposed").document["charge"]["fixed"] == "20.00"
    assert page.state.form.values["at_most"] == "500"


def test_a_rule_that_its_kpis_cannot_be_charged_by_is_refused_in_words(page, wb):
    act(page, "change", "returned-debit")
    assert "2 KPIs" not in str(page.surface.view["body"][0])
    assert "1 KPI is charged by this rule" in str(page.surface.view["body"][0])
    put(page, per_minute="1", why="By the minute.")
    act(page, "save")
    assert "does not tell how late a failure is" in page.state.wrong
    assert wb.cost_rules.get("returned-debit").version == 1
    assert page.state.form is not None


def test_an_unknown_field_or_action_changes_nothing(page):
    for message in (
        {"type": "field", "field": "cost_rule[].owner", "value": "x"}, {"type": "action", "action": "drop", "value": 1},
        {"type": "action", "action": "change", "value": "gone"}, {"type": "action", "action": "save"}, {"type": "?"},
    ):  # fmt: skip
        page._receive(message)
        assert page.state.form is None
    act(page, "new")
    before = dict(page.state.form.values)
    page._receive({"type": "field", "field": "cost_rule[].owner", "value": "x"})
    page._receive({"type": "field", "field": "cost_rule[].later.9", "value": "x"})
    assert page.state.form.values == before
