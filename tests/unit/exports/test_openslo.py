"""A template as OpenSLO: every field carried or reported, objectives, windows and alerts as they are meant."""

from __future__ import annotations

import copy

import pytest

from bos.dashboards.exports.openslo_fields import OUTCOME, TEMPLATE, Left, Noted
from bos.dashboards.exports.openslo_yaml import shorthand
from bos.model.document import Part
from bos.model.fields import FIELDS
from bos.model.outcomes import Outcome
from bos.model.template import Template
from tests.unit.exports.made_openslo import FULL, exported, kpi, notes, of_kind, only_slo, ratio, read, template
from tests.unit.exports.openslo_rules import hold


def leaves(model, path=""):
    """Yield the paths of the fields of a model, down to those that hold no part of a document."""
    for name, field in model.model_fields.items():
        parts = [kind for kind in (field.annotation, *nested(field.annotation)) if isinstance(kind, type)]
        inner = next((kind for kind in parts if issubclass(kind, Part)), None)
        many = "[]" if "tuple" in str(field.annotation) and inner else ""
        if inner is None:
            yield f"{path}{name}"
        else:
            yield from leaves(inner, f"{path}{name}{many}.")


def nested(annotation):
    for one in getattr(annotation, "__args__", ()):
        yield one
        yield from nested(one)


def test_every_field_of_a_kpi_and_of_a_template_is_named_exactly_once():
    rows = [row.path for row in OUTCOME]
    assert sorted(rows) == sorted(leaves(Outcome))
    assert len(rows) == len(set(rows)) == 31
    top = [row.path for row in TEMPLATE]
    assert sorted(top) == sorted(Template.model_fields)
    for pattern in FIELDS["template"]:
        inside = pattern.removeprefix("outcomes[].")
        known = rows if inside != pattern else top
        name = inside if inside != pattern else pattern.partition(".")[0].removesuffix("[]")
        assert [path for path in known if path.partition(".")[0].removesuffix("[]") == name.partition(".")[0]], pattern


CARRIED = {
    "title": ("metadata", "displayName", "Return rate"),
    "description": ("spec", "description", "What came back."),
    "tags": ("metadata", "labels", {"tags": ["returns", "yes"]}),
    "error_budget": ("spec", "timeWindow", [{"duration": "30d", "isRolling": True}]),
    "target.value": ("spec", "objectives", [{"displayName": "at most 3.00\u202f%", "target": 0.97}]),
}
KEPT = {
    "id": "return_rate",
    "measure.formula": "ratio(count(returned), count(sent))",
    "measure.unit": "ratio",
    "measure.anchor": "sent",
    "measure.window": "60 days",
    "measure.time_zone": "Europe/Amsterdam",
    "target.source": "Rules of the network",
    "thresholds[].id": "warning 0.02 (near), breach 0.04 (over)",
    "thresholds[].level": "warning 0.02 (near), breach 0.04 (over)",
    "thresholds[].value": "warning 0.02 (near), breach 0.04 (over)",
    "cost_rule": "returned-debit",
    "regulation": "Reg Z §1026.36",
    "source": "Nacha Operating Rules",
}
REPORTED = {
    "measure.dimensions": '["channel"]',
    "trust.fresh": "true",
    "trust.correlated": "0.98",
    "trust.begins": '["sent"]',
    "trust.duplicates": "0.01",
    "trust.control.kpi": "other",
    "trust.control.at_most": "2.5",
    "trust.approved": "true",
    "watch.every": "10 minutes",
    "watch.over": "1 day",
    "watch.worse_after": "3",
    "watch.better_after": "4",
}


def test_a_kpi_that_says_every_field_has_each_of_them_in_the_file_or_among_what_is_reported():
    parcel = exported(template())
    slo = only_slo(read(parcel))
    rows = {row.path: row for row in OUTCOME}
    assert set(CARRIED) | set(KEPT) | set(REPORTED) | {"target.direction"} == set(rows)
    for path, (part, name, expected) in CARRIED.items():
        assert slo[part][name] == expected, path
        assert rows[path].place.startswith(f"{part}.{name}"), path
    assert "bad" in ratio(slo)
    assert "good" not in ratio(slo)
    for path, expected in KEPT.items():
        assert isinstance(rows[path], Noted)
        assert slo["metadata"]["annotations"][rows[path].place] == expected, path
    told = {one.what: one for one in parcel.not_carried if one.where == "Return rate"}
    for path, expected in REPORTED.items():
        row = rows[path]
        assert isinstance(row, Left)
        assert told[f"{row.what}: {expected}"].why == row.why
        assert f"Return rate · {row.what}: {expected}: {row.why}" in notes(slo)["not-carried"].splitlines()
    assert parcel.carried == ("return_rate",)


