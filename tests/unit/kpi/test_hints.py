"""Hints of wrong formulas: they say what could stand there in the words of a formula, never by names of the grammar."""

import re

import pytest

from bos.errors import FormulaError
from bos.kpi.parser import parse

RIGHT = (
    "count(a where x = 1 and not (y in ('b', 'c') or z is not null))",
    "avg(duration(a -> b, clock = business))",
    "max(age(a -> b, clock = wall))",
    "p95(a.amount where x != date '2026-01-31')",
    "distinct(a.person)",
    "ratio(count(a), count(b where x < -1.5))",
    "derived((one + 2) / other)",
    "conversion(a -> b, within = 14 days, show = rate)",
    "conformance(precedes(a, b), show = kept)",
    "conformance(followed_by(a, b, within = 2 hours, clock = wall))",
    "conformance(exactly_one(a, b, ended = c))",
    "conformance(must_end(a, b))",
    "cumulative(count(a), window = 7 days)",
    "cumulative(count(a), grain_to_date = month)",
    "availability(up >= 0.5)",
    "availability(good / total)",
    "gap(count(a), count(b))",
    "cost(rule)",
    "balance(a.amount -> b)",
    "balance(queue)",
)
WRONG = sorted(
    {
        text[:cut] + odd + text[cut + 1 :] if odd != "…" else text[:cut]
        for text in RIGHT
        for cut in range(len(text))
        for odd in ("…", ",", ")", "-", " 1 ", " within ", " x ")
    }
)


def hint_of(text):
    try:
        parse(text)
    except FormulaError as error:
        return error.hint
    return ""


@pytest.mark.parametrize("text", RIGHT)
def test_what_the_wrong_formulas_are_made_of_is_right(text):
    parse(text)


def test_no_hint_names_a_rule_of_the_grammar():
    hints = {hint_of(text) for text in WRONG}
    assert len(hints) > 40
    told = {hint for hint in hints if re.search(r"__|\b[A-Z][A-Z_0-9]+\b|anon|_key\b", hint)}
    assert not told


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("balance(received, posted)", "Expected ), ->, a dot and a field or where."),
        ("avg(duration(a -> b, o = wall))", "Expected clock."),
        ("avg(duration(a b))", "Expected -> or where."),
        ("conversion(a -> b, clock = wall)", "Expected show or within."),
    ],
)
def test_the_arrow_and_the_clock_are_named_as_they_are_written(text, hint):
    assert sorted(re.split(r", | or ", hint_of(text).removeprefix("Expected ").removesuffix("."))) == sorted(
        re.split(r", | or ", hint.removeprefix("Expected ").removesuffix("."))
    )
