"""Every rule, and all problems at once."""

from __future__ import annotations

import pytest

from bos.errors import NotFound
from bos.model.calendar import Calendar
from bos.model.cost_rule import CostRule
from bos.model.ownership import accountable
from bos.model.signals import Signal
from bos.validate import immutable, validate


def found(template, resolve):
    return {(p.path, p.code, p.severity) for p in validate("template", template, resolve)}


def only(template, resolve):
    problems = validate("template", template, resolve)
    assert len(problems) == 1, problems
    assert problems[0].message
    assert problems[0].hint
    return problems[0]


def item(template, section, name):
    return next(entry for entry in template[section] if entry["id"] == name)


def test_a_good_template_has_no_problem(template, resolve):
    assert validate("template", template, resolve) == ()


def test_an_unknown_kind_is_refused(template, resolve):
    with pytest.raises(NotFound):
        validate("dream", template, resolve)


def test_a_wrong_shape_hides_no_problem_of_the_rest(template, resolve):
    template["flow"]["edges"][0]["source"] = "nowhere"
    template["time_zone"] = "Mars"
    template["title"] = ""
    rest = {"flow.edges[forward].source", "flow.steps[received].title"}
    assert {path for path, _, _ in found(template, resolve)} == {"time_zone", "title"} | rest


def test_nothing_is_reported_that_only_follows_from_a_wrong_shape(template, resolve):
    returns, posted = template["outcomes"]
    returns["measure"]["formula"] = ""
    returns["target"] = {"value": "3 %", "direction": "up"}  # the thresholds would stand alone
    posted["measure"]["dimensions"] = ["Loan type"]
    template["outcomes"].append(
        {"id": "double", "title": "Twice", "measure": {"formula": "derived(returns * 2)", "unit": "ratio"}}
    )
    template["flow"]["steps"][1]["title"] = "long " * 60
    assert {path for path, _, _ in found(template, resolve)} == {
        "outcomes[returns].measure.formula",
        "outcomes[returns].target.value",
        "outcomes[returns].target.direction",
        "outcomes[posted_count].measure.dimensions[0]",
        "flow.steps[posted].title",
    }


def test_an_entry_that_others_may_refer_to_is_not_taken_out_to_check_the_rest(template, resolve):
    template["process_signals"][0]["id"] = "The received"
    assert {path for path, _, _ in found(template, resolve)} == {"process_signals[The received].id"}


def test_an_id_that_stands_twice_is_named(template, resolve):
    template["outcomes"].append(template["outcomes"][0])
    problem = only(template, resolve)
    assert (problem.path, problem.code) == ("outcomes[returns]", "id.twice")


def test_an_id_never_changes():
    assert immutable("a", {"id": "a"}) == immutable("a", {}) == ()
    assert immutable("a", {"id": "b"})[0].code == "id.immutable"


def test_all_problems_of_meaning_come_at_once(template, resolve):
    template["flow"]["edges"][0]["target"] = "nowhere"
    template["flow"]["calendar"] = "moon"
    template["process_signals"][0]["signal"] = "payment.lost"
    template["outcomes"][1]["measure"]["formula"] = "count(vanished)"
    template["owner"] = "auditor"
    errors = {(path, code) for path, code, severity in found(template, resolve) if severity == "error"}
    assert {
        ("flow.edges[forward].target", "flow.step"),
        ("flow.calendar", "calendar"),
        ("process_signals[received].signal", "signal"),
        ("owner", "ownership.role"),
    } <= errors
    assert "outcomes[posted_count].measure" in {path for path, _ in errors}


def test_a_formula_that_lost_its_signal_refers_to_where_the_signal_was(template, resolve):
    template["process_signals"] = [s for s in template["process_signals"] if s["id"] != "returned"]
    problem = only(template, resolve)
    assert problem.path == "outcomes[returns].measure"
    assert "process_signals[returned]" in problem.refs


def test_a_formula_that_cannot_be_read_says_where(template, resolve):
    template["outcomes"][1]["measure"]["formula"] = "count(posted"
    assert only(template, resolve).path == "outcomes[posted_count].measure"


