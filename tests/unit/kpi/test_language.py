"""The language: text ↔ nodes, one spelling per meaning, errors with a place."""

import string
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.errors import FormulaError
from bos.kpi import FUNCTIONS, nodes, parse, print_formula, refs
from bos.kpi import rules as rules_module
from bos.kpi.conditions import RESERVED, And, Compare, Constant, FieldRef, In, IsNull, Not, Or

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name not in RESERVED)
words = st.sampled_from(["count", "within", "show", "clock", "ratio", "p95", "duration", "day", "wall", "precedes"])
idents = names | words
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t'\"\\"), max_size=20)
numbers = st.decimals(-(10**6), 10**6, places=3, allow_nan=False).map(lambda value: value + 0)
days = st.dates(date(1, 1, 1))
refs_ = idents.map(FieldRef)
constants = (texts | numbers | days).map(Constant)
compares = st.builds(Compare, refs_, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), constants | refs_)
flags = st.builds(Compare, refs_, st.sampled_from(["=", "!="]), st.booleans().map(Constant))
lists = st.builds(
    lambda field, values: In(field, tuple(map(Constant, values))),
    refs_,
    st.lists(texts, min_size=1, max_size=3, unique=True)
    | st.lists(numbers, min_size=1, max_size=3, unique=True)
    | st.lists(days, min_size=1, max_size=3, unique=True),
)
simple = compares | flags | lists | st.builds(IsNull, refs_, st.booleans())


def flat(kind, items):
    parts = [part for item in items for part in (item.items if isinstance(item, kind) else (item,))]
    return kind(tuple(parts))


def joined(inner):
    several = st.lists(inner, min_size=2, max_size=3)
    both = several.map(lambda items: flat(And, items)) | several.map(lambda items: flat(Or, items))
    return both | (lists | both).map(Not)


