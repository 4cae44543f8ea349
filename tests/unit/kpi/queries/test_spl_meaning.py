"""SPL means what the KPI means: the search is run by a small reader of SPL and held against the oracle of KPIs.

Neither shares anything with the compiler. No Splunk was asked, so this tells what the text says by Splunk's manual.
"""

import importlib.util
import math
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bos.errors import FormulaError, NotExpressible
from bos.kpi import BoundSeries, KpiSpec, parse
from bos.kpi import nodes as n
from bos.kpi.queries import telemetry_query

SPEC = importlib.util.spec_from_file_location("spl_reader", Path(__file__).with_name("spl_reader.py"))
reader = importlib.util.module_from_spec(SPEC)
sys.modules["spl_reader"] = reader
SPEC.loader.exec_module(reader)

NOON = datetime(2026, 3, 29, 1, tzinfo=UTC)
moments = st.builds(
    lambda minutes, micros: NOON + timedelta(minutes=minutes, microseconds=micros),
    st.integers(-6_000, 6_000) | st.sampled_from([0, 0, 30, 60]),
    st.sampled_from([0, 0, 1, 999_999]),
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "word": st.sampled_from(["x", "y", "it's", "7", "7.0", "m"]),
        "weight": st.sampled_from(["1.5", "-2.25", "7", "0.1", "nan", "inf", "heavy"]),
        "tries": st.sampled_from(["3", "-1", "0", "1.5", "many"]),
        "manual": st.sampled_from(["true", "false", "TRUE", "1", "maybe"]),
        "due": st.sampled_from(["2026-03-29", "2026-10-25", "soon"]),
    },
)
events = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(["c1", "c2", "c3"]),
        "step": st.sampled_from(["A", "A", "B", "B", "C"]),
        "event_time": st.sampled_from([NOON + timedelta(minutes=20 * i) for i in range(5)]) | moments,
        "effective_date": st.none() | st.sampled_from([date(2026, 3, 29), date(2026, 10, 25)]),
        "amount": st.none() | st.decimals(-100, 100, places=2),
        "currency": st.sampled_from(["EUR", "EUR", "EUR", "USD", None]),
        "resource": st.sampled_from(["ann", "bob", None]),
        "attributes": attributes,
    }
)
CONDITIONS = [
    "",
    "",
    " where word = 'x'",
    " where word = '7'",
    " where word > '69' or word < 'a'",
    " where not word in ('y', 'it''s', '7')",
    " where amount > 0.5 or currency = 'USD'",
    " where amount in (1, 2.125) or not amount < 0.001",
    " where resource is null",
    " where manual = true and word is not null",
    " where manual != true or weight is null",
    " where tries >= 1 or not (weight < 2 and tries != 3)",
    " where due = effective_date",
    " where weight != tries or amount > tries or amount < weight",
    " where not (due < date '2026-10-25' or resource = word)",
]
selected = st.builds(
    lambda name, where: name + where, st.sampled_from(["a", "a", "b", "d", "e"]), st.sampled_from(CONDITIONS)
)
numeric = st.builds(
    lambda name, field, where: f"{name}.{field}{where}",
    st.sampled_from(["a", "b", "d"]),
    st.sampled_from(["amount", "weight", "tries"]),
    st.sampled_from(CONDITIONS),
)
pairs = st.tuples(selected, selected)
standings = st.sampled_from(["broken", "broken", "pending", "kept"])
functions = st.sampled_from(["sum", "avg", "min", "max", "p50", "p95", "p99.9"])
simple = st.sampled_from(["duration(a -> b)", "duration(b -> a)", "duration(a -> a where word = 'x')"])
spans = pairs.map(lambda pair: f"duration({pair[0]} -> {pair[1]})")
plain = st.one_of(
    selected.map(lambda text: f"count({text})"),
    st.builds(lambda name, inside: f"{name}({inside})", functions, numeric),
    st.builds(lambda name, inside: f"{name}({inside})", functions, spans),
    st.builds(lambda name, inside: f"{name}({inside})", functions, simple),
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
    pairs.map(lambda pair: f"conformance(precedes({pair[0]}, {pair[1]}))"),
    pairs.map(lambda pair: f"conformance(different_persons({pair[0]}, {pair[1]}))"),
    st.builds(
        lambda pair, within, show: f"conformance(followed_by({pair[0]}, {pair[1]}, within = {within}), show = {show})",
        pairs,
        st.sampled_from(["20 minutes", "1 day", "3 days"]),
        standings,
    ),
    st.builds(
        lambda of, ended, show: f"conformance(exactly_one({', '.join(of)}{ended}), show = {show})",
        st.lists(st.sampled_from(["a", "b", "a where word = 'x'", "d", "e"]), min_size=2, max_size=3, unique=True),
        st.sampled_from(["", ", ended = b where amount > 0.5", ", ended = e where resource is null"]),
        standings,
    ),
    selected.map(lambda text: f"conformance(never_twice({text}))"),
    selected.map(lambda text: f"conformance(never_twice({text}), show = kept)"),
    st.lists(selected, min_size=1, max_size=2).map(lambda ends: f"conformance(must_end({', '.join(ends)}))"),
)
at_moments = st.one_of(
    pairs.map(lambda pair: f"balance({pair[0]} -> {pair[1]})"),
    st.tuples(numeric, selected).map(lambda pair: f"balance({pair[0]} -> {pair[1]})"),
    st.builds(lambda name, inside: f"{name}(age{inside.removeprefix('duration')})", functions, spans),
)
frames = st.sampled_from(["", ", window = 36 hours", ", window = 2 days", ", grain_to_date = month"])
formulas = st.one_of(
    plain, plain, at_moments, st.builds(lambda inside, frame: f"cumulative({inside}{frame})", plain, frames)
)


