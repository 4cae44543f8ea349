"""A number is shown in a unit that suits what its formula comes to."""

import pytest

from bos.validate import validate


def found(template, resolve):
    return {(problem.path, problem.code, problem.severity) for problem in validate("template", template, resolve)}


TOOK = "avg(duration(received -> posted))"


@pytest.mark.parametrize(
    ("formula", "unit", "code"),
    [
        (TOOK, "seconds", None),
        (TOOK, "minutes", "unit.kind"),  # 3,600 of them would be an hour
        (TOOK, "USD", "unit.kind"),
        ("cumulative(count(posted), window = 2 days)", "seconds", "unit.kind"),
        ("count(posted)", "payments", None),
        ("count(posted)", "EUR", "unit.kind"),
        ("distinct(posted.case)", "ratio", "unit.kind"),  # 12 would be 1,200 %
        ("conformance(never_twice(posted))", "percent", "unit.kind"),
        ("conversion(received -> posted)", "percent", "unit.kind"),  # 0.98 would be 0.98 %
        ("conversion(received -> posted, show = converted)", "payments", None),
        ("availability(latency <= 0.5)", "count", "unit.kind"),
        ("ratio(count(posted), count(received))", "percent", "unit.kind"),
        ("ratio(count(posted), count(received))", "postings per payment", None),
        ("ratio(sum(posted.amount), count(posted))", "USD", None),
        (f"ratio({TOOK}, p95(duration(received -> posted)))", "seconds", "unit.kind"),
        ("sum(posted.amount)", "EUR", None),
        ("sum(posted.amount)", "dollars", "unit.currency"),
        ("sum(posted.amount)", "seconds", "unit.kind"),
        ("avg(latency)", "milliseconds", None),
        ("avg(latency)", "seconds", "unit.points"),
        ("p95(latency)", "ms", None),  # another word for it
        ("derived(posted_count * 2)", "USD", None),
    ],
)
def test_a_number_is_not_shown_as_what_it_is_not(template, resolve, formula, unit, code):
    template["outcomes"].append({**template["outcomes"][1], "id": "shown", "title": "Shown"})
    template["outcomes"][-1]["measure"] = {**template["outcomes"][-1]["measure"], "formula": formula, "unit": unit}
    severity = "attention" if code == "unit.currency" else "error"
    expected = set() if code is None else {("outcomes[shown].measure", code, severity)}
    assert found(template, resolve) == expected


@pytest.mark.parametrize(
    ("formula", "unit", "code"),
    [
        ("p95(duration(received -> posted, clock = business))", "business seconds", None),
        ("p95(duration(received -> posted, clock = business))", "seconds", "unit.working"),
        ("p95(duration(received -> posted))", "business seconds", "unit.working"),
        ("p95(duration(received -> posted))", "seconds", None),
        (
            "ratio(avg(duration(received -> posted, clock = business)), avg(duration(received -> posted)))",
            "ratio",
            None,
        ),
        ("derived(posted_count * 2)", "business seconds", None),
    ],
)
def test_the_unit_of_working_time_is_its_own(template, resolve, formula, unit, code):
    template["outcomes"].append({**template["outcomes"][1], "id": "took", "title": "Took"})
    template["outcomes"][-1]["measure"] = {**template["outcomes"][-1]["measure"], "formula": formula, "unit": unit}
    expected = set() if code is None else {("outcomes[took].measure", code, "attention")}
    assert found(template, resolve) == expected
