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
        ("derived(posted_count * 2)", "USD", "unit.kind"),
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
        ("ratio(sum(duration(received -> posted, clock = business)), count(posted))", "seconds", "unit.working"),
        ("ratio(sum(duration(received -> posted, clock = business)), count(posted))", "business seconds", None),
        ("conformance(followed_by(received, posted, within = 1 day, clock = business))", "payments", None),
        (
            "conformance(followed_by(received, posted, within = 1 hour, clock = business), show = kept)",
            "payments",
            None,
        ),
        ("cumulative(conformance(followed_by(received, posted, within = 1 day, clock = business)))", "payments", None),
        (
            "ratio(conformance(followed_by(received, posted, within = 1 day, clock = business)), count(posted))",
            "ratio",
            None,
        ),
    ],
)
def test_the_unit_of_working_time_is_its_own(template, resolve, formula, unit, code):
    template["outcomes"].append({**template["outcomes"][1], "id": "took", "title": "Took"})
    template["outcomes"][-1]["measure"] = {**template["outcomes"][-1]["measure"], "formula": formula, "unit": unit}
    expected = set() if code is None else {("outcomes[took].measure", code, "attention")}
    assert found(template, resolve) == expected


PAID, WORKED = "sum(posted.amount)", "sum(duration(received -> posted, clock = business))"


@pytest.mark.parametrize(
    ("formula", "right", "wrong"),
    [
        (f"ratio({PAID}, count(posted))", {"USD"}, {"ratio", "percent", "seconds"}),
        (f"ratio({PAID}, sum(received.amount))", {"ratio", "USD per USD"}, {"USD", "percent", "seconds"}),
        (f"cumulative(ratio({PAID}, count(posted)), window = 7 days)", {"USD"}, {"ratio", "percent"}),
        (f"ratio({TOOK}, count(posted))", {"seconds"}, {"ratio", "percent", "USD", "minutes"}),
        (f"ratio({TOOK}, {WORKED})", {"ratio"}, {"seconds", "business seconds", "EUR"}),
        (f"ratio(count(posted), {PAID})", {"payments per USD"}, {"ratio", "percent", "USD", "seconds"}),
        (f"ratio({PAID}, {TOOK})", {"USD per hour"}, {"ratio", "USD", "seconds"}),
        (f"ratio(sum(control), {PAID})", {"ratio"}, {"USD", "percent"}),
        ("ratio(sum(control), count(posted))", {"USD"}, {"ratio", "EUR"}),
        ("ratio(sum(posted.fee), count(posted))", {"EUR", "ratio", "points"}, set()),
    ],
)
def test_a_quotient_is_of_what_its_sides_are_of(template, resolve, documents, formula, right, wrong):
    _with_total(template, documents)
    for unit in right | wrong:
        assert _codes(template, resolve, formula, unit) == ({"unit.kind"} if unit in wrong else set()), unit


