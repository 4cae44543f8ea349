"""Every kind of KPI on generated events, against the oracle beside this file.

The generated events have ties, repeats and loops, missing fields, text that does not read as its type, several
currencies, and times around both clock changes of the year.
"""

import math
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import duckdb
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bos.errors import FormulaError
from bos.kpi import KpiSpec, engine, nodes, parse, print_formula
from bos.kpi.buckets import label
from bos.kpi.cases import cases
from bos.kpi.engine import compile_sql, evaluate
from bos.kpi.engines import engine_of

CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
]
ZONES = ["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]

moments = st.builds(
    lambda at, minutes, micros: at + timedelta(minutes=minutes, microseconds=micros),
    st.sampled_from(CHANGES),
    st.integers(-3000, 3000) | st.sampled_from([0, 0, 30, 60]),
    st.sampled_from([0, 0, 1, 999_999]),
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "word": st.sampled_from(["x", "y", "it's", ""]),
        "weight": st.sampled_from(["1.5", "-2.25", "7", "1e3", "0.1", "nan", "inf", "heavy", ""]),
        "tries": st.sampled_from(["3", "-1", "0", "1.5", "many"]),
        "manual": st.sampled_from(["true", "false", "TRUE", "1", "maybe"]),
        "due": st.sampled_from(["2026-03-29", "2026-10-25", "soon"]),
        "sent": st.sampled_from(["2026-03-29T01:00:00Z", "2026-03-29T03:30:00+02:00", "later"]),
    },
)
events = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(["c1", "c2", "c3"]),
        "step": st.sampled_from(["A", "A", "B", "B", "C", None]),
        "event_time": st.sampled_from(CHANGES) | moments,
        "effective_date": st.none() | st.sampled_from([date(2026, 3, 29), date(2026, 10, 25)]),
        "amount": st.none() | st.decimals(-100, 100, places=2) | st.just(Decimal("9999999999999999.99")),
        "currency": st.sampled_from(["EUR", "EUR", "EUR", "USD", None]),
        "resource": st.sampled_from(["ann", "bob", None]),
        "attributes": st.none() | attributes,
        "ingested_at": st.sampled_from([timedelta(days=1), timedelta(days=1, microseconds=1), timedelta(days=200)])
        | st.just(timedelta(days=-200)),
    }
).map(lambda row: {**row, "ingested_at": row["event_time"] - row["ingested_at"]})
"""Imported after they happened, exactly a day before, or so long before that they lie in the future."""