def test_a_flow_without_kpis_is_a_service_that_says_so():
    parcel = exported(template(outcomes=()))
    (service,) = read(parcel)
    assert service["kind"] == "Service"
    assert parcel.carried == ()
    told = parcel.not_carried[0]
    assert (told.what, told.why) == ("Objectives", "The flow has no KPI, so the file has a service and no SLO.")
    assert f"Objectives: {told.why}" in notes(service)["not-carried"].splitlines()


def test_sixty_kpis_are_sixty_slos_of_one_service_that_share_what_can_be_shared():
    formula = "ratio(count(returned), count(sent))"
    parcel = exported(template(*(kpi(f"kpi_{at}", formula, error_budget="30 days") for at in range(60))))
    documents = read(parcel)
    assert list(of_kind(documents, "SLO")) == [f"payments--kpi-{at}" for at in range(60)]
    counts = {
        kind: len(of_kind(documents, kind)) for kind in ("Service", "DataSource", "AlertCondition", "AlertPolicy")
    }
    assert counts == {"Service": 1, "DataSource": 1, "AlertCondition": 3, "AlertPolicy": 180}


def test_what_is_reported_stands_in_the_file_line_by_line():
    parcel = exported(template(FULL, kpi("much", "count(sent)"), notes=[{"id": "n", "text": "An assumption."}]))
    documents = read(parcel)
    lines = [line for one in documents for line in notes(one).get("not-carried", "").splitlines()]
    told = [" · ".join(filter(None, (one.where, one.what))) + f": {one.why}" for one in parcel.not_carried]
    assert sorted(lines) == sorted(told)
    assert len(told) == len(set(told))
    (service,) = of_kind(documents, "Service").values()
    assert {"Steps and ways between them", "Ownership", "Assumptions and gaps"} <= {
        one.what for one in parcel.not_carried if not one.where
    }
    assert notes(service)["flow"] == "payments"
    assert notes(service)["template-version"] == "7"
    assert notes(service)["owner"] == "process_owner"


def test_a_field_that_says_nothing_is_neither_carried_nor_reported():
    parcel = exported(template(kpi("plain", "ratio(count(returned), count(sent))")))
    slo = only_slo(read(parcel))
    assert set(notes(slo)) == {"kpi", "formula", "unit", "anchor", "owner", "template-version", "not-carried"}
    assert "timeWindow" not in slo["spec"]
    assert "alertPolicies" not in slo["spec"]
    assert [one.what for one in parcel.not_carried if one.where == "Plain"] == ["Queries of a vendor"]


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (kpi("x", "count(sent)"), "no share"),
        (kpi("x", "p95(duration(sent -> posted))"), "no share"),
        (kpi("x", "derived(other / other)"), "no share"),
        (kpi("x", "conversion(sent -> posted, show = converted)"), "no share"),
        (kpi("x", "ratio(distinct(sent.case), count(sent))"), "do not add up"),
        (kpi("x", "ratio(avg(sent.amount), count(sent))"), "do not add up"),
        (kpi("x", "ratio(sum(returned.amount), sum(sent.amount))"), "several currencies"),
        (kpi("x", "ratio(count(sent), count(posted))", None), "no target"),
        (kpi("x", "ratio(count(sent), count(posted))", 1), "below 100 %"),
        (kpi("x", "ratio(count(sent), count(posted))", 0, "at_most"), "below 100 %"),
        (kpi("x", "ratio(count(sent), count(posted))", 3), "below 100 %"),
        (kpi("x", "ratio(count(sent), count(posted))", -0.1), "below 100 %"),
        (kpi("x", "ratio(count(sent), count(none))"), "none"),
        (kpi("x", "ratio(count("), "ends too early"),
    ],
)
def test_a_kpi_that_can_be_no_slo_is_reported_whole_with_the_reason(outcome, why):
    parcel = exported(template(outcome, kpi("other", "ratio(count(returned), count(sent))")))
    documents = read(parcel)
    assert list(of_kind(documents, "SLO")) == ["payments--other"]
    (told,) = [one for one in parcel.not_carried if one.where == "X"]
    assert told.what == "The whole KPI"
    assert why in told.why.lower() or why in told.why
    (service,) = of_kind(documents, "Service").values()
    assert f"X · The whole KPI: {told.why}" in notes(service)["not-carried"]


def test_a_kpi_whose_signals_are_not_bound_has_no_query_that_would_count_nothing():
    parcel = exported(template(kpi("x", "ratio(count(returned), count(sent))")), unbound=("returned",))
    assert not of_kind(read(parcel), "SLO")
    assert "Not bound to recorded events yet: returned." in {one.why for one in parcel.not_carried}


