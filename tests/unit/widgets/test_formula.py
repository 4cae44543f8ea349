"""The form of a formula: a view of the text, which is the truth."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bos.kpi import parse
from bos.resources import share
from widgets.wizard import formula
from widgets.wizard.messages import ERRORS

NAMES = st.sampled_from(["received", "posted", "returned", "due"])
ALONE = {"count", "ratio", "sum", "availability", "cost", "along"}
NAMED = formula.Names(("received", "posted"), ("gateway",), ("returns",))
SYSTEMS = st.sampled_from(["gateway", "latency"])
FILTERS = st.sampled_from(["", "code = 'R01'", "code in ('R02', 'R03') and amount > 5", "code is not null"])


def shipped():
    """Yield every formula of the blueprints."""
    for path in sorted((share("data") / "blueprints").glob("*.yaml")):
        for outcome in yaml.safe_load(path.read_text())["template"]["outcomes"]:
            yield outcome["measure"]["formula"]


@pytest.mark.parametrize("text", list(shipped()))
def test_the_form_of_a_shipped_formula_writes_the_same_formula_again(text):
    form = formula.form_of(text)
    if form["kind"] != "text":
        assert parse(formula.text_of(form)) == parse(text)


def test_most_shipped_formulas_have_a_form():
    kinds = [formula.form_of(text)["kind"] for text in shipped()]
    assert kinds.count("text") <= len(kinds) // 4


FORMS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("count"), "signal": NAMES, "filter": FILTERS}),
    st.fixed_dictionaries(
        {"kind": st.just("ratio"), "signal": NAMES, "filter": FILTERS, "other": NAMES, "other_filter": FILTERS}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("sum"), "signal": NAMES, "field": st.sampled_from(["amount", "fee"]), "filter": FILTERS}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("time"), "measure": st.sampled_from(list(formula.MEASURES)), "signal": NAMES, "other": NAMES,
         "clock": st.sampled_from(list(formula.CLOCKS))}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("open"), "signal": NAMES, "field": st.sampled_from(["", "amount"]), "other": NAMES}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("age"), "measure": st.sampled_from(list(formula.MEASURES)), "signal": NAMES, "other": NAMES,
         "clock": st.sampled_from(list(formula.CLOCKS))}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("availability"), "system": SYSTEMS, "bound": st.sampled_from(["", "<= 0.5", "> 250"])}
    ),
    st.fixed_dictionaries({"kind": st.just("cost"), "charged": st.sampled_from(["returns", "late"])}),
    st.fixed_dictionaries(
        {"kind": st.just("conversion"), "signal": NAMES, "other": NAMES, "within": st.sampled_from(["", "14 days"])}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("rule"), "rule": st.sampled_from(["precedes", "different_persons", "exactly_one", "must_end"]),
         "signal": NAMES, "other": NAMES}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("along"), "signals": st.lists(NAMES, min_size=2, max_size=4, unique=True).map(", ".join)}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("late"), "signal": NAMES, "other": NAMES, "within": st.sampled_from(["3 hours", "2 days"]),
         "clock": st.sampled_from(list(formula.CLOCKS))}
    ),
).filter(lambda form: form["kind"] in ALONE or form["signal"] != form["other"])  # fmt: skip


@given(FORMS)
def test_a_form_and_its_text_say_the_same(form):
    text = formula.text_of(form)
    parse(text)
    assert formula.form_of(text) == form


@given(FORMS, st.sampled_from(list(formula.KINDS)))
def test_another_kind_keeps_what_it_has_room_for_and_can_be_read(form, kind):
    text = formula.change(formula.text_of(form), "kind", kind, NAMED)
    parse(text)
    after = formula.form_of(text)
    assert after["kind"] == (form["kind"] if kind == "text" else kind)
    for name in formula.PARTS[after["kind"]]:
        if form.get(name) and (name != "other" or form["other"] != form.get("signal")):
            assert after[name] == form[name]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "count(",
        "derived(a + b)",
        "count(a where b = 'count(x)')",
        "ratio(sum(a.amount), count(b))",
        "p99(a.amount)",
    ],
)
def test_a_formula_without_a_form_is_left_as_it_is_written(text):
    assert formula.form_of(text)["kind"] in {"text", "count"}
    if formula.form_of(text)["kind"] == "text":
        assert formula.change(text, "signal", "posted", NAMED) == text


def test_every_part_of_every_kind_is_one_the_form_knows():
    known = {
        "signal", "other", "filter", "other_filter", "field", "measure", "within", "rule", "clock", "system", "bound",
        "charged", "signals",
    }  # fmt: skip
    assert {name for parts in formula.PARTS.values() for name in parts} == known
    assert set(formula.PARTS) == set(formula.KINDS)
    assert "formula" in ERRORS