CONDITIONS = [
    "",
    "",
    " where word = 'x'",
    " where not word in ('y', 'it''s')",
    " where amount > 0.5 or currency = 'USD'",
    " where amount in (1, 2.125, 9999999999999999.99) or amount < 0.001",
    " where resource is null",
    " where manual = true and word is not null",
    " where tries >= 1 or not (weight < 2 and tries != 3)",
    " where tries > 0.5 and weight in (7, 0.1, 1.5)",
    " where due = effective_date",
    " where sent <= time",
    " where weight != tries or amount > tries or amount < weight",
    " where due < date '2026-10-25'",
]
selected = st.builds(
    lambda name, where: name + where, st.sampled_from(["a", "a", "b", "d", "e"]), st.sampled_from(CONDITIONS)
)
numeric = st.builds(
    lambda name, field, where: f"{name}.{field}{where}",
    st.sampled_from(["a", "b", "d"]),
    st.sampled_from(["amount", "amount", "weight", "tries"]),
    st.sampled_from(CONDITIONS),
)
pairs = st.tuples(selected, selected).filter(lambda pair: parse(f"count({pair[0]})") != parse(f"count({pair[1]})"))
durations = st.builds(
    lambda pair, clock: f"duration({pair[0]} -> {pair[1]}{clock})", pairs, st.sampled_from(["", ", clock = business"])
)
WORKING = ("30 minutes", "3 hours", "20 hours", "1 day", "2 days", "5 days")
standings = st.sampled_from(["broken", "broken", "pending", "kept"])
functions = st.sampled_from(["sum", "avg", "min", "max", "p50", "p95", "p99.9"])
rules = st.one_of(
    pairs.map(lambda pair: f"conformance(precedes({pair[0]}, {pair[1]}))"),
    pairs.map(lambda pair: f"conformance(different_persons({pair[0]}, {pair[1]}))"),
    st.builds(
        lambda pair, within, show: f"conformance(followed_by({pair[0]}, {pair[1]}, within = {within}), show = {show})",
        pairs,
        st.sampled_from(["20 minutes", "1 day", "1 week", *(f"{span}, clock = business" for span in WORKING)]),
        standings,
    ),
    st.builds(
        lambda of, ended, show: f"conformance(exactly_one({', '.join(of)}{ended}), show = {show})",
        st.lists(st.sampled_from(["a", "b", "a where word = 'x'", "d", "e"]), min_size=2, max_size=3, unique=True),
        st.sampled_from(["", ", ended = b where amount > 0.5", ", ended = e where resource is null"]),
        standings,
    ),
    st.builds(
        lambda text, show: f"conformance(never_twice({text}), show = {show})",
        selected,
        st.sampled_from(["broken", "kept"]),
    ),
    st.lists(selected, min_size=1, max_size=2).map(lambda ends: f"conformance(must_end({', '.join(ends)}))"),
    st.builds(
        lambda of, show: f"conformance(along_flow({', '.join(of)}), show = {show})",
        st.lists(selected, min_size=2, max_size=4, unique_by=lambda text: parse(f"count({text})")),
        st.sampled_from(["broken", "kept"]),
    ),
)
formulas = st.one_of(
    selected.map(lambda text: f"count({text})"),
    st.builds(lambda name, inside: f"{name}({inside})", functions, numeric),
    st.builds(lambda name, inside: f"{name}({inside})", functions, durations),
    st.builds(
        lambda name, field: f"distinct({name}.{field})",
        st.sampled_from("abde"),
        st.sampled_from(["case", "resource", "word", "tries"]),
    ),
    st.builds(
        lambda pair, within, show: f"conversion({pair[0]} -> {pair[1]}{within}, show = {show})",
        pairs,
        st.sampled_from(["", ", within = 30 minutes", ", within = 1 day"]),
        st.sampled_from(["rate", "converted", "dropped", "in_flight"]),
    ),
    rules,
)


def is_formula(text):
    """Return whether a text is a formula: both ends of a balance may not be the same events."""
    try:
        return bool(parse(text))
    except FormulaError:
        return False


def placed(formula, anchor):
    """Return the anchor a formula can have."""
    if "balance(" in formula or "(age(" in formula:
        return "event"
    return "start" if anchor == "end" and "conversion" in formula else anchor


frames = st.sampled_from(
    ["", ", window = 36 hours", ", window = 2 days", ", window = 1 week", ", grain_to_date = week",
     ", grain_to_date = month", ", grain_to_date = quarter", ", grain_to_date = year"]
)  # fmt: skip
plain = formulas
at_moments = st.one_of(
    pairs.map(lambda pair: f"balance({pair[0]} -> {pair[1]})"),
    st.tuples(numeric, selected).map(lambda pair: f"balance({pair[0]} -> {pair[1]})"),
    st.builds(lambda name, inside: f"{name}(age{inside.removeprefix('duration')})", functions, durations),
).filter(lambda text: "balance" not in text or is_formula(text))
formulas = plain | plain | at_moments | st.builds(lambda inside, frame: f"cumulative({inside}{frame})", plain, frames)
kpis = st.builds(
    lambda formula, anchor: (formula, placed(formula, anchor)),
    formulas,
    st.sampled_from(["event", "event", "start", "end", "a", "b"]),
)
windows = st.none() | moments
choices = st.fixed_dictionaries(
    {
        "by": st.sampled_from([None, None, "hour", "day", "week", "month", "quarter"]),
        "start": windows,
        "end": windows,
        "time_zone": st.sampled_from(ZONES),
        "dimensions": st.sampled_from([(), (), ("currency",), ("resource", "effective_date"), ("case",)]),
    }
).filter(lambda options: not (options["start"] and options["end"]) or options["start"] < options["end"])