@pytest.mark.parametrize(
    ("target", "direction", "expected"),
    [(0.03, "at_most", 0.97), (0.005, "at_most", 0.995), (0.995, "at_least", 0.995), (0.1, "at_most", 0.9),
     (1, "at_most", 0.0), (0, "at_least", 0.0), (0.0001, "at_most", 0.9999)],
)  # fmt: skip
def test_targets_are_the_share_of_good_digit_for_digit(target, direction, expected):
    slo = only_slo(read(exported(template(kpi("x", "ratio(count(returned), count(sent))", target, direction)))))
    assert slo["spec"]["objectives"][0]["target"] == expected
    assert ("bad" in ratio(slo)) == (direction == "at_most")


def test_an_error_budget_of_30_days_has_the_three_burn_rates_of_the_workbook():
    documents = read(exported(template()))
    conditions = {name: one["spec"] for name, one in of_kind(documents, "AlertCondition").items()}
    told = {(one["severity"], one["condition"]["lookbackWindow"], one["condition"]["threshold"])
            for one in conditions.values()}  # fmt: skip
    assert told == {("breach", "1h", 14.4), ("breach", "6h", 6.0), ("warning", "3d", 1.0)}  # table 5-8, for 30 days
    assert {one["condition"]["op"] for one in conditions.values()} == {"gte"}
    named = [one["alertPolicyRef"] for one in only_slo(documents)["spec"]["alertPolicies"]]
    policies = of_kind(documents, "AlertPolicy")
    assert named == list(policies)
    assert [policies[name]["spec"]["conditions"][0]["conditionRef"] for name in named] == list(conditions)
    (target,) = of_kind(documents, "AlertNotificationTarget").values()
    assert target["spec"]["target"] == "business_owner"
    left = [one.what for one in exported(template()).not_carried if "alert" in one.what]
    assert left == [f"Short window of the alert over {long}" for long in ("1h", "6h", "3d")]


def test_the_window_is_that_of_the_budget_else_the_kpis_own():
    formula = "ratio(count(returned), count(sent))"
    shown = [kpi("own", formula, window="8 weeks"), kpi("budget", formula, error_budget="12 hours", window="8 weeks")]
    slos = of_kind(read(exported(template(*shown))), "SLO")
    assert slos["payments--own"]["spec"]["timeWindow"] == [{"duration": "8w", "isRolling": True}]
    assert slos["payments--budget"]["spec"]["timeWindow"] == [{"duration": "12h", "isRolling": True}]
    assert shorthand("1 minute") == "1m"
    assert "alertPolicies" not in slos["payments--own"]["spec"]


FILE = read(exported(template()))
WRONG = [
    ("Service", ("apiVersion",), "openslo/v2"),
    ("Service", ("kind",), "Thing"),
    ("Service", ("metadata", "name"), "Payments_1"),
    ("SLO", ("metadata", "displayName"), "t" * 64),
    ("SLO", ("metadata", "annotations"), {"a b": "c"}),
    ("SLO", ("spec", "service"), "other"),
    ("SLO", ("spec", "budgetingMethod"), "Timeslices"),
    ("SLO", ("spec", "timeWindow"), [{"duration": "30 days", "isRolling": True}]),
    ("SLO", ("spec", "timeWindow"), [{"duration": "30d", "isRolling": False}]),
    ("SLO", ("spec", "objectives"), [{"target": 1.0}]),
    ("SLO", ("spec", "objectives"), [{"target": 0.9, "targetPercent": 90}]),
    ("SLO", ("spec", "description"), "d" * 1051),
    ("SLO", ("spec", "more"), 1),
    ("SLO", ("spec", "indicator", "spec", "ratioMetric", "raw"), {"metricSource": {"type": "x", "spec": {"q": "x"}}}),
    ("AlertPolicy", ("spec", "conditions"), []),
    ("AlertPolicy", ("spec", "notificationTargets"), [{"targetRef": "nobody"}]),
    ("AlertCondition", ("spec", "condition", "lookbackWindow"), "60"),
    ("AlertCondition", ("spec", "condition", "alertAfter"), "00m"),
    ("AlertCondition", ("spec", "condition", "op"), "over"),
    ("AlertCondition", ("spec", "condition", "kind"), "burn rate"),
    ("AlertNotificationTarget", ("spec", "target"), ""),
    ("DataSource", ("spec", "connectionDetails"), None),
]


@pytest.mark.parametrize(("kind", "path", "value"), WRONG)
def test_what_breaks_a_rule_of_the_specification_is_found(kind, path, value):
    documents = copy.deepcopy(FILE)
    hold(documents)
    part = next(one for one in documents if one["kind"] == kind)
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(AssertionError):
        hold(documents)