@st.composite
def asked(draw):
    """Draw a formula, an anchor it can have, and options."""
    formula = draw(formulas)
    try:
        parse(formula)
    except FormulaError:
        formula = "count(a)"
    anchor = draw(st.sampled_from(["event", "event", "start", "end", "a", "b"]))
    at = any(word in formula for word in ("balance", "(age(", "cumulative"))
    if "balance" in formula or "(age(" in formula:
        anchor = "event"
    if anchor == "end" and "conversion" in formula:
        anchor = "start"
    start, end = draw(st.none() | moments), draw(st.none() | moments)
    if start and end and start >= end:
        start = None
    return (
        KpiSpec("k", formula, anchor),
        {
            "by": None if at else draw(st.sampled_from([None, "hour", "day", "week", "month", "quarter"])),
            "start": None if at else start,
            "end": end,
            "time_zone": draw(st.sampled_from(["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata"])),
            "dimensions": draw(st.sampled_from([(), (), ("currency",), ("resource", "effective_date"), ("case",)])),
        },
    )


def recorded(row):
    """Return an event as Splunk would hold it: texts, and nothing where nothing is."""
    plain_fields = {name: row[name] for name in ("event_id", "case_id", "step", "currency", "resource")}
    made = {
        **row["attributes"],
        **plain_fields,
        "effective_date": row["effective_date"] and row["effective_date"].isoformat(),
        "amount": None if row["amount"] is None else str(row["amount"]),
        "_time": round(row["event_time"].timestamp(), 6),
    }
    return {key: value for key, value in made.items() if value is not None}


def close(value, expected):
    if expected is None or value is None:
        return value is expected
    return math.isclose(float(value), float(expected), rel_tol=1e-9, abs_tol=2e-6)


@given(st.lists(events, max_size=18), asked())
@settings(max_examples=250)
def test_a_search_comes_to_the_number_of_the_oracle(oracle, rows, asks):
    spec, options = asks
    rows = [{**row, "event_id": f"e{i:04}"} for i, row in enumerate(rows)]
    try:
        query = telemetry_query(spec, oracle.SIGNALS, "spl", **options)
    except NotExpressible:
        event("refused")
        return
    event(spec.formula.partition("(")[0])
    found = reader.run(query.text, {"`bos_events`": map(recorded, rows)}, options["time_zone"])
    measure = parse(spec.formula)
    expected = oracle.cells(rows, measure, spec.anchor, options)
    inner = measure.of if isinstance(measure, n.Cumulative) else measure
    told = {}
    for row in found:
        at = row.get("_time")
        key = None if at is None else datetime.fromtimestamp(at, UTC)
        told[(key, tuple(row[name] for name in options["dimensions"]))] = row
    for key, (value, count, mixed) in expected.items():
        row = told.pop((key[0], tuple(one.isoformat() if isinstance(one, date) else one for one in key[1])))
        assert row["bos_n"] == count
        assert close(row["bos_value"], None if mixed else value), (row, value, query.text)
    counts = isinstance(inner, n.Count | n.Distinct | n.Conformance | n.Balance)
    for row in told.values():  # without buckets and dimensions there is a row of nothing
        assert row["bos_n"] == 0
        assert row["bos_value"] == (0 if counts or getattr(inner, "show", "rate") != "rate" else None)


def test_joined_measures_are_joined_and_nothing_is_divided_by_nothing(oracle):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "event_id": "1",
            "case_id": "c1",
            "step": "A",
            "_time": start.timestamp(),
            "amount": "10.10",
            "currency": "EUR",
        },
        {"event_id": "2", "case_id": "c1", "step": "B", "_time": start.timestamp() + 60, "amount": "0.20"},
        {"event_id": "3", "case_id": "c2", "step": "A", "_time": start.timestamp() + 86_400, "currency": "EUR"},
    ]
    known = (KpiSpec("all", "count(a)"), KpiSpec("some", "count(b)"), KpiSpec("sum", "sum(a.amount)"))
    cases = {
        "ratio(count(b), count(a))": (1, 0),
        "ratio(count(a), count(b))": (1, None),
        "derived((some + 3 * all) / (all - 1))": (None, None),
        "derived(sum / some)": (10.10, None),
        "gap(sum(a.amount), count(b))": (9.10, None),
        "gap(sum(a.amount), sum(b.amount))": (9.90, None),
    }
    for formula, expected in cases.items():
        query = telemetry_query(KpiSpec("k", formula), oracle.SIGNALS, "spl", known=known, by="day")
        found = reader.run(query.text, {"`bos_events`": rows})
        assert [row["bos_value"] for row in found] == [pytest.approx(one) for one in expected], formula