def test_a_circle_of_derived_kpis_is_refused(template, resolve):
    template["outcomes"][0]["measure"]["formula"] = "derived(posted_count + 1)"
    template["outcomes"][1]["measure"]["formula"] = "derived(returns + 1)"
    paths = {p.path for p in validate("template", template, resolve) if p.severity == "error"}
    assert paths == {"outcomes[returns].measure", "outcomes[posted_count].measure"}


def test_an_anchor_must_be_a_signal(template, resolve):
    template["outcomes"][1]["measure"]["anchor"] = "vanished"
    assert only(template, resolve).path == "outcomes[posted_count].measure"


def test_a_signal_stands_in_the_section_of_its_type(template, resolve):
    template["system_signals"][0]["signal"] = "payment.posted"
    assert only(template, resolve).code == "signal.type"


def test_a_name_means_one_signal(template, resolve):
    template["system_signals"][0]["id"] = "posted"
    assert only(template, resolve).refs == ("process_signals[posted]",)


def test_signals_stand_at_steps_that_exist(template, resolve):
    template["process_signals"][0]["step"] = "nowhere"
    template["system_signals"][0]["affects"] = ["elsewhere"]
    assert found(template, resolve) == {
        ("process_signals[received].step", "flow.step", "error"),
        ("system_signals[latency].affects", "flow.step", "error"),
    }


def test_what_is_not_yet_tied_to_a_step_wants_attention_but_may_live(template, resolve):
    template["process_signals"][0]["step"] = None
    template["system_signals"][0]["affects"] = []
    template["flow"]["correlation_key"] = []
    template["flow"]["steps"].append({**template["flow"]["steps"][0], "id": "lonely"})
    problems = found(template, resolve)
    assert {severity for _, _, severity in problems} == {"attention"}
    assert {code for _, code, _ in problems} == {"signal.step", "signal.affects", "flow.correlation", "flow.alone"}


def test_thresholds_need_a_target_to_know_their_side(template, resolve):
    template["outcomes"][0]["target"] = None
    problem = only(template, resolve)
    assert (problem.code, problem.refs) == ("target.missing", ("outcomes[returns].target",))


@pytest.mark.parametrize(("direction", "warning", "breach"), [("at_most", 0.04, 0.03), ("at_least", 0.9, 0.95)])
def test_a_breach_never_comes_before_its_warning(template, resolve, direction, warning, breach):
    outcome = item(template, "outcomes", "returns")
    outcome["target"]["direction"] = direction
    outcome["thresholds"][0]["value"], outcome["thresholds"][1]["value"] = warning, breach
    assert only(template, resolve).code == "threshold.order"


def test_a_ratio_in_per_cent_wants_attention(template, resolve):
    item(template, "outcomes", "returns")["target"]["value"] = 3
    problem = only(template, resolve)
    assert (problem.code, problem.severity) == ("target.ratio", "attention")


def test_the_mapping_of_a_log_knows_its_columns(template, resolve):
    template["binding"]["mapping"] = {"cse": "loan_id", "time": " ", "attr.branch": "b"}
    problems = validate("template", template, resolve)
    assert {p.code for p in problems} == {"mapping.column", "mapping.empty"}
    assert any(p.hint == "Did you mean case?" for p in problems)


def test_a_field_without_an_accountable_role_is_an_error(template, resolve):
    template["ownership"] = [row for row in template["ownership"] if row["covers"] != "outcomes"]
    problem = only(template, resolve)
    assert (problem.code, problem.path) == ("ownership.nobody", "ownership[]")
    assert "covers outcomes" in problem.hint
    assert problem.refs == tuple(f"outcomes[{outcome['id']}]" for outcome in template["outcomes"])


def test_two_roles_for_one_field_are_an_error(template, resolve):
    template["ownership"].append({"id": "again", "covers": "flow", "accountable": "sre"})
    problem = only(template, resolve)
    assert (problem.code, problem.refs) == ("ownership.twice", ("ownership[flow].covers",))