@pytest.mark.parametrize(
    ("term", "right", "wrong"),
    [
        ("stp_rate * 100", {"percent", "points"}, {"ratio", "USD", "seconds"}),
        ("100 - stp_rate * 100", {"percent"}, {"ratio"}),
        ("1 - stp_rate", {"ratio"}, {"percent", "USD"}),
        ("(stp_rate + stp_rate) / 2", {"ratio"}, {"percent"}),
        ("suspense * 100", {"USD"}, {"percent", "ratio", "EUR", "seconds"}),
        ("cost - suspense / 2", {"USD"}, {"percent", "EUR"}),
        ("cost / suspense", {"ratio"}, {"percent", "USD"}),
        ("cost / suspense * 100", {"percent"}, {"ratio", "USD"}),
        ("100 * cost / suspense", {"percent"}, {"ratio", "USD"}),
        ("cost / euros", {"USD per EUR"}, {"ratio", "percent", "USD", "EUR"}),
        ("cost / posted_count", {"USD"}, {"ratio", "EUR", "percent"}),
        ("posted_count / cost", {"payments per USD"}, {"ratio", "USD", "percent"}),
        ("cost * stp_rate", {"USD"}, {"ratio", "EUR"}),
        ("posted_count / received_count", {"ratio", "postings per receipt"}, {"USD", "percent"}),
        ("posted_count - received_count", {"payments"}, {"USD", "ratio", "percent", "seconds"}),
        ("posted_count * stp_rate", {"payments"}, {"USD", "ratio"}),
        ("took / 60", {"seconds", "minutes"}, {"USD", "ratio", "percent"}),
        ("took * posted_count", {"seconds"}, {"minutes", "USD", "ratio"}),
        ("fees - posted_count", {"payments"}, {"USD"}),
        ("fees / posted_count", {"USD", "ratio", "fees"}, set()),
        ("per_payment * posted_count", {"USD"}, {"ratio", "EUR"}),
    ],
)
def test_what_is_derived_is_of_what_its_kpis_are_of(template, resolve, documents, term, right, wrong):
    _with_total(template, documents)
    for unit in right | wrong:
        expected = {"unit.kind"} if unit in wrong else set()
        assert _codes(template, resolve, f"derived({term})", unit) == expected, unit


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("derived(stp_rate + cost)", "The KPI adds what is in 'ratio' to what is in 'USD'."),
        ("derived(cost - euros)", "The KPI adds what is in 'USD' to what is in 'EUR'."),
        ("derived(cost + euros * 1.08)", "The KPI adds what is in 'USD' to what is in 'EUR'."),
        ("derived(took + worked)", "The KPI adds what is in 'seconds' to what is in 'business seconds'."),
        ("derived(posted_count - stp_rate)", "The KPI adds what is in 'payments' to what is in 'ratio'."),
        ("derived(stp_rate + stp_percent)", "The KPI adds what is in 'ratio' to what is in 'percent'."),
        ("derived(fees + points)", "The KPI adds what is in 'fees' to what is in 'points'."),
        ("gap(sum(control), count(posted))", "The KPI adds what is in 'USD' to what is in a number of things."),
    ],
)
def test_numbers_of_different_units_are_not_added(template, resolve, documents, formula, words):
    _with_total(template, documents)
    _shown_as(template, formula, "USD")
    (problem,) = validate("template", template, resolve)
    assert (problem.message, problem.code, problem.path) == (words, "unit.sum", "outcomes[shown].measure")


def test_a_wrong_unit_names_every_kpi_it_follows_from(template, resolve, documents):
    _with_total(template, documents)
    _shown_as(template, "derived(cost * 100)", "percent")
    (problem,) = validate("template", template, resolve)
    assert problem.refs == ("outcomes[cost].measure", "outcomes[suspense].measure")
    assert problem.message == "The KPI comes to an amount in USD, which cannot be shown in 'percent'."
    assert problem.hint == "Set the unit to USD: nothing is converted."


def _with_total(template, documents):
    """Add a control total in USD, and KPIs of several kinds."""
    documents["signal", "file.total"] = {**documents["signal", "gateway.latency"], "id": "file.total", "unit": "USD"}
    documents["signal", "payment.posted"]["binding"]["fields"] = [
        {"id": "fee", "native": "fee", "type": "number"}, {"id": "euros", "native": "euros", "type": "number"}
    ]  # fmt: skip
    template["system_signals"].append({**template["system_signals"][0], "id": "control", "signal": "file.total"})
    for name, formula, unit in (
        ("stp_rate", "ratio(count(posted), count(received))", "ratio"),
        ("stp_percent", "derived(stp_rate * 100)", "percent"),
        ("suspense", "balance(received.amount -> posted)", "USD"),
        ("cost", "derived(suspense * 2)", "USD"),
        ("euros", "sum(posted.euros)", "EUR"),
        ("received_count", "count(received)", "receipts"),
        ("took", TOOK, "seconds"),
        ("worked", WORKED, "business seconds"),
        ("fees", "sum(posted.fee)", "fees"),
        ("points", "avg(posted.fee)", "points"),
        ("per_payment", "ratio(sum(posted.amount), count(posted))", "USD"),
    ):
        _shown_as(template, formula, unit, name)


def _shown_as(template, formula, unit, name="shown"):
    usual = template["outcomes"][1]
    measure = {**usual["measure"], "formula": formula, "unit": unit}
    rest = [outcome for outcome in template["outcomes"] if outcome["id"] != name]
    template["outcomes"] = [*rest, {**usual, "id": name, "title": name, "measure": measure}]


def _codes(template, resolve, formula, unit):
    _shown_as(template, formula, unit)
    return {problem.code for problem in validate("template", template, resolve)}