conditions = st.recursive(simple, joined, max_leaves=6)
selections = st.builds(nodes.Selection, idents, st.none() | conditions)
two = st.tuples(selections, selections).filter(lambda pair: pair[0] != pair[1])
field_of = st.builds(nodes.FieldOf, selections, idents)
durations = st.builds(lambda pair, clock: nodes.Duration(*pair, clock), two, st.sampled_from(["wall", "business"]))
values = field_of | durations
spans = st.builds(nodes.Span, st.integers(1, 99_999), st.sampled_from(["minute", "hour", "day", "week"]))
shows = st.sampled_from(["rate", "converted", "dropped", "in_flight"])
rules = (
    two.map(lambda pair: nodes.Precedes(*pair))
    | two.map(lambda pair: nodes.DifferentPersons(*pair))
    | st.builds(nodes.NeverTwice, selections)
    | st.builds(
        lambda pair, within, clock: nodes.FollowedBy(*pair, within, clock if within.unit != "week" else "wall"),
        two,
        spans,
        st.sampled_from(["wall", "business"]),
    )
    | st.builds(
        lambda chosen, ended: nodes.ExactlyOne(tuple(chosen[ended:]), chosen[0] if ended else None),
        st.lists(selections, min_size=3, max_size=4, unique=True),
        st.booleans(),
    )
    | st.lists(selections, min_size=1, max_size=3, unique=True).map(lambda ends: nodes.MustEnd(tuple(ends)))
    | st.lists(selections, min_size=2, max_size=4, unique=True).map(lambda of: nodes.AlongFlow(tuple(of)))
)
leaves = st.one_of(
    st.builds(nodes.Count, selections),
    st.builds(nodes.Aggregate, st.sampled_from(["sum", "avg", "min", "max"]), values),
    st.builds(nodes.Percentile, st.sampled_from(["50", "95", "99.9", "0.001"]).map(Decimal), values),
    st.builds(nodes.Distinct, field_of),
    st.builds(lambda pair, within, show: nodes.Conversion(*pair, within, show), two, st.none() | spans, shows),
    st.builds(
        lambda rule, show: nodes.Conformance(
            rule, show if show != "pending" or rules_module.has_pending(rule) else "kept"
        ),
        rules,
        st.sampled_from(["broken", "pending", "kept"]),
    ),
)
terms = st.recursive(
    st.builds(nodes.KpiRef, idents) | st.builds(nodes.Number, numbers.map(abs)),
    lambda inner: st.builds(nodes.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
    max_leaves=8,
)
measures = leaves | st.builds(nodes.Ratio, leaves, leaves) | terms.filter(nodes.kpis_of).map(nodes.Derived)


@given(measures)
def test_a_printed_formula_reads_back_as_the_same_tree_and_prints_the_same(measure):
    text = print_formula(measure)
    assert parse(text) == measure
    assert print_formula(parse(text)) == text


@given(st.text(string.ascii_lowercase + " ().,'=<>-_0123456789\n", max_size=60) | texts)
def test_any_text_is_a_formula_or_an_error_with_a_place_and_a_hint(text):
    try:
        measure, error = parse(text), None
    except FormulaError as caught:
        measure, error = None, caught
    if error is None:
        assert parse(print_formula(measure)) == measure
    else:
        assert 1 <= error.line <= text.count("\n") + 1
        assert error.column >= 1
        assert error.message
        assert error.hint


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("count( a )", "count(a)"),
        ("count(a where x <> 1)", "count(a where x != 1)"),
        ("count(a where not x = 1)", "count(a where x != 1)"),
        ("count(a where not not x in (1))", "count(a where x in (1))"),
        ("count(a where not x < 1.50)", "count(a where x >= 1.5)"),
        ("count(a where x not in ('b', 'b'))", "count(a where not x in ('b'))"),
        ("count(a where not x is null)", "count(a where x is not null)"),
        ("count(a where (x = 1 and y = 2) and z = 3)", "count(a where x = 1 and y = 2 and z = 3)"),
        ("count(a where x = 1 or (y = 2 and z = 3))", "count(a where x = 1 or y = 2 and z = 3)"),
        ("count(a where x = -0)", "count(a where x = 0)"),
        ("count(a where date = date'2026-01-31')", None),
        ("count(a where day = date'2026-01-31')", "count(a where day = date '2026-01-31')"),
        ("p95.0(a.b)", "p95(a.b)"),
        ("avg(duration(a -> b, clock = wall))", "avg(duration(a -> b))"),
        ("conversion(a->b,show=rate,within=1 days)", "conversion(a -> b, within = 1 day)"),
        ("derived((a + b) + c - (d - e))", "derived(a + b + c - (d - e))"),
        ("derived((a * b) / (c * 2.0))", "derived(a * b / (c * 2))"),
    ],
)
def test_a_meaning_has_one_spelling(written, canonical):
    if canonical is None:
        with pytest.raises(FormulaError, match="word of the language"):
            parse(written)
    else:
        assert print_formula(parse(written)) == canonical


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("coun(a)", (1, 1), "Did you mean count?"),
        ("", (1, 1), "The functions are count"),
        ("count(a", (1, 8), "Expected ) or where."),
        ("count(\n  a where )", (2, 11), "a name"),
        ("count(A)", (1, 7), "lower case"),
        ('count(a where x = "b")', (1, 19), "single quotes"),
        ("count(a where x = 'b)", (1, 19), "Close the text"),
        ("distinct(a)", (1, 11), "a dot and a field"),
        ("duration(a -> b)", (1, 1), "such as avg(duration("),
        ("never_twice(a)", (1, 1), "such as conformance(never_twice("),
        ("conformance(count(a))", (1, 13), "The rules are"),
        ("conversion(a -> b, within = 14 fortnights)", (1, 32), "minutes, hours"),
        ("conversion(a -> b, within = 1 day, within = 2 days)", (1, 1), "at most once"),
        ("conversion(a -> b, within = 0 days)", (1, 18), "Use 1 to 99999."),
        ("ratio(count(a), derived(x))", (1, 1), "derived(one / other)"),
        ("count(a where x = date '2026-02-30')", (1, 19), "date '2026-01-31'"),
        ("count(a where x = 12345678901234567890)", (1, 19), "18 digits"),
        ("count(a where x in (1, 'b'))", (1, 15), "not several"),
        ("count(a where x < true)", (1, 15), "Use = or !=."),
        ("p100(a.b)", (1, 1), "below 100"),
        ("derived(1 + 2)", (1, 1), "at least one KPI"),
        ("avg(duration(a -> a))", (1, 5), "two signals"),
        ("count(a where " + "(x = 1 and (x = 2 or " * 40 + "x = 3" + "))" * 40 + ")", None, "several KPIs"),
        ("count(a where " + "(x = 1 and (x = 2 or " * 17 + "x = 3" + "))" * 17 + ")", None, "flatter"),
        ("derived(" + "a + " * 90 + "a)", None, "several KPIs"),
        ("count(a" + " " * 4000 + ")", (1, 1), "at most 4000"),
    ],
)
def test_an_error_says_where_it_is_and_what_to_do(text, place, hint):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    if place:
        assert (caught.value.line, caught.value.column) == place
    assert hint in caught.value.hint


def test_nodes_refuse_what_cannot_be_printed_or_stored():
    for build in (
        lambda: nodes.Selection("A"),
        lambda: nodes.Selection("and"),
        lambda: Constant("\x00"),
        lambda: Constant("\ud800"),
        lambda: Constant(Decimal("NaN")),
        lambda: In(FieldRef("x"), ()),
        lambda: And((IsNull(FieldRef("x")),)),
        lambda: Not(IsNull(FieldRef("x"))),
        lambda: nodes.MustEnd(()),
        lambda: nodes.AlongFlow((nodes.Selection("a"),)),
        lambda: nodes.AlongFlow((nodes.Selection("a"), nodes.Selection("a"))),
        lambda: nodes.AlongFlow(tuple(nodes.Selection(f"a{i}") for i in range(61))),
        lambda: nodes.Number(Decimal(-1)),
        lambda: nodes.Span(1, "year"),
    ):
        with pytest.raises(FormulaError):
            build()


def test_the_names_a_formula_uses_are_found_in_order():
    found = refs(parse("ratio(sum(posted.amount where code = 'x' and day > due), count(received where code is null))"))
    assert found.signals == ("posted", "received")
    assert found.fields == (
        ("posted", "amount"),
        ("posted", "code"),
        ("posted", "day"),
        ("posted", "due"),
        ("received", "code"),
    )
    assert refs(parse("derived(b / (a + b))")).kpis == ("b", "a")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_every_function_is_canonical(name):
    example = FUNCTIONS[name].example
    assert print_formula(parse(example)) == example