@pytest.mark.parametrize("role", ["auditor", "viewer", "admin", "king"])
def test_a_role_that_cannot_sign_answers_for_nothing(template, resolve, role):
    template["ownership"][0]["accountable"] = role
    assert only(template, resolve).code == "ownership.role"


def test_an_assignment_covers_something_that_exists(template, resolve):
    template["ownership"].append({"id": "x", "covers": "outcomes[gone].target", "accountable": "sre"})
    template["ownership"].append({"id": "y", "covers": "outcome", "accountable": "sre"})
    problems = validate("template", template, resolve)
    assert [p.code for p in problems] == ["ownership.covers"] * 2
    assert problems[0].refs == ("outcomes[gone].target",)
    assert problems[1].hint == "Did you mean outcomes?"


def test_the_closest_assignment_answers(template):
    template["ownership"] += [
        {"id": "item", "covers": "outcomes[returns]", "accountable": "compliance"},
        {"id": "field", "covers": "outcomes[returns].target", "accountable": "finance_control"},
    ]
    assert accountable(template, "outcomes[returns].target") == "finance_control"
    assert accountable(template, "outcomes[returns].title") == "compliance"
    assert accountable(template, "outcomes[posted_count].target") == "process_owner"


def signal(**rest):
    return Signal.model_validate({"id": "s", "title": "S", "type": "process", **rest}).data()


def test_a_signal_without_an_event_wants_attention(resolve):
    (problem,) = validate("signal", signal(), resolve)
    assert (problem.code, problem.severity) == ("signal.unbound", "attention")


def test_fields_of_a_signal_have_names_of_their_own(resolve):
    fields = [{"id": "amount", "native": "amt"}, {"id": "code", "native": " "}, {"id": "x", "native": "y"}]
    binding = {"event": "E", "fields": fields, "where": {" ": "x"}, "mapping": {"zzz": "q"}}
    assert {p.code for p in validate("signal", signal(binding=binding), resolve)} == {
        "signal.field",
        "signal.native",
        "signal.where",
        "mapping.column",
    }


def test_a_mapping_of_a_vendor_names_fields_and_its_language_needs_a_query(resolve):
    fields = [{"id": "code", "native": "c"}]
    binding = {"event": "E", "fields": fields, "language": "spl", "mapping": {"code": "rc", "case": "id", "zzz": "q"}}
    codes = [p.code for p in validate("signal", signal(binding=binding), resolve)]
    assert codes == ["mapping.column", "signal.query"]
    told = {**binding, "query": "index=x", "mapping": {"code": "rc"}}
    assert not validate("signal", signal(binding=told), resolve)


@pytest.mark.parametrize(
    ("arrival", "codes"),
    [
        ({"every": "1 day", "by": "08:00"}, []),
        ({"every": "2 weeks"}, []),
        ({"every": "4 hours", "by": "08:00"}, ["signal.arrival-by"]),
        ({"every": "1 week", "clock": "business", "by": "08:00"}, ["signal.arrival-by", "signal.arrival-weeks"]),
    ],
)
def test_a_time_of_day_belongs_to_days_and_working_time_has_no_weeks(resolve, arrival, codes):
    problems = validate("signal", signal(binding={"event": "E"}, arrival=arrival), resolve)
    assert [(problem.path, problem.code) for problem in problems] == [("arrival", code) for code in codes]


def test_a_field_that_stands_twice_in_a_signal_is_named(resolve):
    fields = [{"id": "x", "native": "a"}, {"id": "x", "native": "b"}]
    (problem,) = validate("signal", signal(binding={"event": "E", "fields": fields}), resolve)
    assert problem.code == "id.twice"


def test_a_calendar_keeps_the_order_of_a_day(resolve):
    def codes(**clock):
        document = Calendar.model_validate({"id": "c", "title": "C", "clock": clock}).data()
        return [p.code for p in validate("calendar", document, resolve)]

    assert codes() == []
    assert codes(opens="18:00") == ["calendar.hours"]
    assert codes(cut_off="23:00") == ["calendar.cut_off"]
    assert codes(working_days=[]) == ["calendar.days"]
    assert codes(working_days=["monday", "monday"]) == ["calendar.twice"]
    assert codes(holidays=["2026-12-25", "2026-12-25"]) == ["calendar.twice"]