def test_points_come_from_their_own_macro_and_stand_beside_events(oracle):
    systems = {
        "shares": BoundSeries("shares", ("gw.shares",)),
        "good": BoundSeries("good", ("gw.good",)),
        "calls": BoundSeries("calls", ("gw.calls",)),
        "total": BoundSeries("total", ("file.total",), "EUR"),
    }
    values = {"gw.shares": (0.5, 1), "gw.good": (3, 4), "gw.calls": (4, 4), "file.total": (10.004, 5)}
    points = [
        {"signal": name, "value": str(value), "_time": i, "labels": "one"}
        for name, own in values.items()
        for i, value in enumerate(own)
    ]
    rows = [{"event_id": "1", "case_id": "c", "step": "A", "_time": 5, "amount": "12.50", "currency": "EUR"}]
    dollars = [{**rows[0], "currency": "USD"}]
    cases = {
        "availability(shares)": 0.75,
        "availability(shares <= 0.5)": 0.5,
        "availability(good / calls)": 0.875,
        "availability(calls)": None,
        "availability(calls / good)": None,
        "balance(shares)": 1,
        "p50(shares)": 0.75,
        "sum(total)": 15,
        "gap(sum(total), sum(a.amount))": 2.5,
        "gap(sum(total), sum(b.amount))": None,
    }
    for formula, expected in cases.items():
        query = telemetry_query(KpiSpec("k", formula), oracle.SIGNALS, "spl", systems=systems)
        (row,) = reader.run(query.text, {"`bos_points`": points, "`bos_events`": rows})
        assert row["bos_value"] == pytest.approx(expected), formula
    (row,) = reader.run(
        telemetry_query(KpiSpec("k", "gap(sum(total), sum(a.amount))"), oracle.SIGNALS, "spl", systems=systems).text,
        {"`bos_points`": points, "`bos_events`": dollars},
    )
    assert row["bos_value"] is None
    several = [*points, {"signal": "gw.shares", "value": "1", "_time": 9, "labels": "two"}]
    query = telemetry_query(KpiSpec("k", "balance(shares)"), oracle.SIGNALS, "spl", systems=systems)
    assert reader.run(query.text, {"`bos_points`": several})[0]["bos_value"] is None


def test_rules_hold_at_one_instant_and_nobody_is_not_the_same_person(oracle):
    def of(case, step, at, **more):
        return {"event_id": f"{case}{step}{at}", "case_id": case, "step": step, "_time": at, **more}

    rows = [
        of("one", "A", 5), of("one", "B", 5), of("two", "B", 5), of("two", "A", 6, resource="ann"),
        of("three", "A", 1, resource="bob"), of("three", "B", 9, resource="bob"), of("four", "A", 1),
        of("four", "A", 2),
    ]  # fmt: skip
    cases = {
        "precedes(a, b)": (1, 3),
        "different_persons(a, b)": (1, 3),
        "never_twice(a)": (1, 4),
        "must_end(b)": (1, 4),
        "must_end(a, b)": (0, 4),
    }
    for rule, expected in cases.items():
        query = telemetry_query(KpiSpec("k", f"conformance({rule})"), oracle.SIGNALS, "spl")
        (row,) = reader.run(query.text, {"`bos_events`": rows})
        assert (row["bos_value"], row["bos_n"]) == expected, rule


def test_filters_choose_by_the_event_that_places(oracle):
    rows = [
        {"event_id": str(i), "case_id": "c", "step": "A", "_time": i, "currency": currency, "amount": "1"}
        for i, currency in enumerate(("EUR", "USD", "EUR"))
    ]
    query = telemetry_query(KpiSpec("k", "count(a)"), oracle.SIGNALS, "spl", filters=(("currency", ("EUR", "m")),))
    assert reader.run(query.text, {"`bos_events`": rows}) == [{"bos_value": 2, "bos_n": 2}]


def test_another_time_zone_of_the_user_finds_nothing_rather_than_other_days(oracle):
    rows = [{"event_id": "1", "case_id": "c", "step": "A", "_time": NOON.timestamp()}]
    query = telemetry_query(KpiSpec("k", "count(a)"), oracle.SIGNALS, "spl", by="day", time_zone="America/New_York")
    assert reader.run(query.text, {"`bos_events`": rows}, "America/New_York")[0]["bos_value"] == 1
    assert reader.run(query.text, {"`bos_events`": rows}, "Europe/Amsterdam") == []
    assert Decimal(query.parameters["earliest_time"]) == 0