def same(value, expected):
    if isinstance(expected, float):
        return value is not None and math.isclose(value, expected, rel_tol=2e-11, abs_tol=1e-11)
    return value == expected and type(value) is type(expected)


def compare(oracle, rows, found, leaf, anchor, options):
    expected = oracle.cells(rows, leaf, anchor, options)
    inner = leaf.of if isinstance(leaf, nodes.Cumulative) else leaf
    empty = (
        0
        if isinstance(inner, nodes.Count | nodes.Distinct | nodes.Conformance | nodes.Balance)
        or getattr(inner, "show", "rate") != "rate"
        else None
    )
    seen = set()
    for row in found:
        key = (row.bucket_start and row.bucket_start.astimezone(UTC), tuple(row.dimensions.values()))
        value, count, mixed = expected.get(key, (empty, 0, False))
        seen.add(key)
        assert row.n == count
        assert (row.withheld_reason is not None) == mixed
        none_open = isinstance(inner, nodes.Balance) and row.value == value == 0
        assert row.value is None if mixed else none_open or same(row.value, value), (row, value)
    assert set(expected) <= seen


@given(st.lists(events, max_size=25), st.lists(kpis, min_size=1, max_size=4), choices, st.booleans())
@settings(max_examples=60)
def test_kpis_equal_the_oracle(monkeypatch, snapshot, oracle, rows, chosen_kpis, options, large):
    rows = [{**row, "event_id": f"e{i:04}"} for i, row in enumerate(rows)]
    specs = [KpiSpec(f"k{i}", formula, anchor) for i, (formula, anchor) in enumerate(chosen_kpis)]
    held = snapshot(rows)
    monkeypatch.setattr(engine, "SPLIT_FROM", 0 if large else 10**9)
    found = evaluate(held, specs, oracle.SIGNALS, **options)
    for spec in specs:
        event(spec.formula.partition("(")[0])
        compare(oracle, rows, [row for row in found if row.kpi == spec.id], parse(spec.formula), spec.anchor, options)
    assert found == evaluate(held, specs, oracle.SIGNALS, **options)


@given(st.lists(events, max_size=25), rules)
@settings(max_examples=60)
def test_what_breaks_a_rule_is_proved_by_its_events(snapshot, oracle, rows, formula):
    rows = [{**row, "event_id": f"e{i:04}"} for i, row in enumerate(rows)]
    rule = parse(formula).rule
    found = cases(snapshot(rows), KpiSpec("k", print_formula(nodes.Conformance(rule))), oracle.SIGNALS, part="failed")
    by_case = oracle.by_case(rows)
    broken = {case for case, own in by_case.items() if (s := oracle.standing(rows, own, rule))[0] and s[1] == "broken"}
    assert {one.case for one in found.items} == broken
    for one in found.items:
        event(one.proof.rule)
        own = {row["event_id"]: row for row in by_case[one.case]}
        marks = [own[mark.event_id] for mark in one.proof.events]
        told = [(mark.at, mark.step, mark.by) for mark in one.proof.events]
        assert told == [(row["event_time"], row["step"], row["resource"]) for row in marks]
        oracle.prove(rows, list(own.values()), rule, one.proof, marks)


@pytest.mark.full
@given(st.lists(events, max_size=40), rules)
@settings(max_examples=300)
def test_much_more_that_breaks_a_rule_is_proved(snapshot, oracle, rows, formula):
    test_what_breaks_a_rule_is_proved_by_its_events.hypothesis.inner_test(snapshot, oracle, rows, formula)