@pytest.mark.parametrize(
    ("formula", "target", "code"),
    [
        ("ratio(count(posted), count(received))", 0.95, None),
        ("ratio(count(posted), count(received))", 1, "budget.target"),
        ("ratio(count(posted), count(received))", 0, "budget.target"),
        ("ratio(count(posted), count(received))", None, "budget.target"),
        ("count(posted)", 0.95, "budget.measure"),
        ("derived(posted_count / 2)", 0.95, "budget.measure"),
    ],
)
def test_an_error_budget_needs_a_share_and_a_target_that_leaves_something(template, resolve, formula, target, code):
    outcome = {**template["outcomes"][1], "id": "kept", "title": "Kept", "thresholds": [], "error_budget": "30 days"}
    outcome["measure"] = {**outcome["measure"], "formula": formula, "unit": "ratio"}
    outcome["target"] = None if target is None else {"value": target, "direction": "at_least", "source": ""}
    template["outcomes"].append(outcome)
    wrong = [problem for problem in found(template, resolve) if problem[1].startswith("budget")]
    assert wrong == ([] if code is None else [("outcomes[kept].error_budget", code, "error")])


def test_working_time_needs_a_calendar(template, resolve):
    measure = template["outcomes"][1]["measure"]
    measure |= {"formula": "avg(duration(received -> posted, clock = business))", "unit": "business seconds"}
    template["flow"]["calendar"] = None
    assert only(template, resolve).code == "no-calendar"
    item(template["flow"], "steps", "received")["calendar"] = "bank"
    assert found(template, resolve) == set()


@pytest.fixture
def cost_rule():
    return {"id": "clerk", "title": "Clerk", "charge": {"currency": "USD", "fixed": "5.00"}}


@pytest.mark.parametrize(
    ("charge", "codes"),
    [
        ({}, {"charge.nothing"}),
        ({"fixed": "5.00"}, set()),
        ({"per_unit": {"rate": "0.02"}}, set()),
        ({"fixed": "5.00", "at_most": "0"}, {"charge.limit"}),
        ({"tiers": [{"later_than": "1 day", "amount": "3"}, {"later_than": "1 day", "amount": "4"}]}, {"charge.twice"}),
        ({"tiers": [{"later_than": "1 day", "amount": "0"}]}, {"charge.nothing"}),
    ],
)
def test_a_cost_rule_costs_something_and_has_each_tier_once(cost_rule, resolve, charge, codes):
    cost_rule["charge"] = {"currency": "USD", **charge}
    assert {p.code for p in validate("cost_rule", cost_rule, resolve)} == codes


@pytest.mark.parametrize(
    ("formula", "charge", "code"),
    [
        ("count(posted)", {"fixed": "5.00"}, None),
        ("count(posted)", {"per_minute_late": "5.00"}, "cost-rule.failures"),
        ("avg(posted.amount)", {"fixed": "5.00"}, "cost-rule.failures"),
        ("count(", {"fixed": "5.00"}, None),
    ],
)
def test_the_cost_rule_of_a_kpi_must_suit_its_failures(template, documents, resolve, formula, charge, code):
    template["outcomes"][1] |= {"cost_rule": "clerk"}
    template["outcomes"][1]["measure"]["formula"] = formula
    wrong = [p for p in validate("template", template, resolve) if p.path == "outcomes[posted_count].cost_rule"]
    assert [p.code for p in wrong] == ["cost-rule"]
    rule = {"id": "clerk", "title": "Clerk", "charge": {"currency": "USD", **charge}}
    documents["cost_rule", "clerk"] = CostRule.model_validate(rule).data()
    wrong = [p for p in validate("template", template, resolve) if p.path == "outcomes[posted_count].cost_rule"]
    assert [p.code for p in wrong] == ([] if code is None else [code])
