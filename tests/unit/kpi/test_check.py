"""Checks of a KPI against the signals and the other KPIs of its template."""

import subprocess
import sys

import pytest

from bos.kpi import BoundSignal, FieldBinding, KpiSpec, check

FIELDS = {
    "code": FieldBinding("Code"),
    "weight": FieldBinding("Weight", "number"),
    "tries": FieldBinding("Tries", "integer"),
    "manual": FieldBinding("Manual", "boolean"),
    "due": FieldBinding("Due", "date"),
    "sent": FieldBinding("Sent", "time"),
}
SIGNALS = {
    "received": BoundSignal("received", "RCV", fields=FIELDS),
    "posted": BoundSignal("posted", "PST"),
    "planned": BoundSignal("planned"),
}
OTHERS = [KpiSpec("one", "count(posted)"), KpiSpec("two", "derived(three)"), KpiSpec("three", "derived(two + one)")]


def problems(formula, anchor="event", dimensions=(), name="it"):
    return check(KpiSpec(name, formula, anchor, dimensions=dimensions), SIGNALS, OTHERS)


@pytest.mark.parametrize(
    "formula",
    [
        "count(received where weight > 1.5 and tries in (1, 2) and manual = true and due >= date '2026-01-01')",
        "count(received where effective_date = due and sent <= time and amount > weight and tries != amount)",
        "sum(received.weight)",
        "distinct(received.code)",
        "distinct(received.case)",
        "p95(duration(received -> posted))",
        "conversion(received where code is not null -> posted, within = 2 hours)",
        "derived(one / 2)",
    ],
)
def test_a_formula_that_fits_has_no_problem(formula):
    assert problems(formula) == []


@pytest.mark.parametrize(
    ("formula", "code", "words"),
    [
        ("count(", "formula", "too early"),
        ("count(recieved)", "unknown-signal", "Did you mean received?"),
        ("count(received where kode = 'x')", "unknown-field", "Did you mean code?"),
        ("sum(received.wight)", "unknown-field", "Did you mean weight?"),
        ("sum(received.code)", "type", "sum needs a number"),
        ("p50(received.due)", "type", "percentile needs a number"),
        ("count(received where code = 1)", "type", "single quotes"),
        ("count(received where weight = '1')", "type", "without quotes"),
        ("count(received where manual = 'true')", "type", "true or false"),
        ("count(received where manual < manual)", "type", "no order"),
        ("count(received where sent > date '2026-01-01')", "type", "the window"),
        ("count(received where due = code)", "type", "fields of one type"),
        ("count(received where tries in ('1'))", "type", "a text"),
        ("avg(duration(received -> posted, clock = business))", "no-calendar", "Choose a calendar"),
        ("derived(on + 1)", "unknown-kpi", "Did you mean one?"),
        ("derived(it * 2)", "cycle", "it → it"),
    ],
)
def test_what_does_not_fit_is_named_with_what_to_do(formula, code, words):
    (problem,) = problems(formula)
    assert (problem.code, problem.path, problem.severity) == (code, "formula", "error")
    assert words in problem.message + " " + problem.hint


def test_a_longer_cycle_is_told_as_the_way_back():
    (problem,) = check(OTHERS[1], SIGNALS, OTHERS)
    assert "two → three → two" in problem.message


@pytest.mark.parametrize(("width", "depth"), [(2, 40), (1, 400), (50, 7)])
def test_a_derived_kpi_that_grows_beyond_use_is_refused(width, depth):
    chain = [KpiSpec(f"k{i}", f"derived({' + '.join([f'k{i + 1}'] * width)})") for i in range(depth)]
    found = check(chain[0], SIGNALS, [*chain, KpiSpec(f"k{depth}", "count(posted)")])
    assert [problem.code for problem in found] == ["too-large"]


def test_every_problem_is_told_at_once():
    found = problems("ratio(count(gone where x = 1), sum(posted.code))", "nowhere", ("channel",))
    assert [problem.code for problem in found] == ["unknown-signal", "unknown-field", "unknown-anchor"]


def test_an_unbound_signal_is_an_attention():
    (problem,) = problems("count(planned)")
    assert (problem.code, problem.severity) == ("unbound", "attention")


@pytest.mark.parametrize(
    ("formula", "anchor", "expected"),
    [
        ("count(posted)", "start", []),
        ("count(posted)", "received", []),
        ("count(posted)", "begin", ["unknown-anchor"]),
        ("conversion(received -> posted)", "end", ["anchor"]),
        ("conversion(received -> posted, show = converted)", "end", []),
        ("derived(one + 1)", "start", ["anchor"]),
    ],
)
def test_an_anchor_must_place_every_case(formula, anchor, expected):
    assert [problem.code for problem in problems(formula, anchor)] == expected


@pytest.mark.parametrize(
    ("formula", "anchor", "dimension", "fits"),
    [
        ("count(received)", "event", "code", True),
        ("count(posted)", "event", "code", False),
        ("count(posted)", "event", "resource", True),
        ("count(posted)", "received", "code", True),
        ("ratio(count(received), count(posted))", "event", "code", False),
        ("count(received)", "start", "code", False),
        ("count(received)", "end", "resource", True),
        ("avg(duration(received -> posted))", "event", "code", True),
        ("avg(duration(received -> posted))", "end", "code", False),
        ("conformance(precedes(received, posted))", "event", "code", False),
        ("conformance(must_end(received))", "event", "code", False),
        ("conformance(never_twice(received))", "event", "code", True),
    ],
)
def test_a_dimension_is_a_field_of_the_event_that_places(formula, anchor, dimension, fits):
    assert (problems(formula, anchor, (dimension,)) == []) is fits


def test_importing_the_language_loads_nothing_that_computes():
    code = (
        "import sys, bos.kpi; print(*(m for m in ('ibis', 'duckdb', 'pandas', 'pyarrow', 'lark') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