@pytest.mark.full
@given(st.lists(events, max_size=25), kpis, kpis, choices)
@settings(max_examples=40)
def test_the_sql_of_one_kpi_alone_gives_the_number_of_the_engine(snapshot, oracle, rows, first, second, options):
    held = snapshot(rows)
    parts = [KpiSpec("one", *first), KpiSpec("two", *second)]
    anchored = [
        KpiSpec(
            "both",
            f"{begin}ratio({first[0]}, {second[0]}){end}",
            first[1] if not {"conversion", "balance", "age"} & set(re.findall("[a-z]+", second[0])) else "event",
        )
        for begin, end in (("", ""), ("cumulative(", ", window = 2 days)"))
        if not any(
            word in first[0] + second[0] for word in ("cumulative", *([] if not begin else ["balance", "(age("]))
        )
    ]
    derived = [KpiSpec("sum", "derived((one + two * 2) / one - 0.5)")]
    for spec in (*parts, *anchored, *derived):
        told = {
            (row.bucket_start, tuple(row.dimensions.values())): row
            for row in evaluate(held, [spec], oracle.SIGNALS, known=parts, **options)
        }
        for key, value, count in alone(held, compile_sql(spec, oracle.SIGNALS, known=parts, **options), options):
            row = told[key]
            assert count == row.n
            assert (value is None) == (row.value is None)
            assert value is None or math.isclose(float(value), float(row.value), rel_tol=2e-11, abs_tol=1e-11)


def alone(held, sql, options):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.read_parquet(list(held.files)).create_view("events")
        for row in connection.execute(sql).fetchall():
            *keys, value, count = row
            start = label(keys.pop(0), options["by"], options["time_zone"]) if options["by"] else None
            yield (start, tuple(keys)), value, count


@pytest.mark.full
@given(st.lists(events, max_size=40), st.lists(kpis, min_size=1, max_size=4), choices, st.booleans())
@settings(max_examples=300)
def test_many_more_kpis_equal_the_oracle(monkeypatch, snapshot, oracle, rows, chosen_kpis, options, large):
    test_kpis_equal_the_oracle.hypothesis.inner_test(monkeypatch, snapshot, oracle, rows, chosen_kpis, options, large)


@pytest.mark.full
@given(st.lists(events, max_size=40), st.lists(kpis, min_size=1, max_size=3), choices, st.booleans())
@settings(max_examples=30)
def test_spark_equals_the_oracle_and_duckdb(monkeypatch, spark, snapshot, oracle, rows, chosen_kpis, options, large):
    with monkeypatch.context() as patched:
        patched.setitem(globals(), "evaluate", partial(engine.evaluate, engine=spark))
        again = test_kpis_equal_the_oracle.hypothesis.inner_test
        again(monkeypatch, snapshot, oracle, rows, chosen_kpis, options, large)
    rows = [{**row, "event_id": f"e{i:04}"} for i, row in enumerate(rows)]
    specs = [KpiSpec(f"k{i}", formula, anchor) for i, (formula, anchor) in enumerate(chosen_kpis)]
    held = snapshot(rows)
    ours, theirs = (engine.evaluate(held, specs, oracle.SIGNALS, engine=name, **options) for name in ("duckdb", spark))
    assert [replace(row, value=None) for row in ours] == [replace(row, value=None) for row in theirs]
    assert all(same(other.value, row.value) for row, other in zip(ours, theirs, strict=True))
    told = {(row.bucket_start, tuple(row.dimensions.values())): row for row in theirs if row.kpi == "k0"}
    with engine_of(spark).session(held) as session:
        for row in session.rows(compile_sql(specs[0], oracle.SIGNALS, engine=spark, **options)):
            *keys, value, count = row.values()
            start = label(keys.pop(0), options["by"], options["time_zone"]) if options["by"] else None
            found = told[start, tuple(keys)]
            assert count == found.n
            assert (value is None) == (found.value is None)
            assert value is None or math.isclose(float(value), float(found.value), rel_tol=2e-11, abs_tol=1e-11)
