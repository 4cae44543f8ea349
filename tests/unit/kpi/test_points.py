"""KPIs of system signals, against sums and counts over the same points in plain Python."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import quantiles
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bos.errors import Invalid
from bos.kpi import BoundSeries, BoundSignal, KpiSpec, check
from bos.kpi.buckets import key_of, label
from bos.kpi.engine import compile_sql, evaluate

pytestmark = pytest.mark.usefixtures("each_engine")

CHANGE = datetime(2026, 3, 29, 1, tzinfo=UTC)
SYSTEMS = {
    "up": BoundSeries("up", ("gateway.up", "up"), "ratio"),
    "latency": BoundSeries("latency", ("gateway.latency",), "seconds"),
    "ok": BoundSeries("ok", ("gateway.ok",)),
    "calls": BoundSeries("calls", ("gateway.calls",)),
    "total": BoundSeries("total", ("file.total",), "EUR"),
}
SIGNALS = {"received": BoundSignal("received", "RCV"), "nowhere": BoundSignal("nowhere")}
RECORDED = [name for one in SYSTEMS.values() for name in one.recorded]

moments = st.builds(
    lambda minutes, micros: CHANGE + timedelta(minutes=minutes, microseconds=micros),
    st.integers(-5000, 5000) | st.sampled_from([0, 60, -60, 1380]),
    st.sampled_from([0, 0, 1, 999_999]),
)
rows = st.lists(
    st.tuples(
        st.sampled_from([*RECORDED, "somebody.else"]),
        moments,
        st.sampled_from([0.0, 1.0, 0.25, 0.1, 0.5, 1.5, 7.0, -1.0]) | st.floats(0, 1) | st.floats(-1e6, 1e6),
    ),
    max_size=30,
)
FORMULAS = [
    "availability(up)", "availability(latency <= 0.5)", "availability(latency > -0.25)", "availability(ok / calls)",
    "sum(latency)", "avg(latency)", "min(latency)", "max(total)", "sum(total)", "p95(latency)", "p50(total)",
    "cumulative(availability(up), window = 2 days)", "cumulative(sum(total), grain_to_date = month)",
]  # fmt: skip
choices = st.fixed_dictionaries(
    {
        "by": st.sampled_from([None, "hour", "day", "week", "month"]),
        "start": st.none() | moments,
        "end": st.none() | moments,
        "time_zone": st.sampled_from(["UTC", "Europe/Amsterdam", "Australia/Lord_Howe"]),
    }
).filter(lambda options: not (options["start"] and options["end"]) or options["start"] < options["end"])


def cents(value):
    return Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def percentile(numbers, percent):
    if len(numbers) == 1:
        return numbers[0]
    return quantiles(numbers, n=100, method="inclusive")[percent - 1]


def of(kept, name):
    return [value for signal, _, value in kept if signal in SYSTEMS[name].recorded]


def expected(formula, kept):
    """(value, n) of the points of one bucket; the text of the formula decides, nothing of the engine."""
    match formula:
        case "availability(up)":
            found = of(kept, "up")
            fits = all(0 <= value <= 1 for value in found)
            return (math.fsum(found) / len(found) if found and fits else None), len(found)
        case "availability(latency <= 0.5)" | "availability(latency > -0.25)":
            found = of(kept, "latency")
            good = [v for v in found if (v <= 0.5 if "<=" in formula else v > -0.25)]
            return (len(good) / len(found) if found else None), len(found)
        case "availability(ok / calls)":
            good, every = of(kept, "ok"), of(kept, "calls")
            some, whole = math.fsum(good), math.fsum(every)
            wrong = any(value < 0 for value in [*good, *every]) or (every and some > whole)
            return (None if wrong or not every or not whole else some / whole), round(whole)
    return aggregated(formula, of(kept, "total" if "total" in formula else "latency"))


def aggregated(formula, found):
    """(value, n) of a function of points; ``total`` is money."""
    name = "total" if "total" in formula else "latency"
    if name == "total" and "p50" not in formula:
        found = [cents(value) for value in found]
    if not found:
        return None, 0
    function = formula.split("(")[0]
    if function.startswith("p"):
        return percentile(sorted(float(cents(v)) if name == "total" else v for v in found), int(function[1:])), len(
            found
        )
    if function in {"min", "max"}:
        return (min if function == "min" else max)(found), len(found)
    whole = sum(found) if name == "total" else math.fsum(found)
    return (whole if function == "sum" else whole / len(found)), len(found)


def frames(formula, kept, options):
    """bucket key → the points its value is made of; buckets without any are left out."""
    zone, by, start, end = ZoneInfo(options["time_zone"]), options["by"], options["start"], options["end"]
    first, last = min(t for _, t, _ in kept), max(t for _, t, _ in kept)
    begin, over = start or first, end or last + timedelta(microseconds=1)
    if begin >= over:
        return {}
    if "cumulative" not in formula:
        out = {}
        for row in kept:
            if begin <= row[1] < over:
                out.setdefault(key_of(row[1], by, options["time_zone"]) if by else None, []).append(row)
        return out
    highs, key = {}, begin
    while key < over:
        highs[key_of(key, by, options["time_zone"]) if by else None] = None
        key += timedelta(minutes=15)
    highs[key_of(over - timedelta(microseconds=1), by, options["time_zone"]) if by else None] = None
    keys = sorted(highs, key=lambda one: (one is not None, one))
    out = {}
    for i, one in enumerate(keys):
        high = over if i + 1 == len(keys) else label(keys[i + 1], by, options["time_zone"])
        local = high.astimezone(zone).replace(tzinfo=None)
        if "window" in formula:
            low = (local - timedelta(days=2)).replace(tzinfo=zone).astimezone(UTC)
        else:
            inside = (high - timedelta(microseconds=1)).astimezone(zone)
            low = datetime(inside.year, inside.month, 1, tzinfo=zone).astimezone(UTC)
        out[one] = [row for row in kept if low <= row[1] < high]
    return out


def close(value, other):
    if value is None or other is None:
        return value is other
    if isinstance(other, Decimal):
        return value == other and isinstance(value, Decimal)
    return math.isclose(value, other, rel_tol=2e-11, abs_tol=1e-11)


@given(rows, st.sampled_from(FORMULAS), choices)
@example(  # with no window, no bucket and no point
    rows=[],
    formula="cumulative(availability(up), window = 2 days)",
    options={"by": None, "start": None, "end": None, "time_zone": "UTC"},
)
@settings(max_examples=60)
def test_kpis_of_points_equal_the_oracle(points, no_files, rows, formula, options):
    held = points(rows)
    spec = KpiSpec("k", formula)
    found = evaluate(no_files, [spec], {}, systems=SYSTEMS, points=held, **options)
    inner = formula.removeprefix("cumulative(").split(", window")[0].split(", grain")[0]
    wanted = {key: expected(inner, part) for key, part in (frames(formula, rows, options) if rows else {}).items()}
    by = options["by"]
    wanted = {(label(key, by, options["time_zone"]) if by else None): one for key, one in wanted.items()}
    for row in found:
        value, n = wanted.pop(row.bucket_start, (None, 0))
        assert close(row.value, value), (row, value)
        assert row.n == max(n, 0) or "calls" in formula
        assert (row.withheld_reason is None) or value is None
    assert not [one for one in wanted.values() if one[1]]
    alone(held, spec, options, {row.bucket_start: row.value for row in found})


@pytest.mark.full
@pytest.mark.duckdb
@given(rows, st.sampled_from(FORMULAS), choices)
@settings(max_examples=300)
def test_many_more_kpis_of_points_equal_the_oracle(points, no_files, rows, formula, options):
    test_kpis_of_points_equal_the_oracle.hypothesis.inner_test(points, no_files, rows, formula, options)


def alone(held, spec, options, found):
    """The statement that is shown gives the number of the engine."""
    sql = compile_sql(spec, {}, systems=SYSTEMS, **options)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE VIEW events AS SELECT now() AS event_time, now() AS ingested_at WHERE false")
        connection.read_parquet(list(held.files)).create_view("points")
        for row in connection.execute(sql).fetchall():
            start = label(row[0], options["by"], options["time_zone"]) if options["by"] else None
            value = found.get(start)
            assert (row[-2] is None) == (value is None)
            assert value is None or math.isclose(float(row[-2]), float(value), rel_tol=2e-11, abs_tol=1e-11)


def received(*amounts, currency="EUR"):
    return [
        {"case_id": f"c{i}", "step": "RCV", "event_time": CHANGE, "amount": Decimal(amount), "currency": currency}
        for i, amount in enumerate(amounts)
    ]


def gap(held, snapshot, formula="gap(sum(total), sum(received.amount))"):
    (row,) = evaluate(snapshot, [KpiSpec("gap", formula)], SIGNALS, systems=SYSTEMS, points=held)
    return row


def test_a_gap_of_money_is_exact_though_points_are_floating_numbers(points, snapshot):
    held = points([("file.total", CHANGE, 1234.56), ("file.total", CHANGE, 0.1)])
    row = gap(held, snapshot(received("1234.56", "0.10")))
    assert (row.value, type(row.value), row.n) == (0, Decimal, 2)
    assert gap(held, snapshot(received("1234.56"))).value == Decimal("0.10")


@pytest.mark.parametrize(
    ("totals", "amounts", "currency", "told"),
    [
        ([5.0], [], "EUR", "Only one of the two totals was recorded"),
        ([], ["5.00"], "EUR", "Only one of the two totals was recorded"),
        ([5.0], ["5.00"], "USD", "The two totals are in EUR and USD."),
        ([5.0], ["5.00"], None, None),
        ([], [], "EUR", None),
    ],
)
def test_a_gap_with_one_side_or_two_currencies_is_withheld(points, snapshot, totals, amounts, currency, told):
    held = points([("file.total", CHANGE, value) for value in totals])
    row = gap(held, snapshot(received(*amounts, currency=currency)))
    if told:
        assert row.value is None
        assert row.withheld_reason.startswith(told)
    else:
        assert row.withheld_reason is None
        assert row.value == (0 if totals else None)


def test_a_count_against_a_declared_count(points, snapshot):
    held = points([("gateway.calls", CHANGE, 3.0)])
    assert gap(held, snapshot(received("1", "2")), "gap(count(received), sum(calls))").value == -1
    assert gap(held, snapshot([]), "gap(count(received), sum(calls))").value == -3


@pytest.mark.parametrize(
    ("formula", "rows", "told"),
    [
        ("availability(up)", [("up", CHANGE, 1.01)], "Points of 'up' lie outside 0 to 1"),
        ("availability(ok / calls)", [("gateway.ok", CHANGE, 2.0), ("gateway.calls", CHANGE, 1.0)], "more is good"),
        ("availability(ok / calls)", [("gateway.ok", CHANGE, -2.0), ("gateway.calls", CHANGE, 1.0)], "negative"),
    ],
)
def test_points_that_cannot_be_are_withheld_with_the_reason(points, no_files, formula, rows, told):
    (row,) = evaluate(no_files, [KpiSpec("k", formula)], {}, systems=SYSTEMS, points=points(rows))
    assert row.value is None
    assert told in row.withheld_reason


@pytest.mark.parametrize(
    ("spec", "path", "message", "hint"),
    [
        (KpiSpec("k", "availability(latenci)"), "formula", "no system signal 'latenci'", "Did you mean latency?"),
        (KpiSpec("k", "sum(received)"), "formula", "There is no system signal 'received'.", "received.amount"),
        (KpiSpec("k", "count(latency)"), "formula", "There is no signal 'latency'.", "It is a system signal"),
        (KpiSpec("k", "availability(up)", "start"), "anchor", "placed by their own time", "event"),
        (KpiSpec("k", "gap(sum(total), sum(received.amount))", dimensions=("currency",)), "dimensions",
         "A KPI of a system signal is not split by fields.", "Take the field out"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_what_to_do(spec, path, message, hint):
    (problem,) = check(spec, SIGNALS, (), SYSTEMS)
    assert (problem.path, message in problem.message, hint in problem.hint) == (path, True, True)


def test_a_kpi_of_points_is_not_split_by_a_field(points, no_files):
    with pytest.raises(Invalid, match="not split by fields"):
        evaluate(
            no_files, [KpiSpec("k", "availability(up)")], {}, systems=SYSTEMS, points=points([]), dimensions=["case"]
        )


def test_a_signal_that_is_not_bound_leaves_its_side_of_the_gap_without_a_number(points, snapshot):
    row = gap(points([("file.total", CHANGE, 1.0)]), snapshot([]), "gap(sum(total), sum(nowhere.amount))")
    assert "is not bound" in row.withheld_reason
